//! Windows that are closed at each step: the site is told, nobody is signed in, and the next try works.

use anyhow::Result;
use e2e::issuer::{Handoff, Issuer};
use e2e::servers::postfix::Postfix;
use e2e::webdriver::ThirdPartyCookies::{Allowed, AsDefault};

use crate::classic::{CAROL, CLASSIC, prove_at};
use crate::mailed::{self, ERIN};
use crate::stage::{ALICE, ALICE_PASSWORD, BOB, BOB_PASSWORD, NO_ISSUER, ONE, Stage, TWO, Wanted};

#[tokio::test(flavor = "multi_thread")]
async fn closing_the_window_on_the_way_to_ones_own_issuer_signs_nobody_in() -> Result<()> {
    let stage = Stage::set(Wanted::default()).await?;

    stage.open_dialog().await?;
    stage.browser.see("#ask #email").await?;
    stage.browser.close_window().await?;
    stage.stay_out().await?;

    stage.begin(ALICE).await?;
    stage.reach(&format!("{ONE}/persona/login/")).await?;
    stage.browser.see("#login #password").await?;
    stage.browser.close_window().await?;
    stage.stay_out().await?;

    stage.begin(ALICE).await?;
    stage.give_password(ALICE_PASSWORD).await?;
    stage.arrive(ALICE, "id.one.example").await
}

#[tokio::test(flavor = "multi_thread")]
async fn closing_the_window_on_the_way_to_another_issuer_signs_nobody_in() -> Result<()> {
    let stage = Stage::set(Wanted::default()).await?;

    stage.begin(BOB).await?;
    stage.reach(&format!("{TWO}/persona/login/")).await?;
    stage.browser.see("#login #password").await?;
    stage.browser.close_window().await?;
    stage.stay_out().await?;

    stage.begin(BOB).await?;
    stage.give_password(BOB_PASSWORD).await?;
    stage.browser.see("#question").await?;
    stage.browser.close_window().await?;
    stage.stay_out().await?;

    stage.begin(BOB).await?;
    stage.browser.press_when_calm("#allow").await?;
    stage.arrive(BOB, "login.two.test").await
}

#[tokio::test(flavor = "multi_thread")]
async fn closing_the_window_on_the_way_to_a_classic_issuer_signs_nobody_in() -> Result<()> {
    let issuer = Issuer::of(CLASSIC, ONE, Handoff::Unknown)?;
    let stage = Stage::set(Wanted {
        third_party: Allowed,
        others: vec![(CLASSIC, issuer.answering())],
        ..Wanted::default()
    })
    .await?;

    stage.begin(CAROL).await?;
    stage
        .reach(&format!("https://{CLASSIC}/browserid/sign_in"))
        .await?;
    stage.browser.close_window().await?;
    stage.stay_out().await?;

    stage.begin(CAROL).await?;
    prove_at(&stage, CLASSIC).await?;
    stage.arrive(CAROL, CLASSIC).await
}

#[tokio::test(flavor = "multi_thread")]
async fn closing_the_window_on_the_way_to_a_mailed_code_signs_nobody_in() -> Result<()> {
    let relay = Postfix::delivering_to(NO_ISSUER)?;
    let stage = mailed::set(&relay, AsDefault).await?;

    stage.begin(ERIN).await?;
    stage.browser.see("#mail-send:enabled").await?;
    stage.browser.close_window().await?;
    stage.stay_out().await?;
    assert!(relay.letters()?.is_empty());

    stage.begin(ERIN).await?;
    stage.browser.press_when_calm("#mail-send").await?;
    stage.browser.see("#digits").await?;
    stage.browser.close_window().await?;
    stage.stay_out().await
}
