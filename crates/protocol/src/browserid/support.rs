//! The support document at `/.well-known/browserid`: who certifies a domain's addresses, where, and
//! with which keys (`browserid.md` §1.2, §1.3).
//!
//! Read from strangers and written for them. Deliberately absent: fetching it, and what the answer's
//! status and type must be, which the server's way out decides.

use serde_json::{Map, Value};

use crate::jose::json::{self, push_string};
use crate::jose::{KeyError, PublicKey};

use super::authority::Authority;
use super::page_path::{PagePath, PagePathError};

/// What a domain says about where its addresses are certified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SupportDocument {
    /// Nobody certifies: the domain opts out, and a fallback may speak for it.
    Disabled,
    /// Another host certifies (`browserid.md` §1.4).
    Delegation {
        /// That host.
        authority: Authority,
    },
    /// This host certifies.
    Idp {
        /// The keys that certificates may be signed with, the current one (`public-key`) first.
        keys: Vec<PublicKey>,
        /// The page on which people sign in.
        authentication: PagePath,
        /// The page that provisions certificates in a frame.
        provisioning: PagePath,
        /// The page that certifies at top level, for browsers that withhold cookies from frames: an
        /// extension of ours.
        handoff: Option<PagePath>,
    },
}

/// Says why a document is none, in the words of the verifiers of old where they had any (§5.5: the
/// detail after `bad support document for 'X': Error: `).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SupportError {
    /// Not JSON that is read here, or longer than 64 KiB.
    #[error("declaration of support is malformed (invalid json)")]
    Json,
    /// JSON, but no object.
    #[error("support document must contain a json object")]
    NotAnObject,
    /// `disabled` is neither true nor false.
    #[error("disabled must be either true or false")]
    Disabled,
    /// `authority` is no text.
    #[error("malformed authority")]
    Authority,
    /// `authority` is no host name.
    #[error("the authority is not a valid hostname")]
    AuthorityName,
    /// `authentication` or `provisioning` is missing, or no text.
    #[error("support document missing required property: '{0}'")]
    Missing(&'static str),
    /// `authentication` or `provisioning` is no path.
    #[error(transparent)]
    Path(#[from] PagePathError),
    /// `public-key`, or an entry of `keys`, is no key that is accepted here.
    #[error("mal-formed public key in support doc: {0}")]
    Key(#[from] KeyError),
    /// `keys` is no array.
    #[error("mal-formed list of public keys in support doc")]
    Keys,
    /// More than four keys: each may have to be tried on every certificate.
    #[error("too many public keys in support doc")]
    TooManyKeys,
    /// Neither `public-key` nor a key to sign with in `keys`.
    #[error("support document missing required property 'keys' and/or 'public-key'")]
    NoKey,
}

impl SupportDocument {
    /// Reads a document of at most 64 KiB. The first member that decides wins, in the order of
    /// `browserid.md` §1.3; members that are not known here mean nothing.
    pub fn parse(text: &[u8]) -> Result<Self, SupportError> {
        let members = json::read_object(text).map_err(|error| match error {
            json::JsonError::NotAnObject => SupportError::NotAnObject,
            json::JsonError::TooLong | json::JsonError::Malformed => SupportError::Json,
        })?;
        match members.get("disabled") {
            Some(Value::Bool(true)) => return Ok(Self::Disabled),
            None | Some(Value::Bool(false)) => {}
            Some(_) => return Err(SupportError::Disabled),
        }
        if let Some(authority) = members.get("authority").filter(|value| is_truthy(value)) {
            let name = authority.as_str().ok_or(SupportError::Authority)?;
            let authority = Authority::parse(name).map_err(|_| SupportError::AuthorityName)?;
            return Ok(Self::Delegation { authority });
        }
        Ok(Self::Idp {
            authentication: page(&members, "authentication")?,
            provisioning: page(&members, "provisioning")?,
            keys: keys(&members)?,
            // Whoever has another use for this name is an issuer all the same.
            handoff: page(&members, HANDOFF).ok(),
        })
    }

    /// Writes the document. The same document always gives the same bytes.
    ///
    /// More than one key is written as `keys` too, for peers that know only `public-key`.
    pub fn to_json(&self) -> String {
        let mut text = String::with_capacity(2048);
        match self {
            Self::Disabled => text.push_str("{\"disabled\":true"),
            Self::Delegation { authority } => {
                text.push_str("{\"authority\":");
                push_string(&mut text, authority.as_str());
            }
            Self::Idp {
                keys,
                authentication,
                provisioning,
                handoff,
            } => {
                push_keys(&mut text, keys);
                let pages = [
                    ("authentication", Some(authentication)),
                    ("provisioning", Some(provisioning)),
                    (HANDOFF, handoff.as_ref()),
                ];
                for (name, page) in pages {
                    if let Some(page) = page {
                        text.push_str(",\"");
                        text.push_str(name);
                        text.push_str("\":");
                        push_string(&mut text, page.as_str());
                    }
                }
            }
        }
        text.push('}');
        text
    }
}

/// Appends `{"public-key":…`, and `,"keys":[…]` where there are several.
fn push_keys(text: &mut String, keys: &[PublicKey]) {
    text.push_str("{\"public-key\":");
    match keys.first() {
        Some(key) => key.push_browserid(text),
        None => text.push_str("null"),
    }
    if keys.len() > 1 {
        let keys = keys.iter().map(PublicKey::to_jwk).collect();
        text.push_str(",\"keys\":");
        text.push_str(&Value::Array(keys).to_string());
    }
}

/// Is this what `JavaScript` takes for true? So the verifiers of old asked for `authority`.
fn is_truthy(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(value) => *value,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(_) | Value::Object(_) => true,
    }
}

fn page(members: &Map<String, Value>, name: &'static str) -> Result<PagePath, SupportError> {
    let path = json::text(members, name).ok_or(SupportError::Missing(name))?;
    Ok(PagePath::parse(path)?)
}

/// Reads `public-key` and then `keys`, each key once.
fn keys(members: &Map<String, Value>) -> Result<Vec<PublicKey>, SupportError> {
    let mut keys = Vec::new();
    if let Some(key) = members.get("public-key").filter(|value| is_truthy(value)) {
        keys.push(PublicKey::from_published(key)?);
    }
    if let Some(list) = members.get("keys").filter(|value| is_truthy(value)) {
        let list = list.as_array().ok_or(SupportError::Keys)?;
        if list.len() > MAX_KEYS {
            return Err(SupportError::TooManyKeys);
        }
        for entry in list {
            let object = entry.as_object().ok_or(KeyError::NotAnObject)?;
            if object.get("use").is_some_and(|usage| usage != "sig") {
                continue;
            }
            let key = PublicKey::from_published(entry)?;
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
    }
    if keys.is_empty() {
        return Err(SupportError::NoKey);
    }
    Ok(keys)
}

/// The member that names the page of our extension.
const HANDOFF: &str = "handoff";
/// Keys in `keys`; while keys are rotated there are two.
const MAX_KEYS: usize = 4;
