//! RSA public keys of 2048 bits, the only RSA keys that every `BrowserID` peer accepts
//! (`browserid.md` §3.2). One bit less is read too: Mozilla's library made every other key so, that of
//! login.persona.org among them.

use std::fmt;
use std::sync::OnceLock;

use aws_lc_rs::signature::{
    ParsedPublicKey, RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY, RsaParameters,
    RsaPublicKeyComponents,
};
use serde_json::{Map, Value, json};

use super::base64url;
use super::decimal::{self, DecimalError};
use super::digest::sha256;
use super::error::{KeyError, SignatureError};
use super::json;
use super::jwk;

/// An RSA public key: modulus and exponent as bytes, and as the decimal text that peers read.
///
/// The text is kept because a certificate repeats it, and converting 2048 bits between bases is
/// the dearest thing about a certificate apart from its signature.
#[derive(Clone)]
pub struct RsaPublicKey {
    modulus: Box<[u8]>,
    exponent: Box<[u8]>,
    modulus_text: Box<str>,
    exponent_text: Box<str>,
    /// The library's own form, made when the first signature is checked: keys that are only
    /// certified never need it, and an issuer's key needs it again and again.
    ready: OnceLock<Option<ParsedPublicKey>>,
}

impl RsaPublicKey {
    /// Reads the members `n` and `e`, decimal numbers in strings.
    pub(super) fn from_members(members: &Map<String, Value>) -> Result<Self, KeyError> {
        let (modulus_text, modulus) = decimal_member(members, "n")?;
        let (exponent_text, _) = decimal_member(members, "e").map_err(|error| {
            let too_large = matches!(error, KeyError::Size(_));
            if too_large { KeyError::Rsa } else { error }
        })?;
        let exponent = exponent_text.parse().map_err(|_| KeyError::Rsa)?;
        Ok(Self {
            modulus: checked_modulus(&modulus)?,
            exponent: checked_exponent(exponent)?,
            modulus_text: modulus_text.into(),
            exponent_text: exponent_text.into(),
            ready: OnceLock::new(),
        })
    }

    /// Reads the members `n` and `e` of a JWK (RFC 7518 §6.3.1).
    pub(super) fn from_jwk(members: &Map<String, Value>) -> Result<Self, KeyError> {
        let modulus = jwk::big_endian(members, "n")?;
        let exponent = jwk::big_endian(members, "e")?;
        Self::from_numbers(&modulus, &exponent)
    }

    /// Takes modulus and exponent as big-endian bytes without leading zeros.
    pub(super) fn from_numbers(modulus: &[u8], exponent: &[u8]) -> Result<Self, KeyError> {
        let value = exponent.iter().try_fold(0_u64, |value, byte| {
            Some(value.checked_mul(256)? | u64::from(*byte))
        });
        let value = value.ok_or(KeyError::Rsa)?;
        let size = KeyError::Size(modulus.len().saturating_mul(8));
        Ok(Self {
            modulus: checked_modulus(modulus)?,
            exponent: checked_exponent(value)?,
            modulus_text: decimal::write(modulus).ok_or(size)?.into(),
            exponent_text: value.to_string().into(),
            ready: OnceLock::new(),
        })
    }

    pub(super) fn to_browserid(&self) -> Value {
        json!({"algorithm": "RS", "n": &*self.modulus_text, "e": &*self.exponent_text})
    }

    pub(super) fn push_browserid(&self, out: &mut String) {
        // Both texts are digits: nothing in them needs an escape.
        out.push_str("{\"algorithm\":\"RS\",\"n\":\"");
        out.push_str(&self.modulus_text);
        out.push_str("\",\"e\":\"");
        out.push_str(&self.exponent_text);
        out.push_str("\"}");
    }

    pub(super) fn to_jwk(&self) -> Value {
        json!({
            "kty": "RSA",
            "n": base64url::encode(&self.modulus),
            "e": base64url::encode(&self.exponent),
        })
    }

    /// Checks a PKCS #1 v1.5 signature with SHA-256.
    ///
    /// The old signers print the number without leading zeros, so that one signature in 256 is a
    /// byte short (`browserid.md` §3.3): shorter ones are filled up, longer ones are refused.
    pub(super) fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), SignatureError> {
        let signature = filled_up(signature)?;
        let parse = || {
            let parsed = self.numbers().to_parsed_public_key(PKCS1_SHA256);
            parsed.ok()
        };
        self.ready
            .get_or_init(parse)
            .as_ref()
            .and_then(|key| key.verify_sig(message, &signature).ok())
            .ok_or(SignatureError::Invalid)
    }

    /// Does the same with a key that is not needed again: what the library makes of it is not kept.
    pub(super) fn verify_once(
        &self,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), SignatureError> {
        let signature = filled_up(signature)?;
        self.numbers()
            .verify(PKCS1_SHA256, message, &signature)
            .map_err(|_| SignatureError::Invalid)
    }

    fn numbers(&self) -> RsaPublicKeyComponents<&[u8]> {
        RsaPublicKeyComponents {
            n: &self.modulus,
            e: &self.exponent,
        }
    }

    /// Gives the thumbprint of RFC 7638, by which the key can be named in a log.
    pub(super) fn thumbprint(&self) -> String {
        let (e, n) = (
            base64url::encode(&self.exponent),
            base64url::encode(&self.modulus),
        );
        let members = format!("{{\"e\":\"{e}\",\"kty\":\"RSA\",\"n\":\"{n}\"}}");
        base64url::encode(&sha256(members.as_bytes()))
    }
}

impl PartialEq for RsaPublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.modulus == other.modulus && self.exponent == other.exponent
    }
}

impl Eq for RsaPublicKey {}

impl fmt::Debug for RsaPublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RsaPublicKey({})", self.thumbprint())
    }
}

fn filled_up(signature: &[u8]) -> Result<[u8; BYTES], SignatureError> {
    let mut whole = [0; BYTES];
    let start = BYTES.checked_sub(signature.len());
    start
        .and_then(|start| whole.get_mut(start..))
        .ok_or(SignatureError::Invalid)?
        .copy_from_slice(signature);
    Ok(whole)
}

/// Gives a member as text and as 256 bytes.
fn decimal_member<'a>(
    members: &'a Map<String, Value>,
    name: &'static str,
) -> Result<(&'a str, [u8; BYTES]), KeyError> {
    let text = json::text(members, name).ok_or(KeyError::Member(name))?;
    match decimal::read(text) {
        Ok(number) => Ok((text, number)),
        Err(DecimalError::Spelling) => Err(KeyError::Member(name)),
        Err(DecimalError::TooLarge(bits)) => Err(KeyError::Size(bits)),
    }
}

fn checked_modulus(number: &[u8]) -> Result<Box<[u8]>, KeyError> {
    let first = number.iter().position(|byte| *byte != 0);
    let significant = first.and_then(|first| number.get(first..)).unwrap_or(&[]);
    let Some((high, low)) = significant.first().zip(significant.last()) else {
        return Err(KeyError::Size(0));
    };
    let unused = usize::try_from(high.leading_zeros()).unwrap_or(0);
    let bits = significant.len() * 8 - unused;
    if !(BITS - 1..=BITS).contains(&bits) {
        return Err(KeyError::Size(bits));
    }
    if low.is_multiple_of(2) {
        return Err(KeyError::Rsa);
    }
    Ok(significant.into())
}

fn checked_exponent(number: u64) -> Result<Box<[u8]>, KeyError> {
    if !(3..1 << 33).contains(&number) || number.is_multiple_of(2) {
        return Err(KeyError::Rsa);
    }
    let bytes = number.to_be_bytes();
    let unused = usize::try_from(number.leading_zeros() / 8).unwrap_or(0);
    Ok(bytes.get(unused..).unwrap_or(&bytes).into())
}

/// PKCS #1 v1.5 with SHA-256. The name is about keys of 1024 bits, which never come so far; the
/// stricter one wants the last bit of 2048.
const PKCS1_SHA256: &RsaParameters = &RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY;
/// Bytes of a modulus and of a signature.
const BYTES: usize = 256;
/// Bits of a modulus.
const BITS: usize = BYTES * 8;
