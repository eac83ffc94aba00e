//! Seals: this installation recognizes later what it has written, and nobody else can write it.
//!
//! HMAC with SHA-256 (RFC 2104), under a key that is derived from the signing key.

use std::fmt;

use aws_lc_rs::hmac;
use protocol::secret::Secret;

/// A key that seals for one purpose, and recognizes its seals.
pub struct SealingKey(hmac::Key);

impl SealingKey {
    pub(crate) fn new(bits: &Secret<[u8; 32]>) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, bits.expose()))
    }

    /// Gives the 32 octets that go with `content`.
    pub fn seal(&self, content: &[u8]) -> Vec<u8> {
        hmac::sign(&self.0, content).as_ref().to_vec()
    }

    /// Is this the seal of `content`? It takes the same time wherever the first difference is.
    pub fn recognizes(&self, content: &[u8], seal: &[u8]) -> bool {
        hmac::verify(&self.0, content, seal).is_ok()
    }
}

impl fmt::Debug for SealingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SealingKey").finish_non_exhaustive()
    }
}
