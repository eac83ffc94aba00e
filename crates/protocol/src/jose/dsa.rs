//! DSA public keys: what the dialogs of 2012 to 2016 made for their users (`browserid.md` §3.2).
//!
//! They are read and certified. Checking their signatures is not done here.

use data_encoding::HEXLOWER;
use serde_json::{Map, Value, json};

use super::algorithm::Algorithm;
use super::base64url;
use super::error::KeyError;
use super::json;
use super::jwk;

/// A DSA public key in one of the two groups of `browserid.md`'s appendix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DsaPublicKey {
    group: Group,
    value: Box<str>,
}

/// The parameters that everybody shared, told apart by the algorithm that they are used with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Group {
    Ds128,
    Ds256,
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
        let group = [Group::Ds128, Group::Ds256]
            .into_iter()
            .find(|group| group.numbers() == (prime, order, generator))
            .ok_or(KeyError::Group)?;
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

impl Group {
    /// Gives p, q and g.
    const fn numbers(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Ds128 => (DS128_P, DS128_Q, DS128_G),
            Self::Ds256 => (DS256_P, DS256_Q, DS256_G),
        }
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
    let reversed: Vec<u8> = digits.bytes().rev().map(hex_digit).collect();
    let pairs = reversed.chunks(2);
    pairs
        .rev()
        .map(|pair| pair.iter().rev().fold(0, |byte, digit| byte << 4 | digit))
        .collect()
}

const fn hex_digit(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        _ => digit.wrapping_sub(b'a').wrapping_add(10),
    }
}

/// Digits of the largest number: 2048 bits.
const MAX_DIGITS: usize = 512;

// From the test vectors of FIPS 186-3 (A.2.3), as `browserid.md`'s appendix gives them.
const DS128_P: &str = "\
    ff600483db6abfc5b45eab78594b3533d550d9f1bf2a992a7a8daa6dc34f8045ad4e6e0c429d334eeeaaefd7e2\
    3d4810be00e4cc1492cba325ba81ff2d5a5b305a8d17eb3bf4a06a349d392e00d329744a5179380344e82a18c4\
    7933438f891e22aeef812d69c8f75e326cb70ea000c3f776dfdbd604638c2ef717fc26d02e17";
const DS128_Q: &str = "\
    e21e04f911d1ed7991008ecaab3bf775984309c3";
const DS128_G: &str = "\
    c52a4a0ff3b7e61fdf1867ce84138369a6154f4afa92966e3c827e25cfa6cf508b90e5de419e1337e07a2e9e2a\
    3cd5dea704d175f8ebf6af397d69e110b96afb17c7a03259329e4829b0d03bbc7896b15b4ade53e130858cc34d\
    96269aa89041f409136c7242a38895c9d5bccad4f389af1d7a4bd1398bd072dffa896233397a";
const DS256_P: &str = "\
    d6c4e5045697756c7a312d02c2289c25d40f9954261f7b5876214b6df109c738b76226b199bb7e33f8fc7ac1dc\
    c316e1e7c78973951bfc6ff2e00cc987cd76fcfb0b8c0096b0b460fffac960ca4136c28f4bfb580de47cf7e793\
    4c3985e3b3d943b77f06ef2af3ac3494fc3c6fc49810a63853862a02bb1c824a01b7fc688e4028527a58ad58c9\
    d512922660db5d505bc263af293bc93bcd6d885a157579d7f52952236dd9d06a4fc3bc2247d21f1a70f5848eb0\
    176513537c983f5a36737f01f82b44546e8e7f0fabc457e3de1d9c5dba96965b10a2a0580b0ad0f88179e10066\
    107fb74314a07e6745863bc797b7002ebec0b000a98eb697414709ac17b401";
const DS256_Q: &str = "\
    b1e370f6472c8754ccd75e99666ec8ef1fd748b748bbbc08503d82ce8055ab3b";
const DS256_G: &str = "\
    9a8269ab2e3b733a5242179d8f8ddb17ff93297d9eab00376db211a22b19c854dfa80166df2132cbc51fb224b0\
    904abb22da2c7b7850f782124cb575b116f41ea7c4fc75b1d77525204cd7c23a15999004c23cdeb72359ee74e8\
    86a1dde7855ae05fe847447d0a68059002c3819a75dc7dcbb30e39efac36e07e2c404b7ca98b263b25fa314ba9\
    3c0625718bd489cea6d04ba4b0b7f156eeb4c56c44b50e4fb5bce9d7ae0d55b379225feb0214a04bed72f33e06\
    64d290e7c840df3e2abb5e48189fa4e90646f1867db289c6560476799f7be8420a6dc01d078de437f280fff2d7\
    ddf1248d56e1a54b933a41629d6c252983c58795105802d30d7bcd819cf6ef";
