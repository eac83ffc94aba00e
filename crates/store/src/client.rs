//! The clients of OpenID Connect that the operator keeps in the store rather than in the settings.

use protocol::time::UnixSeconds;

use crate::error::StoreError;
use crate::future::BoxFuture;

/// The table of clients: it changes when the operator says so, or where clients may register by
/// themselves. A part of [`crate::Store`], with the same promises.
pub trait Clients {
    /// Lists the clients, by id.
    fn clients(&self) -> BoxFuture<'_, Result<Vec<ClientRow>, StoreError>>;

    /// Finds a client.
    fn client<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<Option<ClientRow>, StoreError>>;

    /// Keeps a client, in the place of one of the same id.
    fn put_client<'a>(&'a self, row: &'a ClientRow) -> BoxFuture<'a, Result<(), StoreError>>;

    /// Forgets a client, with its grants, the consents to it and what it was still to be told: should
    /// another come by the same id one day, it has nothing from before. Says whether it was there; if
    /// not, nothing is forgotten.
    fn remove_client<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<bool, StoreError>>;
}

/// A client, as its `[[client]]` section in the settings would have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientRow {
    /// Its id (RFC 6749 §2.2).
    pub id: String,
    /// The text of its section, with the line `[[client]]`. The store does not read it. It must hold no
    /// secret in clear, only a hash or the place of one.
    pub section: String,
    /// When it was put there.
    pub added: UnixSeconds,
}
