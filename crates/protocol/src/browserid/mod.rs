//! `BrowserID` (Mozilla Persona): a domain says "this key speaks for this address", and the key
//! says "for this site, until then".
//!
//! The formats are those that were deployed from 2012 to 2016 (`browserid.md` §1, §4, §5, the
//! generation G1 of its §0.2). The server issues with [`certify`] and publishes with
//! [`SupportDocument`]; its verifier reads an [`UncheckedBundle`], follows a [`Chain`] to the
//! authority of the address, and believes the bundle with [`UncheckedBundle::verify`]; its dialog
//! checks what it was given with [`UncheckedCertificate`]. Deliberately absent: fetching documents,
//! remembering bundles against replay, and chains of certificates.

mod assertion;
mod authority;
mod bundle;
mod certificate;
mod certified;
mod chain;
mod claims;
mod error;
mod memory;
mod page_path;
mod seal;
mod support;
mod verify;

pub use authority::{Authority, AuthorityError, IssuerKeys};
pub use bundle::UncheckedBundle;
pub use certificate::{Certificate, Lifetime, LifetimeError, certify};
pub use certified::{CheckedCertificate, UncheckedCertificate};
pub use chain::{Chain, ChainError};
pub use error::{AudienceMismatch, BundleError};
pub use memory::CertificateMemory;
pub use page_path::{PagePath, PagePathError};
pub use support::{SupportDocument, SupportError};
pub use verify::VerifiedAssertion;
