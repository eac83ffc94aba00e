//! Sessions are kept, found, listed, ended and purged.

use store::{NewSession, Proof, Session, SessionId, SessionRow, StoreError};

use crate::stage::{at, email, id, on_every_store, session_of};

#[tokio::test]
async fn a_session_is_found_as_it_was_opened() {
    on_every_store(async |store| {
        let session = session_of("alice@example.org", 1);

        store.open_session(&session).await.unwrap();

        let found = store.session(&id(1)).await.unwrap();
        let kept = Session {
            address: email("alice@example.org"),
            proof: Proof::Password,
            opened: at(1000),
            expires: at(2000),
        };
        assert_eq!(found, Some(kept));
    })
    .await;
}

#[tokio::test]
async fn how_the_address_was_proven_is_kept_and_listed() {
    on_every_store(async |store| {
        for (first, proof) in [(1, Proof::Password), (2, Proof::Mail)] {
            let session = NewSession {
                proof,
                ..session_of("alice@example.org", first)
            };
            store.open_session(&session).await.unwrap();

            let found = store.session(&id(first)).await.unwrap().unwrap();
            assert_eq!(found.proof, proof);
        }

        let listed = store.sessions().await.unwrap();
        let proofs: Vec<&str> = listed.iter().map(|row| row.proof.as_str()).collect();
        assert_eq!(proofs, ["password", "mail"]);
    })
    .await;
}

#[tokio::test]
async fn an_unknown_session_is_not_found_and_makes_no_row() {
    on_every_store(async |store| {
        assert_eq!(store.session(&id(1)).await.unwrap(), None);
        assert!(!store.end_session(&id(1)).await.unwrap());
        assert_eq!(store.sessions().await.unwrap(), []);
    })
    .await;
}

#[tokio::test]
async fn the_address_is_kept_in_its_canonical_spelling() {
    on_every_store(async |store| {
        let session = session_of("Alice.Jo\u{308}rg@EXAMPLE.org", 1);

        store.open_session(&session).await.unwrap();

        let found = store.session(&id(1)).await.unwrap().unwrap();
        assert_eq!(found.address.to_string(), "alice.jörg@example.org");
    })
    .await;
}

#[tokio::test]
async fn an_id_is_used_once_and_the_first_session_stays() {
    on_every_store(async |store| {
        let first = session_of("alice@example.org", 1);
        store.open_session(&first).await.unwrap();

        let second = store.open_session(&session_of("eve@example.org", 1)).await;

        assert!(matches!(second, Err(StoreError::SessionExists)));
        let kept = store.session(&id(1)).await.unwrap().unwrap();
        assert_eq!(kept.address, first.address);
    })
    .await;
}

#[tokio::test]
async fn an_ended_session_is_gone_and_the_others_stay() {
    on_every_store(async |store| {
        for first in 1..=2 {
            let session = session_of("alice@example.org", first);
            store.open_session(&session).await.unwrap();
        }

        assert!(store.end_session(&id(1)).await.unwrap());

        assert_eq!(store.session(&id(1)).await.unwrap(), None);
        assert!(store.session(&id(2)).await.unwrap().is_some());
        assert!(!store.end_session(&id(1)).await.unwrap());
    })
    .await;
}

#[tokio::test]
async fn the_sessions_of_an_account_end_however_its_address_is_spelt() {
    on_every_store(async |store| {
        for (first, address) in [
            (1, "alice@example.org"),
            (2, "Alice@example.org"),
            (3, "alice@example.net"),
            (4, "alice.b@example.org"),
        ] {
            let session = session_of(address, first);
            store.open_session(&session).await.unwrap();
        }

        let ended = store.end_sessions_of(&email("ALICE@Example.org")).await;

        assert_eq!(ended.unwrap(), 2);
        let mut left = prefixes(&store.sessions().await.unwrap());
        left.sort();
        assert_eq!(left, ["03000000", "04000000"]);
    })
    .await;
}

#[tokio::test]
async fn all_sessions_end_at_once() {
    on_every_store(async |store| {
        for first in 1..=3 {
            let session = session_of("alice@example.org", first);
            store.open_session(&session).await.unwrap();
        }

        assert_eq!(store.end_all_sessions().await.unwrap(), 3);

        assert_eq!(store.sessions().await.unwrap(), []);
        assert_eq!(store.end_all_sessions().await.unwrap(), 0);
    })
    .await;
}

#[tokio::test]
async fn sessions_are_listed_newest_first() {
    on_every_store(async |store| {
        for (first, opened) in [(1, 500), (2, 700), (3, 600)] {
            let session = NewSession {
                opened: at(opened),
                ..session_of("alice@example.org", first)
            };
            store.open_session(&session).await.unwrap();
        }

        let listed = store.sessions().await.unwrap();

        assert_eq!(prefixes(&listed), ["02000000", "03000000", "01000000"]);
        let newest = SessionRow {
            prefix: "02000000".to_owned(),
            address: email("alice@example.org"),
            proof: Proof::Password,
            opened: at(700),
            expires: at(2000),
        };
        assert_eq!(listed[0], newest);
    })
    .await;
}

#[tokio::test]
async fn a_session_is_ended_by_the_digits_that_the_list_shows() {
    on_every_store(async |store| {
        for first in [0x0a, 0x0b] {
            let session = session_of("alice@example.org", first);
            store.open_session(&session).await.unwrap();
        }

        for (prefix, ended) in [
            ("0c000000", 0),
            ("0a0000001", 0),
            ("0A0000000", 1),
            ("0a000000", 0),
            (&format!("0b{}", "0".repeat(62)), 1),
        ] {
            let answer = store.end_session_by_prefix(prefix).await.unwrap();
            assert_eq!(answer, ended, "{prefix}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_prefix_that_is_no_prefix_ends_nothing() {
    on_every_store(async |store| {
        let session = session_of("alice@example.org", 0);
        store.open_session(&session).await.unwrap();

        for prefix in [
            "",
            "0",
            "0000000",
            "0000000g",
            "00000000 ",
            "%%%%%%%%",
            "'or 1=1-",
            "٠٠٠٠٠٠٠٠",
            &"0".repeat(65),
        ] {
            let answer = store.end_session_by_prefix(prefix).await;
            assert!(matches!(answer, Err(StoreError::BadPrefix)), "{prefix:?}");
        }

        assert!(store.session(&id(0)).await.unwrap().is_some());
    })
    .await;
}

#[tokio::test]
async fn a_prefix_of_two_sessions_ends_neither() {
    on_every_store(async |store| {
        for last in 1..=2 {
            let mut digest = [0xee; 32];
            digest[31] = last;
            let session = NewSession {
                id: SessionId::from_sha256(digest),
                ..session_of("alice@example.org", 0)
            };
            store.open_session(&session).await.unwrap();
        }

        let answer = store.end_session_by_prefix("eeeeeeee").await;

        assert!(matches!(answer, Err(StoreError::AmbiguousPrefix)));
        assert_eq!(store.sessions().await.unwrap().len(), 2);
        let whole = format!("{}01", "ee".repeat(31));
        assert_eq!(store.end_session_by_prefix(&whole).await.unwrap(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_purge_takes_what_has_expired_and_nothing_else() {
    on_every_store(async |store| {
        for (first, expires) in [(1, 1999), (2, 2000), (3, 2001), (4, i64::MAX)] {
            let session = NewSession {
                expires: at(expires),
                ..session_of("alice@example.org", first)
            };
            store.open_session(&session).await.unwrap();
        }

        assert_eq!(store.purge(at(1998)).await.unwrap(), 0);
        assert_eq!(store.purge(at(2000)).await.unwrap(), 2);

        let left = prefixes(&store.sessions().await.unwrap());
        assert_eq!(left, ["03000000", "04000000"]);
    })
    .await;
}

#[tokio::test]
async fn an_expired_session_is_handed_out_until_it_is_purged() {
    on_every_store(async |store| {
        let session = NewSession {
            expires: at(0),
            ..session_of("alice@example.org", 1)
        };
        store.open_session(&session).await.unwrap();

        let found = store.session(&id(1)).await.unwrap().unwrap();

        assert_eq!(found.expires, at(0));
    })
    .await;
}

fn prefixes(listed: &[SessionRow]) -> Vec<String> {
    listed.iter().map(|row| row.prefix.clone()).collect()
}
