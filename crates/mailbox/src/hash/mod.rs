//! Passwords as files keep them: hashed, in the forms of htpasswd, crypt(3), argon2 and plain digests.
//!
//! A stored hash is read once, into a form that can only be asked whether a password matches, and that
//! never prints any part of itself. What is broken, out of use or too costly is refused when it is read,
//! with a reason that repeats nothing of it. Called by the `file:` backend. Deliberately absent: making
//! hashes, and any choice between kinds; a file says what it holds.

mod argon2;
mod bcrypt;
mod crypt64;
mod digest;
mod md5_crypt;
mod sha_crypt;
mod workers;

use std::fmt;

use self::argon2::Argon2;
use self::bcrypt::Bcrypt;
use self::digest::Digest;
use self::md5_crypt::Md5Crypt;
use self::sha_crypt::ShaCrypt;

pub use workers::Workers;

/// One person's password, hashed.
pub(crate) enum Hash {
    Argon2(Argon2),
    Bcrypt(Bcrypt),
    Digest(Digest),
    Md5Crypt(Md5Crypt),
    ShaCrypt(ShaCrypt),
}

/// What a hash costs to be computed: two of the same kind take the same time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Kind {
    /// The form, for people: `bcrypt`.
    pub(crate) name: &'static str,
    /// The costs that the form lets one choose.
    pub(crate) cost: (u32, u32, u32),
}

/// Says why a stored hash cannot be used. Nothing of the hash is in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub(crate) enum Unusable {
    /// Thirteen characters of DES, or the password itself: there is no telling.
    #[error(
        "is traditional DES crypt or plain text, and neither is read: set this password again, for \
         instance with htpasswd -B"
    )]
    OutOfUse,
    /// A form that is not read here.
    #[error(
        "is hashed in a form that is not read here: known are bcrypt, apr1, {{SHA}}, $1$, $5$, $6$, \
         argon2id and argon2i"
    )]
    Unknown,
    /// A digest that the table format does not have.
    #[error(
        "names a digest that is not read here: known are MD5, SHA-1, SHA-224, SHA-256, SHA-384 and SHA-512"
    )]
    UnknownDigest,
    /// It begins like a known form and goes on in another way.
    #[error("is damaged or cut off: set this password again")]
    Broken,
    /// Computing it once would keep a processor or the memory busy for too long.
    #[error(
        "costs more than is computed here: at most bcrypt cost 17, 1000000 rounds, and argon2 with \
         256 MiB, or four passes over them"
    )]
    TooCostly,
}

/// Says that a hash could not be computed, which is no answer: memory was short.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NoMemory;

impl Hash {
    /// Reads the second field of an htpasswd line, which says itself what it is.
    pub(crate) fn read(text: &str) -> Result<Self, Unusable> {
        let Some(form) = text.strip_prefix('$') else {
            return match text.strip_prefix("{SHA}") {
                Some(base64) => Digest::sha1(base64).map(Self::Digest),
                None if text.starts_with('{') => Err(Unusable::Unknown),
                None => Err(Unusable::OutOfUse),
            };
        };
        let (form, rest) = form.split_once('$').ok_or(Unusable::Broken)?;
        match form {
            "2a" | "2b" | "2y" => Bcrypt::read(rest).map(Self::Bcrypt),
            "1" | "apr1" => Md5Crypt::read(form, rest).map(Self::Md5Crypt),
            "5" | "6" => ShaCrypt::read(form, rest).map(Self::ShaCrypt),
            "argon2i" | "argon2id" => Argon2::read(form, rest).map(Self::Argon2),
            _ => Err(Unusable::Unknown),
        }
    }

    /// Reads the second and third field of a line of the table: `SHA-256` and the digest in base64.
    pub(crate) fn read_digest(algorithm: &str, base64: &str) -> Result<Self, Unusable> {
        Digest::named(algorithm, base64).map(Self::Digest)
    }

    /// Says whether `password` is the one that was hashed. Takes as long as the kind says.
    pub(crate) fn matches(&self, password: &[u8]) -> Result<bool, NoMemory> {
        match self {
            Self::Argon2(hash) => hash.matches(password),
            Self::Bcrypt(hash) => Ok(hash.matches(password)),
            Self::Digest(hash) => Ok(hash.matches(password)),
            Self::Md5Crypt(hash) => Ok(hash.matches(password)),
            Self::ShaCrypt(hash) => Ok(hash.matches(password)),
        }
    }

    /// Says whether guessing goes at millions a second once the hash is lost.
    pub(crate) const fn is_weak(&self) -> bool {
        match self {
            Self::Digest(_) | Self::Md5Crypt(_) => true,
            Self::Argon2(_) | Self::Bcrypt(_) | Self::ShaCrypt(_) => false,
        }
    }

    /// Gives what it costs.
    pub(crate) fn kind(&self) -> Kind {
        let (name, cost) = match self {
            Self::Argon2(hash) => ("argon2", hash.cost()),
            Self::Bcrypt(hash) => ("bcrypt", (hash.cost(), 0, 0)),
            Self::Digest(hash) => (hash.name(), (0, 0, 0)),
            Self::Md5Crypt(_) => ("md5-crypt", (0, 0, 0)),
            Self::ShaCrypt(hash) => (hash.name(), (hash.rounds(), 0, 0)),
        };
        Kind { name, cost }
    }
}

/// A hash says what it is and nothing of what it holds.
impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hash(‹{}›)", self.kind().name)
    }
}

#[cfg(test)]
mod tests;
