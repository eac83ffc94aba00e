//! Signed tokens as OpenID Connect uses them: JWT (RFC 7519) in compact JWS (RFC 7515), JWK sets
//! (RFC 7517), and the three algorithms that clients of today accept.
//!
//! Apart from the rest of [`jose`](super), whose algorithms and key objects are `BrowserID`'s: no key
//! made here can sign a certificate, and no algorithm of one is taken for one of the other. The key
//! decides the algorithm, never a header (RFC 8725 §3.1). Deliberately absent: `none`, symmetric
//! keys, encryption.

mod algorithm;
mod jwt;
mod key_set;
mod signing_key;
mod verification_key;

pub use algorithm::TokenAlgorithm;
pub use jwt::{JwtError, UncheckedJwt, sign};
pub use key_set::{KeySet, KeySetError};
pub use signing_key::SigningKey;
pub use verification_key::VerificationKey;
