//! Every page at the size of a phone, of a desktop and of the dialog's own window, light and dark.
//!
//! The pictures are for people; what a program can judge is asserted with them.

use anyhow::Result;
use e2e::portrait::portray;
use e2e::servers::persona::Persona;
use e2e::webdriver::{Browser, ThirdPartyCookies};
use testkit::smtp::{Encryption, Mailboxes, Mood, SmtpServer};

use crate::stage::Stage;

#[tokio::test]
async fn the_site_and_the_dialog_look_right() -> Result<()> {
    let stage = Stage::set().await?;
    let browser = &stage.browser;
    let (alice, password) = stage.demo.alice()?;

    portray(browser, "site-signed-out").await?;
    stage.open_dialog().await?;
    browser.see("#ask #email").await?;
    portray(browser, "dialog-ask").await?;
    stage.name_oneself("alice").await?;
    browser.read("#ask-problem-title", "not an email").await?;
    portray(browser, "dialog-not-an-address").await?;
    stage
        .name_oneself(&format!("{}@elsewhere.example", "x".repeat(60)))
        .await?;
    browser.read("#ask-problem-title", "elsewhere").await?;
    portray(browser, "dialog-not-ours").await?;
    stage.name_oneself(alice).await?;
    browser.see("#login #password").await?;
    portray(browser, "login-from-dialog").await?;
    stage.give_password("not-my-password").await?;
    browser.see("#problem").await?;
    portray(browser, "login-refused").await?;
    stage.give_password(password).await?;
    stage.arrive(alice).await?;
    portray(browser, "site-signed-in").await?;
    browser.click("#sign-out button").await?;
    stage.open_dialog().await?;
    browser.see("#people .person-button:enabled").await?;
    portray(browser, "dialog-choose").await
}

#[tokio::test]
async fn the_pages_of_the_issuer_look_right() -> Result<()> {
    let stage = Stage::set().await?;
    let browser = &stage.browser;
    let (alice, password) = stage.demo.alice()?;
    let issuer = &stage.demo.issuer;

    for (name, path) in [
        ("login", "/persona/login/"),
        ("dialog-alone", "/persona/dialog"),
        ("not-found", "/persona/no-such-page"),
    ] {
        browser.open(&format!("{issuer}{path}")).await?;
        browser.see("body").await?;
        portray(browser, name).await?;
    }
    browser.open(&format!("{issuer}/persona/login/")).await?;
    browser.fill("#email", alice).await?;
    stage.give_password(password).await?;
    browser.see("#logout").await?;
    portray(browser, "signed-in").await
}

#[tokio::test]
async fn the_pages_of_trouble_look_right() -> Result<()> {
    let mail = SmtpServer::honest([127, 0, 0, 1].into(), Mailboxes::new(Encryption::None)).await?;
    mail.feel(Mood::Forgetful);
    let mailbox = format!("smtp://{}", mail.address());
    let installation = Persona::running(ISSUER, &["demo.localhost"], &mailbox)?;
    let browser = Browser::start(ThirdPartyCookies::AsDefault).await?;

    browser
        .open(&format!("{}/persona/login/", installation.issuer))
        .await?;
    browser.fill("#email", "alice@demo.localhost").await?;
    browser.fill("#password", "any").await?;
    browser.click("#submit").await?;
    browser.see("#problem.unreachable").await?;
    portray(&browser, "login-unreachable").await?;

    mail.feel(Mood::Open);
    for attempt in 0..40 {
        browser.fill("#password", "wrong").await?;
        browser.click("#submit").await?;
        let problem = browser.see("#problem:not(.unreachable)").await?;
        if browser.matches(&problem, ".wait").await? {
            return portray(&browser, "login-too-many").await;
        }
        assert!(attempt < 39, "nothing stops a guesser");
    }
    Ok(())
}

const ISSUER: &str = "http://id.localhost:{port}";
