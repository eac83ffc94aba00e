//! What strangers try in order to be served, or to stay it.

use std::sync::Arc;

use store::{AliasRow, Aliases, SqliteStore};
use testkit::exchangers::Records;
use testkit::http::Answer;
use testkit::world::World;

use super::{
    ALICE, ALICES_PASSWORD, DORA, DORAS_PASSWORD, MINUTE, MX, certificate, document, is_served,
    kind, open, open_with,
};

#[tokio::test]
async fn all_exchangers_of_a_domain_must_be_ours_by_their_very_names() {
    let records = Records::default();
    let world = open(&records).await;

    for (number, (hosts, expected)) in [
        (&["mail.ours.test"][..], true),
        (&["MAIL.Ours.test."], true),
        (&["mx2.ours.test.", "mail.ours.test."], true),
        (&[], false),
        (&["."], false),
        (&[""], false),
        (&["mail.ours.test", "mail.foreign.test"], false),
        (&["mail.foreign.test", "mail.ours.test"], false),
        (&["mail.ours.test", "."], false),
        (&["mail.ours.test.foreign.test"], false),
        (&["xmail.ours.test"], false),
        (&["x.mail.ours.test"], false),
        (&["ours.test"], false),
        (&["mail.ours.test.."], false),
        (&[" mail.ours.test"], false),
        (&["mail\\.ours.test"], false),
        (&["mail.ours.test\0"], false),
        (&["mail\u{3002}ours.test"], false),
        (&["\u{ff4d}ail.ours.test"], false),
        (&["192.0.2.1"], false),
        (&["192.0.2.1."], false),
        // An alias of ours is another name, wherever it leads.
        (&["mail.customer.test"], false),
    ]
    .into_iter()
    .enumerate()
    {
        let domain = format!("d{number}.test");
        records.set(&domain, hosts);

        assert_eq!(is_served(&world, &domain).await, expected, "{hosts:?}");
    }
}

#[tokio::test]
async fn a_domain_has_one_spelling() {
    let records = Records::default();
    let world = open(&records).await;
    records.set("xn--mller-kva.test", MX);
    records.asked();

    for email in [
        "dora@Customer.TEST",
        "dora@customer\u{ff0e}test",
        "dora@m%C3%BCller.test",
        "dora@M%C3%9CLLER.test",
        "dora@xn--mller-kva.test",
    ] {
        assert_eq!(kind(&world, email).await, "ours", "{email}");
    }
    assert_eq!(records.asked(), ["customer.test", "xn--mller-kva.test"]);
    let dotted = "/persona/auth/address/?email=dora@customer.test.";
    assert_eq!(world.browser().get(dotted).await.status, 400);
    assert_eq!(document(&world, "customer.test.", "").await.status, 404);
    assert_eq!(records.asked(), [""; 0]);
}

#[tokio::test]
async fn names_that_nobody_can_have_are_not_asked_about() {
    let records = Records::default();
    let world = open(&records).await;
    for domain in [
        "localhost",
        "mail",
        "a.localhost",
        "customer.example",
        "example.com",
        "printer.local",
        "db.internal",
        "1.2.0.192.in-addr.arpa",
    ] {
        records.set(domain, MX);

        assert!(!is_served(&world, domain).await, "{domain}");
    }
    for host in ["192.0.2.1", "[2001:db8::1]", "[192.0.2.1]"] {
        assert_eq!(document(&world, host, "").await.status, 404, "{host}");
    }
    assert_eq!(records.asked(), [""; 0]);
}

#[tokio::test]
async fn a_domain_that_moves_its_mail_away_loses_its_sign_ins() {
    let records = Records::default();
    let world = open(&records).await;
    let dora = world.signed_in(DORA, DORAS_PASSWORD).await;
    records.set("customer.test", &["mail.foreign.test"]);

    assert!(
        dora.is_signed_in_as(DORA).await,
        "it is remembered for a minute"
    );
    world.clock.advance(MINUTE);

    assert!(!dora.is_signed_in_as(DORA).await);
    assert_eq!(certificate(&dora, DORA).await.status, 401);
    assert!(!is_served(&world, "customer.test").await);
    let again = world.browser().log_in(DORA, DORAS_PASSWORD).await;
    assert_eq!(again.status, 400, "the old mailbox is still there");
}

/// A new owner of the domain takes the mail elsewhere; whoever had a mailbox here keeps us from asking.
#[tokio::test]
async fn whoever_has_used_up_their_questions_cannot_keep_an_old_answer() {
    let records = Records::default();
    let world = open(&records).await;
    let dora = world.signed_in(DORA, DORAS_PASSWORD).await;
    records.set("customer.test", &["mail.foreign.test"]);
    world.clock.advance(MINUTE);
    let busy = flood(&world, "127.0.0.1").await;
    assert_eq!(busy.status, 429);

    assert!(!dora.is_signed_in_as(DORA).await);
}

#[tokio::test]
async fn a_flood_of_made_up_domains_ends_at_its_own_network() {
    let records = Records::default();
    let world = open(&records).await;
    world.signed_in(DORA, DORAS_PASSWORD).await;
    records.set("other.test", MX);
    records.asked();

    let busy = flood(&world, "203.0.113.9").await;

    assert_eq!(busy.status, 429);
    assert!(busy.header("retry-after").is_some());
    assert!(records.asked().len() <= 300);
    let from = |client: &'static str, domain: &'static str| {
        let world = &world;
        async move { ask(world, client, domain).await.status }
    };
    // What is remembered is free, for them as well.
    assert_eq!(from("203.0.113.9", "customer.test").await, 200);
    assert_eq!(from("203.0.113.9", "other.test").await, 429);
    assert_eq!(from("198.51.100.7", "other.test").await, 200);
    let asked: Vec<String> = records.asked();
    assert_eq!(asked, ["other.test"], "what was remembered still is");
}

#[tokio::test]
async fn an_alias_of_a_named_domain_is_no_way_into_a_strangers() {
    let records = Records::default();
    let world = open_with(&records, |settings| {
        settings.domain[0].plus_tags = true;
        settings.domain[0].backend_domain = Some("customer.test".parse().unwrap());
    })
    .await;

    // The mail server knows alice@named.test as alice@customer.test, who is nobody there.
    let browser = world.browser();
    let refused = browser.log_in(ALICE, ALICES_PASSWORD).await;
    assert_eq!(refused.status, 401);
    let dora = world.signed_in(DORA, DORAS_PASSWORD).await;
    for email in [
        "dora+tag@customer.test",
        "dora@named.test",
        "alice@named.test",
    ] {
        assert_eq!(certificate(&dora, email).await.status, 401, "{email}");
    }
}

/// Asks for documents of made-up domains until that is enough; gives the last answer.
async fn flood(world: &World, client: &str) -> Answer {
    let mut last = None;
    for number in 0..400 {
        let answer = ask(world, client, &format!("made-up{number}.test")).await;
        let is_enough = answer.status == 429;
        last = Some(answer);
        if is_enough {
            break;
        }
    }
    last.unwrap()
}

async fn ask(world: &World, client: &str, domain: &str) -> Answer {
    let headers = [
        ("host", domain),
        ("accept", "application/json"),
        ("x-forwarded-for", client),
    ];
    let browser = world.browser();
    browser.get_with("/.well-known/browserid", &headers).await
}

/// Nobody has written these people down, so nobody has said what else they are called.
#[tokio::test]
async fn a_row_about_a_domain_that_the_settings_do_not_name_gives_nobody_anything() {
    let records = Records::default();
    let store = SqliteStore::open_in_memory().unwrap();
    let row = AliasRow {
        alias: "info@customer.test".to_owned(),
        target: DORA.to_owned(),
    };
    store.add_aliases(&[row]).await.unwrap();
    let world = open(&records).await.restart(Arc::new(store)).await;
    let dora = world.signed_in(DORA, DORAS_PASSWORD).await;

    assert_eq!(certificate(&dora, DORA).await.status, 200);
    assert_eq!(certificate(&dora, "info@customer.test").await.status, 401);
    let browser = world.browser();
    let answer = browser.log_in("info@customer.test", DORAS_PASSWORD).await;
    assert_eq!(answer.status, 401);
}
