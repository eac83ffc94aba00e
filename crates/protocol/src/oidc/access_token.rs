//! Access tokens that others read for themselves (RFC 9068).

use std::time::Duration;

use serde_json::{Value, json};

use super::client::Client;
use super::grant::Grant;
use super::id_token::Statement;
use crate::jose::SignError;
use crate::jose::token::{self, SigningKey};
use crate::time::UnixSeconds;

/// Signs an access token for a client: who has let it in, and to what (RFC 9068 §2).
///
/// `id` is a name that no other token has. Whoever reads the token knows nothing of what was revoked
/// since; who wants to, asks (RFC 7662).
pub fn access_token(
    statement: &Statement<'_>,
    grant: &Grant,
    client: &Client,
    (id, now, lifetime): (&str, UnixSeconds, Duration),
    key: &SigningKey,
) -> Result<String, SignError> {
    let mut claims = statement
        .person
        .tell(&grant.scopes, &grant.claims.userinfo, client.username);
    for (name, value) in [
        ("iss", json!(statement.issuer)),
        ("sub", json!(statement.subject)),
        ("aud", json!(client.id.as_str())),
        ("client_id", json!(client.id.as_str())),
        ("scope", json!(grant.scopes.to_string())),
        ("jti", json!(id)),
        ("iat", json!(now.as_seconds())),
        ("exp", json!(now.plus(lifetime).as_seconds())),
        ("auth_time", json!(grant.authenticated.as_seconds())),
    ] {
        claims.insert(name.to_owned(), value);
    }
    token::sign("at+jwt", &Value::Object(claims), key)
}
