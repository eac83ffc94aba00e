//! The operator's domains are kept as they were given, and go with the sign-ins of their people.

use protocol::email::Domain;
use store::{DomainRow, Store};

use crate::stage::{at, email, on_every_store, session_of};

#[tokio::test]
async fn domains_are_listed_by_name_as_they_were_put() {
    on_every_store(async |store| {
        assert_eq!(store.domains().await.unwrap(), []);
        let (net, org) = (row("example.net", "a\n"), row("example.org", "b = \"ü\"\n"));

        store.put_domain(&org).await.unwrap();
        store.put_domain(&net).await.unwrap();

        assert_eq!(store.domains().await.unwrap(), [net, org]);
    })
    .await;
}

#[tokio::test]
async fn a_domain_that_is_put_again_takes_the_place_of_the_former() {
    on_every_store(async |store| {
        store.put_domain(&row("example.org", "a")).await.unwrap();
        let newer = DomainRow {
            added: at(2000),
            ..row("EXAMPLE.org", "b")
        };

        store.put_domain(&newer).await.unwrap();

        assert_eq!(store.domains().await.unwrap(), [newer]);
    })
    .await;
}

#[tokio::test]
async fn a_domain_that_is_removed_takes_its_sign_ins_and_no_others() {
    on_every_store(async |store| {
        for name in ["example.org", "example.net"] {
            store.put_domain(&row(name, "a")).await.unwrap();
        }
        let stay = [
            "alice@example.net",
            "alice@www.example.org",
            "alice@anexample.org",
        ];
        let go = ["alice@example.org", "Bob@EXAMPLE.org"];
        for (first, address) in (1..).zip(stay.iter().chain(&go)) {
            let session = session_of(address, first);
            store.open_session(&session).await.unwrap();
        }

        let removed = store.remove_domain(&domain("Example.ORG")).await.unwrap();

        assert_eq!(removed, Some(2));
        assert_eq!(names(&*store).await, ["example.net"]);
        let rows = store.sessions().await.unwrap();
        let mut left: Vec<_> = rows.into_iter().map(|row| row.address).collect();
        let mut stayed: Vec<_> = stay.iter().map(|text| email(text).canonical()).collect();
        left.sort_by_key(ToString::to_string);
        stayed.sort_by_key(ToString::to_string);
        assert_eq!(left, stayed);
    })
    .await;
}

#[tokio::test]
async fn what_is_not_in_the_table_cannot_be_removed_from_it() {
    on_every_store(async |store| {
        let session = session_of("alice@example.org", 1);
        store.open_session(&session).await.unwrap();
        store.put_domain(&row("example.net", "a")).await.unwrap();

        let removed = store.remove_domain(&domain("example.org")).await.unwrap();

        assert_eq!(removed, None);
        assert_eq!(names(&*store).await, ["example.net"]);
        assert_eq!(store.sessions().await.unwrap().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn no_purge_takes_a_domain() {
    on_every_store(async |store| {
        store.put_domain(&row("example.org", "a")).await.unwrap();

        store.purge(at(9_000_000_000)).await.unwrap();

        assert_eq!(names(&*store).await, ["example.org"]);
    })
    .await;
}

async fn names(store: &dyn Store) -> Vec<String> {
    let rows = store.domains().await.unwrap();
    rows.iter().map(|row| row.name.to_string()).collect()
}

fn row(name: &str, section: &str) -> DomainRow {
    DomainRow {
        name: domain(name),
        section: section.to_owned(),
        added: at(1000),
    }
}

fn domain(name: &str) -> Domain {
    Domain::parse(name).unwrap()
}
