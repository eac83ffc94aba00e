//! Another site with another page: what it is told is for it alone.

use anyhow::{Context, Result};
use e2e::pages::{Pages, Reply, fixed};
use e2e::wait::until;
use serde_json::{Value, json};
use testkit::http::Client;

use crate::stage::Stage;

#[tokio::test]
async fn an_assertion_is_for_the_site_that_asked_and_for_no_other() -> Result<()> {
    let stage = Stage::set().await?;
    let browser = &stage.browser;
    let (alice, password) = stage.demo.alice()?;
    let issuer = &stage.demo.issuer;
    let page = format!(
        "<!doctype html><script src='{issuer}/include.js'></script>
         <button id='sign-in'>Sign in</button>
         <script>document.querySelector('button').onclick = () =>
           navigator.id.get((assertion) => {{ window.told = assertion; }});</script>"
    );
    let pages = Pages::serve(fixed(vec![("/", Reply::html(page))])).await?;
    browser.open(&pages.at("elsewhere.localhost", "/")).await?;

    stage.open_dialog().await?;
    stage.name_oneself(alice).await?;
    stage.give_password(password).await?;
    browser.back_in(&stage.shop).await?;
    let told = until("an assertion", async || {
        let told = browser.run("return window.told ?? null", &[]).await?;
        Ok(told.as_str().map(str::to_owned))
    })
    .await?;

    let here = pages.at("elsewhere.localhost", "");
    let verdict = verdict(issuer, &told, &here).await?;
    assert_eq!(
        (&verdict["status"], &verdict["email"]),
        (&json!("okay"), &json!(alice))
    );
    let at_the_shop = verdict_at_the_shop(&stage, &told).await?;
    assert_eq!(
        at_the_shop,
        json!({ "error": "audience mismatch: port mismatch" })
    );
    Ok(())
}

#[tokio::test]
async fn an_element_with_a_documents_name_turns_no_script_to_another_origin() -> Result<()> {
    let stage = Stage::set().await?;
    let browser = &stage.browser;
    let issuer = &stage.demo.issuer;
    let page = format!(
        "<!doctype html>
         <img name='currentScript' src='http://evil.localhost:PORT/include.js'>
         <button id='sign-in'>Sign in</button>
         <script src='{issuer}/include.js'></script>
         <script>document.querySelector('button').onclick = () => navigator.id.get(() => {{}});</script>"
    );
    let login = format!(
        "<!doctype html>
         <img name='currentScript' src='http://evil.localhost:PORT/authentication_api.js'>
         <script src='{issuer}/authentication_api.js'></script>
         <button id='go' onclick='navigator.id.completeAuthentication()'>Go</button>"
    );
    let pages = Pages::serve_knowing(|port| {
        let [page, login] = [page, login].map(|page| page.replace("PORT", &port.to_string()));
        fixed(vec![
            ("/", Reply::html(page)),
            ("/login", Reply::html(login)),
        ])
    })
    .await?;
    browser.open(&pages.at("elsewhere.localhost", "/")).await?;
    let hidden = "return document.currentScript instanceof HTMLImageElement";
    assert_eq!(browser.run(hidden, &[]).await?, true);

    stage.open_dialog().await?;
    browser.see("#ask #email").await?;
    assert!(browser.url().await?.starts_with(issuer));
    browser.close_window().await?;
    browser.turn_to(&stage.shop).await?;

    let login = pages.at("elsewhere.localhost", "/login");
    browser.open(&login).await?;
    browser.click("#go").await?;
    let back = format!("{issuer}/persona/dialog?AUTH_RETURN");
    until("the way back", async || {
        Ok((browser.url().await? == back).then_some(()))
    })
    .await
}

async fn verdict(issuer: &str, assertion: &str, audience: &str) -> Result<Value> {
    let fields = [("assertion", assertion), ("audience", audience)];
    let url = format!("{issuer}/persona/verify");
    Ok(Client::new().post_form(&url, &[], &fields).await?.json()?)
}

/// Shows the assertion to the demo's site, as a thief who found it would.
async fn verdict_at_the_shop(stage: &Stage, assertion: &str) -> Result<Value> {
    let site = &stage.demo.site;
    let thief = Client::with_cookies();
    let page = thief.get(&format!("{site}/")).await?.text();
    let (_, rest) = page
        .split_once("data-csrf=\"")
        .context("no token in the page")?;
    let csrf = rest.split('"').next();
    let call = json!({ "assertion": assertion, "csrf": csrf });
    let answer = thief
        .post_json(&format!("{site}/sign-in"), &[("origin", site)], &call)
        .await?;
    Ok(answer.json()?)
}
