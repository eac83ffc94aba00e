//! Believing a bundle (`browserid.md` §5.1, steps 5 to 9, cheap checks first).
//!
//! Step 7, finding the authority of the address's domain and its keys, needs the network and is
//! the caller's: it hands in [`IssuerKeys`]. So is step 10, remembering assertions against replay, for
//! which [`VerifiedAssertion::fingerprint`] is made.

use serde_json::{Map, Value};

use crate::email::EmailAddress;
use crate::jose::sha256;
use crate::origin::Origin;
use crate::time::Timestamp;

use super::authority::{Authority, IssuerKeys};
use super::bundle::UncheckedBundle;
use super::claims::require_valid;
use super::error::BundleError;
use super::memory::CertificateMemory;

/// An assertion to believe: at the time of the check, whoever sent it held the address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedAssertion {
    email: EmailAddress,
    issuer: Authority,
    audience: Origin,
    expires: Timestamp,
    idp_claims: Map<String, Value>,
    user_claims: Map<String, Value>,
    signed_text: Box<[u8]>,
}

impl UncheckedBundle {
    /// Refuses what no key could save (`browserid.md` §5.1, steps 5 and 6): a bundle for another site,
    /// or of another time. To be asked before anybody is asked for keys.
    ///
    /// Both parts are valid up to and including their last millisecond. A clock that is behind the
    /// issuer's by a minute is forgiven, one that is ahead is not.
    pub fn check_before_asking(
        &self,
        audience: &Origin,
        now: Timestamp,
    ) -> Result<(), BundleError> {
        self.assertion.require_audience(audience)?;
        require_valid(
            now,
            &[self.assertion.expires, self.certificate.expires],
            &[self.assertion.issued, self.certificate.issued],
        )
    }

    /// Believes the bundle, or says why not. Checks what [`Self::check_before_asking`] does, too.
    pub fn verify(
        &self,
        authority: &IssuerKeys<'_>,
        audience: &Origin,
        now: Timestamp,
    ) -> Result<VerifiedAssertion, BundleError> {
        self.check_before_asking(audience, now)?;
        self.certificate.require_issuer(authority)?;
        self.certificate_seal.require_one_of(authority.keys)?;
        self.believe_certified()
    }

    /// Does what [`Self::verify`] does, but does not check the same certificate's signature again.
    pub fn verify_with_memory(
        &self,
        authority: &IssuerKeys<'_>,
        audience: &Origin,
        now: Timestamp,
        memory: &CertificateMemory,
    ) -> Result<VerifiedAssertion, BundleError> {
        self.check_before_asking(audience, now)?;
        self.certificate.require_issuer(authority)?;
        let times = (self.certificate.expires, now);
        memory.require_one_of(&self.certificate_seal, authority.keys, times)?;
        self.believe_certified()
    }

    /// Believes the bundle if its assertion was signed with the key of its certificate, which holds.
    fn believe_certified(&self) -> Result<VerifiedAssertion, BundleError> {
        let user_key = self.certificate.public_key()?;
        self.assertion_seal.require(&user_key)?;
        Ok(VerifiedAssertion {
            email: self.certificate.email.clone(),
            issuer: self.certificate.issuer.clone(),
            audience: self.assertion.audience.clone(),
            expires: self.assertion.expires,
            idp_claims: self.certificate.others.clone(),
            user_claims: self.assertion.others.clone(),
            signed_text: self.assertion_seal.signed_text().into(),
        })
    }
}

impl VerifiedAssertion {
    /// Gives the address, as the certificate writes it.
    pub const fn email(&self) -> &EmailAddress {
        &self.email
    }

    /// Gives the issuer of the certificate.
    pub const fn issuer(&self) -> &Authority {
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

    /// Gives what the issuer says besides: members of the certificate and of its principal that mean
    /// nothing here (`browserid.md` §4.1). A member of the certificate goes before one of the principal.
    pub const fn idp_claims(&self) -> &Map<String, Value> {
        &self.idp_claims
    }

    /// Gives what the user says besides (`browserid.md` §4.2). Nobody vouches for it.
    pub const fn user_claims(&self) -> &Map<String, Value> {
        &self.user_claims
    }

    /// Gives a hash that is the same for each presentation of this assertion, to remember it by until
    /// it ends.
    ///
    /// It is of who says what, and not of the bundle's text: another certificate for the same address,
    /// or another signature by the same key, makes no other assertion.
    pub fn fingerprint(&self) -> [u8; 32] {
        // No address has a line break in it, so that nothing can move between the two.
        let mut said = self.email.to_string().into_bytes();
        said.push(b'\n');
        said.extend_from_slice(&self.signed_text);
        sha256(&said)
    }
}
