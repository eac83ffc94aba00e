//! Whose word counts for a domain's addresses, and with which keys (`browserid.md` §5.1, step 7).
//!
//! One answer for everybody who has to believe a certificate: the verifier for sites and our own
//! dialog. It is found from the address's domain; what the certificate itself names as its issuer only
//! chooses among those whom the domain or the operator has named.

use std::net::IpAddr;
use std::sync::Arc;

use protocol::browserid::{Authority, IssuerKeys};
use protocol::email::Domain;

use super::Kind;
use super::discovery::{self, CouldNotDiscover, Discovery, Issuer};
use crate::app::App;

/// Somebody whose word counts.
#[derive(Clone, Debug)]
pub(super) enum Speaker {
    /// This installation, for its own domains or as a fallback.
    Ours,
    /// Another issuer.
    Other(Arc<Issuer>),
}

/// Why nobody's word counts for a domain.
#[derive(Debug, thiserror::Error)]
pub enum NoAuthority {
    /// The domain answered, and has no issuer; nor has the operator named one in its place.
    #[error("{0}")]
    Nobody(String),
    /// The domain could not be asked.
    #[error(transparent)]
    CouldNotDiscover(#[from] CouldNotDiscover),
}

impl NoAuthority {
    /// Says whose the error is.
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Nobody(_) => Kind::Caller,
            Self::CouldNotDiscover(error) => error.kind(),
        }
    }
}

/// Finds whose word counts for addresses of `domain`, when a certificate says that it is `claimed`'s.
///
/// The domain's own issuer comes first, and alone. A fallback speaks only after the domain has
/// definitely answered that it has none (`browserid.md` §1.5, §8.1 F4), and only one that the operator
/// has named: this server itself, or one of the settings' list.
pub(super) async fn of(
    app: &App,
    domain: &Domain,
    claimed: &Authority,
    client: IpAddr,
) -> Result<Speaker, NoAuthority> {
    let nobody = match discovery::discover(app, domain, client).await? {
        Discovery::Ours => return Ok(Speaker::Ours),
        Discovery::Issuer(issuer) => return Ok(Speaker::Other(issuer)),
        Discovery::NoIssuer(reason) => reason,
        Discovery::Disabled => format!("{domain} is not a browserid primary: it wants no issuer"),
    };
    if app.post.is_some() && claimed == app.authority() {
        return Ok(Speaker::Ours);
    }
    let named = &app.settings.broker.fallback_issuers;
    if named.iter().any(|named| named.as_str() == claimed.as_str()) {
        let issuer = discovery::issuer_named(app, claimed, domain, client).await?;
        return Ok(Speaker::Other(issuer));
    }
    Err(NoAuthority::Nobody(nobody))
}

impl Speaker {
    /// The keys with which they speak.
    pub(super) fn keys<'a>(&'a self, app: &'a App) -> IssuerKeys<'a> {
        match self {
            Self::Ours => IssuerKeys {
                issuer: app.authority(),
                keys: std::slice::from_ref(app.keyring.public_key()),
            },
            Self::Other(issuer) => IssuerKeys {
                issuer: &issuer.authority,
                keys: &issuer.keys,
            },
        }
    }
}
