//! The stores that the facts are asked of, and short words for what goes in and comes out.

use std::sync::Arc;

use protocol::email::EmailAddress;
use protocol::time::UnixSeconds;
use store::{NewSession, Proof, SessionId, SqliteStore, Store};

/// Asks one fact of a new, empty store of each kind.
pub(crate) async fn on_every_store(fact: impl AsyncFn(Arc<dyn Store>)) {
    let directory = tempfile::tempdir().unwrap();
    let in_a_file = SqliteStore::open(&directory.path().join("persona.db")).unwrap();
    println!("SQLite in a file:");
    fact(Arc::new(in_a_file)).await;

    println!("SQLite in memory:");
    fact(Arc::new(SqliteStore::open_in_memory().unwrap())).await;
}

/// A session of `address` with the id `first`, 0, 0, …, opened at 1000 and good until 2000.
pub(crate) fn session_of(address: &str, first: u8) -> NewSession {
    NewSession {
        id: id(first),
        address: email(address),
        proof: Proof::Password,
        opened: at(1000),
        expires: at(2000),
    }
}

pub(crate) fn id(first: u8) -> SessionId {
    let mut digest = [0; 32];
    digest[0] = first;
    SessionId::from_sha256(digest)
}

pub(crate) fn email(text: &str) -> EmailAddress {
    EmailAddress::parse(text).unwrap()
}

pub(crate) fn at(seconds: i64) -> UnixSeconds {
    UnixSeconds::from_seconds(seconds)
}
