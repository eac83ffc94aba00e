//! Attempts are counted, turned away, forgiven and forgotten.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use store::{Admission, AttemptId, AttemptKey, AttemptLimit, Beyond, Store};

use crate::stage::{at, on_every_store};

#[tokio::test]
async fn as_many_attempts_are_admitted_as_there_are_places() {
    on_every_store(async |store| {
        let limits = [limit("address:alice", 3, 60)];

        for _ in 0..3 {
            admitted(&*store, &limits, 1000).await;
        }

        assert_eq!(turned_away(&*store, &limits, 1000).await, 60);
        assert_eq!(turned_away(&*store, &limits, 1010).await, 50);
        assert_eq!(turned_away(&*store, &limits, 1059).await, 1);
    })
    .await;
}

#[tokio::test]
async fn the_window_slides() {
    on_every_store(async |store| {
        let limits = [limit("address:alice", 2, 60)];
        admitted(&*store, &limits, 1000).await;
        admitted(&*store, &limits, 1030).await;

        assert_eq!(turned_away(&*store, &limits, 1059).await, 1);
        admitted(&*store, &limits, 1060).await;
        assert_eq!(turned_away(&*store, &limits, 1061).await, 29);
        admitted(&*store, &limits, 1090).await;
    })
    .await;
}

#[tokio::test]
async fn keys_do_not_count_for_one_another() {
    on_every_store(async |store| {
        let alice = [limit("address:alice", 1, 60)];
        admitted(&*store, &alice, 1000).await;

        admitted(&*store, &[limit("address:alice ", 1, 60)], 1000).await;
        admitted(&*store, &[limit("address:Alice", 1, 60)], 1000).await;
        turned_away(&*store, &alice, 1000).await;
    })
    .await;
}

#[tokio::test]
async fn one_full_limit_turns_away_and_nothing_is_counted() {
    on_every_store(async |store| {
        let network = limit("network:192.0.2.0", 2, 600);
        let alice = limit("address:alice", 1, 60);
        admitted(&*store, &[alice.clone(), network.clone()], 1000).await;

        for _ in 0..5 {
            turned_away(&*store, &[alice.clone(), network.clone()], 1000).await;
            turned_away(&*store, &[network.clone(), alice.clone()], 1000).await;
        }

        admitted(&*store, &[limit("address:bob", 1, 60), network], 1000).await;
    })
    .await;
}

#[tokio::test]
async fn the_wait_is_that_of_the_limit_that_is_free_last() {
    on_every_store(async |store| {
        let both = [
            limit("address:alice", 1, 60),
            limit("network:192.0.2.0", 1, 600),
        ];
        admitted(&*store, &both, 1000).await;

        assert_eq!(turned_away(&*store, &both, 1001).await, 599);
    })
    .await;
}

#[tokio::test]
async fn a_key_may_have_a_short_and_a_long_limit() {
    on_every_store(async |store| {
        let limits = [
            limit("address:alice", 2, 60),
            limit("address:alice", 3, 3600),
        ];
        admitted(&*store, &limits, 1000).await;
        admitted(&*store, &limits, 1000).await;
        assert_eq!(turned_away(&*store, &limits, 1000).await, 60);
        admitted(&*store, &limits, 1060).await;

        assert_eq!(turned_away(&*store, &limits, 1120).await, 3480);
        assert_eq!(store.purge(at(1120)).await.unwrap(), 0);
        assert_eq!(turned_away(&*store, &limits, 1120).await, 3480);
        admitted(&*store, &limits, 4600).await;
    })
    .await;
}

#[tokio::test]
async fn a_lowered_limit_waits_until_enough_attempts_have_left() {
    on_every_store(async |store| {
        for second in [1000, 1010, 1020] {
            admitted(&*store, &[limit("address:alice", 3, 60)], second).await;
        }

        let lowered = [limit("address:alice", 1, 60)];

        assert_eq!(turned_away(&*store, &lowered, 1030).await, 50);
        admitted(&*store, &lowered, 1080).await;
    })
    .await;
}

#[tokio::test]
async fn a_forgiven_attempt_gives_its_place_back() {
    on_every_store(async |store| {
        let limits = [
            limit("address:alice", 1, 60),
            limit("network:192.0.2.0", 1, 60),
        ];
        let attempt = admitted(&*store, &limits, 1000).await;
        turned_away(&*store, &limits, 1000).await;

        store.forgive(&attempt).await.unwrap();

        let second = admitted(&*store, &limits, 1000).await;
        store.forgive(&attempt).await.unwrap();
        turned_away(&*store, &limits, 1000).await;
        assert_ne!(attempt, second);
    })
    .await;
}

#[tokio::test]
async fn looking_for_a_place_says_the_wait_and_counts_nothing() {
    on_every_store(async |store| {
        let alice = limit("address:alice", 2, 60);
        let both = [alice.clone(), limit("network:192.0.2.0", 2, 600)];
        let busy = async |now| store.busy(&both, at(now)).await.unwrap();

        for _ in 0..5 {
            assert_eq!(busy(1000).await, None);
        }
        let first = admitted(&*store, &both, 1000).await;
        assert_eq!(busy(1000).await, None, "one place is left");
        admitted(&*store, &[alice], 1010).await;
        assert_eq!(busy(1020).await, Some(Duration::from_secs(40)));
        admitted(&*store, &both, 1060).await;
        for _ in 0..5 {
            assert_eq!(busy(1060).await, Some(Duration::from_secs(540)));
        }
        store.forgive(&first).await.unwrap();
        assert_eq!(busy(1060).await, Some(Duration::from_secs(10)));
        assert_eq!(busy(1070).await, None);
        assert_eq!(store.busy(&[], at(1000)).await.unwrap(), None);
        assert_eq!(store.purge(at(2000)).await.unwrap(), 2, "what was admitted");
    })
    .await;
}

#[tokio::test]
async fn attempts_are_forgotten_when_they_no_longer_count() {
    on_every_store(async |store| {
        let limits = [limit("address:alice", 1, 60)];
        let attempt = admitted(&*store, &limits, 1000).await;

        assert_eq!(store.purge(at(1059)).await.unwrap(), 0);
        turned_away(&*store, &limits, 1059).await;
        assert_eq!(store.purge(at(1060)).await.unwrap(), 1);

        let later = admitted(&*store, &limits, 1060).await;
        store.forgive(&attempt).await.unwrap();
        turned_away(&*store, &limits, 1060).await;
        assert_ne!(attempt, later);
    })
    .await;
}

#[tokio::test]
async fn a_clock_that_was_wrong_locks_nobody_out() {
    on_every_store(async |store| {
        let limits = [limit("address:alice", 1, 60)];
        admitted(&*store, &limits, 900_000).await;

        admitted(&*store, &limits, 1000).await;

        assert_eq!(turned_away(&*store, &limits, 990).await, 60);
    })
    .await;
}

#[tokio::test]
async fn without_limits_everything_is_admitted() {
    on_every_store(async |store| {
        for _ in 0..10 {
            let attempt = admitted(&*store, &[], 1000).await;
            store.forgive(&attempt).await.unwrap();
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_race_admits_exactly_as_many_as_there_are_places() {
    on_every_store(async |store| {
        let tasks: Vec<_> = (0..32)
            .map(|_| {
                let store = Arc::clone(&store);
                tokio::spawn(async move {
                    let limits = [limit("address:alice", 5, 60)];
                    store.admit(&limits, at(1000)).await.unwrap()
                })
            })
            .collect();

        let mut winners = 0;
        for task in tasks {
            if let Admission::Admitted(_) = task.await.unwrap() {
                winners += 1;
            }
        }
        assert_eq!(winners, 5);
    })
    .await;
}

#[tokio::test]
async fn beyond_those_that_fit_each_waits_twice_as_long_as_the_one_before() {
    on_every_store(async |store| {
        let limits = [slow_limit("address:alice", 3, 600)];
        let mut now = 1000;
        for _ in 0..3 {
            admitted(&*store, &limits, now).await;
        }

        for wait in [2_i64, 4, 8, 16, 20, 20, 20] {
            assert_eq!(
                turned_away(&*store, &limits, now).await,
                wait.unsigned_abs()
            );
            assert_eq!(turned_away(&*store, &limits, now + wait - 1).await, 1);
            now += wait;
            admitted(&*store, &limits, now).await;
        }
    })
    .await;
}

#[tokio::test]
async fn who_comes_too_early_does_not_make_the_wait_longer() {
    on_every_store(async |store| {
        let limits = [slow_limit("address:alice", 1, 600)];
        admitted(&*store, &limits, 1000).await;
        admitted(&*store, &limits, 1002).await;

        for _ in 0..50 {
            assert_eq!(turned_away(&*store, &limits, 1002).await, 4);
        }

        admitted(&*store, &limits, 1006).await;
    })
    .await;
}

#[tokio::test]
async fn a_wait_shrinks_with_the_attempts_that_leave_the_window() {
    on_every_store(async |store| {
        let limits = [slow_limit("address:alice", 2, 60)];
        for second in [1000, 1001, 1030] {
            admitted(&*store, &limits, second).await;
        }
        assert_eq!(turned_away(&*store, &limits, 1030).await, 4);
        admitted(&*store, &limits, 1034).await;

        assert_eq!(turned_away(&*store, &limits, 1034).await, 8);
        admitted(&*store, &limits, 1061).await;
        assert_eq!(turned_away(&*store, &limits, 1061).await, 4);
    })
    .await;
}

#[tokio::test]
async fn a_wait_counts_for_its_own_key_and_a_hard_limit_beside_it_stays_hard() {
    on_every_store(async |store| {
        let alice = slow_limit("address:alice", 1, 600);
        let network = limit("network:192.0.2.0", 2, 600);
        admitted(&*store, &[alice.clone(), network.clone()], 1000).await;
        let bob = slow_limit("address:bob", 1, 600);
        admitted(&*store, &[bob, network.clone()], 1000).await;

        assert_eq!(
            turned_away(&*store, &[alice.clone(), network], 1002).await,
            598
        );
        admitted(&*store, &[alice], 1002).await;
    })
    .await;
}

#[tokio::test]
async fn a_clock_that_was_wrong_makes_nobody_wait_longer_than_the_longest_wait() {
    on_every_store(async |store| {
        let limits = [slow_limit("address:alice", 1, 600)];
        admitted(&*store, &limits, 1500).await;

        assert_eq!(turned_away(&*store, &limits, 1000).await, 20);
        admitted(&*store, &limits, 800).await;
    })
    .await;
}

#[tokio::test]
async fn after_very_many_attempts_the_wait_is_still_the_longest() {
    on_every_store(async |store| {
        let fill = [limit("address:alice", 5000, 600)];
        for _ in 0..200 {
            admitted(&*store, &fill, 1000).await;
        }

        let limits = [slow_limit("address:alice", 1, 600)];

        assert_eq!(turned_away(&*store, &limits, 1000).await, 20);
    })
    .await;
}

async fn admitted(store: &dyn Store, limits: &[AttemptLimit], now: i64) -> AttemptId {
    match store.admit(limits, at(now)).await.unwrap() {
        Admission::Admitted(attempt) => attempt,
        Admission::Busy { retry_after } => panic!("turned away for {retry_after:?}"),
    }
}

/// Gives the seconds after which to come back.
async fn turned_away(store: &dyn Store, limits: &[AttemptLimit], now: i64) -> u64 {
    match store.admit(limits, at(now)).await.unwrap() {
        Admission::Admitted(attempt) => panic!("{attempt:?} was admitted"),
        Admission::Busy { retry_after } => retry_after.as_secs(),
    }
}

fn limit(key: &str, most: u32, seconds: u64) -> AttemptLimit {
    AttemptLimit {
        key: AttemptKey::new(key),
        most: NonZeroU32::new(most).unwrap(),
        window: Duration::from_secs(seconds),
        beyond: Beyond::None,
    }
}

/// A limit beyond which waits grow from 2 s to 20 s.
fn slow_limit(key: &str, most: u32, seconds: u64) -> AttemptLimit {
    AttemptLimit {
        beyond: Beyond::Slowly {
            first: Duration::from_secs(2),
            longest: Duration::from_secs(20),
        },
        ..limit(key, most, seconds)
    }
}
