//! Bundles: `certificate~assertion` (`browserid.md` §4.3), read and not yet believed.

use crate::email::EmailAddress;
use crate::jose::Algorithm;
use crate::jose::jws::{self, Parts};
use crate::origin::Origin;

use super::assertion::AssertionClaims;
use super::certificate::CertificateClaims;
use super::error::BundleError;

/// A certificate and an assertion whose form is right and whose claims anybody may have written.
///
/// What can be read here serves to find the keys of the address's domain;
/// [`UncheckedBundle::verify`] turns it into something to believe.
#[derive(Clone, Debug)]
pub struct UncheckedBundle {
    pub(super) certificate: CertificateClaims,
    pub(super) certificate_seal: Seal,
    pub(super) assertion: AssertionClaims,
    pub(super) assertion_seal: Seal,
}

/// What is needed to check a signature.
#[derive(Clone, Debug)]
pub(super) struct Seal {
    pub(super) algorithm: Algorithm,
    pub(super) signing_input: Box<[u8]>,
    pub(super) signature: Vec<u8>,
}

impl UncheckedBundle {
    /// Reads a bundle of one certificate and one assertion (`browserid.md` §5.1, steps 1 to 4).
    pub fn read(text: &str) -> Result<Self, BundleError> {
        let belongs = |b: u8| b.is_ascii_alphanumeric() || b"-_.~".contains(&b);
        if text.is_empty() || text.len() > MAX_CHARACTERS || !text.bytes().all(belongs) {
            return Err(BundleError::Malformed);
        }
        let (certificate, assertion) = text.split_once('~').ok_or(BundleError::NoCertificates)?;
        if assertion.contains('~') {
            return Err(BundleError::Chained);
        }
        let certificate = jws::read(certificate)?;
        let assertion = jws::read(assertion)?;
        Ok(Self {
            certificate: CertificateClaims::read(&certificate.payload)?,
            certificate_seal: Seal::of(certificate),
            assertion: AssertionClaims::read(&assertion.payload)?,
            assertion_seal: Seal::of(assertion),
        })
    }

    /// Gives the address that the certificate claims.
    pub const fn email(&self) -> &EmailAddress {
        &self.certificate.email
    }

    /// Gives the issuer that the certificate claims, `host` or `host:port`.
    pub fn issuer(&self) -> &str {
        &self.certificate.issuer
    }

    /// Gives the site that the assertion claims to be for.
    pub const fn audience(&self) -> &Origin {
        &self.assertion.audience
    }
}

impl Seal {
    fn of(parts: Parts<'_>) -> Self {
        Self {
            algorithm: parts.algorithm,
            signing_input: parts.signing_input.into(),
            signature: parts.signature,
        }
    }
}

/// Characters of a bundle; with the longest keys it takes 2900.
const MAX_CHARACTERS: usize = 10_240;
