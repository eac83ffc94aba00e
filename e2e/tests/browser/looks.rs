//! Every page at the size of a phone, of a desktop and of the dialog's own window, light and dark.
//!
//! The pictures are for people; what a program can judge is asserted with them.

use std::fs;

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

#[tokio::test]
async fn the_login_page_of_several_domains_looks_right() -> Result<()> {
    let mail = SmtpServer::honest([127, 0, 0, 1].into(), Mailboxes::new(Encryption::None)).await?;
    let mailbox = format!("smtp://{}", mail.address());
    let mut installation = Persona::prepare(ISSUER)?;
    let made = installation.setup(&["example.org", "example.net"], &mailbox)?;
    assert!(made.status.success(), "{made:?}");
    let aliases = installation.folder.path().join("aliases");
    fs::write(&aliases, "info: alice\n")?;
    installation.add_settings(&format!(
        "\n[[domain]]\nname = \"mail.example.com\"\nmailbox = \"{mailbox}\"\naliases = {aliases:?}\n"
    ))?;
    installation.serve()?;
    let browser = Browser::start(ThirdPartyCookies::AsDefault).await?;

    for (name, typed, seen) in [
        ("login-several", "", "#login"),
        ("login-several-not-an-address", "alice", "#problem.refused"),
        (
            "login-several-not-ours",
            "alice@elsewhere.example",
            "#problem.refused",
        ),
        (
            "login-shared-address",
            "info@mail.example.com",
            "#shared-address",
        ),
    ] {
        let page = format!("{}/persona/login/?email={typed}", installation.issuer);
        browser.open(&page).await?;
        browser.see(seen).await?;
        portray(&browser, name).await?;
    }
    browser.fill("#password", "wrong").await?;
    browser.click("#submit").await?;
    browser.see("#problem.refused").await?;
    browser.see("#shared-address").await?;
    portray(&browser, "login-shared-address-refused").await
}

const ISSUER: &str = "http://id.localhost:{port}";
