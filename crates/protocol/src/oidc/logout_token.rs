//! Logout tokens: a client is told that somebody is no longer signed in (OpenID Connect Back-Channel
//! Logout 1.0 §2.4).

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::client::Client;
use crate::jose::SignError;
use crate::jose::token::{self, SigningKey};
use crate::time::UnixSeconds;

/// Who is no longer signed in, and where.
#[derive(Clone, Copy, Debug)]
pub struct Departed<'a> {
    /// Our issuer, an origin.
    pub issuer: &'a str,
    /// The name of the person at this client.
    pub subject: &'a str,
    /// The session that has ended, by the name in ID tokens; all of the person's, if it is none.
    pub session: Option<&'a str>,
}

/// Signs the logout token for a client. `name` tells it from all others (`jti`).
///
/// Its `typ` and the member `events` keep it from being taken for an ID token, and so does that it never
/// has a `nonce` (§2.4, §4).
pub fn logout_token(
    departed: &Departed<'_>,
    client: &Client,
    name: &str,
    now: UnixSeconds,
    key: &SigningKey,
) -> Result<String, SignError> {
    let ends = now.plus(LIFETIME).as_seconds();
    let mut claims = Map::new();
    for (claim, value) in [
        ("iss", json!(departed.issuer)),
        ("sub", json!(departed.subject)),
        ("aud", json!(client.id.as_str())),
        ("iat", json!(now.as_seconds())),
        ("exp", json!(ends)),
        ("jti", json!(name)),
        ("events", json!({ EVENT: {} })),
    ] {
        claims.insert(claim.to_owned(), value);
    }
    if let Some(session) = departed.session {
        claims.insert("sid".to_owned(), json!(session));
    }
    token::sign("logout+jwt", &Value::Object(claims), key)
}

const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";
/// Two minutes at most, so that none can be kept for later (§4).
const LIFETIME: Duration = Duration::from_secs(2 * 60);
