//! ID tokens and the answers of the userinfo endpoint (OpenID Connect Core §2, §5.3).

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::claims::Person;
use super::client::Client;
use super::grant::Grant;
use crate::jose::SignError;
use crate::jose::token::{self, SigningKey};
use crate::time::UnixSeconds;

/// Who says it, about whom.
#[derive(Clone, Copy, Debug)]
pub struct Statement<'a> {
    /// Our issuer, an origin.
    pub issuer: &'a str,
    /// The name of the person at this client.
    pub subject: &'a str,
    /// What they may be called.
    pub person: Person<'a>,
}

/// Signs the ID token for a client: who is there, since when, and for which sign-in.
pub fn id_token(
    statement: &Statement<'_>,
    grant: &Grant,
    client: &Client,
    now: UnixSeconds,
    key: &SigningKey,
) -> Result<String, SignError> {
    let mut claims = statement
        .person
        .tell(&grant.scopes, &grant.claims.id_token, client.username);
    let ends = now.plus(LIFETIME).as_seconds();
    for (name, value) in [
        ("iss", json!(statement.issuer)),
        ("sub", json!(statement.subject)),
        ("aud", json!(client.id.as_str())),
        ("iat", json!(now.as_seconds())),
        ("exp", json!(ends)),
        ("auth_time", json!(grant.authenticated.as_seconds())),
        ("amr", json!(["pwd"])),
        ("sid", json!(grant.session)),
    ] {
        claims.insert(name.to_owned(), value);
    }
    if let Some(nonce) = &grant.nonce {
        claims.insert("nonce".to_owned(), json!(nonce));
    }
    token::sign("JWT", &Value::Object(claims), key)
}

/// Gives the answer of the userinfo endpoint.
pub fn userinfo(statement: &Statement<'_>, grant: &Grant, client: &Client) -> Map<String, Value> {
    let mut claims = statement
        .person
        .tell(&grant.scopes, &grant.claims.userinfo, client.username);
    claims.insert("sub".to_owned(), json!(statement.subject));
    claims
}

/// How long an ID token may be used. It is read once, at the sign-in.
const LIFETIME: Duration = Duration::from_secs(60 * 60);
