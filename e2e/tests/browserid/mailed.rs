//! (d) No issuer: a code and a link by mail, through a real Postfix, read off the real letter.

use anyhow::{Context, Result};
use e2e::servers::MailServer as _;
use e2e::servers::accounts::{ALICE as RELAY_USER, ALICE_PASSWORD};
use e2e::servers::ports::Entrance;
use e2e::servers::postfix::Postfix;
use e2e::wait::until;
use e2e::webdriver::ThirdPartyCookies::{self, Allowed, AsDefault};

use crate::stage::{NO_ISSUER, ONE, SHOP, Stage, Wanted};

#[tokio::test(flavor = "multi_thread")]
async fn a_code_signs_in_where_third_party_cookies_are_blocked() -> Result<()> {
    by_code(AsDefault).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_signs_in_where_third_party_cookies_are_allowed() -> Result<()> {
    by_code(Allowed).await
}

async fn by_code(third_party: ThirdPartyCookies) -> Result<()> {
    let relay = Postfix::delivering_to(NO_ISSUER)?;
    let stage = set(&relay, third_party).await?;

    stage.begin(ERIN).await?;
    stage.browser.press_when_calm("#mail-send").await?;
    let letter = letter(&stage, &relay).await?;
    let wrong = if letter.code == "00000000" {
        "11111111"
    } else {
        "00000000"
    };
    stage.browser.fill("#digits", wrong).await?;
    stage.browser.click("#code-submit").await?;
    let problem = stage.browser.read("#code-problem-title", "not").await?;
    stage.browser.fill("#digits", &letter.code).await?;
    stage.browser.click_and_go("#code-submit").await?;

    assert_eq!(problem, "This is not the code");
    stage.arrive(ERIN, "id.one.example").await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_signs_in_the_window_that_asked() -> Result<()> {
    let relay = Postfix::delivering_to(NO_ISSUER)?;
    let stage = set(&relay, AsDefault).await?;

    stage.begin(ERIN).await?;
    stage.browser.press_when_calm("#mail-send").await?;
    let letter = letter(&stage, &relay).await?;
    stage.browser.see("#digits").await?;
    stage.browser.open_tab().await?;
    stage.browser.open(&letter.link).await?;
    stage.browser.click("#confirm #submit").await?;
    stage.browser.see("#done").await?;
    stage.browser.close_window().await?;

    stage.browser.turn_to(&stage.shop).await?;
    stage.arrive(ERIN, "id.one.example").await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scanner_that_follows_the_link_confirms_nothing_and_spoils_nothing() -> Result<()> {
    let relay = Postfix::delivering_to(NO_ISSUER)?;
    let stage = set(&relay, AsDefault).await?;
    let popup = stage.open_dialog().await?;
    stage.name_oneself(ERIN).await?;
    stage.browser.press_when_calm("#mail-send").await?;
    let letter = letter(&stage, &relay).await?;

    // It has no cookie of the browser that asked, and presses no button.
    let seen = stage.curl.get(&letter.link)?;
    assert_eq!(seen.status, 200, "{seen:?}");
    assert!(
        seen.text().contains("You began in another browser"),
        "{seen:?}"
    );
    let place = format!("{ONE}/persona/auth/address/?email={ERIN}");
    assert_eq!(stage.curl.get(&place)?.json()?["signed_in"], false);

    stage.browser.turn_to(&popup).await?;
    stage.browser.fill("#digits", &letter.code).await?;
    stage.browser.click_and_go("#code-submit").await?;
    stage.arrive(ERIN, "id.one.example").await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_that_is_down_is_said_in_the_dialog_and_loses_nothing() -> Result<()> {
    let mut relay = Postfix::delivering_to(NO_ISSUER)?;
    let stage = set(&relay, AsDefault).await?;
    relay.process.kill()?;

    stage.begin(ERIN).await?;
    stage.browser.press_when_calm("#mail-send").await?;
    let title = stage.browser.read("#ask-problem-title", "mail").await?;
    let address = stage
        .browser
        .run("return document.getElementById('email').value", &[])
        .await?;

    assert_eq!(title, "The mail could not be sent");
    assert_eq!(address, ERIN);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_relay_an_address_without_an_issuer_is_turned_away_in_place() -> Result<()> {
    let stage = Stage::set(Wanted::default()).await?;

    stage.begin(ERIN).await?;

    let title = stage
        .browser
        .read("#ask-problem-title", "plain.test")
        .await?;
    assert_eq!(title, "We cannot sign in plain.test addresses");
    Ok(())
}

/// Starts everything, with the relay in the settings of installation one.
pub(crate) async fn set(relay: &Postfix, third_party: ThirdPartyCookies) -> Result<Stage> {
    let url = relay.url("smtp", Entrance::Submission);
    let fallback = format!(
        "\n[broker]\nfallback = {{ smtp = {url:?}, from = \"persona@one.example\", \
         user = {RELAY_USER:?}, password = {ALICE_PASSWORD:?} }}\n"
    );
    let stage = Stage::set(Wanted {
        third_party,
        settings: [fallback, String::new()],
        ..Wanted::default()
    })
    .await?;
    assert_eq!(stage.browser.url().await?, format!("{SHOP}/"));
    Ok(stage)
}

/// What a person reads off a letter.
pub(crate) struct Letter {
    pub(crate) code: String,
    pub(crate) link: String,
}

/// Waits for the letter and reads it.
pub(crate) async fn letter(stage: &Stage, relay: &Postfix) -> Result<Letter> {
    let text = until("a letter", async || Ok(relay.letters()?.into_iter().next())).await;
    let text = stage.or_shown(text).await.with_context(|| relay.log())?;
    let (head, body) = text.split_once("\n\n").context("a letter without a body")?;
    assert!(head.contains(&format!("To: {ERIN}")), "{head}");
    let mut words = body.split_whitespace();
    let link = words.find(|word| word.starts_with(&format!("{ONE}/persona/mailed/?k=")));
    let mut lines = body.lines().map(|line| line.replace([' ', '-'], ""));
    let code = lines.find(|line| line.len() == 8 && line.parse::<u32>().is_ok());
    Ok(Letter {
        code: code.with_context(|| format!("no code in {body}"))?,
        link: link
            .with_context(|| format!("no link in {body}"))?
            .to_owned(),
    })
}

pub(crate) const ERIN: &str = "erin@plain.test";
