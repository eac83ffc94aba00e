//! The operator's clients are kept as they were given, and take all of theirs along.

use store::ClientRow;

use crate::oidc::{ALICE, client, consent_of, grant_of, is_there, left, open};
use crate::stage::{at, email, on_every_store};

#[tokio::test]
async fn clients_are_listed_by_id_and_found_as_they_were_put() {
    on_every_store(async |store| {
        assert_eq!(store.clients().await.unwrap(), []);
        store.put_client(&client("wiki")).await.unwrap();
        store.put_client(&client("shop")).await.unwrap();

        let listed = store.clients().await.unwrap();

        assert_eq!(listed, [client("shop"), client("wiki")]);
        let found = store.client("wiki").await.unwrap();
        assert_eq!(found, Some(client("wiki")));
        for other in ["WIKI", "wik", "", "wiki "] {
            assert_eq!(store.client(other).await.unwrap(), None, "{other:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_client_that_is_put_again_takes_the_place_of_the_former_and_keeps_its_grants() {
    on_every_store(async |store| {
        store.put_client(&client("shop")).await.unwrap();
        open(&*store, &grant_of(ALICE, 1)).await;
        let newer = ClientRow {
            section: "[[client]]".to_owned(),
            added: at(2000),
            ..client("shop")
        };

        store.put_client(&newer).await.unwrap();

        assert_eq!(store.clients().await.unwrap(), [newer]);
        assert!(is_there(&*store, 1).await);
    })
    .await;
}

#[tokio::test]
async fn a_client_that_is_removed_takes_its_grants_and_consents_and_no_others() {
    on_every_store(async |store| {
        for name in ["shop", "wiki"] {
            store.put_client(&client(name)).await.unwrap();
            store.give_consent(&consent_of(ALICE, name)).await.unwrap();
        }
        let wiki = store::GrantRow {
            client: "wiki".to_owned(),
            ..grant_of(ALICE, 2)
        };
        open(&*store, &grant_of(ALICE, 1)).await;
        open(&*store, &wiki).await;

        assert!(store.remove_client("shop").await.unwrap());

        assert_eq!(store.clients().await.unwrap(), [client("wiki")]);
        assert!(!is_there(&*store, 1).await);
        assert_eq!(left(&*store, ALICE).await, [2]);
        let consents = store.consents_of(&email(ALICE)).await.unwrap();
        assert_eq!(consents, [consent_of(ALICE, "wiki")]);
    })
    .await;
}

#[tokio::test]
async fn what_is_not_in_the_table_of_clients_is_not_removed_with_anything() {
    on_every_store(async |store| {
        open(&*store, &grant_of(ALICE, 1)).await;

        assert!(!store.remove_client("shop").await.unwrap());

        assert!(is_there(&*store, 1).await);
    })
    .await;
}

#[tokio::test]
async fn no_purge_takes_a_client() {
    on_every_store(async |store| {
        store.put_client(&client("shop")).await.unwrap();

        store.purge(at(9_000_000_000)).await.unwrap();

        assert_eq!(store.clients().await.unwrap().len(), 1);
    })
    .await;
}
