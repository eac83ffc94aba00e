//! It is remembered which domains had an issuer, and for how long.

use protocol::email::Domain;
use protocol::time::UnixSeconds;
use store::{ISSUER_MEMORY, Store};

use crate::stage::{at, on_every_store};

#[tokio::test]
async fn an_issuer_that_was_seen_is_remembered_and_no_other() {
    on_every_store(async |store| {
        store
            .remember_issuer(&domain("example.org"), at(1_000_000))
            .await
            .unwrap();

        assert_eq!(seen(&*store, "example.org").await, Some(1_000_000));
        assert_eq!(seen(&*store, "EXAMPLE.org").await, Some(1_000_000));
        assert_eq!(seen(&*store, "www.example.org").await, None);
        assert_eq!(seen(&*store, "example.net").await, None);
    })
    .await;
}

#[tokio::test]
async fn a_note_is_renewed_once_a_day_and_not_more_often() {
    on_every_store(async |store| {
        let example = domain("example.org");
        for (now, noted) in [
            (1_000_000, 1_000_000),
            (1_086_399, 1_000_000),
            (1_086_400, 1_086_400),
            (1_086_401, 1_086_400),
        ] {
            store.remember_issuer(&example, at(now)).await.unwrap();

            assert_eq!(seen(&*store, "example.org").await, Some(noted), "{now}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_note_from_a_clock_that_was_wrong_is_set_right() {
    on_every_store(async |store| {
        let example = domain("example.org");
        store
            .remember_issuer(&example, at(9_000_000))
            .await
            .unwrap();

        store
            .remember_issuer(&example, at(1_000_000))
            .await
            .unwrap();

        assert_eq!(seen(&*store, "example.org").await, Some(1_000_000));
    })
    .await;
}

#[tokio::test]
async fn an_issuer_is_forgotten_after_ninety_days() {
    on_every_store(async |store| {
        let example = domain("example.org");
        store
            .remember_issuer(&example, at(1_000_000))
            .await
            .unwrap();
        let end = at(1_000_000).plus(ISSUER_MEMORY).as_seconds();

        assert_eq!(store.purge(at(end - 1)).await.unwrap(), 0);
        assert_eq!(seen(&*store, "example.org").await, Some(1_000_000));
        assert_eq!(store.purge(at(end)).await.unwrap(), 1);

        assert_eq!(seen(&*store, "example.org").await, None);
        assert_eq!(end - 1_000_000, 90 * 86_400);
    })
    .await;
}

async fn seen(store: &dyn Store, name: &str) -> Option<i64> {
    let seen = store.issuer_seen(&domain(name)).await.unwrap();
    seen.map(UnixSeconds::as_seconds)
}

fn domain(name: &str) -> Domain {
    Domain::parse(name).unwrap()
}
