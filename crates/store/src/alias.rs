//! The aliases that the operator keeps in the store, beside those of the alias files.

use protocol::email::{Domain, EmailAddress};

use crate::error::StoreError;
use crate::future::BoxFuture;

/// The table of aliases: it changes when the operator says so, and never by itself.
///
/// A part of [`crate::Store`], with the same promises. What a row means, and whether it means anything, is
/// for the reader to say: the store compares no domains.
pub trait Aliases {
    /// Lists the rows, by alias; those of one alias in the order in which they were added.
    fn aliases(&self) -> BoxFuture<'_, Result<Vec<AliasRow>, StoreError>>;

    /// Finds the rows of some names, as they stand together at one moment; those of one alias in the
    /// order in which they were added. It does not look where the targets lead.
    fn aliases_of<'a>(
        &'a self,
        names: &'a [EmailAddress],
    ) -> BoxFuture<'a, Result<Vec<AliasRow>, StoreError>>;

    /// Says whether there is a row whose alias ends with `@` and this domain.
    fn has_aliases_in<'a>(&'a self, domain: &'a Domain) -> BoxFuture<'a, Result<bool, StoreError>>;

    /// Adds rows, and gives back those that were not there before.
    fn add_aliases<'a>(
        &'a self,
        rows: &'a [AliasRow],
    ) -> BoxFuture<'a, Result<Vec<AliasRow>, StoreError>>;

    /// Removes rows, and gives back those that were there.
    fn remove_aliases<'a>(
        &'a self,
        rows: &'a [AliasRow],
    ) -> BoxFuture<'a, Result<Vec<AliasRow>, StoreError>>;
}

/// A row, as it stands in the table: somebody else may have written it, so it may be no address at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AliasRow {
    /// What whoever has proven the target may be called.
    pub alias: String,
    /// Who may be called so.
    pub target: String,
}

impl AliasRow {
    /// Writes a row about two addresses, in the canonical spelling.
    pub fn new(alias: &EmailAddress, target: &EmailAddress) -> Self {
        Self {
            alias: alias.canonical().to_string(),
            target: target.canonical().to_string(),
        }
    }
}
