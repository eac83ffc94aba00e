//! Clicks and keys that were meant for something else: the dialog's buttons do not take them (`browserid.md` §8.1, F16).
//!
//! The attacks run in the dialog itself, on a clock of the test's, as fast as no browser would let them be.

use anyhow::Result;
use serde_json::json;

use crate::stage::Stage;
use crate::wishes::asking;

#[tokio::test]
async fn a_click_meant_for_the_site_does_not_say_yes_to_the_address_that_the_site_put_there()
-> Result<()> {
    let stage = Stage::set().await?;
    let browser = &stage.browser;
    let (alice, _) = stage.demo.alice()?;
    let _site = asking(&stage, &json!({ "rp_api": "get", "email": alice })).await?;

    stage.open_dialog().await?;
    browser.see("#ask #submit:enabled").await?;
    let stolen = browser.run(CLICK_AS_THE_WINDOW_COMES_UP, &[]).await?;
    assert_eq!(stolen, json!("ask"));

    browser.see("#ask #submit:enabled").await?;
    browser.click("#submit").await?;
    browser.see("#login #password").await?;
    Ok(())
}

#[tokio::test]
async fn a_hint_in_another_spelling_leads_to_the_addresses_that_are_known_here() -> Result<()> {
    let stage = Stage::set().await?;
    let (alice, password) = stage.demo.alice()?;
    stage.sign_in(alice, password).await?;
    let hint = alice.replace("demo", "ｄｅｍｏ");
    assert_ne!(hint, alice);
    let _site = asking(&stage, &json!({ "rp_api": "get", "email": hint })).await?;

    stage.open_dialog().await?;

    let offered = stage.browser.text("#people strong").await?;
    assert_eq!(offered, alice);
    Ok(())
}

#[tokio::test]
async fn whoever_goes_on_clicking_presses_nothing_that_has_just_come_up() -> Result<()> {
    let stage = Stage::set().await?;
    let browser = &stage.browser;
    let (alice, password) = stage.demo.alice()?;
    stage.sign_in(alice, password).await?;
    browser.click("#sign-out button").await?;
    stage.open_dialog().await?;
    browser.see("#people .person-button:enabled").await?;

    let shown = browser.run(CLICK_TWICE_A_SECOND, &[]).await?;
    assert_eq!(
        shown,
        json!(["choose", "choose", "choose", "choose", "wait"])
    );
    Ok(())
}

/// Sends the form at the very moment at which the window gets the focus, and says which panel is then seen.
const CLICK_AS_THE_WINDOW_COMES_UP: &str = r##"
window.dispatchEvent(new Event("focus"));
document.querySelector("#ask-form").requestSubmit();
return document.querySelector("section:not([hidden])").id;"##;

/// Clicks four times, half a second apart, and after that with some thought; says what was seen
/// after each click.
const CLICK_TWICE_A_SECOND: &str = r##"
let now = performance.now();
performance.now = () => now;
const button = document.querySelector("#people .person-button");
window.dispatchEvent(new Event("focus"));
const click = () => {
  button.dispatchEvent(new PointerEvent("pointerdown", { bubbles: true }));
  button.disabled = false;
  button.click();
  return document.querySelector("section:not([hidden])").id;
};
const after = (time) => {
  now += time;
  return click();
};
return [after(500), after(500), after(500), after(500), after(1000)];"##;
