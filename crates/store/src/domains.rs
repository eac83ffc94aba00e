//! The mail domains that the operator keeps in the store rather than in the settings.

use protocol::email::Domain;
use protocol::time::UnixSeconds;

use crate::error::StoreError;
use crate::store::BoxFuture;

/// A mail domain, as its `[[domain]]` section in the settings would have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DomainRow {
    /// The domain.
    pub name: Domain,
    /// The text of its section, with the line `[[domain]]`. The store does not read it. It must hold no
    /// secret, only the place of one.
    pub section: String,
    /// When it was put there.
    pub added: UnixSeconds,
}

/// The table of domains: it changes when the operator says so, and never by itself.
pub trait Domains {
    /// Lists the domains, by name.
    fn domains(&self) -> BoxFuture<'_, Result<Vec<DomainRow>, StoreError>>;

    /// Keeps a domain, in the place of one of the same name.
    fn put_domain<'a>(&'a self, row: &'a DomainRow) -> BoxFuture<'a, Result<(), StoreError>>;

    /// Forgets a domain, and ends all sessions of its addresses: should it come back one day, nobody is
    /// signed in from before. `None` if it is not there; else how many sessions there were.
    fn remove_domain<'a>(
        &'a self,
        name: &'a Domain,
    ) -> BoxFuture<'a, Result<Option<u64>, StoreError>>;
}
