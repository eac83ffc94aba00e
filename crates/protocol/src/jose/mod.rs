//! Keys, signatures and their compact form: what the JOSE standards and `BrowserID` share.
//!
//! RFC 7515 (compact JWS), RFC 7517 (JWK) and the older key objects of `BrowserID`
//! (`browserid.md` §3). `browserid` builds on it, as other protocols can.
//! Deliberately absent: encryption, `none`, symmetric keys, header parameters that change what is
//! signed, and every algorithm that is not in [`Algorithm`].

pub mod base64url;
pub mod json;
pub mod jws;
pub mod token;

mod algorithm;
mod decimal;
mod digest;
mod dsa;
mod error;
mod jwk;
mod key;
mod rsa;
mod signer;

pub use algorithm::Algorithm;
pub use digest::sha256;
pub use dsa::DsaPublicKey;
pub use error::{KeyError, SignatureError};
pub use key::PublicKey;
pub use rsa::RsaPublicKey;
pub use signer::{RsaSigner, SignError, Signer};
