//! A mail server that does not answer is not a wrong password, and is told apart on the page.

use anyhow::Result;
use e2e::servers::persona::Persona;
use e2e::webdriver::{Browser, ThirdPartyCookies};
use testkit::smtp::{Encryption, Mailboxes, Mood, SmtpServer};

#[tokio::test]
async fn a_mail_server_in_trouble_is_never_shown_as_a_wrong_password() -> Result<()> {
    let alice = "alice@demo.localhost";
    let mailboxes = Mailboxes::new(Encryption::None).with(alice, "correct horse");
    let mail = SmtpServer::honest([127, 0, 0, 1].into(), mailboxes).await?;
    let mailbox = format!("smtp://{}", mail.address());
    let installation = Persona::running(ISSUER, &["demo.localhost"], &mailbox)?;
    let browser = Browser::start(ThirdPartyCookies::AsDefault).await?;
    let page = format!("{}/persona/login/?email={alice}", installation.issuer);
    browser.open(&page).await?;

    for mood in [Mood::Forgetful, Mood::Dropping, Mood::Confused] {
        mail.feel(mood);
        browser.fill("#password", "correct horse").await?;
        browser.click("#submit").await?;
        let problem = browser.text("#problem.unreachable h2").await?;
        assert_eq!(problem, "Your mail server is not answering", "{mood:?}");
        browser.open(&page).await?;
    }
    mail.feel(Mood::Open);
    browser.fill("#password", "wrong horse").await?;
    browser.click("#submit").await?;
    let problem = browser.text("#problem.refused h2").await?;
    assert_eq!(problem, "This password did not open the mailbox");
    browser.fill("#password", "correct horse").await?;
    browser.click("#submit").await?;

    browser.see("#logout").await?;
    assert_eq!(browser.text("#email").await?, alice);
    Ok(())
}

const ISSUER: &str = "http://id.localhost:{port}";
