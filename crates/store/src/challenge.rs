//! Challenges: a code and a link were mailed to an address, and whoever answers reads its mail.

use std::fmt;
use std::num::NonZeroU32;

use protocol::email::EmailAddress;
use protocol::time::UnixSeconds;

use crate::session::first_digits;

/// Names a challenge: the SHA-256 of a token that only the browser has which asked for the letter.
///
/// So a code is worth nothing in another browser, and the store's file names no browser.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ChallengeId([u8; 32]);

/// A challenge to be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewChallenge {
    /// The hashed token of the browser.
    pub id: ChallengeId,
    /// Where the letter goes. The store keeps the canonical spelling.
    pub address: EmailAddress,
    /// The SHA-256 over the code and the browser's token: a code alone is short enough to be tried
    /// out against a stolen file.
    pub code: [u8; 32],
    /// The SHA-256 of the token in the link.
    pub link: [u8; 32],
    /// How many wrong answers end the challenge.
    pub attempts: NonZeroU32,
    /// Whether whoever asked said that others use the computer too.
    pub shared: bool,
    /// From when on it is gone.
    pub expires: UnixSeconds,
}

/// A challenge as it was found. Nobody has answered it: it proves nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge {
    /// Where the letter went, in the canonical spelling.
    pub address: EmailAddress,
    /// The SHA-256 of the token in the link, as it is in [`NewChallenge`].
    pub link: [u8; 32],
    /// From when on it is gone; the caller looks at the time.
    pub expires: UnixSeconds,
}

/// What somebody answers with, hashed as it is in [`NewChallenge`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChallengeAnswer {
    /// The code, typed.
    Code([u8; 32]),
    /// The link, followed and confirmed.
    Link([u8; 32]),
}

/// What became of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChallengeOutcome {
    /// It is right. The challenge is gone: no other answer is right any more.
    Right {
        /// Where the letter went, in the canonical spelling.
        address: EmailAddress,
        /// Whether whoever asked said that others use the computer too.
        shared: bool,
    },
    /// It is wrong, and was counted.
    Wrong {
        /// How many more may be wrong. At 0 the challenge is gone.
        left: u32,
    },
    /// There is no such challenge (any more).
    Gone,
}

impl ChallengeId {
    /// Takes the SHA-256 of the browser's token.
    pub const fn from_sha256(digest: [u8; 32]) -> Self {
        Self(digest)
    }

    pub(crate) const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for ChallengeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ChallengeId({}…)", first_digits(&self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_challenge_id_prints_only_its_first_digits() {
        let id = ChallengeId::from_sha256([0xab; 32]);

        assert_eq!(format!("{id:?}"), "ChallengeId(abababab…)");
    }
}
