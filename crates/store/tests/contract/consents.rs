//! What people agreed to is kept until it is withdrawn.

use store::ConsentRow;

use crate::oidc::{ALICE, BOB, ISSUER, consent_of, grant_of, left, open};
use crate::stage::{at, email, on_every_store};

#[tokio::test]
async fn a_consent_is_found_as_it_was_given_however_the_address_is_spelt() {
    on_every_store(async |store| {
        let given = consent_of("Alice@EXAMPLE.org", "shop");

        store.give_consent(&given).await.unwrap();

        let found = store
            .consent(ISSUER, "shop", &email("ALICE@example.org"))
            .await;
        let kept = ConsentRow {
            address: email(ALICE),
            ..given
        };
        assert_eq!(found.unwrap(), Some(kept));
    })
    .await;
}

#[tokio::test]
async fn a_consent_is_to_one_client_of_one_issuer_by_one_account() {
    on_every_store(async |store| {
        store
            .give_consent(&consent_of(ALICE, "shop"))
            .await
            .unwrap();

        for (issuer, client, address) in [
            ("https://id.example.net", "shop", ALICE),
            (ISSUER, "shop2", ALICE),
            (ISSUER, "SHOP", ALICE),
            (ISSUER, "shop", BOB),
        ] {
            let found = store.consent(issuer, client, &email(address)).await;
            assert_eq!(found.unwrap(), None, "{issuer} {client} {address}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_newer_consent_takes_the_place_of_the_former() {
    on_every_store(async |store| {
        store
            .give_consent(&consent_of(ALICE, "shop"))
            .await
            .unwrap();
        let newer = ConsentRow {
            scopes: "openid".to_owned(),
            given: at(2000),
            ..consent_of(ALICE, "shop")
        };

        store.give_consent(&newer).await.unwrap();

        assert_eq!(store.consents_of(&email(ALICE)).await.unwrap(), [newer]);
    })
    .await;
}

#[tokio::test]
async fn consents_are_listed_by_issuer_and_client() {
    on_every_store(async |store| {
        let elsewhere = ConsentRow {
            issuer: "https://a.example.org".to_owned(),
            ..consent_of(ALICE, "wiki")
        };
        let (shop, wiki) = (consent_of(ALICE, "shop"), consent_of(ALICE, "wiki"));
        for consent in [&wiki, &shop, &consent_of(BOB, "shop"), &elsewhere] {
            store.give_consent(consent).await.unwrap();
        }

        let listed = store.consents_of(&email(ALICE)).await.unwrap();

        assert_eq!(listed, [elsewhere, shop, wiki]);
    })
    .await;
}

#[tokio::test]
async fn a_consent_that_is_withdrawn_takes_the_grants_to_the_client_and_no_others() {
    on_every_store(async |store| {
        for consent in [consent_of(ALICE, "shop"), consent_of(ALICE, "wiki")] {
            store.give_consent(&consent).await.unwrap();
        }
        let elsewhere = store::GrantRow {
            issuer: "https://id.example.net".to_owned(),
            ..grant_of(ALICE, 2)
        };
        let wiki = store::GrantRow {
            client: "wiki".to_owned(),
            ..grant_of(ALICE, 3)
        };
        for grant in [&grant_of(ALICE, 1), &elsewhere, &wiki, &grant_of(BOB, 4)] {
            open(&*store, grant).await;
        }

        let withdrawn = store.withdraw_consent(ISSUER, "shop", &email(ALICE)).await;

        assert!(withdrawn.unwrap());
        assert_eq!(left(&*store, ALICE).await, [2, 3]);
        assert_eq!(left(&*store, BOB).await, [4]);
        let listed = store.consents_of(&email(ALICE)).await.unwrap();
        assert_eq!(listed, [consent_of(ALICE, "wiki")]);
        let again = store.withdraw_consent(ISSUER, "shop", &email(ALICE)).await;
        assert!(!again.unwrap());
    })
    .await;
}

#[tokio::test]
async fn a_sign_out_takes_no_consent_and_no_purge_does() {
    on_every_store(async |store| {
        store
            .give_consent(&consent_of(ALICE, "shop"))
            .await
            .unwrap();

        store.end_sessions_of(&email(ALICE)).await.unwrap();
        store.end_all_sessions().await.unwrap();
        store.purge(at(9_000_000_000)).await.unwrap();

        assert_eq!(store.consents_of(&email(ALICE)).await.unwrap().len(), 1);
    })
    .await;
}
