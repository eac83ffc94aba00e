//! What clients are to be told is handed out to one at a time, and again until it is done.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use store::Store;

use crate::oidc::{ALICE, client, grant_of, open, taken};
use crate::stage::{at, id, on_every_store};

#[tokio::test]
async fn a_notice_is_handed_out_once_until_its_lease_is_over() {
    on_every_store(async |store| {
        ended(&*store, 1..=1).await;

        assert_eq!(taken(&*store, 1000).await.len(), 1);
        assert_eq!(taken(&*store, 1009).await, []);
        let again = taken(&*store, 1010).await;
        assert_eq!(again.len(), 1);
        assert_eq!(again[0].attempts, 2);
    })
    .await;
}

#[tokio::test]
async fn a_notice_that_is_done_is_not_handed_out_again_and_the_others_are() {
    on_every_store(async |store| {
        ended(&*store, 1..=2).await;
        let notices = taken(&*store, 1000).await;

        store.notice_done(notices[0].id).await.unwrap();
        store.notice_done(notices[0].id).await.unwrap();

        let left = taken(&*store, 5000).await;
        assert_eq!(left.len(), 1);
        assert_eq!(left[0].id, notices[1].id);
    })
    .await;
}

#[tokio::test]
async fn a_notice_that_could_not_be_told_waits_until_it_is_due() {
    on_every_store(async |store| {
        ended(&*store, 1..=1).await;
        let notice = taken(&*store, 1000).await.remove(0);

        store.notice_failed(notice.id, at(1300)).await.unwrap();

        assert_eq!(taken(&*store, 1299).await, []);
        assert_eq!(taken(&*store, 1300).await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn no_more_are_handed_out_than_asked_for_and_the_first_come_first() {
    on_every_store(async |store| {
        ended(&*store, 1..=5).await;

        let mut sessions = Vec::new();
        for most in [2, 0, 2, 2] {
            let lease = Duration::from_secs(10);
            let some = store.take_notices(most, lease, at(1000)).await.unwrap();
            sessions.push(some.iter().map(|one| one.session).collect::<Vec<_>>());
        }

        let some = |firsts: &[u8]| {
            firsts
                .iter()
                .map(|first| Some(id(*first)))
                .collect::<Vec<_>>()
        };
        assert_eq!(
            sessions,
            [some(&[1, 2]), some(&[]), some(&[3, 4]), some(&[5])]
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_who_would_tell_each_is_given_others() {
    on_every_store(async |store| {
        ended(&*store, 1..=40).await;

        let tasks: Vec<_> = (0..10)
            .map(|_| {
                let store = Arc::clone(&store);
                tokio::spawn(async move {
                    let lease = Duration::from_secs(10);
                    store.take_notices(7, lease, at(1000)).await.unwrap()
                })
            })
            .collect();
        let mut all = Vec::new();
        for task in tasks {
            all.extend(task.await.unwrap().into_iter().map(|notice| notice.id));
        }

        let different: HashSet<_> = all.iter().copied().collect();
        assert_eq!((all.len(), different.len()), (40, 40));
    })
    .await;
}

#[tokio::test]
async fn a_client_that_is_removed_is_told_nothing_more() {
    on_every_store(async |store| {
        store.put_client(&client("shop")).await.unwrap();
        ended(&*store, 1..=2).await;

        store.remove_client("shop").await.unwrap();

        assert_eq!(taken(&*store, 1000).await, []);
    })
    .await;
}

#[tokio::test]
async fn no_purge_takes_what_is_still_to_be_told() {
    on_every_store(async |store| {
        ended(&*store, 1..=1).await;

        store.purge(at(9_000_000_000)).await.unwrap();

        assert_eq!(taken(&*store, 1000).await.len(), 1);
    })
    .await;
}

/// Ends sessions of these numbers, each of which has given the shop something.
async fn ended(store: &dyn Store, numbers: impl Iterator<Item = u8>) {
    for number in numbers {
        open(store, &grant_of(ALICE, number)).await;
        store.end_session(&id(number)).await.unwrap();
    }
}
