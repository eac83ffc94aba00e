//! Signing: the trait that the keyring implements, and RSA.

use std::fmt;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::hkdf::{HKDF_SHA256, Salt};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};

use crate::secret::Secret;

use super::error::KeyError;
use super::key::PublicKey;
use super::rsa::RsaPublicKey;

/// Something that signs under one key: a key in memory today, a device or a pool tomorrow.
pub trait Signer: Send + Sync + fmt::Debug {
    /// Gives the public half. It decides the algorithm.
    fn public_key(&self) -> &PublicKey;

    /// Signs a message.
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError>;
}

/// Says why there is no signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignError {
    /// The key could not be used.
    #[error("the key could not sign")]
    Failed,
    /// The payload has characters that the old peers would read differently.
    #[error("the payload to be signed is not ASCII")]
    NotAscii,
}

/// An RSA key pair of 2048 bits that signs RS256.
pub struct RsaSigner {
    pair: KeyPair,
    public_key: PublicKey,
}

impl RsaSigner {
    /// Reads a private key from the DER of PKCS #8 (RFC 5208).
    pub fn from_pkcs8(der: &[u8]) -> Result<Self, KeyError> {
        Self::from_pair(KeyPair::from_pkcs8(der).map_err(|_| KeyError::Unreadable)?)
    }

    /// Reads a private key from the DER of PKCS #1 (RFC 8017, `RSAPrivateKey`).
    pub fn from_pkcs1(der: &[u8]) -> Result<Self, KeyError> {
        Self::from_pair(KeyPair::from_der(der).map_err(|_| KeyError::Unreadable)?)
    }

    /// Makes a new key pair, and gives its private half as the DER of PKCS #8.
    pub fn generate() -> Result<(Self, Secret<Vec<u8>>), KeyError> {
        let pair = KeyPair::generate(KeySize::Rsa2048).map_err(|_| KeyError::NotGenerated)?;
        let der: Pkcs8V1Der<'_> = pair.as_der().map_err(|_| KeyError::NotGenerated)?;
        let der = Secret::new(der.as_ref().to_vec());
        Ok((Self::from_pair(pair)?, der))
    }

    /// Derives 256 secret bits from the private half, for `purpose` alone (HKDF, RFC 5869, SHA-256).
    ///
    /// The same key gives the same bits, whichever form it was read from; another purpose gives others,
    /// and neither says anything about the key.
    pub fn derive(&self, purpose: &str) -> Result<Secret<[u8; 32]>, SignError> {
        let der: Pkcs8V1Der<'_> = self.pair.as_der().map_err(|_| SignError::Failed)?;
        let pseudorandom = Salt::new(HKDF_SHA256, DERIVATION).extract(der.as_ref());
        let mut bits = [0; 32];
        pseudorandom
            .expand(&[purpose.as_bytes()], HKDF_SHA256)
            .and_then(|derived| derived.fill(&mut bits))
            .map_err(|_| SignError::Failed)?;
        Ok(Secret::new(bits))
    }

    fn from_pair(pair: KeyPair) -> Result<Self, KeyError> {
        let numbers = pair.public_key();
        let modulus = numbers.modulus();
        let exponent = numbers.exponent();
        let public_key = RsaPublicKey::from_numbers(
            modulus.big_endian_without_leading_zero(),
            exponent.big_endian_without_leading_zero(),
        )?;
        Ok(Self {
            pair,
            public_key: PublicKey::Rsa(public_key),
        })
    }
}

impl Signer for RsaSigner {
    fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        let mut signature = vec![0; self.pair.public_modulus_len()];
        // PKCS #1 v1.5 is deterministic: the library takes a source of chance and leaves it alone.
        self.pair
            .sign(
                &RSA_PKCS1_SHA256,
                &SystemRandom::new(),
                message,
                &mut signature,
            )
            .map_err(|_| SignError::Failed)?;
        Ok(signature)
    }
}

impl fmt::Debug for RsaSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RsaSigner({:?})", self.public_key)
    }
}

/// Keeps what is derived from a key here apart from whatever else may be made of it.
const DERIVATION: &[u8] = b"persona: secrets derived from a signing key";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_derived_depends_on_the_key_and_on_the_purpose() {
        let (one, der) = RsaSigner::generate().unwrap();
        let again = RsaSigner::from_pkcs8(der.expose()).unwrap();
        let (other, _) = RsaSigner::generate().unwrap();
        let bits = |signer: &RsaSigner, purpose| *signer.derive(purpose).unwrap().expose();

        assert_eq!(bits(&one, "a"), bits(&again, "a"));
        assert_ne!(bits(&one, "a"), bits(&one, "b"));
        assert_ne!(bits(&one, "a"), bits(&other, "a"));
    }
}
