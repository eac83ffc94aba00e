//! An assertion is accepted once.

use std::sync::Arc;

use crate::stage::{at, on_every_store};

#[tokio::test]
async fn a_fingerprint_is_spent_once() {
    on_every_store(async |store| {
        assert!(store.spend(&[1; 32], at(2000)).await.unwrap());

        assert!(!store.spend(&[1; 32], at(2000)).await.unwrap());
        assert!(!store.spend(&[1; 32], at(9000)).await.unwrap());
        assert!(store.spend(&[2; 32], at(2000)).await.unwrap());
    })
    .await;
}

#[tokio::test]
async fn a_spent_fingerprint_is_forgotten_when_its_assertion_has_expired() {
    on_every_store(async |store| {
        store.spend(&[1; 32], at(2000)).await.unwrap();
        store.spend(&[2; 32], at(2001)).await.unwrap();

        assert_eq!(store.purge(at(1999)).await.unwrap(), 0);
        assert!(!store.spend(&[1; 32], at(2000)).await.unwrap());
        assert_eq!(store.purge(at(2000)).await.unwrap(), 1);

        assert!(!store.spend(&[2; 32], at(2001)).await.unwrap());
        assert!(store.spend(&[1; 32], at(2000)).await.unwrap());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_who_spend_the_same_at_once_exactly_one_is_first() {
    on_every_store(async |store| {
        let tasks: Vec<_> = (0..20)
            .map(|_| {
                let store = Arc::clone(&store);
                tokio::spawn(async move { store.spend(&[7; 32], at(2000)).await.unwrap() })
            })
            .collect();

        let mut firsts = 0;
        for task in tasks {
            firsts += usize::from(task.await.unwrap());
        }
        assert_eq!(firsts, 1);
    })
    .await;
}
