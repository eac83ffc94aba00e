//! Signing in: the first time, with a slip, the second time, and as everybody.

use anyhow::Result;
use e2e::demo::Demo;

use crate::stage::Stage;

#[tokio::test]
async fn a_visitor_signs_in_from_the_sites_button() -> Result<()> {
    let stage = Stage::set().await?;
    let (alice, password) = stage.demo.alice()?;

    stage.open_dialog().await?;
    stage.name_oneself(alice).await?;
    stage.browser.see("#login #password").await?;
    let heading = stage.browser.text("h1").await?;
    stage.give_password(password).await?;
    stage.browser.back_in(&stage.shop).await?;

    assert_eq!(heading, "Sign in with your demo.localhost mailbox");
    assert_eq!(
        stage.browser.read(".lead", "Signed in").await?,
        format!("Signed in as {alice}")
    );
    Ok(())
}

#[tokio::test]
async fn a_wrong_password_is_said_in_place_and_the_right_one_goes_on() -> Result<()> {
    let stage = Stage::set().await?;
    let (alice, password) = stage.demo.alice()?;

    stage.open_dialog().await?;
    stage.name_oneself(alice).await?;
    stage.give_password("not-my-password").await?;
    let problem = stage.browser.text("#problem h2").await?;
    let kept = stage
        .browser
        .run("return document.querySelector('#email').value", &[])
        .await?;
    stage.give_password(password).await?;

    assert_eq!(problem, "This password did not open the mailbox");
    assert_eq!(kept, alice);
    stage.arrive(alice).await
}

#[tokio::test]
async fn the_second_sign_in_takes_one_click_and_no_password() -> Result<()> {
    let stage = Stage::set().await?;
    let (alice, password) = stage.demo.alice()?;
    stage.sign_in(alice, password).await?;
    stage.browser.click("#sign-out button").await?;

    stage.open_dialog().await?;
    stage
        .browser
        .click_and_go("#people .person-button:enabled")
        .await?;

    stage.arrive(alice).await
}

#[tokio::test]
async fn a_password_with_an_accent_opens_however_the_keyboard_composes_it() -> Result<()> {
    let stage = Stage::set().await?;
    let (carol, password) = &stage.demo.people[2];
    let decomposed = password.replace('é', "e\u{301}");
    assert_ne!(&decomposed, password);

    stage.sign_in(carol, &decomposed).await
}

#[tokio::test]
async fn nobody_can_open_the_mailbox_of_another() -> Result<()> {
    let stage = Stage::set().await?;
    let (_, of_alice) = stage.demo.alice()?;
    let (bob, _) = &stage.demo.people[1];

    stage.open_dialog().await?;
    stage.name_oneself(bob).await?;
    stage.give_password(of_alice).await?;

    let problem = stage.browser.text("#problem h2").await?;
    assert_eq!(problem, "This password did not open the mailbox");
    stage.browser.turn_to(&stage.shop).await?;
    assert!(stage.browser.find("#who").await?.is_none());
    Ok(())
}

#[tokio::test]
async fn an_address_of_elsewhere_is_turned_away_in_place() -> Result<()> {
    let stage = Stage::set().await?;

    stage.open_dialog().await?;
    stage.name_oneself("alice@elsewhere.example").await?;
    let elsewhere = stage
        .browser
        .read("#ask-problem-title", "elsewhere")
        .await?;
    stage.name_oneself("alice").await?;
    let no_address = stage
        .browser
        .read("#ask-problem-title", "not an email")
        .await?;

    // Nobody has this domain; a machine without a DNS cannot know that.
    let (known, unasked) = (
        "We cannot sign in elsewhere.example addresses",
        "elsewhere.example is not answering",
    );
    assert!(
        [known, unasked].contains(&elsewhere.as_str()),
        "{elsewhere}"
    );
    assert_eq!(no_address, "This is not an email address yet");
    Ok(())
}

#[test]
fn the_demo_stops_cleanly_and_leaves_nothing_behind() -> Result<()> {
    let demo = Demo::start()?;
    let folder = demo.folder()?;
    assert!(folder.join("persona.db").exists());

    let status = demo.interrupt()?;

    assert!(status.success(), "{status}");
    assert!(!folder.exists());
    Ok(())
}
