//! Certificates whose signature was found good lately (`dependencies.md` §6, rule 3).
//!
//! One certificate serves its owner for a day at many sites, and each of them asks. That an issuer's
//! key signed a text does not change, so it is found once; all else that must hold for a certificate is
//! looked at each time. Filled by [`UncheckedBundle::verify_with_memory`](super::UncheckedBundle::verify_with_memory)
//! alone, after a signature was checked.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::jose::PublicKey;
use crate::time::Timestamp;

use super::error::BundleError;
use super::seal::Seal;

/// Remembers which certificates were signed by which keys, some thousands of them and in bounded
/// space: 40 bytes each.
#[derive(Debug, Default)]
pub struct CertificateMemory(Mutex<Known>);

/// What is looked up goes from the older half to the newer. When that is full the older one is
/// forgotten, so that nothing has to be searched for what to forget.
#[derive(Debug, Default)]
struct Known {
    newer: HashMap<Mark, Timestamp>,
    older: HashMap<Mark, Timestamp>,
}

/// A hash of a certificate's text, its signature and the key that made it.
type Mark = [u8; 32];

impl CertificateMemory {
    /// Requires that one of `keys` made a certificate's seal, as [`Seal::require_one_of`] does, or
    /// was found to have. A certificate is remembered until it `expires`.
    pub(super) fn require_one_of(
        &self,
        seal: &Seal,
        keys: &[PublicKey],
        (expires, now): (Timestamp, Timestamp),
    ) -> Result<(), BundleError> {
        for key in keys {
            if self.lock().knows(&seal.mark(key), now) {
                return Ok(());
            }
        }
        let key = seal.require_one_of(keys)?;
        self.lock().keep(seal.mark(key), expires);
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    fn knows(&mut self, mark: &Mark, now: Timestamp) -> bool {
        if let Some(expires) = self.newer.get(mark) {
            return *expires >= now;
        }
        let Some(expires) = self.older.remove(mark) else {
            return false;
        };
        self.keep(*mark, expires);
        expires >= now
    }

    fn keep(&mut self, mark: Mark, expires: Timestamp) {
        if self.newer.len() >= MOST_IN_HALF {
            self.older = std::mem::take(&mut self.newer);
        }
        self.newer.insert(mark, expires);
    }
}

/// How many certificates half of the memory holds.
const MOST_IN_HALF: usize = 4096;

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(number: u32) -> Mark {
        let mut mark = [0; 32];
        mark[..4].copy_from_slice(&number.to_be_bytes());
        mark
    }

    #[test]
    fn what_is_used_stays_and_the_rest_makes_room() {
        let (now, later) = (Timestamp::from_millis(1), Timestamp::from_millis(2));
        let mut known = Known::default();

        for number in 0..u32::try_from(3 * MOST_IN_HALF).unwrap() {
            known.keep(mark(number), later);
            assert!(known.knows(&mark(0), now), "after {number}");
        }

        assert!(!known.knows(&mark(1), now));
        assert!(known.newer.len() + known.older.len() <= 2 * MOST_IN_HALF);
    }

    #[test]
    fn what_has_expired_is_not_known() {
        let mut known = Known::default();

        known.keep(mark(1), Timestamp::from_millis(5));

        assert!(known.knows(&mark(1), Timestamp::from_millis(5)));
        assert!(!known.knows(&mark(1), Timestamp::from_millis(6)));
    }
}
