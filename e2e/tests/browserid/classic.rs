//! (b) Another issuer, classic: its provisioning page in a hidden frame, then its authentication page
//! and back, on pages as they were written for login.persona.org.

use std::sync::Arc;

use anyhow::Result;
use e2e::issuer::{Handoff, Issuer, Manner, PASSWORD};
use e2e::wait::until;
use e2e::webdriver::ThirdPartyCookies::{self, Allowed, AsDefault};
use serde_json::json;

use crate::stage::{ONE, Stage, Wanted};

#[tokio::test(flavor = "multi_thread")]
async fn a_classic_issuer_certifies_where_third_party_cookies_are_allowed() -> Result<()> {
    let (stage, issuer) = set(CLASSIC, Allowed).await?;

    stage.begin(CAROL).await?;
    prove_at(&stage, CLASSIC).await?;
    stage.arrive(CAROL, CLASSIC).await?;
    assert_eq!(issuer.strangers(), 1);

    // What was certified is kept, and the issuer is not even asked for the second time.
    issuer.forget_sessions();
    stage.open_dialog().await?;
    let continue_as_carol = "#people .person-button";
    stage.browser.press_when_calm(continue_as_carol).await?;
    stage.arrive(CAROL, CLASSIC).await?;
    assert_eq!(issuer.strangers(), 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_signed_in_at_a_classic_issuer_never_sees_its_page() -> Result<()> {
    let (stage, issuer) = set(CLASSIC, Allowed).await?;
    stage.open_dialog().await?;
    // On a shared computer nothing is kept here, so the second sign-in needs the issuer again.
    stage.browser.click("#shared").await?;
    stage.name_oneself(CAROL).await?;
    prove_at(&stage, CLASSIC).await?;
    stage.arrive(CAROL, CLASSIC).await?;

    stage.begin(CAROL).await?;
    stage.arrive(CAROL, CLASSIC).await?;

    assert_eq!(issuer.strangers(), 1);
    assert_eq!(stage.others[0].asked_for("/browserid/sign_in"), 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_classic_issuer_whose_cookies_are_blocked_is_said_to_be_the_trouble() -> Result<()> {
    let (stage, _) = set(CLASSIC, AsDefault).await?;

    stage.begin(CAROL).await?;
    prove_at(&stage, CLASSIC).await?;

    let title = stage.stopped().await?;
    assert_eq!(title, "classic.example did not confirm your address");
    stage.browser.click_and_go("#close").await?;
    stage.stay_out().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_classic_issuer_of_the_dialogs_own_site_certifies_with_cookies_blocked() -> Result<()> {
    let (stage, _) = set(NEIGHBOUR, AsDefault).await?;

    stage.begin("dora@mail.one.example").await?;
    prove_at(&stage, NEIGHBOUR).await?;

    stage.arrive("dora@mail.one.example", NEIGHBOUR).await
}

#[tokio::test(flavor = "multi_thread")]
async fn turning_back_at_a_classic_issuers_page_offers_another_address() -> Result<()> {
    let (stage, _) = set(CLASSIC, Allowed).await?;

    stage.begin(CAROL).await?;
    stage
        .reach("https://classic.example/browserid/sign_in")
        .await?;
    stage.browser.click("#cancel").await?;
    stage.browser.see("#ask #email").await?;
    stage.browser.click_and_go("#ask [data-cancel]").await?;

    stage.stay_out().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_classic_issuers_page_is_framed_unseen_and_with_nothing_but_its_own() -> Result<()> {
    let (stage, issuer) = set(CLASSIC, Allowed).await?;
    issuer.behave(Manner::Silent);

    stage.begin(CAROL).await?;
    let framed = until("the frame", async || {
        let framed = stage.browser.run(FRAMED, &[]).await?;
        Ok((!framed.is_null()).then_some(framed))
    })
    .await?;

    assert_eq!(
        framed,
        json!({
            "src": "https://classic.example/browserid/provision",
            "sandbox": "allow-scripts allow-same-origin allow-forms",
            "allow": "",
            "seen": false,
            "named": true,
        })
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_classic_issuer_that_says_nothing_is_said_to_be_the_trouble() -> Result<()> {
    let (stage, issuer) = set(CLASSIC, Allowed).await?;
    issuer.behave(Manner::Silent);
    stage.open_dialog().await?;
    stage.browser.see("#ask #email").await?;
    stage.browser.run(TENFOLD, &[]).await?;

    stage.name_oneself(CAROL).await?;

    assert_eq!(stage.stopped().await?, "classic.example is not answering");
    assert!(stage.browser.find("iframe").await?.is_none());
    stage.browser.click_and_go("#close").await?;
    stage.stay_out().await
}

async fn set(host: &'static str, third_party: ThirdPartyCookies) -> Result<(Stage, Arc<Issuer>)> {
    let issuer = Issuer::of(host, ONE, Handoff::Unknown)?;
    let stage = Stage::set(Wanted {
        third_party,
        others: vec![(host, issuer.answering())],
        ..Wanted::default()
    })
    .await?;
    Ok((stage, issuer))
}

/// Types the password on the authentication page of a classic issuer.
pub(crate) async fn prove_at(stage: &Stage, host: &str) -> Result<()> {
    stage
        .reach(&format!("https://{host}/browserid/sign_in?email="))
        .await?;
    stage.browser.fill("#password", PASSWORD).await?;
    stage.browser.click_and_go("#go").await
}

pub(crate) const CLASSIC: &str = "classic.example";
pub(crate) const CAROL: &str = "carol@classic.example";
/// A host of the same site as the dialog's.
const NEIGHBOUR: &str = "mail.one.example";

/// Describes the frame in which the dialog talks to an issuer.
const FRAMED: &str = r#"
const frame = document.querySelector("iframe");
return frame && {
  src: frame.src,
  sandbox: frame.getAttribute("sandbox"),
  allow: frame.getAttribute("allow"),
  seen: frame.checkVisibility(),
  named: frame.title !== "",
};"#;
/// Lets the dialog's time pass ten times as fast.
const TENFOLD: &str = r"
const real = window.setTimeout;
window.setTimeout = (work, time) => real(work, time / 10);";
