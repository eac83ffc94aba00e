//! Reading certificates (`browserid.md` §4.1, §5.1): what they claim, and when it is believed.

use serde_json::{Map, Value};

use crate::email::EmailAddress;
use crate::jose::json::{shown, text};
use crate::jose::{PublicKey, jws};
use crate::time::Timestamp;

use super::authority::{Authority, IssuerKeys};
use super::certificate::Lifetime;
use super::claims::{CLOCK_TOLERANCE, moment, require_none, require_valid};
use super::error::BundleError;
use super::seal::Seal;

/// What a certificate claims.
#[derive(Clone, Debug)]
pub(super) struct CertificateClaims {
    pub(super) public_key: Map<String, Value>,
    pub(super) email: EmailAddress,
    pub(super) issuer: Authority,
    pub(super) issued: Option<Timestamp>,
    pub(super) expires: Timestamp,
    /// What the issuer says besides, about the person and in the certificate.
    pub(super) others: Map<String, Value>,
}

/// A certificate whose form is right and whose claims anybody may have written.
#[derive(Clone, Debug)]
pub struct UncheckedCertificate {
    claims: CertificateClaims,
    seal: Seal,
}

/// A certificate that says what was asked of its issuer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckedCertificate {
    issuer: Authority,
    expires: Timestamp,
}

impl CertificateClaims {
    /// Reads a payload of exactly the shape of a certificate (`browserid.md` §5.1, steps 3 and 4).
    ///
    /// Members that mean nothing here are passed on, but those of an assertion are refused, so that no
    /// signed object can pass for the other.
    pub(super) fn read(mut members: Map<String, Value>) -> Result<Self, BundleError> {
        require_none(&members, &["aud"], "an audience in the certificate")?;
        let Some(Value::Object(public_key)) = members.remove("public-key") else {
            return Err(BundleError::Shape("no public key in the certificate"));
        };
        let issuer = authority(
            text(&members, "iss").ok_or(BundleError::Shape("no issuer in the certificate"))?,
        );
        let expires = moment(&members, "exp")?
            .ok_or(BundleError::Shape("no end of time in the certificate"))?;
        let issued = moment(&members, "iat")?;
        let Some(Value::Object(mut principal)) = members.remove("principal") else {
            return Err(BundleError::Shape("no principal in the certificate"));
        };
        let email = principal_email(&principal)?;
        for name in ["iss", "exp", "iat"] {
            members.remove(name);
        }
        principal.remove("email");
        for (name, value) in principal {
            members.entry(name).or_insert(value);
        }
        Ok(Self {
            public_key,
            email,
            issuer: issuer?,
            issued,
            expires,
            others: members,
        })
    }
}

impl UncheckedCertificate {
    /// Reads a certificate alone (`browserid.md` §5.1, steps 1 to 4), at most 10240 characters.
    pub fn read(certificate: &str) -> Result<Self, BundleError> {
        if certificate.len() > MAX_CHARACTERS {
            return Err(BundleError::Malformed);
        }
        let (payload, seal) = Seal::of(jws::read(certificate)?);
        Ok(Self {
            claims: CertificateClaims::read(payload)?,
            seal,
        })
    }

    /// Gives the address that the certificate claims.
    pub const fn email(&self) -> &EmailAddress {
        &self.claims.email
    }

    /// Gives the issuer that the certificate claims.
    pub const fn issuer(&self) -> &Authority {
        &self.claims.issuer
    }

    /// Finds whether this is the certificate that was asked for, before anything is done with it
    /// (`browserid.md` §8.1, F1): from this issuer, for this address and this key, of good standing
    /// and for a day at most.
    ///
    /// Two spellings of an address that name the same account are the same address.
    pub fn verify(
        &self,
        authority: &IssuerKeys<'_>,
        wanted: &EmailAddress,
        key: &PublicKey,
        now: Timestamp,
    ) -> Result<CheckedCertificate, BundleError> {
        let claims = &self.claims;
        if claims.email != *wanted && claims.email.canonical() != wanted.canonical() {
            return Err(BundleError::OtherAddress);
        }
        require_valid(now, &[claims.expires], &[claims.issued])?;
        if claims.expires > now.plus(Lifetime::LONGEST).plus(CLOCK_TOLERANCE) {
            return Err(BundleError::TooLong);
        }
        claims.require_issuer(authority)?;
        self.seal.require_one_of(authority.keys)?;
        if claims.public_key()? != *key {
            return Err(BundleError::OtherKey);
        }
        Ok(CheckedCertificate {
            issuer: claims.issuer.clone(),
            expires: claims.expires,
        })
    }
}

impl CertificateClaims {
    /// Requires the authority itself as the issuer (`browserid.md` §1.4, §5.1, step 7).
    pub(super) fn require_issuer(&self, authority: &IssuerKeys<'_>) -> Result<(), BundleError> {
        if self.issuer != *authority.issuer {
            return Err(BundleError::UntrustedIssuer {
                expected: authority.issuer.to_string(),
                got: self.issuer.to_string(),
            });
        }
        Ok(())
    }

    /// Reads the certified key. Not before the issuer's signature holds: it costs more than the rest.
    pub(super) fn public_key(&self) -> Result<PublicKey, BundleError> {
        Ok(PublicKey::from_browserid_members(&self.public_key)?)
    }
}

impl CheckedCertificate {
    /// Gives the end of the certificate.
    pub const fn expires(&self) -> Timestamp {
        self.expires
    }

    /// Gives the issuer.
    pub const fn issuer(&self) -> &Authority {
        &self.issuer
    }
}

/// Reads a principal: one address in the spelling that we would print. What else is said of the person
/// is passed on, but an `unverified-email` is no address, and nothing stands beside it.
fn principal_email(principal: &Map<String, Value>) -> Result<EmailAddress, BundleError> {
    let written = text(principal, "email").ok_or(BundleError::NoEmail)?;
    require_none(
        principal,
        &["unverified-email"],
        "an unverified address in the principal",
    )?;
    EmailAddress::parse(written)
        .ok()
        .filter(|email| email.is_written(written))
        .ok_or(BundleError::Email)
}

/// Reads an issuer, in the one spelling that peers compare.
fn authority(written: &str) -> Result<Authority, BundleError> {
    Authority::parse(written)
        .ok()
        .filter(|authority| authority.as_str() == written)
        .ok_or_else(|| BundleError::Issuer(shown(written, MAX_SHOWN)))
}

/// Characters of a certificate; with the longest keys it takes 2300.
const MAX_CHARACTERS: usize = 10_240;
/// Characters of a bad issuer that are worth showing.
const MAX_SHOWN: usize = 80;
