//! Believing a bundle (`browserid.md` §5.1, steps 5 to 9, cheap checks first).
//!
//! Step 7, finding the authority of the address's domain and its keys, needs the network and is
//! the caller's: it hands in [`IssuerKeys`]. So is step 10, remembering bundles against replay.

use std::time::Duration;

use crate::email::EmailAddress;
use crate::jose::PublicKey;
use crate::origin::Origin;
use crate::time::Timestamp;

use super::bundle::{Seal, UncheckedBundle};
use super::error::BundleError;

/// The authority that was found for the domain of a bundle's address, and its keys.
///
/// It must come from that domain's support document (or the settings), never from the issuer that
/// the bundle names: otherwise any host could speak for any address.
#[derive(Clone, Copy, Debug)]
pub struct IssuerKeys<'a> {
    /// The authority, `host` or `host:port`.
    pub issuer: &'a str,
    /// Its keys, the current one first.
    pub keys: &'a [PublicKey],
}

/// An assertion to believe: at the time of the check, whoever sent it held the address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedAssertion {
    email: EmailAddress,
    issuer: String,
    audience: Origin,
    expires: Timestamp,
}

impl UncheckedBundle {
    /// Believes the bundle, or says why not.
    ///
    /// Both parts are valid up to and including their last millisecond. A clock that is behind the
    /// issuer's by a minute is forgiven, one that is ahead is not.
    pub fn verify(
        &self,
        authority: &IssuerKeys<'_>,
        audience: &Origin,
        now: Timestamp,
    ) -> Result<VerifiedAssertion, BundleError> {
        self.assertion.require_audience(audience)?;
        self.require_valid(now)?;
        if self.issuer() != authority.issuer {
            return Err(BundleError::UntrustedIssuer {
                expected: authority.issuer.to_owned(),
                got: self.issuer().to_owned(),
            });
        }
        self.certificate_seal.require_one_of(authority.keys)?;
        let user_key = PublicKey::from_browserid(&self.certificate.public_key)?;
        self.assertion_seal
            .require_one_of(std::slice::from_ref(&user_key))?;
        Ok(VerifiedAssertion {
            email: self.certificate.email.clone(),
            issuer: self.certificate.issuer.clone(),
            audience: self.assertion.audience.clone(),
            expires: self.assertion.expires,
        })
    }

    fn require_valid(&self, now: Timestamp) -> Result<(), BundleError> {
        if self.assertion.expires < now || self.certificate.expires < now {
            return Err(BundleError::Expired);
        }
        let latest = now.plus(CLOCK_TOLERANCE);
        let issued = [self.assertion.issued, self.certificate.issued];
        if issued.into_iter().flatten().any(|issued| issued > latest) {
            return Err(BundleError::IssuedLater);
        }
        Ok(())
    }
}

impl Seal {
    /// Checks the signature under those of the keys that have the algorithm of the header.
    fn require_one_of(&self, keys: &[PublicKey]) -> Result<(), BundleError> {
        let mut refusal = BundleError::AlgorithmsDoNotMatch;
        for key in keys.iter().filter(|key| key.algorithm() == self.algorithm) {
            match key.verify(&self.signing_input, &self.signature) {
                Ok(()) => return Ok(()),
                Err(error) => refusal = error.into(),
            }
        }
        Err(refusal)
    }
}

impl VerifiedAssertion {
    /// Gives the address, as the certificate writes it.
    pub const fn email(&self) -> &EmailAddress {
        &self.email
    }

    /// Gives the issuer of the certificate, `host` or `host:port`.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Gives the site that the assertion is for.
    pub const fn audience(&self) -> &Origin {
        &self.audience
    }

    /// Gives the end of the assertion, until which it must be remembered against replay.
    pub const fn expires(&self) -> Timestamp {
        self.expires
    }
}

/// How far in the future something may have been issued: the reader's clock may be behind.
const CLOCK_TOLERANCE: Duration = Duration::from_secs(60);
