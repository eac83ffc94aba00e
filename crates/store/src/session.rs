//! Sessions: somebody proved that a mailbox is theirs, and need not do it again for a while.

use std::fmt::{self, Write as _};

use protocol::email::EmailAddress;
use protocol::time::UnixSeconds;

/// Names a session: the SHA-256 of the token in its cookie.
///
/// The store never sees the token itself, so neither its file nor a backup opens a session.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct SessionId([u8; 32]);

/// How the address of a session was proven. Which of the two counts depends on the domain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// The mailbox was opened with its password.
    Password,
    /// What was mailed to the address came back.
    Mail,
}

/// A session to be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewSession {
    /// The hashed token.
    pub id: SessionId,
    /// Whose mailbox it is. The store keeps the canonical spelling.
    pub address: EmailAddress,
    /// How that was proven.
    pub proof: Proof,
    /// When it was opened.
    pub opened: UnixSeconds,
    /// From when on it is no longer good.
    pub expires: UnixSeconds,
}

/// A session as it was found. The address is an address only: it proves nothing before somebody
/// has looked at the time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Whose mailbox it is, in the canonical spelling.
    pub address: EmailAddress,
    /// How that was proven.
    pub proof: Proof,
    /// When it was opened.
    pub opened: UnixSeconds,
    /// From when on it is no longer good.
    pub expires: UnixSeconds,
}

/// A session in a list for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionRow {
    /// The first eight hexadecimal digits of its id: enough to name it, too little to be it.
    pub prefix: String,
    /// Whose mailbox it is, in the canonical spelling.
    pub address: EmailAddress,
    /// How that was proven.
    pub proof: Proof,
    /// When it was opened.
    pub opened: UnixSeconds,
    /// From when on it is no longer good.
    pub expires: UnixSeconds,
}

impl Proof {
    /// Names the proof in one word, as lists and the store write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Mail => "mail",
        }
    }
}

impl SessionId {
    /// Takes the SHA-256 of a session's token.
    pub const fn from_sha256(digest: [u8; 32]) -> Self {
        Self(digest)
    }

    /// Gives the SHA-256 of the session's token.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Gives the first eight hexadecimal digits, as lists and logs show it.
    pub fn prefix(&self) -> String {
        first_digits(&self.0)
    }
}

impl fmt::Debug for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SessionId({}…)", self.prefix())
    }
}

/// Gives the first eight hexadecimal digits of an id.
pub(crate) fn first_digits(digest: &[u8; 32]) -> String {
    let mut text = String::with_capacity(PREFIX_DIGITS);
    for byte in digest.iter().take(PREFIX_DIGITS / 2) {
        // Writing to a String cannot go wrong.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// Hexadecimal digits of an id that people see, and the fewest by which they may name a session.
pub(crate) const PREFIX_DIGITS: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_id_prints_only_its_first_digits() {
        let id = SessionId::from_sha256([0xab; 32]);

        assert_eq!(format!("{id:?}"), "SessionId(abababab…)");
    }
}
