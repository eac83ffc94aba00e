//! DNS does not answer: that is neither a yes nor a no.

use std::time::Duration;

use testkit::exchangers::Records;
use testkit::smtp::Session;

use super::{DORA, DORAS_PASSWORD, MINUTE, certificate, document, hand_off, is_served, kind, open};

#[tokio::test]
async fn whoever_cannot_be_asked_is_never_a_no() {
    let records = Records::default();
    let world = open(&records).await;
    records.fall_silent();

    let login = world.browser().log_in(DORA, DORAS_PASSWORD).await;
    let path = format!("/persona/login/?email={DORA}");
    let page = world.browser().get(&path).await;
    let handed = hand_off(&world, DORA).await;
    let own = document(&world, "customer.test", "").await;
    let at_issuer = document(&world, "id.example.org", "?domain=customer.test").await;

    for answer in [&login, &page, &handed, &own, &at_issuer] {
        assert_eq!(answer.status, 503, "{}", answer.text());
        assert!(!answer.text().contains("SERVFAIL"), "{}", answer.text());
    }
    for answer in [&login, &page] {
        let sentence = "We cannot tell just now where your mail is kept";
        assert!(answer.text().contains(sentence), "{}", answer.text());
        assert!(answer.header("retry-after").is_some());
    }
    for answer in [&own, &at_issuer] {
        assert_eq!(answer.json().unwrap()["error"], "could-not-ask");
        assert!(
            answer
                .header("cache-control")
                .is_none_or(|value| value == "no-store")
        );
    }
    assert_eq!(kind(&world, DORA).await, "unreachable");
    let sessions = world.mail.sessions().await.unwrap();
    let lines = sessions.iter().flat_map(Session::lines);
    assert_eq!(lines.count(), 0, "no password went anywhere");

    records.speak();
    world.clock.advance(Duration::from_secs(5));
    assert!(is_served(&world, "customer.test").await);
}

#[tokio::test]
async fn a_program_is_told_in_words() {
    let records = Records::default();
    let world = open(&records).await;
    records.fall_silent();
    let browser = world.browser();
    let csrf = browser.form_token().await;
    let fields = [
        ("email", DORA),
        ("password", DORAS_PASSWORD),
        ("csrf", &csrf),
    ];
    let headers = [("origin", world.issuer()), ("accept", "application/json")];

    let answer = browser
        .post_with("/persona/auth/login/", &headers, &fields)
        .await;

    assert_eq!(answer.status, 503);
    assert_eq!(answer.json().unwrap()["error"], "could-not-ask");
}

#[tokio::test]
async fn sign_ins_outlast_a_resolver_that_is_down_for_less_than_a_day() {
    let records = Records::default();
    let world = open(&records).await;
    let dora = world.signed_in(DORA, DORAS_PASSWORD).await;
    records.fall_silent();

    world.clock.advance(MINUTE);
    assert!(dora.is_signed_in_as(DORA).await);
    world.clock.advance(22 * 60 * MINUTE);
    assert!(dora.is_signed_in_as(DORA).await);
    assert!(is_served(&world, "customer.test").await);
    world.clock.advance(2 * 60 * MINUTE);

    let path = format!("/persona/auth/has-session/?email={DORA}");
    assert_eq!(dora.get(&path).await.status, 503);
    assert_eq!(certificate(&dora, DORA).await.status, 503);
    records.speak();
    world.clock.advance(Duration::from_secs(5));
    assert!(
        dora.is_signed_in_as(DORA).await,
        "the session was there all the time"
    );
}

#[tokio::test]
async fn a_no_after_the_silence_counts() {
    let records = Records::default();
    let world = open(&records).await;
    let dora = world.signed_in(DORA, DORAS_PASSWORD).await;
    records.fall_silent();
    world.clock.advance(MINUTE);
    assert!(dora.is_signed_in_as(DORA).await);

    records.set("customer.test", &[]);
    records.speak();
    world.clock.advance(Duration::from_secs(5));

    assert!(!dora.is_signed_in_as(DORA).await);
}
