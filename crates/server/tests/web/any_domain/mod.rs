//! `[any_domain]`: every domain whose mail comes to us, and no other.

mod attacks;
mod unanswered;

use std::sync::LazyLock;
use std::time::Duration;

use protocol::jose::{RsaSigner, Signer};
use server::settings::{AnyDomainSettings, Settings};
use testkit::exchangers::Records;
use testkit::http::Answer;
use testkit::world::{Browser, Cast, ISSUER, NOW, World, user};

const DORA: &str = "dora@customer.test";
const DORAS_PASSWORD: &str = "dora's own password";
/// A domain that the settings name.
const ALICE: &str = "alice@named.test";
const ALICES_PASSWORD: &str = "alice's own password";
const MX: &[&str] = &["mail.ours.test", "mx2.ours.test"];
/// A browser's key; to make one takes a while.
static KEY: LazyLock<RsaSigner> = LazyLock::new(user);
const MINUTE: Duration = Duration::from_secs(60);

/// An installation that serves every domain whose mail comes to it: dora's, for one.
async fn open(records: &Records) -> World {
    open_with(records, |_| {}).await
}

async fn open_with(
    records: &Records,
    change: impl FnOnce(&mut Settings) + Send + 'static,
) -> World {
    records.set("customer.test", MX);
    let cast = Cast::new(ISSUER, &["named.test"])
        .with(ALICE, ALICES_PASSWORD)
        .with(DORA, DORAS_PASSWORD)
        .exchangers(records);
    let world = cast.settings(|settings| {
        let mx = MX.iter().map(|name| name.parse().unwrap()).collect();
        let mailbox = settings.domain[0].mailbox.clone();
        settings.any_domain = Some(AnyDomainSettings::new(mx, mailbox));
        // Nobody is there: when the domain is not ours, its host is asked and does not answer.
        let nobody = ([127, 0, 0, 1], 1).into();
        settings
            .outbound
            .hosts
            .insert("customer.test".parse().unwrap(), nobody);
        change(settings);
    });
    world.open().await
}

/// The document for a host, or for a domain that the issuer is asked about.
async fn document(world: &World, host: &str, query: &str) -> Answer {
    let path = format!("/.well-known/browserid{query}");
    let headers = [("host", host), ("accept", "application/json")];
    world.browser().get_with(&path, &headers).await
}

/// Whose the dialog says that an address is.
async fn kind(world: &World, email: &str) -> String {
    let path = format!("/persona/auth/address/?email={email}");
    let answer = world.browser().get(&path).await.json().unwrap();
    answer["kind"].as_str().unwrap().to_owned()
}

async fn hand_off(world: &World, email: &str) -> Answer {
    let key = KEY.public_key().to_browserid_text();
    let fields = [
        ("email", email),
        ("publicKey", &key),
        ("duration", "3600"),
        ("state", "a-state"),
    ];
    let headers = [("origin", "https://broker.test"), ("accept", "text/html")];
    let browser = world.browser();
    browser
        .post_with("/persona/handoff/", &headers, &fields)
        .await
}

async fn certificate(browser: &Browser<'_>, email: &str) -> Answer {
    let key = KEY.public_key().to_browserid();
    browser.certificate(email, &key).await
}

/// Everything that depends on whether a domain is served says the same.
async fn is_served(world: &World, domain: &str) -> bool {
    let email = format!("dora@{domain}");
    let own = document(world, domain, "").await.status == 200;
    let query = format!("?domain={domain}");
    let at_issuer = document(world, "id.example.org", &query).await.status == 200;
    let handed_off = hand_off(world, &email).await.status == 200;
    let path = format!("/persona/login/?email={email}");
    let page = world.browser().get(&path).await.text();
    let page = !page.contains("We cannot sign in");
    assert_eq!([at_issuer, handed_off, page], [own; 3], "{domain}");
    // Where a domain is not ours, the dialog asks its host: that of one domain alone is known here.
    if own || domain == "customer.test" {
        assert_eq!(kind(world, &email).await == "ours", own, "{domain}");
    }
    own
}

#[tokio::test]
async fn a_domain_whose_mail_comes_to_us_is_served_like_one_that_is_named() {
    let records = Records::default();
    let world = open(&records).await;

    assert!(is_served(&world, "customer.test").await);
    let answer = document(&world, "customer.test", "").await;
    assert_eq!(answer.text(), r#"{"authority":"id.example.org"}"#);
    let wrong = world.browser().log_in(DORA, "a guess").await;
    assert_eq!(wrong.status, 401, "{}", wrong.text());
    let dora = world.signed_in(DORA, DORAS_PASSWORD).await;
    assert!(dora.is_signed_in_as(DORA).await);
    assert_eq!(certificate(&dora, DORA).await.status, 200);
    assert_eq!(
        records.asked(),
        ["customer.test"],
        "one question serves all"
    );
}

#[tokio::test]
async fn nobody_is_asked_where_it_is_off() {
    let records = Records::default();
    let world = open_with(&records, |settings| settings.any_domain = None).await;

    assert!(!is_served(&world, "customer.test").await);
    let answer = world.browser().log_in(DORA, DORAS_PASSWORD).await;

    assert_eq!(answer.status, 400);
    assert_eq!(records.asked(), [""; 0]);
}

#[tokio::test]
async fn a_named_domain_wins_and_those_below_it_are_others() {
    let records = Records::default();
    let world = open(&records).await;
    records.set("named.test", &["mail.foreign.test"]);
    records.set("below.named.test", &["mail.foreign.test"]);

    assert!(is_served(&world, "named.test").await);
    world.signed_in(ALICE, ALICES_PASSWORD).await;
    assert_eq!(records.asked(), [""; 0], "what is named is not asked about");
    assert!(!is_served(&world, "below.named.test").await);
    assert_eq!(records.asked(), ["below.named.test"]);
}

#[tokio::test]
async fn what_is_excepted_is_not_served_and_not_asked_about() {
    let records = Records::default();
    let world = open_with(&records, |settings| {
        let any = settings.any_domain.as_mut().unwrap();
        any.except = vec!["customer.test".parse().unwrap()];
    })
    .await;
    records.set("below.customer.test", MX);

    assert!(!is_served(&world, "customer.test").await);
    assert_eq!(records.asked(), [""; 0]);
    assert!(is_served(&world, "below.customer.test").await);
}

#[tokio::test]
async fn our_verifier_believes_us_for_such_a_domain() {
    let records = Records::default();
    let world = open(&records).await;
    let site = "https://shop.test";
    let expires = NOW.plus(2 * MINUTE);
    let assertion = world.assertion((DORA, DORAS_PASSWORD), site, expires).await;
    let fields = [("assertion", assertion.as_str()), ("audience", site)];
    let verify = async || {
        let headers = [("accept", "application/json")];
        let browser = world.browser();
        let answer = browser
            .post_with("/persona/verify", &headers, &fields)
            .await;
        answer.json().unwrap()["status"]
            .as_str()
            .unwrap()
            .to_owned()
    };

    assert_eq!(verify().await, "okay");
    records.set("customer.test", &["mail.foreign.test"]);
    world.clock.advance(MINUTE);
    assert_eq!(verify().await, "failure");
}
