//! JWK sets (RFC 7517 §5): ours, which clients read, and those that clients give us.

use serde_json::Value;

use super::super::json;
use super::jwt::{JwtError, UncheckedJwt};
use super::verification_key::VerificationKey;

/// The public keys of a client.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeySet {
    keys: Vec<(Option<String>, VerificationKey)>,
}

/// Says why something is no key set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeySetError {
    /// Not a JSON object with a list of keys.
    #[error("a key set is a JSON object with a list of keys")]
    Form,
    /// More keys than anybody needs.
    #[error("a key set has at most 32 keys")]
    TooMany,
    /// None of the keys can be used here.
    #[error("the key set has no key for RS256, ES256 or EdDSA")]
    None,
}

impl KeySet {
    /// Reads a set from its JSON text, at most 64 KiB. Keys of kinds that are not used here are passed
    /// over, as RFC 7517 §5 asks; a set of nothing else is an error.
    pub fn read(text: &[u8]) -> Result<Self, KeySetError> {
        let members = json::read_object(text).map_err(|_| KeySetError::Form)?;
        Self::from_members(members.get("keys").ok_or(KeySetError::Form)?)
    }

    fn from_members(keys: &Value) -> Result<Self, KeySetError> {
        let list = keys.as_array().ok_or(KeySetError::Form)?;
        if list.len() > MOST {
            return Err(KeySetError::TooMany);
        }
        let named = |jwk: &Value| {
            let id = jwk.get("kid").and_then(Value::as_str).map(str::to_owned);
            Some((id, VerificationKey::from_jwk(jwk).ok()?))
        };
        let keys: Vec<_> = list.iter().filter_map(named).collect();
        if keys.is_empty() {
            return Err(KeySetError::None);
        }
        Ok(Self { keys })
    }

    /// Checks a token under the keys that its header may mean, and gives its payload.
    pub fn verify<'t>(
        &self,
        token: &'t UncheckedJwt,
    ) -> Result<&'t serde_json::Map<String, Value>, JwtError> {
        let meant = |id: &Option<String>| {
            let both = id.as_deref().zip(token.key_id());
            both.is_none_or(|(one, other)| one == other)
        };
        self.keys
            .iter()
            .filter(|(id, _)| meant(id))
            .find_map(|(_, key)| token.verify(key).ok())
            .ok_or(JwtError::Signature)
    }
}

/// Keys in a set. Each may cost a check of a signature.
const MOST: usize = 32;
