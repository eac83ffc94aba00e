//! Compact JSON web signatures (RFC 7515 §7.1) in the narrow form that `BrowserID` uses.
//!
//! Reading checks form alone: who may have signed, and whether they did, is
//! the caller's business, by [`super::PublicKey::verify`] on [`Parts::signing_input`].

use serde_json::{Map, Value};

use super::algorithm::Algorithm;
use super::base64url;
use super::json;
use super::signer::{SignError, Signer};

/// A signed object taken apart. Nothing in it is to be believed yet.
#[derive(Clone, Debug, PartialEq)]
pub struct Parts<'a> {
    /// The payload.
    pub payload: Map<String, Value>,
    /// What was signed, as it was transmitted.
    pub signing_input: &'a [u8],
    /// The signature.
    pub signature: Vec<u8>,
    /// The algorithm that the header claims.
    pub algorithm: Algorithm,
}

/// Says why a text is no signed object, in the words of the verifiers of old (`browserid.md` §5.5).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JwsError {
    /// Not three segments.
    #[error("signed object must have three parts, this one has {0}")]
    PartCount(usize),
    /// The header is not base64url of a JSON object.
    #[error("headersegment: invalid json")]
    Header,
    /// The payload is not base64url of a JSON object.
    #[error("payloadsegment: invalid json")]
    Payload,
    /// The signature is not base64url, or there is none.
    #[error("malformed signature")]
    Signature,
    /// The header demands extensions (RFC 7515 §4.1.11), and none are known here.
    #[error("malformed signature")]
    Critical,
    /// The header names no algorithm that is known here. At most 16 characters of it are kept.
    #[error("no such algorithm: {0}")]
    Algorithm(String),
}

/// Signs an ASCII JSON text. The header is `{"alg":…}` and nothing else (`browserid.md` §4.1).
pub fn sign(payload: &str, signer: &dyn Signer) -> Result<String, SignError> {
    if !payload.is_ascii() {
        return Err(SignError::NotAscii);
    }
    let header = signer.public_key().algorithm().header();
    let mut text = String::with_capacity(header.len() + payload.len() * 4 / 3 + 350);
    text.push_str(header);
    text.push('.');
    base64url::push(&mut text, payload.as_bytes());
    let signature = signer.sign(text.as_bytes())?;
    text.push('.');
    base64url::push(&mut text, &signature);
    Ok(text)
}

/// Takes a compact signed object apart.
pub fn read(text: &str) -> Result<Parts<'_>, JwsError> {
    let mut segments = text.split('.');
    let (Some(header), Some(payload), Some(signature), None) = (
        segments.next(),
        segments.next(),
        segments.next(),
        segments.next(),
    ) else {
        return Err(JwsError::PartCount(text.split('.').count()));
    };
    let signing_input = text.as_bytes().get(..header.len() + 1 + payload.len());
    let algorithm = algorithm(header)?;
    let payload = object(payload).ok_or(JwsError::Payload)?;
    let signature = base64url::decode(signature).map_err(|_| JwsError::Signature)?;
    if signature.is_empty() {
        return Err(JwsError::Signature);
    }
    Ok(Parts {
        payload,
        signing_input: signing_input.unwrap_or_default(),
        signature,
        algorithm,
    })
}

/// Reads a header: its `alg`, and that it demands nothing. Other members mean nothing here.
fn algorithm(segment: &str) -> Result<Algorithm, JwsError> {
    // Nearly all headers are these bytes.
    if let Some(algorithm) = Algorithm::from_header(segment) {
        return Ok(algorithm);
    }
    let header = object(segment).ok_or(JwsError::Header)?;
    if header.contains_key("crit") {
        return Err(JwsError::Critical);
    }
    let name = json::text(&header, "alg").unwrap_or("undefined");
    Algorithm::from_name(name).ok_or_else(|| JwsError::Algorithm(json::shown(name, 16)))
}

fn object(segment: &str) -> Option<Map<String, Value>> {
    json::read_object(&base64url::decode(segment).ok()?).ok()
}
