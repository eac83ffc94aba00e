//! Check a certificate: the dialog asks before it keeps one or signs with it.
//!
//! An issuer could hand over a certificate for somebody else's address or for a key of its own, and
//! so sign the person in as another (`browserid.md` §8.1 F1). The rules are those by which sites'
//! assertions are verified (F3): there is no second, laxer way in.

use std::net::IpAddr;

use protocol::browserid::{BundleError, CheckedCertificate, UncheckedCertificate};
use protocol::email::{EmailAddress, EmailError};
use protocol::jose::{KeyError, PublicKey};

use super::Kind;
use super::authority::{self, NoAuthority};
use crate::app::App;
use crate::hashed::Hashed;

/// What the dialog has in hand.
#[derive(Debug)]
pub struct Shown<'a> {
    /// The address that it asked a certificate for.
    pub email: &'a str,
    /// The public key that it has made, as JSON text.
    pub public_key: &'a str,
    /// What it was given.
    pub certificate: &'a str,
}

/// Why a certificate is not to be used.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// What was asked for is no address.
    #[error("this is no e-mail address: {0}")]
    NotAnAddress(#[from] EmailError),
    /// The key is none.
    #[error("this public key cannot be certified: {0}")]
    Key(#[from] KeyError),
    /// Nobody's word counts for the address, or it is not known just now whose does.
    #[error(transparent)]
    Authority(#[from] NoAuthority),
    /// The certificate is not good, or not for this address and key.
    #[error("{0}")]
    Bad(#[from] BundleError),
    /// Too many domains are being asked about at once.
    #[error("too many certificates are being checked; try again in a moment")]
    TooMany,
}

impl CheckError {
    /// Says whose the error is.
    pub const fn kind(&self) -> Kind {
        match self {
            Self::NotAnAddress(_) | Self::Key(_) | Self::Bad(_) => Kind::Caller,
            Self::Authority(error) => error.kind(),
            Self::TooMany => Kind::Busy,
        }
    }
}

/// Believes a certificate for one address and one key, or says why not.
pub async fn check(
    app: &App,
    shown: &Shown<'_>,
    client: IpAddr,
) -> Result<CheckedCertificate, CheckError> {
    let address = EmailAddress::parse(shown.email)?.canonical();
    let key = PublicKey::from_browserid_text(shown.public_key)?;
    let unchecked = UncheckedCertificate::read(shown.certificate)?;
    let speaker = authority::of(app, address.domain(), unchecked.issuer(), client).await;
    let speaker = speaker.map_err(|error| match error.kind() {
        Kind::Busy => CheckError::TooMany,
        Kind::Caller | Kind::Refused | Kind::Upstream | Kind::Bug => error.into(),
    })?;
    let verdict = unchecked.verify(&speaker.keys(app), &address, &key, app.clock.now());
    if let Err(error) = &verdict {
        let (who, domain) = (Hashed(&address), address.domain());
        tracing::warn!(outcome = "refused", %who, %domain, reason = %error, "certificate of another issuer");
    }
    Ok(verdict?)
}
