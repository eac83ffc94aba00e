//! Keys that sign tokens: RSA, P-256 and Ed25519, each with a name (`kid`) that follows from its
//! public half.

use std::fmt;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _,
};
use serde_json::Value;

use super::super::error::KeyError;
use super::super::signer::{RsaSigner, SignError, Signer as _};
use super::algorithm::TokenAlgorithm;
use super::verification_key::VerificationKey;
use crate::secret::Secret;

/// A key pair that signs tokens.
pub struct SigningKey {
    pair: Pair,
    public: VerificationKey,
    id: String,
}

enum Pair {
    Rsa(RsaSigner),
    P256(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

impl SigningKey {
    /// Makes a new key pair, and gives its private half as the DER of PKCS #8 (RFC 5208).
    pub fn generate(algorithm: TokenAlgorithm) -> Result<(Self, Secret<Vec<u8>>), KeyError> {
        let der = match algorithm {
            TokenAlgorithm::Rs256 => RsaSigner::generate()?.1,
            TokenAlgorithm::Es256 => {
                let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING);
                let der = pair.and_then(|pair| pair.to_pkcs8v1());
                Secret::new(der.map_err(not_generated)?.as_ref().to_vec())
            }
            TokenAlgorithm::EdDsa => {
                let pair = Ed25519KeyPair::generate();
                let der = pair.and_then(|pair| pair.to_pkcs8());
                Secret::new(der.map_err(not_generated)?.as_ref().to_vec())
            }
        };
        Ok((Self::from_pkcs8(algorithm, der.expose())?, der))
    }

    /// Reads a private key of that algorithm from the DER of PKCS #8.
    pub fn from_pkcs8(algorithm: TokenAlgorithm, der: &[u8]) -> Result<Self, KeyError> {
        let (pair, public) = match algorithm {
            TokenAlgorithm::Rs256 => {
                let pair = RsaSigner::from_pkcs8(der)?;
                let public = VerificationKey::from_jwk(&pair.public_key().to_jwk())?;
                (Pair::Rsa(pair), public)
            }
            TokenAlgorithm::Es256 => {
                let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der)
                    .map_err(|_| KeyError::Unreadable)?;
                let public = VerificationKey::p256(pair.public_key().as_ref())?;
                (Pair::P256(pair), public)
            }
            TokenAlgorithm::EdDsa => {
                let pair = Ed25519KeyPair::from_pkcs8(der).map_err(|_| KeyError::Unreadable)?;
                let public = VerificationKey::ed25519(pair.public_key().as_ref())?;
                (Pair::Ed25519(pair), public)
            }
        };
        let id = public.thumbprint();
        Ok(Self { pair, public, id })
    }

    /// Gives the algorithm that this key signs with.
    pub const fn algorithm(&self) -> TokenAlgorithm {
        self.public.algorithm()
    }

    /// Gives the name that headers have for it: the thumbprint of RFC 7638.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Gives the public half.
    pub const fn public(&self) -> &VerificationKey {
        &self.public
    }

    /// Gives the public half as it is published: with `kid`, `use` and `alg` (RFC 7517 §4).
    pub fn to_jwk(&self) -> Value {
        let mut jwk = self.public.to_jwk();
        if let Some(members) = jwk.as_object_mut() {
            members.insert("kid".into(), self.id.clone().into());
            members.insert("use".into(), "sig".into());
            members.insert("alg".into(), self.algorithm().as_str().into());
        }
        jwk
    }

    /// Signs a message.
    pub(super) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        match &self.pair {
            Pair::Rsa(pair) => pair.sign(message),
            Pair::P256(pair) => {
                let signature = pair.sign(&SystemRandom::new(), message);
                Ok(signature.map_err(|_| SignError::Failed)?.as_ref().to_vec())
            }
            Pair::Ed25519(pair) => Ok(pair.sign(message).as_ref().to_vec()),
        }
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({} {})", self.algorithm(), self.id)
    }
}

fn not_generated<E>(_: E) -> KeyError {
    KeyError::NotGenerated
}
