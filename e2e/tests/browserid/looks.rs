//! The screens of this step, for people to look at.

use anyhow::Result;
use e2e::issuer::{Handoff, Issuer, Manner};
use e2e::portrait::portray;
use e2e::servers::postfix::Postfix;
use e2e::webdriver::ThirdPartyCookies::AsDefault;
use serde_json::json;

use crate::classic::{CAROL, CLASSIC, prove_at};
use crate::mailed::{self, ERIN};
use crate::stage::{BOB, BOB_PASSWORD, NO_ISSUER, ONE, Stage, TWO, Wanted};

#[tokio::test(flavor = "multi_thread")]
async fn the_way_by_mail_looks_right() -> Result<()> {
    let relay = Postfix::delivering_to(NO_ISSUER)?;
    let stage = mailed::set(&relay, AsDefault).await?;
    let browser = &stage.browser;

    stage.begin(ERIN).await?;
    browser.see("#mail-send:enabled").await?;
    portray(browser, "dialog-mail").await?;
    browser.press_when_calm("#mail-send").await?;
    let letter = mailed::letter(&stage, &relay).await?;
    browser.see("#digits").await?;
    portray(browser, "dialog-code").await?;
    browser.fill("#digits", "12").await?;
    browser.click("#code-submit").await?;
    browser.see("#code-problem").await?;
    portray(browser, "dialog-code-too-short").await?;

    browser.open_tab().await?;
    browser.open(&letter.link).await?;
    browser.see("#confirm #submit").await?;
    portray(browser, "mailed-confirm").await?;
    browser.click("#confirm #submit").await?;
    browser.see("#done").await?;
    portray(browser, "mailed-done").await?;
    browser.open(&letter.link).await?;
    browser.see("#other-browser").await?;
    portray(browser, "mailed-other-browser").await?;
    let cut_short = format!("{ONE}/persona/mailed/?k=cut");
    browser.open(&cut_short).await?;
    browser.see("#gone").await?;
    portray(browser, "mailed-gone").await?;
    browser.close_window().await?;
    browser.turn_to(&stage.shop).await?;
    stage.arrive(ERIN, "id.one.example").await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_way_by_another_issuer_looks_right() -> Result<()> {
    let crook = Issuer::of(CROOK, ONE, Handoff::Offered)?;
    let classic = Issuer::of(CLASSIC, ONE, Handoff::Unknown)?;
    let stage = Stage::set(Wanted {
        others: vec![(CROOK, crook.answering()), (CLASSIC, classic.answering())],
        ..Wanted::default()
    })
    .await?;
    let browser = &stage.browser;

    stage.begin(BOB).await?;
    stage.reach(&format!("{TWO}/persona/login/")).await?;
    browser.see("#login #password").await?;
    portray(browser, "login-from-handoff").await?;
    stage.give_password(BOB_PASSWORD).await?;
    browser.see("#allow:enabled").await?;
    portray(browser, "handoff-question").await?;
    browser.close_window().await?;
    stage.stay_out().await?;

    crook.behave(Manner::Garbage);
    stage.begin("mallory@crook.example").await?;
    stage.stopped().await?;
    portray(browser, "dialog-not-accepted").await?;
    browser.close_window().await?;
    stage.stay_out().await?;
    crook.behave(Manner::AnotherState);
    stage.begin("mallory@crook.example").await?;
    stage.stopped().await?;
    portray(browser, "dialog-unexpected").await?;
    browser.close_window().await?;
    stage.stay_out().await?;

    stage.begin(CAROL).await?;
    prove_at(&stage, CLASSIC).await?;
    stage.stopped().await?;
    portray(browser, "dialog-not-confirmed").await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_site_says_of_itself_looks_right() -> Result<()> {
    let stage = Stage::set(Wanted::default()).await?;
    let browser = &stage.browser;
    let options = json!({
        "siteName": "The Shop of Many Things",
        "siteLogo": LOGO,
        "backgroundColor": "#7b3fa0",
        "termsOfService": "/terms",
        "privacyPolicy": "/privacy",
    });
    let set = "window.options = arguments[0]";
    browser.run(set, &[options]).await?;

    stage.open_dialog().await?;
    browser.see("#ask #email").await?;
    portray(browser, "dialog-site").await?;
    stage.name_oneself(ERIN).await?;
    browser.read("#ask-problem-title", "plain.test").await?;
    portray(browser, "dialog-no-way").await?;
    stage.name_oneself("anybody@down.test").await?;
    browser.read("#ask-problem-title", "down.test").await?;
    portray(browser, "dialog-unreachable").await?;
    browser.close_window().await?;
    stage.stay_out().await?;

    let options = json!({ "redirect": true, "returnTo": "/" });
    browser.run(set, &[options]).await?;
    browser.click("#sign-in").await?;
    browser.see("#ask #email").await?;
    portray(browser, "dialog-redirected").await
}

const CROOK: &str = "crook.example";
/// A green square of one pixel.
const LOGO: &str = "data:image/svg+xml;base64,PHN2ZyB4bWxucz0naHR0cDovL3d3dy53My5vcmcvMjAwMC9zdmcnIHZpZXdCb3g9JzAgMCAxIDEnPjxyZWN0IHdpZHRoPScxJyBoZWlnaHQ9JzEnIGZpbGw9J2dyZWVuJy8+PC9zdmc+";
