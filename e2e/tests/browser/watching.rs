//! What `navigator.id.watch` tells a site, and when it holds its tongue (`browserid.md` §6.1, §8.2).

use anyhow::{Context, Result};
use e2e::pages::{Pages, Reply, fixed};
use e2e::wait::until;
use serde_json::{Value, json};

use crate::stage::Stage;

#[tokio::test]
async fn watch_goes_by_what_the_site_itself_has_seen() -> Result<()> {
    let (stage, _pages) = site().await?;
    let (alice, password) = stage.demo.alice()?;
    let (bob, _) = &stage.demo.people[1];

    let fresh = [
        watch(&stage, json!(null)).await?,
        watch(&stage, json!(alice)).await?,
        watch(&stage, json!("nothing")).await?,
    ];
    stage.open_dialog().await?;
    stage.name_oneself(alice).await?;
    stage.give_password(password).await?;
    stage.browser.back_in(&stage.shop).await?;
    told(&stage, "login").await?;
    let signed_in = [
        watch(&stage, json!(alice)).await?,
        watch(&stage, json!(bob)).await?,
        watch(&stage, json!(null)).await?,
    ];
    stage.browser.run("navigator.id.logout()", &[]).await?;
    told(&stage, "logout").await?;
    let left = [
        watch(&stage, json!(alice)).await?,
        watch(&stage, json!(null)).await?,
        watch(&stage, json!("nothing")).await?,
    ];

    assert_eq!(
        fresh,
        [
            json!(["match", "ready"]),
            json!(["ready"]),
            json!(["ready"])
        ]
    );
    assert_eq!(
        signed_in,
        [
            json!(["match", "ready"]),
            json!(["ready"]),
            json!(["ready"])
        ]
    );
    assert_eq!(
        left,
        [
            json!(["logout", "ready"]),
            json!(["match", "ready"]),
            json!(["ready"])
        ]
    );
    Ok(())
}

#[tokio::test]
async fn a_logout_reaches_the_sites_other_tabs_once() -> Result<()> {
    let (stage, _pages) = site().await?;
    let (alice, _) = stage.demo.alice()?;
    watch(&stage, json!(alice)).await?;
    stage.browser.run("window.open('/other')", &[]).await?;
    let other = stage.browser.turn_to_popup(&stage.shop).await?;

    watch(&stage, json!(null)).await?;
    stage
        .browser
        .run("navigator.id.logout(); navigator.id.logout()", &[])
        .await?;
    let here = told(&stage, "logout").await?;
    stage.browser.turn_to(&stage.shop).await?;
    let there = told(&stage, "logout").await?;

    assert_eq!(here, json!(["match", "ready", "logout"]));
    assert_eq!(there, json!(["ready", "logout"]));
    stage.browser.turn_to(&other).await?;
    stage.browser.close_window().await
}

#[tokio::test]
async fn an_answer_that_this_window_did_not_ask_for_signs_nobody_in() -> Result<()> {
    let (stage, pages) = site().await?;
    let forged = "/other#persona_state=0123&persona_assertion=a.b.c~d.e.f&chapter=2";

    let page = pages.at("site.localhost", forged);
    stage.browser.open(&page).await?;

    assert_eq!(watch(&stage, json!(null)).await?, json!(["match", "ready"]));
    let address = stage.browser.url().await?;
    assert_eq!(address, pages.at("site.localhost", "/other#chapter=2"));
    Ok(())
}

#[tokio::test]
async fn without_a_window_the_dialog_takes_the_pages_place_and_its_answer_counts_once() -> Result<()>
{
    let (stage, pages) = site().await?;
    watch(&stage, json!(null)).await?;

    stage.browser.run("window.open = () => null", &[]).await?;
    stage.browser.click("#sign-in").await?;
    until("the dialog", async || {
        let address = stage.browser.url().await?;
        Ok(address
            .starts_with(&format!("{}/persona/dialog", stage.demo.issuer))
            .then_some(()))
    })
    .await?;
    // The dialog's own half has its own tests; here its answer is written by hand.
    stage.browser.open(&pages.at("site.localhost", "/")).await?;
    let state = "return Object.values(sessionStorage)[0]";
    let state = stage.browser.run(state, &[]).await?;
    let state = state.as_str().context("no state was kept")?;
    let answer = format!("/other#persona_state={state}&persona_assertion=a.b.c~d.e.f");
    stage
        .browser
        .open(&pages.at("site.localhost", &answer))
        .await?;
    let first = watch(&stage, json!(null)).await?;
    let clean = stage.browser.url().await?;
    stage.browser.open(&pages.at("site.localhost", "/")).await?;
    stage
        .browser
        .open(&pages.at("site.localhost", &answer))
        .await?;
    let second = watch(&stage, json!("nothing")).await?;

    assert_eq!(first, json!(["login", "ready"]));
    assert_eq!(clean, pages.at("site.localhost", "/other"));
    assert_eq!(second, json!(["ready"]));
    Ok(())
}

/// Opens a site whose page writes down what it is told.
async fn site() -> Result<(Stage, Pages)> {
    let stage = Stage::set().await?;
    let page = format!(
        "<!doctype html><script src='{}/include.js'></script>
         <button id='sign-in'>Sign in</button><script>{SITE}</script>",
        stage.demo.issuer
    );
    let pages = Pages::serve(fixed(vec![
        ("/", Reply::html(page.clone())),
        ("/other", Reply::html(page)),
    ]))
    .await?;
    stage.browser.open(&pages.at("site.localhost", "/")).await?;
    Ok((stage, pages))
}

const SITE: &str = r#"
let told = [];
function watch(user) {
  told = [];
  return new Promise((resolve) => {
    const say = (word) => () => told.push(word);
    const options = { onlogin: say("login"), onlogout: say("logout"), onmatch: say("match") };
    if (user !== "nothing") options.loggedInUser = user;
    navigator.id.watch({ ...options, onready: () => { told.push("ready"); resolve(told); } });
  });
}
document.querySelector("button").onclick = () => navigator.id.request();
"#;

/// Has the page call `watch` for somebody, or for "nothing" without saying for whom.
async fn watch(stage: &Stage, user: Value) -> Result<Value> {
    stage
        .browser
        .run("return watch(arguments[0])", &[user])
        .await
}

/// Waits until the page was told something, and gives all that it was told.
async fn told(stage: &Stage, word: &str) -> Result<Value> {
    until(word, async || {
        let told = stage.browser.run("return told", &[]).await?;
        let is_there = told
            .as_array()
            .is_some_and(|told| told.contains(&json!(word)));
        Ok(is_there.then_some(told))
    })
    .await
}
