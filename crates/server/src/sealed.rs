//! Sessions without a store: what is known of one is in its cookie, under a seal of this installation
//! (`docs/decisions/0022-sessions-in-the-cookie.md`).
//!
//! The text is base64url of the content, a point, and base64url of the seal. The content is a version,
//! the proof, two times, 32 random octets that name the session, and the address. The seal's key comes
//! from the signing key and the issuer, so it outlives a restart, works on every machine that has the
//! key, and is nothing at another issuer. The session journey is the only caller.
//!
//! Deliberately absent: encryption (the browser's owner knows the address), and a list of who is signed
//! in. What was ended is remembered by this process alone.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use protocol::email::EmailAddress;
use protocol::jose::{SignError, base64url};
use protocol::origin::Origin;
use protocol::secret::Secret;
use protocol::time::UnixSeconds;
use store::{Proof, Session};

use crate::keyring::{Keyring, SealingKey};

/// Writes sessions into texts and reads them back, and remembers which were ended before their time.
pub(crate) struct SealedSessions {
    key: SealingKey,
    ended: Ended,
}

/// Which sessions were ended before their time, and when they would have expired. No two have the same
/// name, so one list does for all issuers, and goes on when the settings change.
pub(crate) type Ended = Arc<Mutex<HashMap<Name, UnixSeconds>>>;

impl SealedSessions {
    /// Makes ready to seal the sessions of one issuer, some of which were `ended` already.
    pub(crate) fn new(keyring: &Keyring, issuer: &Origin, ended: Ended) -> Result<Self, SignError> {
        Ok(Self {
            key: keyring.sealing_key(&format!("sealed session of {issuer}"))?,
            ended,
        })
    }

    /// Writes a session under a seal. `name` is 256 random bits that no other session has.
    pub(crate) fn write(&self, session: &Session, name: &Name) -> Secret<String> {
        let mut content = vec![VERSION, proof_octet(session.proof)];
        content.extend(session.opened.as_seconds().to_be_bytes());
        content.extend(session.expires.as_seconds().to_be_bytes());
        content.extend(name);
        content.extend(session.address.canonical().to_string().as_bytes());
        let seal = base64url::encode(&self.key.seal(&content));
        Secret::new(format!("{}.{seal}", base64url::encode(&content)))
    }

    /// Reads a session that was sealed here and not ended. It may have expired: the caller looks at
    /// the time.
    pub(crate) fn read(&self, text: &str) -> Option<Session> {
        let (session, name) = self.open(text)?;
        let is_ended = self.ended().contains_key(&name);
        (!is_ended).then_some(session)
    }

    /// Ends a session, and says whether there was one. Only what was sealed here leaves a trace, and
    /// only until it would have expired.
    pub(crate) fn end(&self, text: &str) -> bool {
        let Some((session, name)) = self.open(text) else {
            return false;
        };
        self.ended().insert(name, session.expires).is_none()
    }

    /// Forgets what expired at `now` or before, and says how many there were.
    pub(crate) fn purge(&self, now: UnixSeconds) -> u64 {
        let mut ended = self.ended();
        let before = ended.len();
        ended.retain(|_, expires| *expires > now);
        (before - ended.len()) as u64
    }

    fn open(&self, text: &str) -> Option<(Session, Name)> {
        let (content, seal) = split(text)?;
        let content = base64url::decode(content).ok()?;
        let seal = base64url::decode(seal).ok()?;
        // Nothing in it is looked at before it is known to be ours.
        if !self.key.recognizes(&content, &seal) {
            return None;
        }
        read_content(&content)
    }

    fn ended(&self) -> MutexGuard<'_, HashMap<Name, UnixSeconds>> {
        // Each change is one call of the map: a panic leaves nothing half done.
        self.ended.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for SealedSessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SealedSessions").finish_non_exhaustive()
    }
}

/// Could this text be a sealed session, of whomever?
pub(crate) fn is_sealed(text: &str) -> bool {
    split(text).is_some()
}

/// What tells one session from another of the same address.
pub(crate) type Name = [u8; 32];

fn split(text: &str) -> Option<(&str, &str)> {
    let (content, seal) = text.split_once('.')?;
    let is_base64url = |part: &str| {
        part.bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    let fits = text.len() <= LONGEST && seal.len() == SEAL_CHARACTERS;
    (fits && !content.is_empty() && is_base64url(content) && is_base64url(seal))
        .then_some((content, seal))
}

fn read_content(content: &[u8]) -> Option<(Session, Name)> {
    let (&[version, proof], rest) = content.split_first_chunk()?;
    let (opened, rest) = rest.split_first_chunk()?;
    let (expires, rest) = rest.split_first_chunk()?;
    let (name, address) = rest.split_first_chunk()?;
    if version != VERSION {
        return None;
    }
    let address = EmailAddress::parse(str::from_utf8(address).ok()?).ok()?;
    let session = Session {
        address,
        proof: read_proof(proof)?,
        opened: UnixSeconds::from_seconds(i64::from_be_bytes(*opened)),
        expires: UnixSeconds::from_seconds(i64::from_be_bytes(*expires)),
    };
    Some((session, *name))
}

const fn proof_octet(proof: Proof) -> u8 {
    match proof {
        Proof::Password => 0,
        Proof::Mail => 1,
    }
}

const fn read_proof(octet: u8) -> Option<Proof> {
    match octet {
        0 => Some(Proof::Password),
        1 => Some(Proof::Mail),
        _ => None,
    }
}

/// How the content is laid out. Another lay-out gets another number.
const VERSION: u8 = 1;
/// 32 octets in base64url.
const SEAL_CHARACTERS: usize = 43;
/// Characters of the longest text that is looked at: an address has at most 254 octets, which makes 450.
const LONGEST: usize = 512;

#[cfg(test)]
mod tests;
