//! Consents: what somebody has agreed that a client may be told (OpenID Connect Core §3.1.2.4).

use protocol::email::EmailAddress;
use protocol::time::UnixSeconds;

use crate::error::StoreError;
use crate::future::BoxFuture;

/// The consents: they stay until they are withdrawn, or the client, the domain or the mailbox is gone.
/// A part of [`crate::Store`], with the same promises.
pub trait Consents {
    /// Finds what the account that `address` names has agreed to.
    fn consent<'a>(
        &'a self,
        issuer: &'a str,
        client: &'a str,
        address: &'a EmailAddress,
    ) -> BoxFuture<'a, Result<Option<ConsentRow>, StoreError>>;

    /// Keeps a consent, in the place of an earlier one of the same account to the same client.
    fn give_consent<'a>(&'a self, consent: &'a ConsentRow)
    -> BoxFuture<'a, Result<(), StoreError>>;

    /// Forgets a consent, and ends the grants that the client has for the account at this issuer. Says
    /// whether there was a consent or a grant.
    fn withdraw_consent<'a>(
        &'a self,
        issuer: &'a str,
        client: &'a str,
        address: &'a EmailAddress,
    ) -> BoxFuture<'a, Result<bool, StoreError>>;

    /// Lists what the account that `address` names has agreed to, by issuer and client.
    fn consents_of<'a>(
        &'a self,
        address: &'a EmailAddress,
    ) -> BoxFuture<'a, Result<Vec<ConsentRow>, StoreError>>;
}

/// What somebody has agreed to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsentRow {
    /// The origin of the issuer that asked.
    pub issuer: String,
    /// The id of the client that may be told.
    pub client: String,
    /// Who agreed. The store keeps the canonical spelling.
    pub address: EmailAddress,
    /// To what, as text that the store does not read.
    pub scopes: String,
    /// When.
    pub given: UnixSeconds,
}
