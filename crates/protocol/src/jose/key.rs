//! Public keys in `BrowserID`'s notation (`browserid.md` §3.1), read within narrow bounds.

use serde_json::{Map, Value};

use super::algorithm::Algorithm;
use super::dsa::DsaPublicKey;
use super::error::{KeyError, SignatureError};
use super::json;
use super::rsa::RsaPublicKey;

/// A public key that this program may certify or verify with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PublicKey {
    /// RSA with 2048 bits, or one less.
    Rsa(RsaPublicKey),
    /// DSA in one of the two groups that `BrowserID` ever used.
    Dsa(DsaPublicKey),
}

impl PublicKey {
    /// Reads `{"algorithm":"RS","n":…,"e":…}` or `{"algorithm":"DS","y":…,"p":…,"q":…,"g":…}`.
    ///
    /// Other members are left out of the key, except that a key with its secret half is refused.
    pub fn from_browserid(value: &Value) -> Result<Self, KeyError> {
        Self::from_browserid_members(value.as_object().ok_or(KeyError::NotAnObject)?)
    }

    /// Reads a key that an issuer publishes: as above, or a JWK (RFC 7517), which has a `kty`
    /// (`browserid.md` §3.1). Other members, such as `kid`, are left out.
    pub fn from_published(value: &Value) -> Result<Self, KeyError> {
        let members = value.as_object().ok_or(KeyError::NotAnObject)?;
        if !members.contains_key("kty") {
            return Self::from_browserid_members(members);
        }
        require_public(members)?;
        match json::text(members, "kty") {
            Some("RSA") => RsaPublicKey::from_jwk(members).map(Self::Rsa),
            Some("DSA") => DsaPublicKey::from_jwk(members).map(Self::Dsa),
            _ => Err(KeyError::Type),
        }
    }

    /// Reads the JSON text of such an object, at most 4096 characters.
    pub fn from_browserid_text(text: &str) -> Result<Self, KeyError> {
        if text.len() > MAX_TEXT {
            return Err(KeyError::NotAnObject);
        }
        let members = json::read_object(text.as_bytes()).map_err(|_| KeyError::NotAnObject)?;
        Self::from_browserid_members(&members)
    }

    /// Gives the key object as JSON text, its members in the order of the old signers.
    pub fn to_browserid_text(&self) -> String {
        let mut text = String::with_capacity(1024);
        self.push_browserid(&mut text);
        text
    }

    /// Gives the key object as a JSON value.
    pub fn to_browserid(&self) -> Value {
        match self {
            Self::Rsa(key) => key.to_browserid(),
            Self::Dsa(key) => key.to_browserid(),
        }
    }

    /// Appends the key object as JSON text.
    pub(crate) fn push_browserid(&self, out: &mut String) {
        match self {
            Self::Rsa(key) => key.push_browserid(out),
            Self::Dsa(key) => key.push_browserid(out),
        }
    }

    /// Gives the key as a JWK (RFC 7517), the form in which issuer keys are published while they
    /// are rotated.
    pub fn to_jwk(&self) -> Value {
        match self {
            Self::Rsa(key) => key.to_jwk(),
            Self::Dsa(key) => key.to_jwk(),
        }
    }

    /// Gives the algorithm that this key signs with: the key decides it, never a header.
    pub const fn algorithm(&self) -> Algorithm {
        match self {
            Self::Rsa(_) => Algorithm::Rs256,
            Self::Dsa(key) => key.algorithm(),
        }
    }

    /// Checks a signature.
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), SignatureError> {
        match self {
            Self::Rsa(key) => key.verify(message, signature),
            Self::Dsa(key) => key.verify(message, signature),
        }
    }

    /// Checks a signature with a key that is not needed again, which is cheaper.
    pub(crate) fn verify_once(
        &self,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), SignatureError> {
        match self {
            Self::Rsa(key) => key.verify_once(message, signature),
            Self::Dsa(key) => key.verify(message, signature),
        }
    }

    /// Reads the members of such an object.
    pub(crate) fn from_browserid_members(members: &Map<String, Value>) -> Result<Self, KeyError> {
        require_public(members)?;
        match json::text(members, "algorithm") {
            Some("RS") => RsaPublicKey::from_members(members).map(Self::Rsa),
            Some("DS") => DsaPublicKey::from_members(members).map(Self::Dsa),
            _ => Err(KeyError::Algorithm),
        }
    }
}

/// Refuses a key with its secret half: whoever sent it has lost it.
fn require_public(members: &Map<String, Value>) -> Result<(), KeyError> {
    if ["d", "x"].iter().any(|name| members.contains_key(*name)) {
        return Err(KeyError::Secret);
    }
    Ok(())
}

/// Characters of a key's JSON text; the longest key takes 2100.
const MAX_TEXT: usize = 4096;
