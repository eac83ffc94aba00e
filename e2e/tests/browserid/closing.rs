//! Windows that are closed at each step: the site is told, nobody is signed in, and the next try works.

use anyhow::Result;

use crate::stage::{ALICE, ALICE_PASSWORD, ONE, Stage, Wanted};

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
