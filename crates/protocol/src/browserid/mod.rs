//! `BrowserID` (Mozilla Persona): a domain says "this key speaks for this address", and the key
//! says "for this site, until then".
//!
//! The formats are those that were deployed from 2012 to 2016 (`browserid.md` §1, §4, §5, the
//! generation G1 of its §0.2). The server issues with [`certify`] and publishes with
//! [`SupportDocument`]; its verifier reads a bundle and then decides whether to believe it. Deliberately absent: fetching documents, remembering bundles
//! against replay, chains of certificates, and DSA signatures.

mod certificate;
mod support;

pub use certificate::{Certificate, Lifetime, LifetimeError, certify};
pub use support::SupportDocument;
