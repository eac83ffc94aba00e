//! `once`: an assertion that is good for one presentation (`browserid.md` §8.1 F13).

use std::sync::Arc;
use std::time::Duration;

use protocol::jose::Signer;
use protocol::time::Timestamp;
use serde_json::{Value, json};
use store::Store;
use testkit::http::Client;
use testkit::world::{ALICE, NOW, PASSWORD, World, bundle, user};
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::SITE;

async fn ask(world: &World, assertion: &str, once: &Value) -> String {
    let body = json!({ "assertion": assertion, "audience": SITE, "once": once });
    let answer = Client::new()
        .post_json(&world.url("/verify"), &[], &body)
        .await
        .unwrap();
    assert_eq!(answer.status, 200, "{answer:?}");
    let answer = answer.json().unwrap();
    match answer["reason"].as_str() {
        Some(reason) => reason.to_owned(),
        None => answer["status"].as_str().unwrap().to_owned(),
    }
}

async fn fresh(world: &World) -> String {
    fresh_until(world, NOW.plus(Duration::from_secs(120))).await
}

async fn fresh_until(world: &World, expires: Timestamp) -> String {
    world.assertion((ALICE, PASSWORD), SITE, expires).await
}

const USED: &str = "this assertion was used before";

#[tokio::test]
async fn a_site_that_asks_for_it_gets_an_assertion_once() {
    let world = World::open().await;
    let wishes = [
        (json!(true), true),
        (json!("1"), true),
        (json!("true"), true),
        (json!(1), true),
        (json!("please"), true),
        (json!(false), false),
        (json!("0"), false),
        (json!("false"), false),
        (json!(""), false),
        (json!(null), false),
    ];
    for (index, (wish, kept)) in (0..).zip(wishes) {
        let expires = NOW.plus(Duration::from_millis(60_000 + index));
        let assertion = fresh_until(&world, expires).await;

        let first = ask(&world, &assertion, &wish).await;
        let second = ask(&world, &assertion, &wish).await;

        assert_eq!(first, "okay", "{wish}");
        assert_eq!(second, if kept { USED } else { "okay" }, "{wish}");
    }
}

#[tokio::test]
async fn forms_and_the_second_version_can_ask_for_it_too() {
    let world = World::open().await;
    let assertion = fresh(&world).await;
    let fields = [
        ("assertion", &*assertion),
        ("audience", SITE),
        ("once", "1"),
    ];
    let json = json!({ "assertion": assertion, "audience": SITE, "once": "1" });

    let first = Client::new()
        .post_form(&world.url("/persona/verify"), &[], &fields)
        .await
        .unwrap();
    let second = Client::new()
        .post_json(&world.url("/persona/v2"), &[], &json)
        .await
        .unwrap();

    assert_eq!(first.json().unwrap()["status"], "okay");
    assert_eq!(second.json().unwrap()["reason"], USED);
}

#[tokio::test]
async fn another_certificate_does_not_make_another_assertion() {
    let world = World::open().await;
    let alice = world.alice().await;
    let key = user();
    let public = key.public_key().to_browserid();
    let first = alice.certificate(ALICE, &public).await.text();
    world.clock.advance(Duration::from_secs(1));
    let second = alice.certificate(ALICE, &public).await.text();
    assert_ne!(first, second);
    let assertion = bundle(&first, &key, SITE, NOW.plus(Duration::from_secs(120)));
    let (_, claim) = assertion.split_once('~').unwrap();

    assert_eq!(ask(&world, &assertion, &json!(true)).await, "okay");
    assert_eq!(
        ask(&world, &format!("{second}~{claim}"), &json!(true)).await,
        USED
    );
}

#[tokio::test]
async fn what_was_used_is_remembered_across_a_restart_until_the_last_millisecond() {
    let folder = tempfile::TempDir::new().unwrap();
    let url = format!("sqlite:{}/persona.db", folder.path().display());
    let open = || -> Arc<dyn Store> { store::open(&url.parse().unwrap()).unwrap() };
    let world = World::with_store(open(), |_| {}).await;
    let assertion = fresh(&world).await;
    assert_eq!(ask(&world, &assertion, &json!(true)).await, "okay");

    let world = world.restart(open()).await;

    assert_eq!(ask(&world, &assertion, &json!(true)).await, USED);
    world.clock.advance(Duration::from_secs(120));
    assert_eq!(ask(&world, &assertion, &json!(true)).await, USED);
    world.clock.advance(Duration::from_millis(1));
    assert_eq!(ask(&world, &assertion, &json!(true)).await, "expired");
}

#[tokio::test]
async fn what_is_refused_is_not_used_up() {
    let world = World::open().await;
    let assertion = fresh(&world).await;
    let body = json!({ "assertion": assertion, "audience": "https://evil.example", "once": true });

    let stolen = Client::new()
        .post_json(&world.url("/verify"), &[], &body)
        .await
        .unwrap();

    assert_eq!(stolen.json().unwrap()["status"], "failure");
    assert_eq!(ask(&world, &assertion, &json!(true)).await, "okay");
}

#[tokio::test]
async fn an_assertion_that_lasts_for_hours_is_not_remembered_for_hours() {
    let world = World::open().await;
    let most = Duration::from_secs(10 * 60);
    let long = |expires| world.assertion((ALICE, PASSWORD), SITE, expires);
    let ten_minutes = long(NOW.plus(most)).await;
    let longer = long(NOW.plus(most + Duration::from_millis(1))).await;

    assert_eq!(ask(&world, &ten_minutes, &json!(true)).await, "okay");
    assert_eq!(
        ask(&world, &longer, &json!(true)).await,
        "this assertion ends more than ten minutes ahead, and is to be good once"
    );
    assert_eq!(ask(&world, &longer, &json!(false)).await, "okay");
}

/// Another process writes to the store, so that nothing of ours can be written.
#[tokio::test]
async fn a_customer_has_64_assertions_waiting_for_the_store_and_no_more() {
    let folder = tempfile::TempDir::new().unwrap();
    let file = folder.path().join("persona.db");
    let url = format!("sqlite:{}", file.display());
    let world = World::with_store(store::open(&url.parse().unwrap()).unwrap(), |_| {}).await;
    let body = json!({ "assertion": fresh(&world).await, "audience": SITE, "once": true });
    let ask = |customer: &'static str| {
        let (url, body) = (world.url("/verify"), body.clone());
        async move {
            let headers = [("x-forwarded-for", customer)];
            let answer = Client::new().post_json(&url, &headers, &body).await;
            let reason = answer.unwrap().json().unwrap()["reason"].take();
            reason.as_str().unwrap_or("okay").to_owned()
        }
    };
    let other = rusqlite::Connection::open(&file).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let mut asked = JoinSet::new();
    for _ in 0..70 {
        asked.spawn(ask("203.0.113.66"));
    }

    let mut at_once = Vec::new();
    for _ in 0..6 {
        // If more could wait than should, nobody would be answered.
        let told = timeout(Duration::from_secs(20), asked.join_next()).await;
        at_once.push(told.unwrap().unwrap().unwrap());
    }
    asked.spawn(ask("198.51.100.7"));
    other.execute_batch("ROLLBACK").unwrap();
    let mut later = asked.join_all().await;

    assert_eq!(at_once, ["too busy"; 6]);
    later.sort();
    let mut expected = vec!["okay"];
    expected.resize(65, USED);
    expected.sort_unstable();
    assert_eq!(later, expected);
}
