//! The operator's aliases are kept as they were given, in their order, and found by their names.

use std::slice;

use protocol::email::EmailAddress;
use store::{AliasRow, Store};

use crate::stage::{at, email, on_every_store};

#[tokio::test]
async fn aliases_are_listed_by_name_and_their_targets_in_the_order_in_which_they_came() {
    on_every_store(async |store| {
        assert_eq!(store.aliases().await.unwrap(), []);
        let (zoe, bob) = (row("sales", "zoe"), row("sales", "bob"));
        let info = row("info", "alice");

        add(&*store, &[zoe.clone(), bob.clone()]).await;
        add(&*store, slice::from_ref(&info)).await;

        assert_eq!(store.aliases().await.unwrap(), [info, zoe, bob]);
    })
    .await;
}

#[tokio::test]
async fn what_is_there_already_is_not_added_again() {
    on_every_store(async |store| {
        let (alice, bob) = (row("info", "alice"), row("info", "bob"));
        assert_eq!(
            add(&*store, slice::from_ref(&alice)).await,
            slice::from_ref(&alice)
        );

        let added = add(&*store, &[bob.clone(), alice.clone(), bob.clone()]).await;

        assert_eq!(added, slice::from_ref(&bob));
        assert_eq!(store.aliases().await.unwrap(), [alice, bob]);
    })
    .await;
}

#[tokio::test]
async fn whether_a_domain_has_aliases_is_known_of_that_domain_alone() {
    on_every_store(async |store| {
        let has = async |domain: &str| {
            let domain = domain.parse().unwrap();
            store.has_aliases_in(&domain).await.unwrap()
        };
        assert!(!has("example.org").await);

        add(&*store, &[row("info", "alice")]).await;

        assert!(has("example.org").await);
        for other in ["example.net", "sub.example.org", "org", "ample.org"] {
            assert!(!has(other).await, "{other}");
        }
    })
    .await;
}

#[tokio::test]
async fn the_rows_of_the_names_that_are_asked_about_are_found_and_no_others() {
    on_every_store(async |store| {
        let (zoe, bob) = (row("sales", "zoe"), row("sales", "bob"));
        let others = [
            row("info", "sales"),
            row("bob", "sales"),
            of("sales@example.net", "eve@example.net"),
            of("sales@sub.example.org", "eve@example.org"),
            of("%@example.org", "eve@example.org"),
        ];
        add(&*store, &others).await;
        add(&*store, &[zoe.clone(), bob.clone()]).await;

        let of = async |names: &[&str]| {
            let names: Vec<EmailAddress> = names.iter().map(|name| email(name)).collect();
            store.aliases_of(&names).await.unwrap()
        };

        assert_eq!(of(&["Sales@EXAMPLE.org"]).await, [zoe.clone(), bob.clone()]);
        assert_eq!(
            of(&[
                "nobody@example.org",
                "sales@example.org",
                "info@example.org"
            ])
            .await,
            [zoe, bob, others[0].clone()]
        );
        assert_eq!(of(&["nobody@example.org"]).await, []);
        assert_eq!(of(&[]).await, []);
    })
    .await;
}

#[tokio::test]
async fn only_what_is_named_and_there_is_removed() {
    on_every_store(async |store| {
        let (alice, bob) = (row("info", "alice"), row("info", "bob"));
        let backwards = row("bob", "info");
        add(&*store, &[alice.clone(), bob.clone(), backwards.clone()]).await;

        let removed = store
            .remove_aliases(&[bob.clone(), row("info", "carol"), bob.clone()])
            .await
            .unwrap();

        assert_eq!(removed, [bob]);
        assert_eq!(store.aliases().await.unwrap(), [backwards, alice]);
    })
    .await;
}

#[tokio::test]
async fn a_row_that_is_no_address_is_listed_as_it_is_and_can_be_removed() {
    on_every_store(async |store| {
        let odd = of("Info\n", "'; DROP TABLE aliases; --");
        add(&*store, slice::from_ref(&odd)).await;

        assert_eq!(store.aliases().await.unwrap(), slice::from_ref(&odd));
        assert_eq!(
            store.remove_aliases(slice::from_ref(&odd)).await.unwrap(),
            [odd]
        );
        assert_eq!(store.aliases().await.unwrap(), []);
    })
    .await;
}

#[tokio::test]
async fn neither_a_purge_nor_the_end_of_a_domain_takes_an_alias() {
    on_every_store(async |store| {
        let info = row("info", "alice");
        add(&*store, slice::from_ref(&info)).await;

        store.purge(at(9_000_000_000)).await.unwrap();
        let domain = "example.org".parse().unwrap();
        store.remove_domain(&domain).await.unwrap();

        assert_eq!(store.aliases().await.unwrap(), [info]);
    })
    .await;
}

async fn add(store: &dyn Store, rows: &[AliasRow]) -> Vec<AliasRow> {
    store.add_aliases(rows).await.unwrap()
}

/// Two names of example.org.
fn row(alias: &str, target: &str) -> AliasRow {
    let here = |name: &str| email(&format!("{name}@Example.org"));
    AliasRow::new(&here(alias), &here(target))
}

/// A row as somebody else may write it.
fn of(alias: &str, target: &str) -> AliasRow {
    AliasRow {
        alias: alias.to_owned(),
        target: target.to_owned(),
    }
}
