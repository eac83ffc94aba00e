//! Whose mailbox is asked about, how often, and whose sessions end.

use std::sync::Arc;
use std::time::Duration;

use protocol::time::UnixSeconds;
use store::{Doubt, Due, NewSession, Proof, Store, Tally};

use crate::stage::{at, email, on_every_store, session_of};

const ALICE: &str = "alice@example.org";
const BOB: &str = "bob@example.org";

#[tokio::test]
async fn who_is_signed_in_by_a_password_is_asked_about_after_a_while_and_once() {
    on_every_store(async |store| {
        open(&*store, ALICE, 1).await;
        open(&*store, ALICE, 2).await;

        assert_eq!(taken(&*store, 1099).await, [] as [&str; 0]);
        assert_eq!(taken(&*store, 1100).await, [ALICE]);
        assert_eq!(taken(&*store, 1199).await, [] as [&str; 0]);
        assert_eq!(taken(&*store, 1200).await, [ALICE]);
    })
    .await;
}

#[tokio::test]
async fn who_is_not_signed_in_by_a_password_now_is_not_asked_about() {
    on_every_store(async |store| {
        let by_mail = NewSession {
            proof: Proof::Mail,
            ..session_of("mail@example.org", 1)
        };
        store.open_session(&by_mail).await.unwrap();
        open(&*store, "elsewhere@example.net", 2).await;
        open(&*store, "sub@www.example.org", 3).await;
        open(&*store, BOB, 4).await;
        store.end_sessions_of(&email(BOB)).await.unwrap();
        open(&*store, ALICE, 5).await;

        assert_eq!(taken(&*store, 1999).await, [ALICE]);
        assert_eq!(taken(&*store, 9999).await, [] as [&str; 0], "expired");
    })
    .await;
}

#[tokio::test]
async fn of_many_who_would_ask_one_does() {
    on_every_store(async |store| {
        for first in 1..=20 {
            open(&*store, &format!("user{first}@example.org"), first).await;
        }

        let asking = (0..10).map(|_| {
            let store = Arc::clone(&store);
            tokio::spawn(async move { taken(&*store, 1500).await })
        });
        let mut all = Vec::new();
        for asked in asking.collect::<Vec<_>>() {
            all.extend(asked.await.unwrap());
        }

        all.sort();
        let before = all.len();
        all.dedup();
        assert_eq!((before, all.len()), (20, 20));
    })
    .await;
}

#[tokio::test]
async fn no_more_are_taken_than_wanted_and_the_doubted_first() {
    on_every_store(async |store| {
        for (first, name) in [ALICE, BOB, "carol@example.org"].into_iter().enumerate() {
            open(&*store, name, u8::try_from(first).unwrap()).await;
        }
        store.take_due(&due(9), at(1100)).await.unwrap();
        store.note_gone(&email(BOB), at(1100)).await.unwrap();

        let first = store.take_due(&due(2), at(1500)).await.unwrap();

        assert_eq!(first.len(), 2);
        assert_eq!(
            first[0],
            Doubt {
                address: email(BOB),
                gone: Some(at(1100))
            }
        );
    })
    .await;
}

#[tokio::test]
async fn the_doubted_are_asked_about_sooner() {
    on_every_store(async |store| {
        open(&*store, ALICE, 1).await;
        open(&*store, BOB, 2).await;
        store.take_due(&due(9), at(1100)).await.unwrap();
        store.note_gone(&email(ALICE), at(1100)).await.unwrap();

        assert_eq!(taken(&*store, 1129).await, [] as [&str; 0]);
        assert_eq!(taken(&*store, 1130).await, [ALICE]);
    })
    .await;
}

#[tokio::test]
async fn the_first_no_counts_until_there_is_a_yes() {
    on_every_store(async |store| {
        open(&*store, ALICE, 1).await;
        let alice = email(ALICE);
        let gone = async |now| {
            let doubts = store.take_due(&due(9), at(now)).await.unwrap();
            doubts[0].gone.map(UnixSeconds::as_seconds)
        };

        assert_eq!(gone(1100).await, None);
        store.note_gone(&alice, at(1100)).await.unwrap();
        assert_eq!(gone(1130).await, Some(1100));
        store.note_gone(&alice, at(1130)).await.unwrap();
        assert_eq!(gone(1160).await, Some(1100));
        store.note_there(&alice, at(1160)).await.unwrap();
        assert_eq!(gone(1260).await, None);
    })
    .await;
}

#[tokio::test]
async fn the_sessions_of_somebody_who_is_gone_end_and_no_others() {
    on_every_store(async |store| {
        open(&*store, ALICE, 1).await;
        open(&*store, ALICE, 2).await;
        open(&*store, BOB, 3).await;
        store.take_due(&due(9), at(1100)).await.unwrap();
        store.note_gone(&email(ALICE), at(1100)).await.unwrap();

        let other_time = end(&*store, ALICE, 1099).await;
        let not_gone = end(&*store, BOB, 1100).await;
        let gone = end(&*store, "Alice@Example.Org", 1100).await;

        assert_eq!([other_time, not_gone, gone], [0, 0, 2]);
        let left = store.sessions().await.unwrap();
        assert_eq!(left.len(), 1);
        assert_eq!(left[0].address, email(BOB));
    })
    .await;
}

#[tokio::test]
async fn who_signs_in_again_is_not_gone() {
    on_every_store(async |store| {
        open(&*store, ALICE, 1).await;
        store.take_due(&due(9), at(1100)).await.unwrap();
        store.note_gone(&email(ALICE), at(1100)).await.unwrap();
        store
            .open_session(&NewSession {
                opened: at(1120),
                ..session_of(ALICE, 2)
            })
            .await
            .unwrap();

        assert_eq!(end(&*store, ALICE, 1100).await, 0);
        // An answer to a question from before the sign-in is too late as well.
        store.note_gone(&email(ALICE), at(1100)).await.unwrap();
        assert_eq!(end(&*store, ALICE, 1100).await, 0);
        assert_eq!(taken(&*store, 1219).await, [] as [&str; 0]);
        assert_eq!(taken(&*store, 1220).await, [ALICE]);
    })
    .await;
}

#[tokio::test]
async fn a_tally_counts_what_was_said_since() {
    on_every_store(async |store| {
        for (first, name) in [ALICE, BOB, "carol@example.org", "dora@example.org"]
            .into_iter()
            .enumerate()
        {
            open(&*store, name, u8::try_from(first).unwrap()).await;
        }
        open(&*store, "elsewhere@example.net", 9).await;
        store.take_due(&due(9), at(1100)).await.unwrap();
        store.note_gone(&email(ALICE), at(1100)).await.unwrap();
        store.note_there(&email(BOB), at(1100)).await.unwrap();
        store
            .note_there(&email("carol@example.org"), at(1100))
            .await
            .unwrap();
        let tally = async |since| {
            let domain = "example.org".parse().unwrap();
            store.tally(&domain, at(since)).await.unwrap()
        };

        assert_eq!(tally(1100).await, Tally { there: 2, gone: 1 });
        assert_eq!(tally(1101).await, Tally::default());
        end(&*store, ALICE, 1100).await;
        assert_eq!(tally(1100).await, Tally { there: 2, gone: 1 });
    })
    .await;
}

#[tokio::test]
async fn a_clock_that_was_wrong_keeps_nobody_from_being_asked_about() {
    on_every_store(async |store| {
        open(&*store, ALICE, 1).await;
        assert_eq!(taken(&*store, 1900).await, [ALICE]);

        assert_eq!(taken(&*store, 1200).await, [ALICE]);
        assert_eq!(taken(&*store, 1250).await, [] as [&str; 0]);
    })
    .await;
}

#[tokio::test]
async fn what_was_said_is_forgotten_a_week_after_the_last_session() {
    on_every_store(async |store| {
        open(&*store, ALICE, 1).await;
        let week = 7 * 86_400;

        assert_eq!(
            store.purge(at(1000 + week - 1)).await.unwrap(),
            1,
            "the session"
        );
        assert_eq!(store.purge(at(1000 + week - 1)).await.unwrap(), 0);
        assert_eq!(store.purge(at(1000 + week)).await.unwrap(), 1);
    })
    .await;
}

async fn open(store: &dyn Store, address: &str, first: u8) {
    store
        .open_session(&session_of(address, first))
        .await
        .unwrap();
}

async fn end(store: &dyn Store, address: &str, gone: i64) -> u64 {
    store
        .end_sessions_of_gone(&email(address), at(gone))
        .await
        .unwrap()
}

/// Takes whoever of example.org is due, and gives the addresses.
async fn taken(store: &dyn Store, now: i64) -> Vec<String> {
    let doubts = store.take_due(&due(100), at(now)).await.unwrap();
    doubts
        .iter()
        .map(|doubt| doubt.address.to_string())
        .collect()
}

/// Every 100 s, the doubted every 30 s.
fn due(most: u32) -> Due {
    Due {
        domain: "example.org".parse().unwrap(),
        after: Duration::from_secs(100),
        doubted_after: Duration::from_secs(30),
        most,
    }
}
