//! Why a bundle is not believed, in the words of the verifiers of old (`browserid.md` §5.5).
//!
//! Relying parties match on these texts, so that `Display` is part of the wire format. What it
//! hides for their sake, `Debug` tells our log.

use crate::jose::jws::JwsError;
use crate::jose::{KeyError, SignatureError};

/// Says why a bundle is not believed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BundleError {
    /// Longer than 10240 characters, or with other characters than a bundle has.
    #[error("malformed backed assertion")]
    Malformed,
    /// An assertion alone.
    #[error("no certificates provided")]
    NoCertificates,
    /// More than one certificate.
    #[error("certificate chaining is not yet allowed")]
    Chained,
    /// A part is no signed object.
    #[error(transparent)]
    Part(#[from] JwsError),
    /// A part lacks a claim, or has one that belongs elsewhere.
    #[error("malformed backed assertion")]
    Shape(&'static str),
    /// The certificate names no address.
    #[error("untrusted assertion, doesn't contain an email, and issuer is untrusted ")]
    NoEmail,
    /// The certificate's address is none, or its domain is not written in lower-case A-labels.
    #[error("invalid email")]
    Email,
    /// The certificate's issuer is no host name.
    #[error("invalid domain: {0}")]
    Issuer(String),
    /// The assertion is for another site.
    #[error("audience mismatch: {0}")]
    Audience(#[from] AudienceMismatch),
    /// The assertion or the certificate has ended.
    #[error("expired")]
    Expired,
    /// The assertion or the certificate begins in the future.
    #[error("issued later than verification date")]
    IssuedLater,
    /// The certificate is not from the authority of the address.
    #[error("untrusted issuer, expected '{expected}', got '{got}'")]
    UntrustedIssuer {
        /// The authority that was found for the address.
        expected: String,
        /// The issuer that the certificate names.
        got: String,
    },
    /// A header names another algorithm than the key has.
    #[error("algorithms do not match")]
    AlgorithmsDoNotMatch,
    /// The certified key is none that is accepted here.
    #[error(transparent)]
    UserKey(#[from] KeyError),
    /// The certificate is for another address than was asked for.
    #[error("the certificate is for another address")]
    OtherAddress,
    /// The certificate is for another key than was asked for.
    #[error("the certificate is for another key")]
    OtherKey,
    /// The certificate lives for more than a day (`browserid.md` §4.1).
    #[error("the certificate is valid for too long")]
    TooLong,
    /// A signature does not hold, or cannot be checked here.
    #[error(transparent)]
    Signature(#[from] SignatureError),
}

/// Says in what an assertion's audience differs from the expected one; the first that differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AudienceMismatch {
    /// Another scheme, or none that sites have.
    #[error("scheme mismatch")]
    Scheme,
    /// Another port.
    #[error("port mismatch")]
    Port,
    /// Another host.
    #[error("domain mismatch")]
    Domain,
    /// Something after the origin.
    #[error("has non-empty path")]
    Path,
}
