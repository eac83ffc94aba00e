//! Public keys of tokens as JWK (RFC 7517, RFC 7518 §6, RFC 8037 §2): our own, which clients read, and
//! those of clients that sign what they send.

use std::fmt;

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents,
    UnparsedPublicKey,
};
use serde_json::{Map, Value, json};

use super::super::base64url;
use super::super::digest::sha256;
use super::super::error::{KeyError, SignatureError};
use super::super::json;
use super::super::jwk;
use super::algorithm::TokenAlgorithm;

/// A public key that verifies tokens under one algorithm.
#[derive(Clone, PartialEq, Eq)]
pub enum VerificationKey {
    /// RSA of 2048 to 4096 bits, with a small exponent.
    Rsa {
        /// Big-endian, without leading zeros.
        modulus: Box<[u8]>,
        /// Big-endian, without leading zeros.
        exponent: Box<[u8]>,
    },
    /// A point on P-256: `04`, then both coordinates.
    P256(Box<[u8; 65]>),
    /// A point on Ed25519.
    Ed25519([u8; 32]),
}

impl VerificationKey {
    /// Reads a JWK. Members that say what the key is not for (`use`, `alg`) have to fit; one with its
    /// secret half is refused.
    pub fn from_jwk(value: &Value) -> Result<Self, KeyError> {
        let members = value.as_object().ok_or(KeyError::NotAnObject)?;
        if members.contains_key("d") || members.contains_key("k") {
            return Err(KeyError::Secret);
        }
        let key = match (json::text(members, "kty"), json::text(members, "crv")) {
            (Some("RSA"), _) => rsa(members)?,
            (Some("EC"), Some("P-256")) => {
                let (x, y) = (coordinate(members, "x")?, coordinate(members, "y")?);
                Self::p256(&[&[4], x.as_slice(), y.as_slice()].concat())?
            }
            (Some("OKP"), Some("Ed25519")) => Self::ed25519(&coordinate(members, "x")?)?,
            _ => return Err(KeyError::Type),
        };
        let fits = |name, wanted: &str| members.get(name).is_none_or(|value| value == wanted);
        if !fits("use", "sig") || !fits("alg", key.algorithm().as_str()) {
            return Err(KeyError::Algorithm);
        }
        Ok(key)
    }

    /// Takes an uncompressed point of P-256.
    pub(super) fn p256(point: &[u8]) -> Result<Self, KeyError> {
        let point: [u8; 65] = point.try_into().map_err(|_| KeyError::Range)?;
        // Whether it lies on the curve is looked at with the first signature, which fails if not.
        Ok(Self::P256(Box::new(point)))
    }

    /// Takes an encoded point of Ed25519.
    pub(super) fn ed25519(point: &[u8]) -> Result<Self, KeyError> {
        point
            .try_into()
            .map(Self::Ed25519)
            .map_err(|_| KeyError::Range)
    }

    /// Gives the key as a JWK with only what makes the key.
    pub fn to_jwk(&self) -> Value {
        match self {
            Self::Rsa { modulus, exponent } => json!({
                "kty": "RSA",
                "n": base64url::encode(modulus),
                "e": base64url::encode(exponent),
            }),
            Self::P256(point) => {
                let (x, y) = point.get(1..).unwrap_or_default().split_at(32);
                let (x, y) = (base64url::encode(x), base64url::encode(y));
                json!({"kty": "EC", "crv": "P-256", "x": x, "y": y})
            }
            Self::Ed25519(point) => {
                json!({"kty": "OKP", "crv": "Ed25519", "x": base64url::encode(point)})
            }
        }
    }

    /// Gives the thumbprint of RFC 7638: SHA-256 of the members that make the key, in base64url.
    pub fn thumbprint(&self) -> String {
        let jwk = self.to_jwk();
        let text = jwk.as_object().map(sorted).unwrap_or_default();
        base64url::encode(&sha256(text.as_bytes()))
    }

    /// Gives the algorithm that this key verifies.
    pub const fn algorithm(&self) -> TokenAlgorithm {
        match self {
            Self::Rsa { .. } => TokenAlgorithm::Rs256,
            Self::P256(_) => TokenAlgorithm::Es256,
            Self::Ed25519(_) => TokenAlgorithm::EdDsa,
        }
    }

    /// Checks a signature.
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), SignatureError> {
        let checked = match self {
            Self::Rsa { modulus, exponent } => RsaPublicKeyComponents {
                n: modulus,
                e: exponent,
            }
            .verify(&RSA_PKCS1_2048_8192_SHA256, message, signature),
            Self::P256(point) => UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point.as_slice())
                .verify(message, signature),
            Self::Ed25519(point) => {
                UnparsedPublicKey::new(&ED25519, point.as_slice()).verify(message, signature)
            }
        };
        checked.map_err(|_| SignatureError::Invalid)
    }
}

impl fmt::Debug for VerificationKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "VerificationKey({} {})",
            self.algorithm(),
            self.thumbprint()
        )
    }
}

fn rsa(members: &Map<String, Value>) -> Result<VerificationKey, KeyError> {
    let modulus = jwk::big_endian(members, "n")?;
    let exponent = jwk::big_endian(members, "e")?;
    let odd = |number: &[u8]| number.last().is_some_and(|byte| byte % 2 == 1);
    if !(SHORTEST_RSA..=LONGEST_RSA).contains(&modulus.len()) {
        return Err(KeyError::Size(modulus.len().saturating_mul(8)));
    }
    // A large exponent would make each verification as dear as a signature.
    if exponent.len() > 4 || exponent == [1] || !odd(&exponent) || !odd(&modulus) {
        return Err(KeyError::Rsa);
    }
    Ok(VerificationKey::Rsa {
        modulus: modulus.into(),
        exponent: exponent.into(),
    })
}

/// Reads a coordinate: 32 bytes, leading zeros included (RFC 7518 §6.2.1.2).
fn coordinate(members: &Map<String, Value>, name: &'static str) -> Result<Vec<u8>, KeyError> {
    let text = json::text(members, name).ok_or(KeyError::Member(name))?;
    let bytes = base64url::decode(text).map_err(|_| KeyError::Member(name))?;
    (bytes.len() == 32).then_some(bytes).ok_or(KeyError::Range)
}

/// Writes an object with its names in order and without white space.
fn sorted(members: &Map<String, Value>) -> String {
    let mut names: Vec<_> = members.iter().collect();
    names.sort_by_key(|(name, _)| name.as_str());
    let texts: Vec<String> = names
        .into_iter()
        .map(|(name, value)| format!("{}:{value}", Value::from(name.as_str())))
        .collect();
    format!("{{{}}}", texts.join(","))
}

/// Bytes of the shortest RSA modulus, 2048 bits.
const SHORTEST_RSA: usize = 256;
/// Bytes of the longest, 4096 bits: each check of a longer one is a gift to whoever wants us busy.
const LONGEST_RSA: usize = 512;
