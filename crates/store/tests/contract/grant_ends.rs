//! With whom and with what a grant ends, and which clients are then to be told.

use std::sync::Arc;
use std::time::Duration;

use protocol::email::Domain;
use store::{DomainRow, Due, GrantRow, NewSession, Notice, Proof, Store};

use crate::oidc::{
    ALICE, BOB, ISSUER, client, consent_of, exchanged, grant_id, grant_of, is_there, left,
    offline_of, open, pair, taken, told,
};
use crate::stage::{at, email, id, on_every_store, session_of};

#[tokio::test]
async fn a_session_takes_its_grants_that_are_not_for_offline_use_and_no_other() {
    on_every_store(async |store| {
        for first in 1..=2 {
            let session = session_of(ALICE, first);
            store.open_session(&session).await.unwrap();
        }
        let of_the_first = GrantRow {
            session: Some(id(1)),
            ..grant_of(ALICE, 5)
        };
        let without = GrantRow {
            session: None,
            ..grant_of(ALICE, 6)
        };
        let offline = GrantRow {
            session: Some(id(1)),
            ..offline_of(ALICE, 7)
        };
        for grant in [&grant_of(ALICE, 1), &grant_of(ALICE, 2), &of_the_first] {
            open(&*store, grant).await;
        }
        for grant in [&without, &offline] {
            open(&*store, grant).await;
        }
        exchanged(&*store, 1, &pair(10), 1010).await;

        assert!(store.end_session(&id(1)).await.unwrap());

        assert_eq!(left(&*store, ALICE).await, [2, 6, 7]);
        for number in [1, 10, 11, 5] {
            assert!(!is_there(&*store, number).await, "{number}");
        }
        let listed = store.grants_of_address(&email(ALICE)).await.unwrap();
        let stayed = listed.iter().find(|row| row.id == grant_id(7)).unwrap();
        assert_eq!(stayed.session, None, "the session has ended");
    })
    .await;
}

#[tokio::test]
async fn a_session_that_is_named_by_its_first_digits_takes_its_grants_along() {
    on_every_store(async |store| {
        for first in [0x0a, 0x0b] {
            let session = session_of(ALICE, first);
            store.open_session(&session).await.unwrap();
            open(&*store, &grant_of(ALICE, first)).await;
        }

        store.end_session_by_prefix("0a000000").await.unwrap();

        assert_eq!(left(&*store, ALICE).await, [0x0b]);
        assert_eq!(told(&*store).await, ["shop alice@example.org 10"]);
    })
    .await;
}

#[tokio::test]
async fn two_sessions_of_one_prefix_take_nothing_along() {
    on_every_store(async |store| {
        for last in 1..=2 {
            let mut digest = [0xee; 32];
            digest[31] = last;
            let id = store::SessionId::from_sha256(digest);
            let session = NewSession {
                id,
                ..session_of(ALICE, 0)
            };
            store.open_session(&session).await.unwrap();
            let grant = GrantRow {
                session: Some(id),
                ..grant_of(ALICE, last)
            };
            open(&*store, &grant).await;
        }

        assert!(store.end_session_by_prefix("eeeeeeee").await.is_err());

        assert_eq!(left(&*store, ALICE).await, [1, 2]);
        assert_eq!(told(&*store).await, [] as [&str; 0]);
    })
    .await;
}

#[tokio::test]
async fn a_session_that_was_only_in_its_cookie_takes_its_grants_along() {
    on_every_store(async |store| {
        open(&*store, &grant_of(ALICE, 1)).await;

        assert!(!store.end_session(&id(1)).await.unwrap());

        assert_eq!(left(&*store, ALICE).await, [] as [u8; 0]);
        assert_eq!(told(&*store).await, ["shop alice@example.org 1"]);
    })
    .await;
}

#[tokio::test]
async fn who_is_signed_out_everywhere_leaves_no_grant() {
    on_every_store(async |store| {
        let without = GrantRow {
            session: None,
            ..offline_of("Alice@EXAMPLE.org", 3)
        };
        for grant in [&grant_of(ALICE, 1), &offline_of(ALICE, 2), &without] {
            open(&*store, grant).await;
        }
        open(&*store, &grant_of(BOB, 4)).await;

        store
            .end_sessions_of(&email("ALICE@example.org"))
            .await
            .unwrap();

        assert_eq!(left(&*store, ALICE).await, [] as [u8; 0]);
        assert_eq!(left(&*store, BOB).await, [4]);
        let lines = [
            "shop alice@example.org 1",
            "shop alice@example.org 2",
            "shop alice@example.org none",
        ];
        assert_eq!(told(&*store).await, lines);
    })
    .await;
}

#[tokio::test]
async fn when_all_are_signed_out_no_grant_is_left() {
    on_every_store(async |store| {
        open(&*store, &grant_of(ALICE, 1)).await;
        open(&*store, &offline_of(BOB, 2)).await;

        store.end_all_sessions().await.unwrap();

        assert!(!is_there(&*store, 1).await && !is_there(&*store, 2).await);
        let lines = ["shop alice@example.org 1", "shop bob@example.org 2"];
        assert_eq!(told(&*store).await, lines);
    })
    .await;
}

#[tokio::test]
async fn a_domain_that_is_removed_takes_grants_and_consents_of_its_people_and_no_others() {
    on_every_store(async |store| {
        let name = Domain::parse("example.org").unwrap();
        let row = DomainRow {
            name: name.clone(),
            section: String::new(),
            added: at(1000),
        };
        store.put_domain(&row).await.unwrap();
        let stay = [
            "alice@example.net",
            "alice@www.example.org",
            "a@anexample.org",
        ];
        for (first, address) in (1..).zip(stay) {
            open(&*store, &grant_of(address, first)).await;
            store
                .give_consent(&consent_of(address, "shop"))
                .await
                .unwrap();
        }
        open(&*store, &grant_of(ALICE, 11)).await;
        open(&*store, &offline_of("Bob@EXAMPLE.org", 12)).await;
        store
            .give_consent(&consent_of(ALICE, "shop"))
            .await
            .unwrap();

        store.remove_domain(&name).await.unwrap().unwrap();

        for (first, address) in (1..).zip(stay) {
            assert_eq!(left(&*store, address).await, [first], "{address}");
            assert_eq!(store.consents_of(&email(address)).await.unwrap().len(), 1);
        }
        assert!(!is_there(&*store, 11).await && !is_there(&*store, 12).await);
        assert_eq!(store.consents_of(&email(ALICE)).await.unwrap(), []);
        let lines = ["shop alice@example.org 11", "shop bob@example.org 12"];
        assert_eq!(told(&*store).await, lines);
    })
    .await;
}

#[tokio::test]
async fn a_domain_that_is_not_there_takes_no_grant() {
    on_every_store(async |store| {
        open(&*store, &grant_of(ALICE, 1)).await;

        let name = Domain::parse("example.org").unwrap();
        assert_eq!(store.remove_domain(&name).await.unwrap(), None);

        assert_eq!(left(&*store, ALICE).await, [1]);
    })
    .await;
}

#[tokio::test]
async fn a_mailbox_that_is_gone_takes_what_its_password_opened_and_what_was_agreed_to() {
    on_every_store(async |store| {
        let by_mail = GrantRow {
            proof: Proof::Mail,
            ..grant_of(ALICE, 3)
        };
        for grant in [&grant_of(ALICE, 1), &offline_of(ALICE, 2), &by_mail] {
            open(&*store, grant).await;
        }
        open(&*store, &offline_of(BOB, 4)).await;
        store
            .give_consent(&consent_of(ALICE, "shop"))
            .await
            .unwrap();
        assert_eq!(asked_about(&*store, 1500).await, [ALICE, BOB]);
        store.note_gone(&email(ALICE), at(1500)).await.unwrap();

        for (gone, stays) in [(1499, vec![1, 2, 3]), (1500, vec![3])] {
            let ended = store.end_sessions_of_gone(&email(ALICE), at(gone)).await;
            assert_eq!(ended.unwrap(), 0, "there was no session");
            assert_eq!(left(&*store, ALICE).await, stays);
        }

        assert_eq!(left(&*store, BOB).await, [4]);
        assert_eq!(store.consents_of(&email(ALICE)).await.unwrap(), []);
        let lines = ["shop alice@example.org 1", "shop alice@example.org 2"];
        assert_eq!(told(&*store).await, lines);
    })
    .await;
}

#[tokio::test]
async fn who_has_given_what_outlives_a_session_is_asked_about_for_as_long() {
    on_every_store(async |store| {
        store.open_session(&session_of(ALICE, 1)).await.unwrap();
        open(&*store, &offline_of(ALICE, 1)).await;
        store.open_session(&session_of(BOB, 2)).await.unwrap();
        open(&*store, &grant_of(BOB, 2)).await;
        store.end_session(&id(1)).await.unwrap();
        store.end_session(&id(2)).await.unwrap();

        assert_eq!(asked_about(&*store, 1500).await, [ALICE]);
        store.purge(at(1999)).await.unwrap();
        assert_eq!(asked_about(&*store, 1999).await, [ALICE]);
        assert_eq!(asked_about(&*store, 2000).await, [] as [&str; 0], "expired");
    })
    .await;
}

#[tokio::test]
async fn nobody_is_asked_about_for_what_ended_expired_or_was_proven_by_mail() {
    on_every_store(async |store| {
        let by_mail = GrantRow {
            proof: Proof::Mail,
            ..offline_of("mail@example.org", 1)
        };
        open(&*store, &by_mail).await;
        open(&*store, &offline_of(ALICE, 2)).await;
        open(&*store, &offline_of(BOB, 3)).await;
        store.end_grant(&grant_id(2)).await.unwrap();
        let withdrawn = store.withdraw_consent(ISSUER, "shop", &email(BOB)).await;
        assert!(withdrawn.unwrap());

        assert_eq!(asked_about(&*store, 1500).await, [] as [&str; 0]);
    })
    .await;
}

#[tokio::test]
async fn a_client_is_told_once_of_each_session_also_where_its_grant_stays() {
    on_every_store(async |store| {
        let wiki = |first| GrantRow {
            client: "wiki".to_owned(),
            session: Some(id(1)),
            ..offline_of(ALICE, first)
        };
        let elsewhere = GrantRow {
            issuer: "https://id.example.net".to_owned(),
            session: Some(id(1)),
            ..grant_of(ALICE, 9)
        };
        let twice = GrantRow {
            session: Some(id(1)),
            ..grant_of(ALICE, 8)
        };
        for grant in [&grant_of(ALICE, 1), &twice, &wiki(2), &wiki(3), &elsewhere] {
            open(&*store, grant).await;
        }

        store.end_session(&id(1)).await.unwrap();
        store.end_session(&id(1)).await.unwrap();

        let mut notices = taken(&*store, 1000).await;
        notices.sort_by_key(|notice| (notice.client.clone(), notice.issuer.clone()));
        let kept: Vec<_> = notices
            .iter()
            .map(|notice| (notice.issuer.as_str(), notice.client.as_str()))
            .collect();
        let expected = [
            ("https://id.example.net", "shop"),
            (ISSUER, "shop"),
            (ISSUER, "wiki"),
        ];
        assert_eq!(kept, expected);
        let first = Notice {
            id: notices[1].id,
            issuer: ISSUER.to_owned(),
            client: "shop".to_owned(),
            address: email(ALICE),
            session: Some(id(1)),
            attempts: 1,
        };
        assert_eq!(notices[1], first);
    })
    .await;
}

#[tokio::test]
async fn nobody_is_told_of_what_a_client_revoked_or_a_person_withdrew() {
    on_every_store(async |store| {
        store.put_client(&client("shop")).await.unwrap();
        for first in 1..=3 {
            open(&*store, &grant_of(ALICE, first)).await;
        }

        store.end_grant(&grant_id(1)).await.unwrap();
        store
            .withdraw_consent(ISSUER, "shop", &email(ALICE))
            .await
            .unwrap();
        store.remove_client("shop").await.unwrap();

        assert_eq!(told(&*store).await, [] as [&str; 0]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_grant_that_is_opened_while_its_session_ends_is_told_of_or_found_afterwards() {
    on_every_store(async |store| {
        for first in 1..=20 {
            store.open_session(&session_of(ALICE, first)).await.unwrap();

            let opening = {
                let store = Arc::clone(&store);
                tokio::spawn(async move {
                    open(&*store, &grant_of(ALICE, first)).await;
                    // What whoever opens a grant is told to do.
                    if store.session(&id(first)).await.unwrap().is_none() {
                        store.end_grant(&grant_id(first)).await.unwrap();
                    }
                })
            };
            store.end_session(&id(first)).await.unwrap();
            opening.await.unwrap();
        }

        assert_eq!(left(&*store, ALICE).await, [] as [u8; 0]);
    })
    .await;
}

/// Whom one would ask about, of those about whom nobody has asked for 100 seconds, by name.
async fn asked_about(store: &dyn Store, now: i64) -> Vec<String> {
    let due = Due {
        domain: Domain::parse("example.org").unwrap(),
        after: Duration::from_secs(100),
        doubted_after: Duration::from_secs(10),
        most: 10,
    };
    let doubts = store.take_due(&due, at(now)).await.unwrap();
    let mut addresses: Vec<_> = doubts
        .iter()
        .map(|doubt| doubt.address.to_string())
        .collect();
    addresses.sort();
    addresses
}
