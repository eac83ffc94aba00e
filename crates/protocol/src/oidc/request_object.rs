//! Request objects: parameters that a client has signed (OpenID Connect Core §6.1, RFC 9101).

use serde_json::Value;

use super::client::{Client, ClientProof};
use super::error::{Code, OAuthError};
use super::parameters::Parameters;
use crate::jose::token::UncheckedJwt;
use crate::time::UnixSeconds;

/// Lays what a client has signed over the parameters that stand in the open.
///
/// Only signed objects are taken, by value. One in the open proves nothing, and one that we would have
/// to fetch makes us a tool (RFC 9101 §10.4).
pub(super) fn lay_over(
    parameters: &mut Parameters,
    client: &Client,
    issuer: &str,
    now: UnixSeconds,
) -> Result<(), OAuthError> {
    if parameters.one("request_uri").is_some() {
        let sentence = "request objects are taken by value only";
        return Err(OAuthError::new(Code::RequestUriNotSupported, sentence));
    }
    let Some(text) = parameters.one("request") else {
        return Ok(());
    };
    let ClientProof::Keys(keys) = &client.proof else {
        return Err(bad("this client has no keys to sign a request object with"));
    };
    let token = UncheckedJwt::read(text).map_err(|_| bad("the request object is not signed"))?;
    let members = keys
        .verify(&token)
        .map_err(|_| bad("the request object has no valid signature"))?
        .clone();
    let text = |name: &str| members.get(name).and_then(Value::as_str);
    let names_us = |value: &Value| value.as_str() == Some(issuer);
    let for_us = members.get("aud").is_none_or(|audience| {
        audience
            .as_array()
            .map_or_else(|| names_us(audience), |list| list.iter().any(names_us))
    });
    let is_from_client = text("iss").is_none_or(|iss| iss == client.id.as_str());
    if !for_us || !is_from_client {
        return Err(bad("the request object is for somebody else"));
    }
    let number = |name: &str| members.get(name).and_then(Value::as_i64);
    if number("exp").is_some_and(|end| end <= now.as_seconds())
        || number("nbf").is_some_and(|begin| begin > now.as_seconds())
    {
        return Err(bad("the request object is not valid now"));
    }
    for same in ["client_id", "response_type"] {
        if text(same).is_some_and(|value| Some(value) != parameters.one(same)) {
            return Err(bad("the request object contradicts the parameters"));
        }
    }
    for (name, value) in &members {
        let text = match value {
            _ if ["request", "request_uri"].contains(&name.as_str()) => {
                return Err(bad("a request object has no other one in it"));
            }
            _ if NOT_PARAMETERS.contains(&name.as_str()) => continue,
            Value::String(text) => text.clone(),
            Value::Number(_) | Value::Object(_) | Value::Bool(_) => value.to_string(),
            Value::Null | Value::Array(_) => continue,
        };
        parameters.overlay(name, text);
    }
    Ok(())
}

const fn bad(sentence: &'static str) -> OAuthError {
    OAuthError::new(Code::InvalidRequestObject, sentence)
}

/// What says something about the object and nothing about the request.
const NOT_PARAMETERS: [&str; 7] = ["iss", "aud", "exp", "nbf", "iat", "jti", "sub"];
