//! What is known about a client: the site or program that people sign in to (RFC 7591 §2,
//! OpenID Connect Dynamic Registration §2).

use std::fmt;

use serde::{Deserialize, Serialize};

use super::error::{Code, OAuthError};
use super::redirect_uri::{self, RedirectUri};
use super::scope::{Scope, Scopes};
use crate::jose::sha256;
use crate::jose::token::{KeySet, TokenAlgorithm};
use crate::origin::Origin;
use crate::secret::Secret;

/// The name that a client has in requests: visible ASCII, at most 255 characters (RFC 6749 §2.2).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ClientId(String);

/// Says that a text is no client id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a client id has 1 to 255 characters of visible ASCII")]
pub struct ClientIdError;

/// A client, as the operator or it itself has registered it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    /// Its name in requests.
    pub id: ClientId,
    /// Its name for people, where it has one.
    pub name: Option<String>,
    /// How it proves who it is.
    pub proof: ClientProof,
    /// Where people may be sent with an answer.
    pub redirect_uris: Vec<RedirectUri>,
    /// The origin of which every address is one, as Portier's brokers have it.
    pub redirect_origin: Option<Origin>,
    /// Where people may be sent after signing out.
    pub post_logout_redirect_uris: Vec<RedirectUri>,
    /// Whether each sign-in has to be bound to whoever began it (RFC 7636).
    pub pkce: Pkce,
    /// Which answers it may ask for.
    pub flow: Flow,
    /// What it may ask for.
    pub scopes: Scopes,
    /// How its ID tokens are signed.
    pub signing: TokenAlgorithm,
    /// How people are named to it.
    pub subject: Subject,
    /// What it is told as `preferred_username`.
    pub username: Username,
}

/// How a client proves who it is (OpenID Connect Core §9).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClientProof {
    /// It cannot keep a secret: an application on the person's machine, or in the browser.
    Public,
    /// By a secret, in the header or in the body.
    Secret(SecretHash),
    /// By a signature with one of these keys.
    Keys(KeySet),
}

/// The SHA-256 of a client's secret. Secrets are made by a machine and cannot be guessed, so that no
/// slower hash is needed.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretHash([u8; 32]);

/// Whether a client has to use PKCE.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pkce {
    /// Whoever sends a challenge has to meet it; nobody has to send one.
    Optional,
    /// Each request needs a challenge.
    Required,
}

/// Which answers a client may ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// A code, which it exchanges for tokens: what all should use.
    Code,
    /// An ID token in the answer itself, as Portier's brokers want it.
    IdToken,
}

/// How a person is named to a client (OpenID Connect Core §8).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// By the same name everywhere.
    Public,
    /// By another name at each site.
    Pairwise,
}

/// What a client is told as `preferred_username`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Username {
    /// What stands before the `@`.
    LocalPart,
    /// The whole address, where people of several domains meet.
    Address,
}

impl Client {
    /// A client as most are: it uses codes, may ask for everything, and is told the local part.
    pub fn new(id: ClientId, proof: ClientProof, redirect_uris: Vec<RedirectUri>) -> Self {
        let pkce = match proof {
            // Nothing else binds its codes to it (RFC 9700 §2.1.1).
            ClientProof::Public => Pkce::Required,
            ClientProof::Secret(_) | ClientProof::Keys(_) => Pkce::Optional,
        };
        Self {
            id,
            name: None,
            proof,
            redirect_uris,
            redirect_origin: None,
            post_logout_redirect_uris: Vec::new(),
            pkce,
            flow: Flow::Code,
            scopes: Scopes::of(&Scope::ALL),
            signing: TokenAlgorithm::Rs256,
            subject: Subject::Public,
            username: Username::LocalPart,
        }
    }

    /// Is its name all that it has to show?
    pub fn is_public(&self) -> bool {
        self.proof == ClientProof::Public
    }

    /// Is `asked` one of the addresses that it may have people sent to?
    pub(super) fn allows_redirect(&self, asked: &str) -> bool {
        let origin = self.redirect_origin.as_ref();
        let is_registered = self.redirect_uris.iter().any(|uri| uri.allows(asked));
        is_registered || origin.is_some_and(|origin| redirect_uri::is_at(asked, origin))
    }

    /// May people be sent to `asked` after they signed out?
    pub fn allows_after_logout(&self, asked: &str) -> bool {
        let uris = &self.post_logout_redirect_uris;
        uris.iter().any(|uri| uri.allows(asked))
    }

    /// Looks at whether it may use this flow.
    pub(super) fn require_flow(&self, flow: Flow) -> Result<(), OAuthError> {
        if self.flow == flow {
            return Ok(());
        }
        let sentence = "this client is not registered for this response type";
        Err(OAuthError::new(Code::UnauthorizedClient, sentence))
    }
}

impl ClientId {
    /// Reads a client id.
    pub fn parse(text: &str) -> Result<Self, ClientIdError> {
        let fits = (1..=255).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
        fits.then(|| Self(text.to_owned())).ok_or(ClientIdError)
    }

    /// Gives the text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl SecretHash {
    /// Hashes a secret.
    pub fn of(secret: &Secret<String>) -> Self {
        Self(sha256(secret.expose().as_bytes()))
    }

    /// Takes a hash that was kept.
    pub const fn from_sha256(hash: [u8; 32]) -> Self {
        Self(hash)
    }

    /// Gives the hash, to be kept.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for SecretHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretHash(…)")
    }
}

impl TryFrom<String> for ClientId {
    type Error = ClientIdError;

    fn try_from(text: String) -> Result<Self, ClientIdError> {
        Self::parse(&text)
    }
}

impl From<ClientId> for String {
    fn from(id: ClientId) -> Self {
        id.0
    }
}

impl fmt::Display for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
