//! Provision: a signed-in browser gets a certificate for its own public key.
//!
//! Which address it may be is decided by the journey of claims, from the session and the domain's
//! settings, never by what the browser says (`product.md`, promise 2). The mail server is not asked. For an address that was proven by a mailed code, the
//! domain is asked again whether it has an issuer by now (`browserid.md` §8.1 F4).

use std::net::IpAddr;
use std::time::Duration;

use protocol::browserid::{Certificate, Lifetime, LifetimeError};
use protocol::email::{EmailAddress, EmailError, ProvenEmail};
use protocol::jose::{KeyError, PublicKey, SignError};

use super::Kind;
use super::claim::{self, CannotTell};
use super::fallback::{self, FallbackError};
use crate::app::App;
use crate::hashed::Hashed;
use crate::wildcard::DoorUnknown;

/// What a browser asks for.
#[derive(Debug)]
pub struct Wanted<'a> {
    /// The address that the certificate shall name.
    pub email: &'a str,
    /// The browser's public key, as JSON text.
    pub public_key: &'a str,
    /// For how many seconds; as long as is allowed if it does not say.
    pub duration_seconds: Option<u64>,
}

/// Why there is no certificate.
#[derive(Debug, thiserror::Error)]
pub enum ProvisionError {
    /// What was sent is no address.
    #[error("this is no e-mail address: {0}")]
    NotAnAddress(#[from] EmailError),
    /// The session is somebody else's.
    #[error("nobody is signed in here as this address")]
    NotSignedIn,
    /// Whether the session's person may be called so is not known.
    #[error(transparent)]
    CannotTell(#[from] CannotTell),
    /// Whether the domain is ours is not known.
    #[error(transparent)]
    Door(#[from] DoorUnknown),
    /// The key is none that we certify.
    #[error("this public key cannot be certified: {0}")]
    Key(#[from] KeyError),
    /// The duration makes no sense.
    #[error("this duration cannot be given: {0}")]
    Duration(#[from] LifetimeError),
    /// The domain is not ours, and we may not speak for it.
    #[error(transparent)]
    Fallback(#[from] FallbackError),
    /// Our own key would not sign.
    #[error(transparent)]
    Sign(#[from] SignError),
}

impl ProvisionError {
    /// Says whose the error is.
    pub const fn kind(&self) -> Kind {
        match self {
            Self::NotAnAddress(_) | Self::Key(_) | Self::Duration(_) => Kind::Caller,
            Self::NotSignedIn => Kind::Refused,
            Self::CannotTell(error) => error.kind(),
            Self::Door(error) => Kind::of_door(error),
            Self::Fallback(error) => error.kind(),
            Self::Sign(_) => Kind::Bug,
        }
    }
}

/// Certifies the browser's key for an address that the session's person may be called.
pub async fn certify(
    app: &App,
    who: Option<&ProvenEmail>,
    wanted: &Wanted<'_>,
    client: IpAddr,
) -> Result<Certificate, ProvisionError> {
    let address = EmailAddress::parse(wanted.email)?.canonical();
    let who = who.ok_or(ProvisionError::NotSignedIn)?;
    let claimed = claim::claim(app, who, &address)
        .await?
        .ok_or(ProvisionError::NotSignedIn)?;
    let key = PublicKey::from_browserid_text(wanted.public_key)?;
    if app.door(address.domain(), client).await?.is_none() {
        fallback::require(app, address.domain(), client).await?;
    }
    let settings = &app.settings.certificate;
    let lifetime = Lifetime::within(
        wanted.duration_seconds.map(Duration::from_secs),
        settings.lifetime.length(),
    )?
    .backdated(settings.skew.length());

    let certificate = protocol::browserid::certify(
        &claimed,
        &key,
        lifetime,
        app.clock.now(),
        &app.authority,
        &*app.keyring.signer(),
    )?;

    let lifetime_s = lifetime.duration().as_secs();
    let (by, who) = (Hashed(who.address()), Hashed(claimed.address()));
    tracing::info!(outcome = "certified", %who, %by, lifetime_s, "certificate");
    Ok(certificate)
}
