//! The signed part of an object, kept until it is known whose key has to hold.

use serde_json::{Map, Value};

use crate::jose::jws::Parts;
use crate::jose::{Algorithm, PublicKey, sha256};

use super::error::BundleError;

/// What is needed to check a signature.
#[derive(Clone, Debug)]
pub(super) struct Seal {
    algorithm: Algorithm,
    signing_input: Box<[u8]>,
    signature: Vec<u8>,
}

impl Seal {
    /// Parts a signed object into what it says and what [`Seal::require_one_of`] needs.
    pub(super) fn of(parts: Parts<'_>) -> (Map<String, Value>, Self) {
        let seal = Self {
            algorithm: parts.algorithm,
            signing_input: parts.signing_input.into(),
            signature: parts.signature,
        };
        (parts.payload, seal)
    }

    /// Gives what was signed, as it was transmitted.
    pub(super) const fn signed_text(&self) -> &[u8] {
        &self.signing_input
    }

    /// Checks the signature under a key that is not needed again.
    pub(super) fn require(&self, key: &PublicKey) -> Result<(), BundleError> {
        if key.algorithm() != self.algorithm {
            return Err(BundleError::AlgorithmsDoNotMatch);
        }
        Ok(key.verify_once(&self.signing_input, &self.signature)?)
    }

    /// Checks the signature under those of the keys that have the algorithm of the header; gives the
    /// one that made it.
    pub(super) fn require_one_of<'k>(
        &self,
        keys: &'k [PublicKey],
    ) -> Result<&'k PublicKey, BundleError> {
        let mut refusal = BundleError::AlgorithmsDoNotMatch;
        for key in keys.iter().filter(|key| key.algorithm() == self.algorithm) {
            match key.verify(&self.signing_input, &self.signature) {
                Ok(()) => return Ok(key),
                Err(error) => refusal = error.into(),
            }
        }
        Err(refusal)
    }

    /// Gives a hash of what was signed, of the signature and of a key that may have made it.
    pub(super) fn mark(&self, key: &PublicKey) -> [u8; 32] {
        let mut text = key.to_browserid_text().into_bytes();
        for part in [&*self.signing_input, &self.signature] {
            // No part can pass for the beginning of the next one.
            text.extend_from_slice(&part.len().to_be_bytes());
            text.extend_from_slice(part);
        }
        sha256(&text)
    }
}
