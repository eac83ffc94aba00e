//! The journeys: one file for each thing that somebody comes here to do. They decide.
//!
//! A journey knows the words, the store, the mail servers, the keys and the clock. It knows no
//! HTTP and no SQL; `web` turns requests into its arguments and its results into answers.

pub mod address;
mod allowance;
pub mod authority;
pub mod check_certificate;
pub mod claim;
pub mod discovery;
pub mod fallback;
pub mod login;
pub mod mailed_code;
pub mod oidc;
mod postage;
pub mod provision;
pub mod session;
pub mod standing;
pub mod support;
pub mod verify_assertion;
pub mod webfinger;

use crate::wildcard::DoorUnknown;

/// Says whose an error is. It alone decides the status class and the level in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The caller sent something that cannot be used.
    Caller,
    /// The caller may not have what was asked for.
    Refused,
    /// There is too much to do just now; the caller may come again.
    Busy,
    /// Somebody that we depend on did not do their part.
    Upstream,
    /// We did not do ours.
    Bug,
}

impl Kind {
    /// Says whose the error is that a domain's door could not be found.
    pub(crate) const fn of_door(unknown: &DoorUnknown) -> Self {
        match unknown {
            DoorUnknown::NotAnswered { .. } => Self::Upstream,
            DoorUnknown::Busy => Self::Busy,
        }
    }
}
