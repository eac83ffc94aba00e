//! DSA public keys: what the dialogs of 2012 to 2016 made for their users (`browserid.md` §3.2).
//!
//! The `dsa` crate spends ten times as much on a signature, by exponents as long as the prime, and a
//! verifier that can be kept busy so cheaply is none. Whether `y` is in the subgroup is not asked
//! (`y^q = 1` costs as much as the signature itself): a key outside of it can be forged by others only
//! if its owner has made it so, which is no more than publishing its secret, and the issuer vouches for
//! no more than that the owner chose it. The two values with which anybody could sign are out of range.

mod arithmetic;
mod group;

use std::borrow::Cow;

use data_encoding::HEXLOWER;
use serde_json::{Map, Value, json};

use self::group::Group;
use super::algorithm::Algorithm;
use super::base64url;
use super::error::{KeyError, SignatureError};
use super::json;
use super::jwk;

/// A DSA public key in one of the two groups of `browserid.md`'s appendix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DsaPublicKey {
    group: Group,
    value: Box<str>,
}

impl DsaPublicKey {
    /// Reads the members `y`, `p`, `q` and `g`: lower-case hexadecimal strings without leading zeros.
    pub(super) fn from_members(members: &Map<String, Value>) -> Result<Self, KeyError> {
        let value = hexadecimal_member(members, "y")?;
        let prime = hexadecimal_member(members, "p")?;
        let order = hexadecimal_member(members, "q")?;
        let generator = hexadecimal_member(members, "g")?;
        Self::from_digits(value, prime, order, generator)
    }

    /// Reads the members `y`, `p`, `q` and `g` of a JWK (`browserid.md` §3.1).
    pub(super) fn from_jwk(members: &Map<String, Value>) -> Result<Self, KeyError> {
        let digits = |name| {
            let text = HEXLOWER.encode(&jwk::big_endian(members, name)?);
            Ok(text.trim_start_matches('0').to_owned())
        };
        let (value, prime) = (digits("y")?, digits("p")?);
        Self::from_digits(&value, &prime, &digits("q")?, &digits("g")?)
    }

    fn from_digits(
        value: &str,
        prime: &str,
        order: &str,
        generator: &str,
    ) -> Result<Self, KeyError> {
        let group = Group::of((prime, order, generator)).ok_or(KeyError::Group)?;
        // 1 < y < p - 1. Both ends generate next to nothing. The prime ends in an odd digit, so
        // p - 1 differs from it in that digit alone.
        let is_one_less = |(y, p): (u8, u8)| hex_digit(y) + 1 == hex_digit(p);
        let same_length = value.len() == prime.len();
        let last = value.bytes().last().zip(prime.bytes().last());
        let same_head = value.bytes().rev().skip(1).eq(prime.bytes().rev().skip(1));
        let top = same_length && same_head && last.is_some_and(is_one_less);
        if value == "1" || value.len() > prime.len() || (same_length && value >= prime) || top {
            return Err(KeyError::Range);
        }
        Ok(Self {
            group,
            value: value.into(),
        })
    }

    /// Gives the algorithm that goes with the key's group.
    pub const fn algorithm(&self) -> Algorithm {
        match self.group {
            Group::Ds128 => Algorithm::Ds128,
            Group::Ds256 => Algorithm::Ds256,
        }
    }

    /// Checks a signature.
    pub(super) fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), SignatureError> {
        let y = bytes(&self.value);
        if !self.group.holds(&y, message, signature) {
            return Err(SignatureError::Invalid);
        }
        Ok(())
    }

    pub(super) fn to_browserid(&self) -> Value {
        let (p, q, g) = self.group.numbers();
        json!({"algorithm": "DS", "y": &*self.value, "p": p, "q": q, "g": g})
    }

    pub(super) fn push_browserid(&self, out: &mut String) {
        let (p, q, g) = self.group.numbers();
        // All four are hexadecimal digits: nothing in them needs an escape.
        for part in [
            "{\"algorithm\":\"DS\",\"y\":\"",
            &self.value,
            "\",\"p\":\"",
            p,
            "\",\"q\":\"",
            q,
            "\",\"g\":\"",
            g,
            "\"}",
        ] {
            out.push_str(part);
        }
    }

    pub(super) fn to_jwk(&self) -> Value {
        let (p, q, g) = self.group.numbers();
        let [p, q, g, y] = [p, q, g, &self.value].map(|text| base64url::encode(&bytes(text)));
        json!({"kty": "DSA", "p": p, "q": q, "g": g, "y": y})
    }
}

fn hexadecimal_member<'a>(
    members: &'a Map<String, Value>,
    name: &'static str,
) -> Result<&'a str, KeyError> {
    let canonical = |text: &&str| {
        (1..=MAX_DIGITS).contains(&text.len())
            && !text.starts_with('0')
            && text
                .bytes()
                .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
    };
    json::text(members, name)
        .filter(canonical)
        .ok_or(KeyError::Member(name))
}

/// Converts canonical hexadecimal digits, possibly an odd number of them, into bytes.
fn bytes(digits: &str) -> Vec<u8> {
    let even = if digits.len().is_multiple_of(2) {
        Cow::Borrowed(digits)
    } else {
        Cow::Owned(format!("0{digits}"))
    };
    // They were found to be digits when the key was read.
    HEXLOWER.decode(even.as_bytes()).unwrap_or_default()
}

const fn hex_digit(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        _ => digit.wrapping_sub(b'a').wrapping_add(10),
    }
}

/// Digits of the largest number: 2048 bits.
const MAX_DIGITS: usize = 512;
