//! `BrowserID` (Mozilla Persona): a domain says "this key speaks for this address", and the key
//! says "for this site, until then".
//!
//! The formats are those that were deployed from 2012 to 2016 (`browserid.md` §1, §4, §5, the
//! generation G1 of its §0.2). The server issues with [`certify`] and publishes with
//! [`SupportDocument`]; its verifier reads an [`UncheckedBundle`] and believes it with
//! [`UncheckedBundle::verify`]. Deliberately absent: fetching documents, remembering bundles
//! against replay, chains of certificates, and DSA signatures.

mod assertion;
mod bundle;
mod certificate;
mod claims;
mod error;
mod support;
mod verify;

pub use bundle::UncheckedBundle;
pub use certificate::{Certificate, Lifetime, LifetimeError, certify};
pub use error::{AudienceMismatch, BundleError};
pub use support::SupportDocument;
pub use verify::{IssuerKeys, VerifiedAssertion};
