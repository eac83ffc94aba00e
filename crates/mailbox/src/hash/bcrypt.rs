//! bcrypt: `$2y$10$`, 22 characters of salt, 31 of hash. What `htpasswd -B` writes.
//!
//! Of a password the first 72 octets count, here as everywhere: who let another program hash a longer
//! one would else be refused with the right password. `$2x$` is the work of a broken program, not read.

use protocol::secret::Secret;

use super::{Unusable, crypt64, digest};

pub(crate) struct Bcrypt {
    cost: u32,
    salt: [u8; 16],
    hash: Secret<Box<[u8]>>,
}

impl Bcrypt {
    /// Reads what stands behind `$2y$`.
    pub(super) fn read(rest: &str) -> Result<Self, Unusable> {
        let (cost, rest) = rest.split_once('$').ok_or(Unusable::Broken)?;
        let two_digits = cost.len() == 2 && cost.bytes().all(|b| b.is_ascii_digit());
        let cost = cost.parse().map_err(|_| Unusable::Broken)?;
        if !two_digits || cost < LEAST_COST {
            return Err(Unusable::Broken);
        }
        if cost > MOST_COST {
            return Err(Unusable::TooCostly);
        }
        let (salt, hash) = rest.split_at_checked(22).ok_or(Unusable::Broken)?;
        let salt = crypt64::bcrypt(salt, 16)?;
        Ok(Self {
            cost,
            salt: salt.as_ref().try_into().map_err(|_| Unusable::Broken)?,
            hash: Secret::new(crypt64::bcrypt(hash, 23)?),
        })
    }

    pub(super) fn matches(&self, password: &[u8]) -> bool {
        // The end of the text is part of the key, as in C, where it fits in.
        let key = password.iter().copied().chain([0]).take(MOST_OCTETS);
        let mut room = Vec::with_capacity(MOST_OCTETS);
        room.extend(key);
        let key = Secret::new(room);
        let computed = bcrypt::bcrypt(self.cost, self.salt, key.expose());
        computed
            .get(..23)
            .is_some_and(|computed| digest::are_equal(computed, self.hash.expose()))
    }

    pub(super) const fn cost(&self) -> u32 {
        self.cost
    }
}

const LEAST_COST: u32 = 4;
/// What htpasswd makes at most: some seconds of a processor.
const MOST_COST: u32 = 17;
const MOST_OCTETS: usize = 72;
