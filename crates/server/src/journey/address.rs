//! Whose is this address? The dialog asks before it shows anything about passwords.
//!
//! The answer depends on the domain alone: whether a mailbox exists is nobody's business.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use protocol::email::{EmailAddress, EmailError};

use super::Kind;
use super::discovery::{self, Discovery, Issuer};
use crate::app::App;

/// What is known about an address that somebody typed.
#[derive(Clone, Debug)]
pub struct Known {
    /// The address in its canonical spelling.
    pub address: EmailAddress,
    /// Who vouches for it.
    pub place: Place,
}

/// Who vouches for an address.
#[derive(Clone, Debug)]
pub enum Place {
    /// This installation, whose mail server knows the password.
    Ours,
    /// Another issuer.
    Issuer(Arc<Issuer>),
    /// This installation as a fallback, by a mailed code.
    Mailed,
    /// Nobody.
    Nobody,
    /// Nobody knows just now: the domain could not be asked.
    Unreachable,
}

/// Why nothing is known about what somebody typed.
#[derive(Debug, thiserror::Error)]
pub enum LookUpError {
    /// It is no address.
    #[error("this is no e-mail address: {0}")]
    NotAnAddress(#[from] EmailError),
    /// Too many domains are being asked about at once.
    #[error("too many addresses are being looked up; try again in a moment")]
    TooMany {
        /// When there is room again.
        retry_after: Duration,
    },
}

/// Reads what somebody typed and finds out who vouches for its domain.
pub async fn look_up(app: &App, typed: &str, client: IpAddr) -> Result<Known, LookUpError> {
    let address = EmailAddress::parse(typed.trim())?.canonical();
    let place = match discovery::discover(app, address.domain(), client).await {
        Ok(Discovery::Ours) => Place::Ours,
        Ok(Discovery::Issuer(issuer)) => Place::Issuer(issuer),
        Ok(Discovery::NoIssuer(_) | Discovery::Disabled) if app.post.is_some() => Place::Mailed,
        Ok(Discovery::NoIssuer(_) | Discovery::Disabled) => Place::Nobody,
        Err(error) if error.kind() == Kind::Busy => {
            let retry_after = A_MOMENT;
            return Err(LookUpError::TooMany { retry_after });
        }
        Err(_) => Place::Unreachable,
    };
    Ok(Known { address, place })
}

const A_MOMENT: Duration = Duration::from_secs(5);
