//! The way without a window: the site makes room for the dialog, and is led back to.

use anyhow::Result;
use e2e::pages::{Reply, fixed};
use serde_json::json;

use crate::bad_site::EVIL;
use crate::handoff::sign_in_at_two;
use crate::stage::{ALICE, ALICE_PASSWORD, BOB, ONE, SHOP, Stage, Wanted};

#[tokio::test(flavor = "multi_thread")]
async fn a_site_that_opens_no_window_gets_its_answer_on_the_page_that_it_named() -> Result<()> {
    let stage = Stage::set(Wanted::default()).await?;
    want(&stage, "/cart?item=1").await?;

    stage.browser.click("#sign-in").await?;
    stage.name_oneself(ALICE).await?;
    stage.give_password(ALICE_PASSWORD).await?;

    stage.arrive(ALICE, "id.one.example").await?;
    assert_eq!(stage.browser.url().await?, format!("{SHOP}/cart?item=1"));
    assert_eq!(stage.called().await?, ["login", "ready"]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn another_issuer_has_the_window_meanwhile_and_it_still_leads_back() -> Result<()> {
    let stage = Stage::set(Wanted::default()).await?;
    sign_in_at_two(&stage).await?;
    want(&stage, "/").await?;

    stage.browser.click("#sign-in").await?;
    stage.name_oneself(BOB).await?;
    stage.browser.press_when_calm("#allow").await?;

    stage.arrive(BOB, "login.two.test").await
}

#[tokio::test(flavor = "multi_thread")]
async fn cancelling_leads_back_and_signs_nobody_in() -> Result<()> {
    let stage = Stage::set(Wanted::default()).await?;
    want(&stage, "/cart").await?;

    stage.browser.click("#sign-in").await?;
    stage.browser.click("#ask [data-cancel]").await?;
    stage.reach(&format!("{SHOP}/cart")).await?;
    stage.browser.see("#sign-in").await?;

    assert_eq!(stage.browser.url().await?, format!("{SHOP}/cart"));
    assert_eq!(stage.called().await?, ["ready"]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_return_address_of_elsewhere_leads_to_the_site_that_asked() -> Result<()> {
    let stage = Stage::set(Wanted::default()).await?;

    for elsewhere in [
        "//evil.example/",
        "https://evil.example/",
        "/\\evil.example",
        "javascript:1",
    ] {
        want(&stage, elsewhere).await?;
        stage.browser.click("#sign-in").await?;
        stage.browser.click("#ask [data-cancel]").await?;
        stage.reach(&format!("{SHOP}/")).await?;
        stage.browser.see("#sign-in").await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_is_for_the_site_that_the_browser_says_it_comes_from() -> Result<()> {
    let page = format!(
        "<form method='post' action='{ONE}/persona/dialog'>
         <input name='request' value='{{\"returnTo\":\"/\",\"origin\":\"{SHOP}\"}}'>
         <input name='state' value='s1'><input name='audience' value='{SHOP}'>
         <input name='origin' value='{SHOP}'><button id='go'>Go</button></form>"
    );
    let hidden = format!("<meta name='referrer' content='no-referrer'>{page}");
    let pages = vec![("/", Reply::html(page)), ("/hidden", Reply::html(hidden))];
    let stage = Stage::set(Wanted {
        others: vec![("evil.example", fixed(pages))],
        ..Wanted::default()
    })
    .await?;

    stage.browser.open(EVIL).await?;
    stage.browser.click("#go").await?;
    assert_eq!(stage.browser.text("#site").await?, "evil.example");

    stage.browser.open(&format!("{EVIL}/hidden")).await?;
    stage.browser.click("#go").await?;
    stage.reach(ONE).await?;
    stage.browser.see("h1").await?;
    assert!(stage.browser.find("main[data-audience]").await?.is_none());
    Ok(())
}

/// Has the site ask for the way without a window.
async fn want(stage: &Stage, return_to: &str) -> Result<()> {
    stage.browser.see("#sign-in").await?;
    let options = json!({ "redirect": true, "returnTo": return_to });
    let set = "window.options = arguments[0]";
    stage.browser.run(set, &[options]).await.map(drop)
}
