//! Grants: what a client of OpenID Connect was given for somebody, and the tokens that stand for it.
//!
//! A grant is opened with a code, and lives on in the tokens that the code was exchanged for (RFC 6749
//! §1.3.1, §1.5): all of them are one family, which ends as a whole. What is in a grant, who may show
//! which token and for how long it is good are for the journeys to say; the store sees a text.

use std::fmt;

use protocol::email::EmailAddress;
use protocol::time::UnixSeconds;

use crate::error::StoreError;
use crate::future::BoxFuture;
use crate::session::{Proof, SessionId, first_digits};

/// The grants and their tokens. A part of [`crate::Store`], with the same promises.
///
/// A grant ends with its session, unless it is for offline use; with all sign-ins of its address
/// ([`crate::Store::end_sessions_of`] and the like), and with its domain. The client is then to be
/// told: see [`crate::Notices`].
pub trait Grants {
    /// Keeps a grant and its first tokens.
    ///
    /// Its session may have ended since somebody looked. So look again when this has answered, and end
    /// the grant if the session is gone: from here on a session that ends takes the grant along.
    fn open_grant<'a>(
        &'a self,
        grant: &'a GrantRow,
        tokens: &'a [NewToken],
    ) -> BoxFuture<'a, Result<(), StoreError>>;

    /// Finds what a token stands for. Token and grant may have expired, and the token may be spent:
    /// the caller looks at the times.
    fn token<'a>(
        &'a self,
        token: &'a TokenId,
    ) -> BoxFuture<'a, Result<Option<FoundToken>, StoreError>>;

    /// Exchanges a code or a refresh token for what is fresh. Looking, spending and adding are one
    /// step: of many callers at once exactly one reads [`Exchange::First`], and only its tokens are kept.
    fn exchange<'a>(
        &'a self,
        token: &'a TokenId,
        renewal: &'a Renewal,
        now: UnixSeconds,
    ) -> BoxFuture<'a, Result<Exchange, StoreError>>;

    /// Adds tokens to a grant without a token being spent, and says whether the grant is there and good
    /// at `now`.
    ///
    /// For a client that has lost the answer to its exchange and asks again at once.
    fn renew_grant<'a>(
        &'a self,
        grant: &'a GrantId,
        renewal: &'a Renewal,
        now: UnixSeconds,
    ) -> BoxFuture<'a, Result<bool, StoreError>>;

    /// Ends a grant with all its tokens, and says whether it was there. Its client is not told: this is
    /// for what the client itself has revoked (RFC 7009 §2.1), or what somebody has stolen.
    fn end_grant<'a>(&'a self, grant: &'a GrantId) -> BoxFuture<'a, Result<bool, StoreError>>;

    /// Ends one token, and says whether it was there. The rest of its grant stays.
    fn end_token<'a>(&'a self, token: &'a TokenId) -> BoxFuture<'a, Result<bool, StoreError>>;

    /// Lists the grants of a client at all issuers, newest first, expired ones that were not purged yet
    /// included.
    fn grants_of_client<'a>(
        &'a self,
        client: &'a str,
    ) -> BoxFuture<'a, Result<Vec<GrantRow>, StoreError>>;

    /// Lists the grants for the account that `address` names, in the same way.
    fn grants_of_address<'a>(
        &'a self,
        address: &'a EmailAddress,
    ) -> BoxFuture<'a, Result<Vec<GrantRow>, StoreError>>;
}

/// Names a grant: 32 random octets. Not a secret: it opens nothing.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct GrantId([u8; 32]);

/// Names a token: its SHA-256. The store never sees the token itself.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TokenId([u8; 32]);

/// What a token is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// An authorization code (RFC 6749 §1.3.1).
    Code,
    /// An access token (RFC 6749 §1.4).
    Access,
    /// A refresh token (RFC 6749 §1.5).
    Refresh,
}

/// Whether a grant outlives the session that it was given in (OpenID Connect Core §11).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GrantUse {
    /// It ends with its session.
    WithSession,
    /// It stays when its session ends.
    Offline,
}

/// A grant, as it is kept and as it is found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantRow {
    /// Its name.
    pub id: GrantId,
    /// The origin of the issuer that gave it.
    pub issuer: String,
    /// The id of the client that has it.
    pub client: String,
    /// For whom. The store keeps the canonical spelling.
    pub address: EmailAddress,
    /// How that was proven.
    pub proof: Proof,
    /// The session in which it was given. None when that has ended.
    pub session: Option<SessionId>,
    /// Whether it outlives that session.
    pub usage: GrantUse,
    /// What was granted, as text that the store does not read.
    pub content: String,
    /// When it was opened.
    pub opened: UnixSeconds,
    /// From when on it is no longer good. A client is told that a session has ended only while its
    /// grant is there: once a code is exchanged, that is to be as long as the session.
    pub expires: UnixSeconds,
}

/// A token to be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewToken {
    /// The hashed token.
    pub id: TokenId,
    /// What it is for.
    pub kind: TokenKind,
    /// From when on it is no longer good.
    pub expires: UnixSeconds,
}

/// A token as it was found. It proves nothing before somebody has looked at the times.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundToken {
    /// What it stands for.
    pub grant: GrantRow,
    /// What it is for.
    pub kind: TokenKind,
    /// From when on it is no longer good.
    pub expires: UnixSeconds,
    /// When it was exchanged, if it was.
    pub spent: Option<UnixSeconds>,
}

/// What becomes of a grant when a token is exchanged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Renewal {
    /// The fresh tokens.
    pub tokens: Vec<NewToken>,
    /// What is granted from now on; `None` leaves it as it is.
    pub content: Option<String>,
    /// Until when the grant is good from now on, unless it is good for longer already.
    pub expires: UnixSeconds,
}

/// Whether a token could be exchanged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exchange {
    /// It was good, and is spent now.
    First,
    /// It was exchanged before. Nothing was changed: what that means is for the caller to say
    /// (RFC 6749 §4.1.2, RFC 9700 §4.14.2).
    Again {
        /// When that was.
        spent: UnixSeconds,
    },
    /// There is no such code or refresh token, or no longer.
    Gone,
}

impl GrantId {
    /// Takes 32 random octets.
    pub const fn from_random(octets: [u8; 32]) -> Self {
        Self(octets)
    }

    /// Gives them back.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Gives the first eight hexadecimal digits, as lists and logs show it.
    pub fn prefix(&self) -> String {
        first_digits(&self.0)
    }
}

impl TokenId {
    /// Takes the SHA-256 of a token.
    pub const fn from_sha256(digest: [u8; 32]) -> Self {
        Self(digest)
    }

    /// Gives the SHA-256 of the token.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for GrantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "GrantId({}…)", self.prefix())
    }
}

impl fmt::Debug for TokenId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TokenId({}…)", first_digits(&self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_print_only_their_first_digits() {
        let (grant, token) = (GrantId([0xab; 32]), TokenId([0xcd; 32]));

        assert_eq!(
            format!("{grant:?} {token:?}"),
            "GrantId(abababab…) TokenId(cdcdcdcd…)"
        );
    }
}
