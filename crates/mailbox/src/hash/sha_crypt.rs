//! sha-crypt, `$5$` (SHA-256) and `$6$` (SHA-512), with `rounds=` or the 5000 of old.
//!
//! Ulrich Drepper's "Unix crypt using SHA-256 and SHA-512" (2007); what `htpasswd -5`, `mkpasswd` and
//! shadow files have.

use protocol::secret::Secret;
use sha_crypt::Params;

use super::{Unusable, crypt64, digest};

pub(crate) struct ShaCrypt {
    width: Width,
    rounds: Params,
    rounds_count: u32,
    salt: Box<[u8]>,
    hash: Secret<Box<[u8]>>,
}

#[derive(Clone, Copy)]
enum Width {
    Sha256,
    Sha512,
}

impl ShaCrypt {
    /// Reads what stands behind `$5$` or `$6$`.
    pub(super) fn read(form: &str, rest: &str) -> Result<Self, Unusable> {
        let (rounds_count, rest) = match rest.strip_prefix("rounds=") {
            Some(rest) => {
                let (rounds, rest) = rest.split_once('$').ok_or(Unusable::Broken)?;
                (rounds.parse().map_err(|_| Unusable::Broken)?, rest)
            }
            None => (Params::RECOMMENDED_ROUNDS, rest),
        };
        if rounds_count > MOST_ROUNDS {
            return Err(Unusable::TooCostly);
        }
        let rounds = Params::new(rounds_count).map_err(|_| Unusable::Broken)?;
        let (salt, hash) = rest.split_once('$').ok_or(Unusable::Broken)?;
        if salt.len() > 16 {
            return Err(Unusable::Broken);
        }
        let (width, octets) = match form {
            "5" => (Width::Sha256, 32),
            _ => (Width::Sha512, 64),
        };
        Ok(Self {
            width,
            rounds,
            rounds_count,
            salt: salt.as_bytes().into(),
            hash: Secret::new(crypt64::crypt(hash, octets)?),
        })
    }

    pub(super) fn matches(&self, password: &[u8]) -> bool {
        let computed = match self.width {
            Width::Sha256 => shuffle(
                &sha_crypt::sha256_crypt(password, &self.salt, self.rounds),
                &ORDER_256,
            ),
            Width::Sha512 => shuffle(
                &sha_crypt::sha512_crypt(password, &self.salt, self.rounds),
                &ORDER_512,
            ),
        };
        digest::are_equal(&computed, self.hash.expose())
    }

    pub(super) const fn name(&self) -> &'static str {
        match self.width {
            Width::Sha256 => "sha256-crypt",
            Width::Sha512 => "sha512-crypt",
        }
    }

    pub(super) const fn rounds(&self) -> u32 {
        self.rounds_count
    }
}

fn shuffle(digest: &[u8], order: &[usize]) -> Vec<u8> {
    let octets = order.iter().map(|from| digest.get(*from).copied());
    octets.map(Option::unwrap_or_default).collect()
}

/// The order in which the octets of a digest of 32 are written.
const ORDER_256: [usize; 32] = [
    20, 10, 0, 11, 1, 21, 2, 22, 12, 23, 13, 3, 14, 4, 24, 5, 25, 15, 26, 16, 6, 17, 7, 27, 8, 28,
    18, 29, 19, 9, 30, 31,
];

/// The order in which the octets of a digest of 64 are written.
const ORDER_512: [usize; 64] = [
    42, 21, 0, 1, 43, 22, 23, 2, 44, 45, 24, 3, 4, 46, 25, 26, 5, 47, 48, 27, 6, 7, 49, 28, 29, 8,
    50, 51, 30, 9, 10, 52, 31, 32, 11, 53, 54, 33, 12, 13, 55, 34, 35, 14, 56, 57, 36, 15, 16, 58,
    37, 38, 17, 59, 60, 39, 18, 19, 61, 40, 41, 20, 62, 63,
];

const MOST_ROUNDS: u32 = 1_000_000;
