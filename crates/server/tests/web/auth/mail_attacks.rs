//! What strangers try with letters: sending many, finding mailboxes, guessing codes, keeping sessions.

use std::sync::Arc;
use std::time::Duration;

use protocol::email::EmailAddress;
use protocol::jose::{Signer, base64url, sha256};
use serde_json::json;
use store::{NewSession, Proof, SessionId, SqliteStore, Store};
use testkit::http::{Answer, Client};
use testkit::smtp::Mood;
use testkit::world::{Browser, NOW, World, user};

use super::mail::{DORA, ask, letter, press_link, type_code};
use crate::elsewhere::{Elsewhere, NOBODY};

const HOUR: Duration = Duration::from_secs(60 * 60);

/// Asks for a letter from a network.
async fn ask_from(world: &World, browser: &Browser<'_>, network: &str, email: &str) -> Answer {
    let body = json!({ "email": email });
    post_from(world, browser, network, "/persona/auth/mail/", &body).await
}

async fn post_from(
    world: &World,
    browser: &Browser<'_>,
    network: &str,
    path: &str,
    body: &serde_json::Value,
) -> Answer {
    let headers = [("origin", world.issuer()), ("x-forwarded-for", network)];
    let url = world.url(path);
    let posted = browser.client.post_json(&url, &headers, body).await;
    posted.unwrap()
}

#[tokio::test]
async fn a_proof_counts_only_where_it_would_still_be_asked_for() {
    let elsewhere = Elsewhere::start().await;
    for (email, proof, counts) in [
        (DORA, Proof::Mail, true),
        // The operator has added the domain since: its mail server knows the password.
        ("dora@example.org", Proof::Mail, false),
        ("dora@example.org", Proof::Password, true),
        // The operator has removed the domain since: it is a stranger's now.
        (DORA, Proof::Password, false),
        // And this domain has an issuer: the session is good, and gives no certificate.
        ("dora@issuer.example", Proof::Mail, true),
    ] {
        let store: Arc<dyn Store> = Arc::new(SqliteStore::open_in_memory().unwrap());
        let token = base64url::encode(&sha256(b"a token"));
        let now = NOW.to_seconds();
        let session = NewSession {
            id: SessionId::from_sha256(sha256(token.as_bytes())),
            address: EmailAddress::parse(email).unwrap(),
            proof,
            opened: now,
            expires: now.plus(HOUR),
        };
        store.open_session(&session).await.unwrap();
        let world = elsewhere.cast_with_fallback().store(store).open().await;
        let cookie = format!("__Host-persona={token}");
        let headers = [("origin", world.issuer()), ("cookie", cookie.as_str())];

        let url = world.url(&format!("/persona/auth/has-session/?email={email}"));
        let asked = Client::new().request("GET", &url, &headers, b"").await;
        let url = world.url("/persona/auth/certificate/");
        let body = json!({ "email": email, "publicKey": user().public_key().to_browserid() });
        let certified = Client::new().post_json(&url, &headers, &body).await;

        let gets_one = counts && !email.ends_with("@issuer.example");
        let expected = (
            if counts { 200 } else { 404 },
            if gets_one { 200 } else { 401 },
        );
        let told = (asked.unwrap().status, certified.unwrap().status);
        assert_eq!(told, expected, "{email} {proof:?}");
    }
}

#[tokio::test]
async fn a_sign_in_by_mail_lasts_a_day() {
    let elsewhere = Elsewhere::start().await;
    let world = elsewhere.world_with_fallback().await;
    let browser = world.browser();
    ask(&browser, DORA).await;
    let (code, _) = letter(&elsewhere);

    let answer = type_code(&browser, &code).await;

    let kept = |cookie: &&str| cookie.contains("Max-Age=86400;");
    assert_eq!(answer.all("set-cookie").filter(kept).count(), 2);
    world.clock.advance(Duration::from_secs(24 * 60 * 60 - 1));
    assert!(browser.is_signed_in_as(DORA).await);
    world.clock.advance(Duration::from_secs(1));
    assert!(!browser.is_signed_in_as(DORA).await);
}

#[tokio::test]
async fn that_the_computer_is_shared_is_said_once_for_code_and_link() {
    let elsewhere = Elsewhere::start().await;
    for by_link in [false, true] {
        let world = elsewhere.world_with_fallback().await;
        let browser = world.browser();
        let body = json!({ "email": DORA, "shared": true });
        browser.post_json("/persona/auth/mail/", &body).await;
        let (code, link) = letter(&elsewhere);

        let answer = if by_link {
            press_link(&browser, &link).await
        } else {
            type_code(&browser, &code).await
        };

        let kept = |cookie: &&str| cookie.starts_with("__Host-persona=") && cookie.contains("Max-");
        assert_eq!(answer.status, 200);
        assert_eq!(answer.all("set-cookie").filter(kept).count(), 0);
        assert!(browser.is_signed_in_as(DORA).await);
        world.clock.advance(HOUR);
        assert!(!browser.is_signed_in_as(DORA).await, "{by_link}");
    }
}

#[tokio::test]
async fn the_links_page_names_the_address_and_ends_with_the_letter() {
    let elsewhere = Elsewhere::start().await;
    let world = elsewhere.world_with_fallback().await;
    let browser = world.browser();
    ask(&browser, DORA).await;
    let (_, link) = letter(&elsewhere);
    let path = format!("/persona/mailed/?k={link}");

    let in_time = browser.get(&path).await;
    world.clock.advance(Duration::from_secs(15 * 60));
    let late = browser.get(&path).await;

    assert!(in_time.text().contains(DORA), "{}", in_time.text());
    assert_eq!(late.status, 410);
    assert!(!late.text().contains(&link), "{}", late.text());
}

#[tokio::test]
async fn a_link_of_another_letter_gets_no_button() {
    let elsewhere = Elsewhere::start().await;
    let world = elsewhere.world_with_fallback().await;
    let (browser, stranger) = (world.browser(), world.browser());
    ask(&browser, DORA).await;
    let (_, former) = letter(&elsewhere);
    ask(&browser, DORA).await;
    let (code, newest) = letter(&elsewhere);
    ask(&stranger, "eve@plain.example").await;
    let (_, strangers) = letter(&elsewhere);
    let page = async |link: &str| {
        let path = format!("/persona/mailed/?k={link}");
        browser.get(&path).await.text()
    };

    for link in [&former, &strangers] {
        let shown = page(link).await;
        assert!(shown.contains("belongs to another letter"), "{shown}");
        assert!(!shown.contains(link.as_str()), "{shown}");
        assert!(!shown.contains("button"), "{shown}");
    }
    let shown = page(&newest).await;
    assert!(shown.contains("Yes, this is my address"), "{shown}");
    // However often such links are opened, no try is lost.
    assert_eq!(type_code(&browser, &code).await.status, 200);
}

#[tokio::test]
async fn mailboxes_cannot_be_found_by_asking_for_letters_to_them() {
    let elsewhere = Elsewhere::start().await;
    let world = elsewhere.world_with_fallback().await;

    for expected in [422, 422, 422, 429] {
        assert_eq!(ask(&world.browser(), NOBODY).await.status, expected);
    }
}

#[tokio::test]
async fn a_relay_that_is_down_is_not_asked_without_end() {
    let elsewhere = Elsewhere::start().await;
    let world = elsewhere.world_with_fallback().await;
    elsewhere.relay.feel(Mood::Forgetful);

    for number in 0..13 {
        let answer = ask(&world.browser(), &format!("user{number}@plain.example")).await;

        let expected = if number < 12 { 503 } else { 429 };
        assert_eq!(answer.status, expected, "{number}");
    }
}

#[tokio::test]
async fn what_stands_after_a_plus_is_the_same_mailbox() {
    let elsewhere = Elsewhere::start().await;
    let world = elsewhere.world_with_fallback().await;

    for (email, expected) in [
        ("dora@plain.example", 202),
        ("dora+a@plain.example", 202),
        ("dora+b+c@plain.example", 202),
        ("dora+d@plain.example", 429),
        ("dorab@plain.example", 202),
    ] {
        let answer = ask(&world.browser(), email).await;

        assert_eq!(answer.status, expected, "{email}");
    }
}

#[tokio::test]
async fn no_letter_goes_to_a_name_that_a_relay_takes_for_a_route() {
    let elsewhere = Elsewhere::start().await;
    let world = elsewhere.world_with_fallback().await;

    for c in "%!/|#*?$`^{}~".chars() {
        let email = format!("victim{c}example.com@plain.example");
        let answer = ask(&world.browser(), &email).await;

        assert_eq!(answer.status, 400, "{email}");
        assert_eq!(answer.json().unwrap()["error"], "not-an-address", "{email}");
    }
    assert!(elsewhere.relay.letters().is_empty());
}

#[tokio::test]
async fn whoever_asks_for_much_leaves_letters_for_the_rest() {
    let elsewhere = Elsewhere::start().await;
    let world = elsewhere.world_with_fallback().await;
    let browser = world.browser();

    for network in 1..=20 {
        for number in 0..12 {
            let email = format!("user{network}.{number}@plain.example");
            let network = format!("203.0.113.{network}");
            let answer = ask_from(&world, &browser, &network, &email).await;
            assert_eq!(answer.status, 202, "{email}");
        }
    }

    for (expected, email) in [
        (202, "one@plain.example"),
        (202, "two@plain.example"),
        (429, "three@plain.example"),
        (202, "three@disabled.example"),
    ] {
        let answer = ask_from(&world, &browser, "198.51.100.7", email).await;
        assert_eq!(answer.status, expected, "{email}");
    }
}

#[tokio::test]
async fn wrong_codes_end_the_letters_of_a_network_and_of_many_all_but_the_reserve() {
    let elsewhere = Elsewhere::start().await;
    let world = elsewhere.world_with_fallback().await;
    let (guesser, other) = (world.browser(), world.browser());
    let wrong = json!({ "email": DORA, "code": "no digits", "shared": false });
    let path = "/persona/auth/mail/code/";

    for network in 1..=7 {
        let from = format!("203.0.113.{network}");
        // Thirty of each of six networks, and twenty more.
        let letters = if network == 7 { 4 } else { 6 };
        for letter in 0..letters {
            let email = format!("user{network}.{letter}@plain.example");
            assert_eq!(ask_from(&world, &guesser, &from, &email).await.status, 202);
            for _ in 0..5 {
                let answer = post_from(&world, &guesser, &from, path, &wrong).await;
                assert_eq!(answer.status, 401, "{email}");
            }
        }
        if network == 1 {
            let own = ask_from(&world, &guesser, &from, DORA).await;
            let others = ask_from(&world, &other, "198.51.100.7", DORA).await;
            assert_eq!((own.status, others.status), (429, 202));
        }
    }

    for (expected, email) in [
        (202, DORA),
        (202, "one@plain.example"),
        (429, "two@plain.example"),
    ] {
        let answer = ask_from(&world, &other, "198.51.100.8", email).await;
        assert_eq!(answer.status, expected, "{email}");
    }
    world.clock.advance(HOUR);
    let later = ask_from(&world, &other, "198.51.100.8", "two@plain.example").await;
    assert_eq!(later.status, 202);
}
