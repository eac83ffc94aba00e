//! The dialog in the site's own window, for where a second window is cut off or not opened: the site's
//! form brings it, and its answer leads back (`browserid.md` §8.2).

use anyhow::Result;
use e2e::pages::{Pages, Reply, fixed};
use e2e::wait::until;
use serde_json::{Value, json};
use testkit::http::Client;

use crate::stage::Stage;

#[tokio::test]
async fn a_site_without_a_second_window_is_led_back_with_an_assertion_for_it() -> Result<()> {
    let stage = Stage::set().await?;
    let browser = &stage.browser;
    let (alice, password) = stage.demo.alice()?;
    let issuer = &stage.demo.issuer;
    let page = format!(
        "<!doctype html><script src='{issuer}/include.js'></script>
         <button id='sign-in'>Sign in</button>
         <script>navigator.id.watch({{ onlogin: (assertion) => {{ window.told = assertion; }} }});
         document.querySelector('button').onclick = () =>
           navigator.id.request({{ redirect: true, returnTo: '/after' }});</script>"
    );
    let pages = Pages::serve(fixed(vec![
        ("/", Reply::html(page.clone())),
        ("/after", Reply::html(page)),
    ]))
    .await?;
    browser.open(&pages.at("elsewhere.localhost", "/")).await?;

    browser.click("#sign-in").await?;
    stage.name_oneself(alice).await?;
    stage.give_password(password).await?;
    let told = until("an assertion", async || {
        let told = browser.run("return window.told ?? null", &[]).await?;
        Ok(told.as_str().map(str::to_owned))
    })
    .await?;

    assert_eq!(
        browser.url().await?,
        pages.at("elsewhere.localhost", "/after")
    );
    let here = pages.at("elsewhere.localhost", "");
    let fields = [("assertion", told.as_str()), ("audience", &here)];
    let url = format!("{issuer}/persona/verify");
    let verdict: Value = Client::new().post_form(&url, &[], &fields).await?.json()?;
    assert_eq!(
        (&verdict["status"], &verdict["email"]),
        (&json!("okay"), &json!(alice))
    );
    Ok(())
}

#[tokio::test]
async fn cancelling_leads_back_to_the_site_also_after_a_reload() -> Result<()> {
    let stage = Stage::set().await?;
    let browser = &stage.browser;
    let pages = asking(&stage, "/after?page=2#part").await?;

    browser.click("#sign-in").await?;
    browser.see("#ask #email").await?;
    browser.open(&browser.url().await?).await?;
    browser.click_and_go("#ask [data-cancel]").await?;

    let back = pages.at("elsewhere.localhost", "/after?page=2");
    let end = "#persona_state=from-this-window&persona_cancelled=1";
    arrive(&stage, &format!("{back}{end}")).await
}

#[tokio::test]
async fn cancelling_at_the_login_page_leads_back_to_the_site_as_well() -> Result<()> {
    let stage = Stage::set().await?;
    let (alice, _) = stage.demo.alice()?;
    let pages = asking(&stage, "/after").await?;

    stage.browser.click("#sign-in").await?;
    stage.name_oneself(alice).await?;
    stage.browser.click_and_go("#cancel").await?;

    let back = pages.at("elsewhere.localhost", "/after");
    let end = "#persona_state=from-this-window&persona_cancelled=1";
    arrive(&stage, &format!("{back}{end}")).await
}

#[tokio::test]
async fn the_way_back_leads_to_the_site_that_asked_whatever_it_says() -> Result<()> {
    let stage = Stage::set().await?;
    for away in [
        "//other.localhost/",
        "/\\\\other.localhost",
        "http://other.localhost/",
        "@other.localhost",
    ] {
        let pages = asking(&stage, away).await?;

        stage.browser.click("#sign-in").await?;
        stage.browser.click_and_go("#ask [data-cancel]").await?;

        let back = pages.at("elsewhere.localhost", "/");
        let end = "#persona_state=from-this-window&persona_cancelled=1";
        arrive(&stage, &format!("{back}{end}")).await?;
    }
    Ok(())
}

/// Turns to a site whose button sends the form itself, with this way back.
async fn asking(stage: &Stage, return_to: &str) -> Result<Pages> {
    let issuer = &stage.demo.issuer;
    let page = format!(
        "<!doctype html><form method='post' action='{issuer}/persona/dialog'>
         <input name='request' value='{{\"rp_api\":\"get\",\"returnTo\":\"{return_to}\"}}'>
         <input name='state' value='from-this-window'>
         <button id='sign-in'>Sign in</button></form>"
    );
    let pages = Pages::serve(fixed(vec![("/", Reply::html(page))])).await?;
    stage
        .browser
        .open(&pages.at("elsewhere.localhost", "/"))
        .await?;
    Ok(pages)
}

async fn arrive(stage: &Stage, address: &str) -> Result<()> {
    until("the site", async || {
        let here = stage.browser.url().await?;
        Ok((here == address).then_some(()))
    })
    .await
}
