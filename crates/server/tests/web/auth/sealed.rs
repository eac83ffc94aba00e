//! Sessions without a store: `storage.url` is `memory:`, and each is in its cookie.

use std::sync::Arc;
use std::time::Duration;

use server::settings::Settings;
use store::{SqliteStore, Store};
use testkit::http::Client;
use testkit::world::{ALICE, Cast, World};

fn stateless(settings: &mut Settings) {
    settings.storage.url = "memory:".parse().unwrap();
}

async fn open() -> World {
    Cast::usual().settings(stateless).open().await
}

/// Asks with this cookie alone whether alice is signed in.
async fn speaks_for_alice(world: &World, token: &str) -> bool {
    let url = world.url(&format!("/persona/auth/has-session/?email={ALICE}"));
    let cookie = format!("__Host-persona={token}");
    let answer = Client::new()
        .request("GET", &url, &[("cookie", &cookie)], b"")
        .await
        .unwrap();
    match answer.status {
        200 => true,
        404 => false,
        other => panic!("neither yes nor no: {other}"),
    }
}

fn in_memory() -> Arc<dyn Store> {
    Arc::new(SqliteStore::open_in_memory().unwrap())
}

#[tokio::test]
async fn a_sign_in_needs_no_store_and_survives_a_restart() {
    let store = in_memory();
    let world = Cast::usual()
        .store(Arc::clone(&store))
        .settings(stateless)
        .open()
        .await;
    let alice = world.alice().await;
    let token = alice.session_cookie().unwrap();
    assert!(alice.is_signed_in_as(ALICE).await);
    assert!(!alice.is_signed_in_as("bob@example.org").await);
    assert_eq!(store.sessions().await.unwrap(), []);

    let world = world.restart(in_memory()).await;

    assert!(speaks_for_alice(&world, &token).await);
}

#[tokio::test]
async fn a_sealed_session_lasts_a_day_and_not_a_second_longer() {
    let world = open().await;
    let alice = world.alice().await;

    world.clock.advance(Duration::from_secs(86400 - 1));
    assert!(alice.is_signed_in_as(ALICE).await);

    world.clock.advance(Duration::from_secs(1));
    assert!(!alice.is_signed_in_as(ALICE).await);
}

#[tokio::test]
async fn a_sealed_session_gets_a_certificate_for_its_own_address_alone() {
    let world = open().await;
    let alice = world.alice().await;
    let key = protocol::jose::Signer::public_key(&testkit::world::user()).to_browserid();

    assert_eq!(alice.certificate(ALICE, &key).await.status, 200);
    assert_eq!(alice.certificate("bob@example.org", &key).await.status, 401);
}

#[tokio::test]
async fn who_signed_out_is_nobody_for_the_rest_of_the_process() {
    let world = open().await;
    let alice = world.alice().await;
    let elsewhere = world.alice().await;
    let token = alice.session_cookie().unwrap();
    let csrf = alice.form_token().await;

    let answer = alice
        .post("/persona/auth/logout/", &[("csrf", &csrf)])
        .await;

    assert_eq!(answer.status, 303);
    assert!(!speaks_for_alice(&world, &token).await);
    assert!(elsewhere.is_signed_in_as(ALICE).await);
}

#[tokio::test]
async fn signing_in_again_ends_the_former_sealed_session() {
    let world = open().await;
    let alice = world.alice().await;
    let former = alice.session_cookie().unwrap();

    let answer = alice.log_in(ALICE, testkit::world::PASSWORD).await;

    assert_eq!(answer.status, 303);
    let now = alice.session_cookie().unwrap();
    assert_ne!(now, former);
    assert!(!speaks_for_alice(&world, &former).await);
    assert!(speaks_for_alice(&world, &now).await);
}

#[tokio::test]
async fn a_forged_or_borrowed_seal_opens_nothing() {
    let world = open().await;
    let other = open().await;
    let token = world.alice().await.session_cookie().unwrap();
    let foreign = other.alice().await.session_cookie().unwrap();
    let bob = world
        .signed_in("bob@example.org", "bob's own password")
        .await;
    let bob = bob.session_cookie().unwrap();
    let (content, _) = token.split_once('.').unwrap();
    let (_, seal_of_bob) = bob.split_once('.').unwrap();

    for forged in [
        foreign,
        content.to_owned(),
        format!("{content}."),
        format!("{content}.{seal_of_bob}"),
        format!("{content}.{}", "A".repeat(43)),
        "A".repeat(43),
    ] {
        assert!(!speaks_for_alice(&world, &forged).await, "{forged}");
    }
    assert!(speaks_for_alice(&world, &token).await);
}

#[tokio::test]
async fn a_sealed_session_of_a_domain_that_is_no_longer_served_is_worth_nothing() {
    let world = open().await;
    let token = world.alice().await.session_cookie().unwrap();
    let world = world
        .restart_with(in_memory(), |settings| {
            settings
                .domain
                .retain(|domain| domain.name.as_str() != "example.org");
        })
        .await;

    assert!(!speaks_for_alice(&world, &token).await);
}

#[tokio::test]
async fn a_seal_is_nothing_where_sessions_are_stored_and_the_other_way_round() {
    let world = open().await;
    let sealed = world.alice().await.session_cookie().unwrap();
    let world = world
        .restart_with(in_memory(), |settings| {
            settings.storage.url = "sqlite:/persona.db".parse().unwrap();
        })
        .await;
    let stored = world.alice().await.session_cookie().unwrap();

    assert!(!speaks_for_alice(&world, &sealed).await);
    assert!(speaks_for_alice(&world, &stored).await);
    let world = world.restart_with(in_memory(), stateless).await;
    assert!(!speaks_for_alice(&world, &stored).await);
    assert!(speaks_for_alice(&world, &sealed).await);
}
