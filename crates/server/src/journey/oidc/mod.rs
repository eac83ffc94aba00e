//! OpenID Connect: a site is told who somebody is, when they want it, and for as long as it lasts.
//!
//! One file for each thing that a site or a person comes for. All of them look at the same things each
//! time: is the client still one of ours, may it know this person, has the person still a mailbox
//! that counts. A token says nothing by itself that these could contradict for longer than it lives.

pub mod authorize;
pub mod backchannel;
pub mod consent;
pub mod exchange;
mod grant;
mod hint;
pub mod introspect;
pub mod logout;
mod person;
pub mod revoke;
mod session_name;
mod sign;
pub mod sites;
pub mod userinfo;

use protocol::jose::SignError;
use store::StoreError;

use super::Kind;
use super::claim::CannotTell;
use crate::app::ClientUnknown;
use crate::chance::NoRandomness;
use crate::lists::Unreadable;
use crate::wildcard::DoorUnknown;

/// Why it is not known what to answer. None of it is a no to anybody.
#[derive(Debug, thiserror::Error)]
pub enum OidcError {
    /// The store did not answer.
    #[error("grants cannot be read or kept just now: {0}")]
    Store(#[from] StoreError),
    /// Whether the domain is still ours is not known.
    #[error(transparent)]
    Door(#[from] DoorUnknown),
    /// The client cannot be looked up.
    #[error(transparent)]
    Client(#[from] ClientUnknown),
    /// To which groups somebody belongs is not known.
    #[error("to which groups somebody belongs is not known just now: {0}")]
    Groups(#[from] Unreadable),
    /// What somebody may be called is not known.
    #[error(transparent)]
    Claim(#[from] CannotTell),
    /// There are no keys to sign tokens with.
    #[error(
        "there is no key to sign tokens with in the directory of the keys; `persona setup` makes them"
    )]
    NoKeys,
    /// The key does not sign.
    #[error("a token could not be signed: {0}")]
    Sign(#[from] SignError),
    /// There is no randomness to make a token from.
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
    /// A grant in the store cannot be read.
    #[error("a grant in the store cannot be read")]
    Senseless,
}

impl OidcError {
    /// Says whose the error is.
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Store(_) | Self::Client(_) | Self::Groups(_) | Self::NoKeys => Kind::Upstream,
            Self::Door(unknown) => Kind::of_door(unknown),
            Self::Claim(cannot_tell) => cannot_tell.kind(),
            Self::Sign(_) | Self::NoRandomness(_) | Self::Senseless => Kind::Bug,
        }
    }
}
