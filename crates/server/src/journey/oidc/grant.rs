//! A grant that stands: somebody agreed, and everything that they agreed on is still so.
//!
//! One of the files that may say that an address is proven: here, because a grant says that it was,
//! which a live session has said when the grant was made (`docs/decisions/0028`).

use std::net::IpAddr;
use std::time::Duration;

use protocol::email::ProvenEmail;
use protocol::jose::sha256;
use protocol::jose::token::UncheckedJwt;
use protocol::oidc::{CodeGrant, Grant, Scopes};
use protocol::secret::Secret;
use protocol::time::UnixSeconds;
use serde::{Deserialize, Serialize};
use store::{FoundToken, TokenId, TokenKind};

use super::OidcError;
use crate::app::App;

/// What a token was found to stand for. Whether it may still be used is for whoever asked to decide.
#[derive(Debug)]
pub(super) struct Shown {
    /// The token's name in the store.
    pub(super) id: TokenId,
    /// What the store has.
    pub(super) found: FoundToken,
    /// What was agreed to.
    pub(super) agreed: CodeGrant,
    /// Until when the session was good in which that was.
    pub(super) session_ends: UnixSeconds,
}

/// What the store keeps of it as a text.
#[derive(Deserialize, Serialize)]
struct Content<A> {
    agreed: A,
    session_ends: UnixSeconds,
}

/// Writes what was agreed to, as the store keeps it.
pub(super) fn write(agreed: &CodeGrant, session_ends: UnixSeconds) -> Result<String, OidcError> {
    let content = Content {
        agreed,
        session_ends,
    };
    serde_json::to_string(&content).map_err(|_| OidcError::Senseless)
}

/// Finds what a token of this kind stands for, at this issuer: `None`, if it is none of ours, or over.
pub(super) async fn shown(
    app: &App,
    token: &str,
    kind: TokenKind,
) -> Result<Option<Shown>, OidcError> {
    let id = TokenId::from_sha256(sha256(token.as_bytes()));
    let Some(found) = app.store.token(&id).await? else {
        return Ok(None);
    };
    let now = app.clock.now().to_seconds();
    let is_ours = found.grant.issuer == app.settings.issuer.as_str();
    if found.kind != kind || !is_ours || now >= found.expires || now >= found.grant.expires {
        return Ok(None);
    }
    let content = serde_json::from_str(&found.grant.content);
    let content: Content<CodeGrant> = content.map_err(|_| OidcError::Senseless)?;
    let mut agreed = content.agreed;
    let narrowed = agreed.grant.narrowed(said(token));
    agreed.grant = narrowed.map_err(|_| OidcError::Senseless)?;
    Ok(Some(Shown {
        id,
        found,
        agreed,
        session_ends: content.session_ends,
    }))
}

/// Lets an access token say that it is for less than was agreed to, where it is. The store has the hash of
/// the whole text, so nobody can change what it says.
pub(super) fn narrowed(token: Secret<String>, agreed: &Grant, given: &Grant) -> Secret<String> {
    if given.scopes == agreed.scopes {
        return token;
    }
    let words = given.scopes.to_string().replace(' ', "+");
    Secret::new(format!("{}{LESS}{words}", token.expose()))
}

/// Reads what a token that we gave says that it is for; `None` if that is all that was agreed to.
fn said(token: &str) -> Option<Scopes> {
    if let Some((_, words)) = token.split_once(LESS) {
        return Some(Scopes::read(&words.replace('+', " ")));
    }
    let token = UncheckedJwt::read(token).ok()?;
    let words = token.unbelieved().get("scope")?.as_str()?;
    Some(Scopes::read(words))
}

/// Says who it is that agreed, as long as their domain is ours.
pub(super) async fn who(
    app: &App,
    shown: &Shown,
    client: IpAddr,
) -> Result<Option<ProvenEmail>, OidcError> {
    let address = &shown.found.grant.address;
    let has_door = app.door(address.domain(), client).await?.is_some();
    Ok(has_door.then(|| ProvenEmail::the_mailbox_was_opened(address)))
}

/// Gives the name that the store has for a token.
pub(super) fn name_of(token: &Secret<String>) -> TokenId {
    TokenId::from_sha256(sha256(token.expose().as_bytes()))
}

/// What stands between a random token and the words that narrow it: no signed one has it.
const LESS: char = '~';
/// How long a code may be exchanged (RFC 6749 §4.1.2 wants ten minutes at most).
pub(super) const CODE_LIFETIME: Duration = Duration::from_secs(60);
