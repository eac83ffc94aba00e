//! ID tokens that come back to us as a hint of whom a site means (OpenID Connect Core §3.1.2.1,
//! RP-Initiated Logout §2).

use protocol::jose::token::UncheckedJwt;
use protocol::oidc::ClientId;
use serde_json::{Map, Value};

use crate::app::App;

/// What an ID token says that we gave to a client, however long ago.
#[derive(Debug)]
pub(super) struct Hint {
    /// To which client.
    pub(super) client: String,
    /// Whom it is about, by the client's name for them.
    pub(super) subject: String,
    /// In which session they were, by the name that sites have for it.
    pub(super) session: Option<String>,
}

/// Reads a hint: `None`, if it is none of our ID tokens, or its key is no longer published.
pub(super) fn read(app: &App, text: &str) -> Option<Hint> {
    let members = ours(app, text)?;
    let one = |name| members.get(name).and_then(Value::as_str).map(str::to_owned);
    Some(Hint {
        client: one("aud")?,
        subject: one("sub")?,
        session: one("sid"),
    })
}

/// Reads whom an ID token is about that we gave to this client.
pub(super) fn subject(app: &App, text: &str, client: &ClientId) -> Option<String> {
    let hint = read(app, text).filter(|hint| hint.client == client.as_str());
    hint.map(|hint| hint.subject)
}

fn ours(app: &App, text: &str) -> Option<Map<String, Value>> {
    let token = UncheckedJwt::read(text).ok()?;
    // A logout token or an access token says something else (RFC 8725 §3.11).
    if token.kind() != Some(ID_TOKEN) {
        return None;
    }
    let keys = app.token_keys()?;
    let now = app.clock.now().to_seconds();
    let mut published = keys.published(now).into_iter();
    let members = published.find_map(|key| token.verify(key.public()).ok())?;
    let issuer = members.get("iss").and_then(Value::as_str)?;
    (issuer == app.settings.issuer.as_str()).then(|| members.clone())
}

/// The `typ` of ID tokens.
const ID_TOKEN: &str = "JWT";
