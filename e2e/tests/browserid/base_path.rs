//! (i) The dialog's installation has its pages below a path of their own, behind the lines that setup prints.

use anyhow::Result;

use crate::stage::{ALICE, ALICE_PASSWORD, BOB, BOB_PASSWORD, ONE, Stage, Wanted};

async fn below_sso() -> Result<Stage> {
    let base_path = "/sso";
    Stage::set(Wanted {
        base_path,
        ..Wanted::default()
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_of_its_own_signs_in_below_the_base_path() -> Result<()> {
    let stage = below_sso().await?;

    stage.open_dialog().await?;
    stage.reach(&format!("{ONE}/sso/persona/dialog")).await?;
    stage.name_oneself(ALICE).await?;
    stage.reach(&format!("{ONE}/sso/persona/login/")).await?;
    stage.give_password(ALICE_PASSWORD).await?;

    stage.arrive(ALICE, "id.one.example").await?;
    let old = stage.curl.get(&format!("{ONE}/persona/login/"))?;
    assert_eq!(old.status, 404, "the rest is the web server's own");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hand_off_comes_back_below_the_base_path() -> Result<()> {
    let stage = below_sso().await?;

    stage.begin(BOB).await?;
    stage.give_password(BOB_PASSWORD).await?;
    stage.browser.press_when_calm("#allow").await?;

    stage.arrive(BOB, "login.two.test").await
}
