//! Numbers as JSON web keys write them (RFC 7518 §2, `Base64urlUInt`; `browserid.md` §3.1).

use serde_json::{Map, Value};

use super::base64url;
use super::error::KeyError;
use super::json;

/// Reads a member: big-endian bytes as base64url, given without leading zeros. Padding and leading
/// zeros are tolerated, because issuers of old wrote them.
pub(super) fn big_endian(
    members: &Map<String, Value>,
    name: &'static str,
) -> Result<Vec<u8>, KeyError> {
    let text = json::text(members, name).ok_or(KeyError::Member(name))?;
    let padding = text.len() - text.trim_end_matches('=').len();
    // Padding fills up to a multiple of four, by two at most.
    if padding > 2 || (padding > 0 && text.len() % 4 != 0) {
        return Err(KeyError::Member(name));
    }
    let mut bytes = text
        .get(..text.len() - padding)
        .and_then(|digits| base64url::decode(digits).ok())
        .ok_or(KeyError::Member(name))?;
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    bytes.drain(..zeros);
    if bytes.is_empty() {
        return Err(KeyError::Member(name));
    }
    Ok(bytes)
}
