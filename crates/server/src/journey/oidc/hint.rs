//! ID tokens that come back to us as a hint of whom a site means (OpenID Connect Core §3.1.2.1,
//! RP-Initiated Logout §2).

use protocol::jose::token::UncheckedJwt;
use protocol::oidc::ClientId;
use serde_json::Value;

use crate::app::App;

/// Reads whom an ID token is about that we gave to this client, however long ago: `None`, if it is
/// another's, or its key is no longer published.
pub(super) fn subject(app: &App, text: &str, client: &ClientId) -> Option<String> {
    let members = ours(app, text)?;
    let audience = members.get("aud").and_then(Value::as_str)?;
    let subject = members.get("sub").and_then(Value::as_str)?;
    (audience == client.as_str()).then(|| subject.to_owned())
}

fn ours(app: &App, text: &str) -> Option<serde_json::Map<String, Value>> {
    let token = UncheckedJwt::read(text).ok()?;
    let keys = app.token_keys()?;
    let now = app.clock.now().to_seconds();
    let mut published = keys.published(now).into_iter();
    let members = published.find_map(|key| token.verify(key.public()).ok())?;
    let issuer = members.get("iss").and_then(Value::as_str)?;
    (issuer == app.settings.issuer.as_str()).then(|| members.clone())
}
