//! Leaving: at the site, at the issuer, and half-way through.

use anyhow::Result;

use crate::stage::Stage;

#[tokio::test]
async fn logging_out_at_the_site_ends_its_session() -> Result<()> {
    let stage = Stage::set().await?;
    let (alice, password) = stage.demo.alice()?;
    stage.sign_in(alice, password).await?;

    stage.browser.click("#sign-out button").await?;
    stage.browser.see("#sign-in").await?;
    stage.browser.open(&stage.demo.site).await?;

    stage.browser.see("#sign-in").await?;
    assert!(stage.browser.find("#who").await?.is_none());
    Ok(())
}

#[tokio::test]
async fn signing_out_at_the_issuer_ends_the_session_there() -> Result<()> {
    let stage = Stage::set().await?;
    let browser = &stage.browser;
    let (alice, password) = stage.demo.alice()?;
    stage.sign_in(alice, password).await?;
    browser.click("#sign-out button").await?;
    browser.see("#sign-in").await?;

    let page = format!("{}/persona/login/?email={alice}", stage.demo.issuer);
    browser.open(&page).await?;
    assert_eq!(browser.text("#email").await?, alice);
    assert_eq!(has_session(&stage, alice).await?, 200);
    browser.click("#logout button").await?;
    browser.see("#login #password").await?;
    assert_eq!(has_session(&stage, alice).await?, 404);

    browser.open(&stage.demo.site).await?;
    stage.sign_in(alice, password).await
}

#[tokio::test]
async fn cancelling_in_the_dialog_tells_the_site() -> Result<()> {
    let stage = Stage::set().await?;

    stage.open_dialog().await?;
    stage.browser.click_and_go("#ask [data-cancel]").await?;
    stage.browser.back_in(&stage.shop).await?;

    stage.browser.read("#status", "You did not sign in").await?;
    Ok(())
}

#[tokio::test]
async fn cancelling_at_the_login_page_tells_the_site() -> Result<()> {
    let stage = Stage::set().await?;
    let (alice, _) = stage.demo.alice()?;

    stage.open_dialog().await?;
    stage.name_oneself(alice).await?;
    stage.browser.click_and_go("#cancel").await?;
    stage.browser.back_in(&stage.shop).await?;

    stage.browser.read("#status", "You did not sign in").await?;
    Ok(())
}

#[tokio::test]
async fn closing_the_dialog_by_hand_tells_the_site() -> Result<()> {
    let stage = Stage::set().await?;
    let (alice, _) = stage.demo.alice()?;

    stage.open_dialog().await?;
    stage.browser.see("#ask #email").await?;
    stage.browser.close_window().await?;
    stage.browser.turn_to(&stage.shop).await?;
    stage.browser.read("#status", "You did not sign in").await?;

    // The login page, which knows nothing of the site, is closed: only the site can notice.
    stage.open_dialog().await?;
    stage.name_oneself(alice).await?;
    stage.browser.see("#login #password").await?;
    stage.browser.close_window().await?;
    stage.browser.turn_to(&stage.shop).await?;
    stage.browser.read("#status", "You did not sign in").await?;
    Ok(())
}

#[tokio::test]
async fn another_address_can_be_chosen_at_the_login_page() -> Result<()> {
    let stage = Stage::set().await?;
    let (alice, _) = stage.demo.alice()?;
    let (bob, password) = &stage.demo.people[1];

    stage.open_dialog().await?;
    stage.name_oneself(alice).await?;
    stage.browser.click("#change").await?;
    stage.name_oneself(bob).await?;
    stage.give_password(password).await?;

    stage.arrive(bob).await
}

async fn has_session(stage: &Stage, address: &str) -> Result<u64> {
    let script =
        "return fetch('/persona/auth/has-session/?email=' + encodeURIComponent(arguments[0]))
        .then((answer) => answer.status)";
    let status = stage.browser.run(script, &[address.into()]).await?;
    Ok(status.as_u64().unwrap_or_default())
}
