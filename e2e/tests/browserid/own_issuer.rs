//! (a) The dialog's own installation is the issuer.

use anyhow::Result;
use e2e::webdriver::ThirdPartyCookies::{self, Allowed, AsDefault};

use crate::stage::{ALICE, ALICE_PASSWORD, Stage, Wanted};

#[tokio::test(flavor = "multi_thread")]
async fn an_address_of_ones_own_signs_in_where_third_party_cookies_are_blocked() -> Result<()> {
    sign_in(AsDefault).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_of_ones_own_signs_in_where_third_party_cookies_are_allowed() -> Result<()> {
    sign_in(Allowed).await
}

async fn sign_in(third_party: ThirdPartyCookies) -> Result<()> {
    let stage = Stage::set(Wanted {
        third_party,
        ..Wanted::default()
    })
    .await?;

    stage.begin(ALICE).await?;
    stage.give_password(ALICE_PASSWORD).await?;

    stage.arrive(ALICE, "id.one.example").await
}
