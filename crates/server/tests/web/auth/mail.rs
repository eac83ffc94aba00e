//! `POST /persona/auth/mail/`, `…/code/`, `…/link/` and `GET /persona/mailed/`

use std::time::Duration;

use protocol::jose::Signer;
use serde_json::json;
use testkit::http::Answer;
use testkit::https::Reply;
use testkit::smtp::Mood;
use testkit::world::{ALICE, Browser, PASSWORD, user};

use crate::elsewhere::{BROKEN, DISABLED, Elsewhere, WITH_ISSUER, WITHOUT_ISSUER};

pub(super) const DORA: &str = "dora@plain.example";

pub(super) async fn ask(browser: &Browser<'_>, email: &str) -> Answer {
    let body = json!({ "email": email });
    browser.post_json("/persona/auth/mail/", &body).await
}

pub(super) async fn type_code(browser: &Browser<'_>, code: &str) -> Answer {
    let body = json!({ "email": DORA, "code": code, "shared": false });
    browser.post_json("/persona/auth/mail/code/", &body).await
}

/// The code and the link's token in the one letter that has come.
pub(super) fn letter(elsewhere: &Elsewhere) -> (String, String) {
    let letters = elsewhere.relay.letters();
    assert_eq!(letters.len(), 1, "{letters:?}");
    let lines: Vec<&str> = letters[0].text.lines().map(str::trim).collect();
    let is_code =
        |line: &&&str| line.len() == 9 && line.chars().all(|c| c.is_ascii_digit() || c == ' ');
    let code = lines.iter().find(is_code).unwrap();
    let link = lines
        .iter()
        .find_map(|line| line.strip_prefix("https://id.example.org/persona/mailed/?k="));
    ((*code).to_owned(), link.unwrap().to_owned())
}

pub(super) async fn press_link(browser: &Browser<'_>, link: &str) -> Answer {
    let csrf = browser.form_token().await;
    let fields = [("csrf", csrf.as_str()), ("k", link)];
    browser.post("/persona/auth/mail/link/", &fields).await
}

#[tokio::test]
async fn a_mailed_code_signs_in_the_browser_that_asked() {
    let elsewhere = Elsewhere::start().await;
    let world = elsewhere.world_with_fallback().await;
    let browser = world.browser();

    let asked = ask(&browser, " Dora@Plain.example ").await;
    let (code, _) = letter(&elsewhere);
    let answer = type_code(&browser, &code).await;

    assert_eq!(asked.status, 202);
    assert_eq!(
        asked.json().unwrap(),
        json!({ "expires": 1_795_300_900_000_i64, "digits": 8 })
    );
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json().unwrap(), json!({ "email": DORA }));
    assert!(browser.is_signed_in_as(DORA).await);
}

#[tokio::test]
async fn the_letter_says_who_asks_and_what_to_do() {
    let elsewhere = Elsewhere::start().await;
    let world = elsewhere.world_with_fallback().await;

    assert_eq!(ask(&world.browser(), DORA).await.status, 202);

    let letters = elsewhere.relay.letters();
    assert_eq!(letters[0].to, DORA);
    assert_eq!(letters[0].from, "persona@example.org");
    let hidden: Vec<String> = letters[0].text.lines().map(hide).collect();
    insta::assert_snapshot!(hidden.join("\n"), @r"
    From: persona@example.org
    To: dora@plain.example
    Subject: Your code for id.example.org
    Date: Sat, 21 Nov 2026 22:26:40 +0000
    Message-ID: …
    MIME-Version: 1.0
    Content-Type: text/plain; charset=utf-8
    Content-Transfer-Encoding: 7bit
    Auto-Submitted: auto-generated

    Somebody, we hope it was you, asked id.example.org to confirm that this
    is your address. This is the code:

        1234 5678

    It is good for 15 minutes. Type it only in a window whose
    address begins with

        https://id.example.org/

    or open this link in the same browser:

        https://id.example.org/persona/mailed/?k=…

    If it was not you, do nothing: without the code nobody gets in.
    Never tell it to anybody who asks you for it.
    ");
}

/// What is different each time is not for the snapshot.
fn hide(line: &str) -> String {
    if line.starts_with("Message-ID:") {
        return "Message-ID: …".to_owned();
    }
    match line.split_once("?k=") {
        Some((before, _)) => format!("{before}?k=…"),
        None if line.len() > 8 && line.trim().chars().all(|c| c.is_ascii_digit() || c == ' ') => {
            "    1234 5678".to_owned()
        }
        None => line.to_owned(),
    }
}

#[tokio::test]
async fn the_link_does_nothing_before_its_button_is_pressed() {
    let elsewhere = Elsewhere::start().await;
    let world = elsewhere.world_with_fallback().await;
    let (browser, scanner) = (world.browser(), world.browser());
    ask(&browser, DORA).await;
    let (_, link) = letter(&elsewhere);
    let path = format!("/persona/mailed/?k={link}");

    let scanned = scanner.get(&path).await;
    let scanned_and_pressed = press_link(&scanner, &link).await;
    let opened = browser.get(&path).await;
    let still_nobody = browser.is_signed_in_as(DORA).await;
    let pressed = press_link(&browser, &link).await;

    assert!(!scanner.is_signed_in_as(DORA).await);
    assert_eq!((scanned.status, scanned_and_pressed.status), (200, 401));
    assert!(!scanned.text().contains(&link), "{}", scanned.text());
    assert_eq!(opened.status, 200);
    assert!(opened.text().contains(&link));
    assert!(!still_nobody);
    assert_eq!(pressed.status, 200, "{}", pressed.text());
    assert!(browser.is_signed_in_as(DORA).await);
}

#[tokio::test]
async fn a_code_or_link_acts_once_and_not_in_another_browser() {
    let elsewhere = Elsewhere::start().await;
    let world = elsewhere.world_with_fallback().await;
    let (browser, thief) = (world.browser(), world.browser());
    ask(&browser, DORA).await;
    let (code, link) = letter(&elsewhere);
    ask(&thief, "eve@plain.example").await;
    elsewhere.relay.letters();

    let stolen = type_code(&thief, &code).await;
    let stolen_link = press_link(&thief, &link).await;
    let first = type_code(&browser, &code).await;
    let again = type_code(&browser, &code).await;
    let by_link = press_link(&browser, &link).await;

    assert_eq!(stolen.status, 401);
    assert_eq!(stolen_link.status, 401);
    assert!(!thief.is_signed_in_as(DORA).await);
    assert_eq!(first.status, 200);
    assert_eq!(again.status, 410);
    assert_eq!(by_link.status, 401);
}

#[tokio::test]
async fn five_wrong_codes_end_it_and_a_quarter_of_an_hour_does() {
    let elsewhere = Elsewhere::start().await;
    let world = elsewhere.world_with_fallback().await;
    let browser = world.browser();
    ask(&browser, DORA).await;
    let (code, _) = letter(&elsewhere);
    let wrong = if code.starts_with('0') { "1" } else { "0" }.repeat(8);

    for left in [4, 3, 2, 1, 0] {
        let answer = type_code(&browser, &wrong).await;

        assert_eq!(answer.status, 401);
        let problem = answer.json().unwrap();
        assert_eq!(
            (&problem["error"], &problem["left"]),
            (&json!("wrong-code"), &json!(left))
        );
    }
    assert_eq!(type_code(&browser, &code).await.status, 410);

    ask(&browser, DORA).await;
    let (code, _) = letter(&elsewhere);
    world.clock.advance(Duration::from_secs(15 * 60));
    let late = type_code(&browser, &code).await;
    assert_eq!(late.status, 410);
    assert_eq!(late.json().unwrap()["error"], "gone");
}

#[tokio::test]
async fn no_code_is_mailed_for_a_domain_that_has_an_issuer_or_may_have_one() {
    let elsewhere = Elsewhere::start().await;
    let world = elsewhere.world_with_fallback().await;

    for (email, status, word) in [
        ("a@issuer.example", 409, "has-issuer"),
        (ALICE, 409, "has-issuer"),
        ("a@broken.example", 503, "could-not-ask"),
        ("no address", 400, "not-an-address"),
        ("grüße@plain.example", 400, "not-an-address"),
    ] {
        let answer = ask(&world.browser(), email).await;

        assert_eq!(answer.status, status, "{email}");
        assert_eq!(answer.json().unwrap()["error"], word, "{email}");
    }
    let off = ask(&elsewhere.world().await.browser(), DORA).await;
    assert_eq!(off.status, 404);
    assert_eq!(off.json().unwrap()["error"], "no-fallback");
    assert!(elsewhere.relay.letters().is_empty());
    assert_eq!(
        ask(&world.browser(), "a@disabled.example").await.status,
        202
    );
    assert_ne!((DISABLED, BROKEN), (WITH_ISSUER, WITHOUT_ISSUER));
}

#[tokio::test]
async fn a_domain_that_gets_an_issuer_has_no_fallback_any_more() {
    let elsewhere = Elsewhere::start().await;
    let world = elsewhere.world_with_fallback().await;
    let browser = world.browser();
    ask(&browser, DORA).await;
    let (code, _) = letter(&elsewhere);
    type_code(&browser, &code).await;
    let key = user();
    let public = key.public_key().to_browserid();
    let before = browser.certificate(DORA, &public).await;
    ask(&browser, DORA).await;
    let (code, _) = letter(&elsewhere);

    let document = format!(
        "{{\"public-key\":{},\"authentication\":\"/in\",\"provisioning\":\"/give\"}}",
        elsewhere.key.public_key().to_browserid_text()
    );
    elsewhere.change(WITHOUT_ISSUER, Reply::json(&document));
    world.clock.advance(Duration::from_secs(61));

    let code = type_code(&browser, &code).await;
    let after = browser.certificate(DORA, &public).await;
    assert_eq!(before.status, 200);
    assert_eq!(code.status, 401, "{}", code.text());
    assert_eq!(after.status, 401);
}

#[tokio::test]
async fn a_relay_that_is_down_says_so_and_nothing_is_lost() {
    let elsewhere = Elsewhere::start().await;
    let world = elsewhere.world_with_fallback().await;
    let browser = world.browser();

    elsewhere.relay.feel(Mood::Forgetful);
    for _ in 0..5 {
        let answer = ask(&browser, DORA).await;

        assert_eq!(answer.status, 503);
        assert_eq!(answer.json().unwrap()["error"], "mail-not-sent");
        assert_eq!(answer.all("set-cookie").count(), 0);
    }
    elsewhere.relay.feel(Mood::Open);
    elsewhere.relay.letters();

    assert_eq!(
        ask(&browser, DORA).await.status,
        202,
        "none of these counted"
    );
    let (code, _) = letter(&elsewhere);
    assert_eq!(type_code(&browser, &code).await.status, 200);
}

#[tokio::test]
async fn letters_are_limited_for_an_address_and_a_network() {
    let elsewhere = Elsewhere::start().await;
    let world = elsewhere.world_with_fallback().await;

    for expected in [202, 202, 202, 429] {
        let answer = ask(&world.browser(), DORA).await;

        assert_eq!(answer.status, expected);
        assert_eq!(answer.header("retry-after").is_some(), expected == 429);
    }
    for number in 0..9 {
        let email = format!("user{number}@plain.example");
        assert_eq!(ask(&world.browser(), &email).await.status, 202, "{email}");
    }
    assert_eq!(
        ask(&world.browser(), "one.more@plain.example").await.status,
        429
    );
}

#[tokio::test]
async fn a_sign_in_by_mail_and_one_by_password_replace_each_other() {
    let elsewhere = Elsewhere::start().await;
    let world = elsewhere.world_with_fallback().await;
    let browser = world.browser();
    browser.log_in(ALICE, PASSWORD).await;
    let alices = browser.session_cookie();
    ask(&browser, DORA).await;
    let (code, _) = letter(&elsewhere);

    type_code(&browser, &code).await;

    assert_ne!(browser.session_cookie(), alices);
    assert!(browser.is_signed_in_as(DORA).await);
    assert!(!browser.is_signed_in_as(ALICE).await);
}
