//! md5-crypt, `$1$` (FreeBSD, 1994) and `$apr1$` (Apache's, the same under another name).
//!
//! Ours, because it is small and out of use everywhere else; `openssl passwd` is the second opinion of
//! the tests. A thousand rounds of MD5 are nothing today: the guide says so.

use md5::{Digest as _, Md5};
use protocol::secret::Secret;

use super::{Unusable, crypt64, digest};

pub(crate) struct Md5Crypt {
    magic: &'static [u8],
    salt: Box<[u8]>,
    hash: Secret<Box<[u8]>>,
}

impl Md5Crypt {
    /// Reads what stands behind `$1$` or `$apr1$`.
    pub(super) fn read(form: &str, rest: &str) -> Result<Self, Unusable> {
        let (salt, hash) = rest.split_once('$').ok_or(Unusable::Broken)?;
        if salt.len() > 8 {
            return Err(Unusable::Broken);
        }
        Ok(Self {
            magic: if form == "1" { b"$1$" } else { b"$apr1$" },
            salt: salt.as_bytes().into(),
            hash: Secret::new(crypt64::crypt(hash, 16)?),
        })
    }

    pub(super) fn matches(&self, password: &[u8]) -> bool {
        let mut digest = self.begin(password);
        for round in 0..1000 {
            digest = self.stir(round, password, &digest);
        }
        let shuffled = ORDER.map(|from| digest.get(from).copied().unwrap_or_default());
        digest::are_equal(&shuffled, self.hash.expose())
    }

    fn begin(&self, password: &[u8]) -> [u8; 16] {
        let inner = Md5::new()
            .chain_update(password)
            .chain_update(&self.salt)
            .chain_update(password)
            .finalize();
        let mut outer = Md5::new()
            .chain_update(password)
            .chain_update(self.magic)
            .chain_update(&self.salt);
        for part in password.chunks(16) {
            outer.update(inner.get(..part.len()).unwrap_or_default());
        }
        let mut bits = password.len();
        while bits > 0 {
            // So it was written in 1994: a zero octet, or the first of the password.
            let first = password.get(..1).unwrap_or_default();
            outer.update(if bits & 1 == 1 { &[0] } else { first });
            bits >>= 1;
        }
        outer.finalize().into()
    }

    fn stir(&self, round: u32, password: &[u8], digest: &[u8; 16]) -> [u8; 16] {
        let odd = round % 2 == 1;
        let mut next = Md5::new();
        next.update(if odd { password } else { digest });
        if !round.is_multiple_of(3) {
            next.update(&self.salt);
        }
        if !round.is_multiple_of(7) {
            next.update(password);
        }
        next.update(if odd { digest } else { password });
        next.finalize().into()
    }
}

/// The order in which the octets of the digest are written.
const ORDER: [usize; 16] = [12, 6, 0, 13, 7, 1, 14, 8, 2, 15, 9, 3, 5, 10, 4, 11];
