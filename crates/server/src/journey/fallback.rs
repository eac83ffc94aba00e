//! Fallback: when this server may speak for an address of a domain that is none of its own.
//!
//! Only where the operator has switched it on, and only after the domain itself has given a definite
//! answer: that it has no issuer, or that it wants none (`browserid.md` §1.5, §8.1 F4). A domain that
//! could not be asked may have an issuer, so nobody else speaks for it.

use std::net::IpAddr;

use protocol::email::Domain;

use super::Kind;
use super::discovery::{self, CouldNotDiscover, Discovery};
use crate::app::App;

/// Why this server does not speak for a domain.
#[derive(Debug, thiserror::Error)]
pub enum FallbackError {
    /// The operator has not switched it on.
    #[error("only addresses of this server's own domains can be confirmed here")]
    Off,
    /// Somebody else does.
    #[error("{0} has an issuer of its own, which alone speaks for its addresses")]
    HasIssuer(Domain),
    /// Whether somebody else does is not known just now.
    #[error(transparent)]
    CouldNotDiscover(#[from] CouldNotDiscover),
}

impl FallbackError {
    /// Says whose the error is.
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Off | Self::HasIssuer(_) => Kind::Refused,
            Self::CouldNotDiscover(error) => error.kind(),
        }
    }
}

/// Makes sure that this server may speak for addresses of `domain`, as a fallback, now.
pub(super) async fn require(
    app: &App,
    domain: &Domain,
    client: IpAddr,
) -> Result<(), FallbackError> {
    if app.post.is_none() {
        return Err(FallbackError::Off);
    }
    match discovery::discover(app, domain, client).await? {
        Discovery::NoIssuer(_) | Discovery::Disabled => Ok(()),
        Discovery::Ours | Discovery::Issuer(_) => Err(FallbackError::HasIssuer(domain.clone())),
    }
}
