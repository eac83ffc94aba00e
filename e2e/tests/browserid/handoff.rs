//! (c) Another issuer, by the hand-off: the dialog's window goes to the issuer's page and comes back.

use anyhow::Result;
use e2e::webdriver::ThirdPartyCookies::{self, Allowed, AsDefault};

use crate::stage::{
    ALICE, ALICE_PASSWORD, BAZAAR, BOB, BOB_PASSWORD, ONE, SHOP, Stage, TWO, Wanted,
};

#[tokio::test(flavor = "multi_thread")]
async fn another_installation_certifies_where_third_party_cookies_are_blocked() -> Result<()> {
    sign_in(AsDefault).await
}

#[tokio::test(flavor = "multi_thread")]
async fn another_installation_certifies_where_third_party_cookies_are_allowed() -> Result<()> {
    sign_in(Allowed).await
}

async fn sign_in(third_party: ThirdPartyCookies) -> Result<()> {
    let stage = Stage::set(Wanted {
        third_party,
        ..Wanted::default()
    })
    .await?;

    stage.begin(BOB).await?;
    stage.reach(&format!("{TWO}/persona/login/")).await?;
    stage.give_password(BOB_PASSWORD).await?;
    let question = stage.browser.text("#question-title").await?;
    stage.browser.press_when_calm("#allow").await?;

    assert_eq!(
        question,
        format!("Let id.one.example sign you in as {BOB}?")
    );
    stage.arrive(BOB, "login.two.test").await
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_signed_in_there_is_still_asked_before_an_unknown_broker_gets_anything() -> Result<()>
{
    let stage = Stage::set(Wanted::default()).await?;
    sign_in_at_two(&stage).await?;

    stage.begin(BOB).await?;
    stage.browser.see("#question").await?;
    stage.browser.click("#cancel").await?;
    stage.browser.see("#ask #email").await?;
    stage.name_oneself(BOB).await?;
    stage.browser.press_when_calm("#allow").await?;

    stage.arrive(BOB, "login.two.test").await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_the_issuer_trusts_needs_no_question() -> Result<()> {
    let trusting = format!("\n[broker]\ntrusted = [{ONE:?}]\n");
    let stage = Stage::set(Wanted {
        settings: [String::new(), trusting],
        ..Wanted::default()
    })
    .await?;
    sign_in_at_two(&stage).await?;

    stage.begin(BOB).await?;

    stage.arrive(BOB, "login.two.test").await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_second_sign_in_asks_nobody() -> Result<()> {
    let stage = Stage::set(Wanted::default()).await?;
    stage.begin(BOB).await?;
    stage.give_password(BOB_PASSWORD).await?;
    stage.browser.press_when_calm("#allow").await?;
    stage.arrive(BOB, "login.two.test").await?;

    stage.open_dialog().await?;
    let continue_as_bob = "#people .person-button";
    stage.browser.press_when_calm(continue_as_bob).await?;

    stage.arrive(BOB, "login.two.test").await
}

#[tokio::test(flavor = "multi_thread")]
async fn it_works_the_other_way_round_as_well() -> Result<()> {
    let trusting = format!("\n[broker]\ntrusted = [{TWO:?}]\n");
    let stage = Stage::set(Wanted {
        settings: [trusting, String::new()],
        ..Wanted::default()
    })
    .await?;
    stage.browser.open(BAZAAR).await?;

    stage.begin(ALICE).await?;
    stage.reach(&format!("{ONE}/persona/login/")).await?;
    stage.give_password(ALICE_PASSWORD).await?;

    stage.arrive(ALICE, "id.one.example").await
}

/// Signs in on the login page of installation two, and comes back to the site.
pub(crate) async fn sign_in_at_two(stage: &Stage) -> Result<()> {
    stage.browser.open(&format!("{TWO}/persona/login/")).await?;
    stage.browser.fill("#email", BOB).await?;
    stage.give_password(BOB_PASSWORD).await?;
    stage.browser.see("#logout").await?;
    stage.browser.open(SHOP).await
}
