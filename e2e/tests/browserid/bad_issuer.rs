//! An issuer that cheats: whatever it certifies, nobody is signed in by it as anybody else
//! (`browserid.md` §8.1, F1).

use anyhow::Result;
use e2e::issuer::{Handoff, Issuer, Manner};
use e2e::webdriver::ThirdPartyCookies::Allowed;

use crate::classic::prove_at;
use crate::stage::{ALICE, ONE, Stage, Wanted};

#[tokio::test(flavor = "multi_thread")]
async fn what_a_cheating_issuer_hands_over_signs_nobody_in() -> Result<()> {
    let crook = Issuer::of(CROOK, ONE, Handoff::Offered)?;
    let stage = Stage::set(Wanted {
        others: vec![(CROOK, crook.answering())],
        ..Wanted::default()
    })
    .await?;

    for manner in cheats() {
        crook.behave(manner.clone());
        stage.begin(MALLORY).await?;
        let title = stage.stopped().await?;
        assert_eq!(title, "We could not accept this proof", "{manner:?}");
        stage.browser.click_and_go("#close").await?;
        stage.stay_out().await?;
    }
    crook.behave(Manner::AnotherState);
    stage.begin(MALLORY).await?;
    assert_eq!(stage.stopped().await?, "This answer was not expected");
    stage.browser.click_and_go("#close").await?;
    stage.stay_out().await?;

    // Nothing of all that was kept; and were it honest, it could certify.
    crook.behave(Manner::Honest);
    stage.begin(MALLORY).await?;
    stage.arrive(MALLORY, CROOK).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_cheating_issuer_registers_in_the_frame_signs_nobody_in() -> Result<()> {
    let crook = Issuer::of(CROOK, ONE, Handoff::Unknown)?;
    let stage = Stage::set(Wanted {
        third_party: Allowed,
        others: vec![(CROOK, crook.answering())],
        ..Wanted::default()
    })
    .await?;
    let mut cheats = cheats().into_iter();

    crook.behave(cheats.next().unwrap());
    stage.begin(MALLORY).await?;
    prove_at(&stage, CROOK).await?;
    assert_eq!(stage.stopped().await?, "We could not accept this proof");
    stage.browser.click_and_go("#close").await?;
    stage.stay_out().await?;
    for manner in cheats {
        crook.behave(manner.clone());
        stage.begin(MALLORY).await?;
        let title = stage.stopped().await?;
        assert_eq!(title, "We could not accept this proof", "{manner:?}");
        stage.browser.click_and_go("#close").await?;
        stage.stay_out().await?;
    }

    crook.behave(Manner::Honest);
    stage.begin(MALLORY).await?;
    stage.arrive(MALLORY, CROOK).await
}

/// What must be found out before anything is stored. The first is the identity injection of F1.
fn cheats() -> Vec<Manner> {
    vec![
        Manner::AnotherAddress(ALICE.to_owned()),
        Manner::AnotherKey,
        Manner::AnotherIssuer("id.one.example".to_owned()),
        Manner::AnotherSignature,
        Manner::Expired,
        Manner::Garbage,
    ]
}

const CROOK: &str = "crook.example";
const MALLORY: &str = "mallory@crook.example";
