//! The key that names of people at sites (`sub`) follow from.
//!
//! The same key, the same names: on another machine, with an empty store, with other signing keys, and
//! under another issuer. With another key, every site takes everybody for somebody new.

use std::path::Path;

use protocol::email::EmailAddress;
use protocol::jose::base64url;
use protocol::secret::Secret;

use super::error::TokenKeysError;
use super::files::{is_there, read_file};
use crate::chance;
use crate::keyring::SealingKey;

/// Gives people the names that sites have for them (OpenID Connect Core 1.0 §8).
#[derive(Debug)]
pub(super) struct SubjectKey(SealingKey);

impl SubjectKey {
    /// Reads the key from its file: 32 octets in base64url.
    pub(super) fn load(path: &Path) -> Result<Self, TokenKeysError> {
        let unfit = || TokenKeysError::UnfitSubject {
            path: path.to_owned(),
        };
        if !is_there(path) {
            let path = path.to_owned();
            return Err(TokenKeysError::NoSubject { path });
        }
        let text = read_file(path)?;
        let text = str::from_utf8(text.expose()).map_err(|_| unfit())?;
        let octets = base64url::decode(text.trim_ascii()).map_err(|_| unfit())?;
        let octets = Secret::new(octets);
        let bits: [u8; 32] = octets.expose().as_slice().try_into().map_err(|_| unfit())?;
        Ok(Self(SealingKey::new(&Secret::new(bits))))
    }

    /// Makes a new key: the text of its file.
    pub(super) fn generate() -> Result<Secret<Vec<u8>>, TokenKeysError> {
        let token = chance::token().map_err(|_| TokenKeysError::NotGenerated)?;
        Ok(Secret::new(format!("{}\n", token.expose()).into_bytes()))
    }

    /// The name that every site has for somebody.
    pub(super) fn public(&self, address: &EmailAddress) -> String {
        self.name(&format!("sub\0{}", address.canonical()))
    }

    /// The name that the sites of one sector have for somebody. No address and no host has a zero in it,
    /// so that no two questions are the same text.
    pub(super) fn pairwise(&self, sector: &str, address: &EmailAddress) -> String {
        self.name(&format!("pairwise\0{sector}\0{}", address.canonical()))
    }

    fn name(&self, whose: &str) -> String {
        base64url::encode(&self.0.seal(whose.as_bytes()))
    }
}
