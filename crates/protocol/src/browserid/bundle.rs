//! Bundles: `certificate~assertion` (`browserid.md` §4.3), read and not yet believed.

use crate::email::EmailAddress;
use crate::jose::jws;
use crate::origin::Origin;

use super::assertion::AssertionClaims;
use super::authority::Authority;
use super::certified::CertificateClaims;
use super::error::BundleError;
use super::seal::Seal;

/// A certificate and an assertion whose form is right and whose claims anybody may have written.
///
/// What can be read here serves to find the keys of the address's domain;
/// [`UncheckedBundle::check_before_asking`] says whether that is worth the trouble, and
/// [`UncheckedBundle::verify`] turns it into something to believe.
#[derive(Clone, Debug)]
pub struct UncheckedBundle {
    pub(super) certificate: CertificateClaims,
    pub(super) certificate_seal: Seal,
    pub(super) assertion: AssertionClaims,
    pub(super) assertion_seal: Seal,
}

impl UncheckedBundle {
    /// Reads a bundle of one certificate and one assertion (`browserid.md` §5.1, steps 1 to 4).
    pub fn read(text: &str) -> Result<Self, BundleError> {
        if text.is_empty() || text.len() > MAX_CHARACTERS {
            return Err(BundleError::Malformed);
        }
        Self::read_parts(text).map_err(|error| {
            // No part with such a character is read; it is looked for when there is a reason to.
            let belongs = |b: u8| b.is_ascii_alphanumeric() || b"-_.~".contains(&b);
            if text.bytes().all(belongs) {
                error
            } else {
                BundleError::Malformed
            }
        })
    }

    fn read_parts(text: &str) -> Result<Self, BundleError> {
        let (certificate, assertion) = text.split_once('~').ok_or(BundleError::NoCertificates)?;
        if assertion.contains('~') {
            return Err(BundleError::Chained);
        }
        let (certificate, certificate_seal) = Seal::of(jws::read(certificate)?);
        let (assertion, assertion_seal) = Seal::of(jws::read(assertion)?);
        Ok(Self {
            certificate: CertificateClaims::read(certificate)?,
            certificate_seal,
            assertion: AssertionClaims::read(assertion)?,
            assertion_seal,
        })
    }

    /// Gives the address that the certificate claims.
    pub const fn email(&self) -> &EmailAddress {
        &self.certificate.email
    }

    /// Gives the issuer that the certificate claims. It is not to be asked for anything because of
    /// that: the authority is found from the address's domain.
    pub const fn issuer(&self) -> &Authority {
        &self.certificate.issuer
    }

    /// Gives the site that the assertion claims to be for.
    pub const fn audience(&self) -> &Origin {
        &self.assertion.audience
    }
}

/// Characters of a bundle; with the longest keys it takes 2900.
const MAX_CHARACTERS: usize = 10_240;
