//! A client asks what a token is good for (RFC 7662): a mail server, say, that somebody's webmail shows
//! an access token to.

use protocol::oidc::{Code, OAuthError, Scope};
use serde_json::{Map, Value, json};
use store::TokenKind;

use super::OidcError;
use super::exchange::{ExchangeError, Posted, identify};
use super::grant::{self, Shown};
use super::person::Known;
use crate::app::App;
use crate::clients::RegisteredClient;

/// Says what a token is good for: `None` if for nothing, or if it is none of the client's business.
///
/// Clients may ask about their own tokens, and about those of others where the operator says so. Those
/// without a secret may not ask, for anybody could ask in their name.
pub async fn introspect(
    app: &App,
    posted: &Posted<'_>,
) -> Result<Option<Map<String, Value>>, ExchangeError> {
    let registered = identify(app, posted).await?;
    if registered.client.is_public() {
        let sentence = "a client without a secret may not ask about tokens";
        return Err(OAuthError::new(Code::UnauthorizedClient, sentence).into());
    }
    let token = posted.parameters.one("token").ok_or(OAuthError::new(
        Code::InvalidRequest,
        "the request has no token",
    ))?;
    for kind in [TokenKind::Access, TokenKind::Refresh] {
        let shown = grant::shown(app, token, kind).await?;
        if let Some(shown) = shown.filter(|shown| shown.found.spent.is_none()) {
            return Ok(told(app, &registered, &shown, posted).await?);
        }
    }
    Ok(None)
}

async fn told(
    app: &App,
    asking: &RegisteredClient,
    shown: &Shown,
    posted: &Posted<'_>,
) -> Result<Option<Map<String, Value>>, OidcError> {
    let grant = &shown.agreed.grant;
    let is_access = shown.found.kind == TokenKind::Access;
    // Whoever shows a refresh token somewhere has proven nothing: there, it must not open anything.
    // And a token of one site opens nothing at a server that did not name that site.
    let is_named = asking.introspects.contains(&grant.client_id);
    let may_ask = grant.client_id == asking.client.id || is_named && is_access;
    if !may_ask {
        return Ok(None);
    }
    let Some(registered) = app.client(grant.client_id.as_str()).await? else {
        return Ok(None);
    };
    let Some(who) = grant::who(app, shown, posted.client).await? else {
        return Ok(None);
    };
    let Some(known) = Known::to(app, &registered, &who, &grant.discloses()).await? else {
        return Ok(None);
    };
    let mut claims = Map::new();
    let mut say = |name: &str, value: Value| drop(claims.insert(name.to_owned(), value));
    say("active", json!(true));
    say("iss", json!(app.settings.issuer.as_str()));
    say("client_id", json!(grant.client_id.as_str()));
    say("aud", json!(grant.client_id.as_str()));
    say("sub", json!(known.subject()));
    say("scope", json!(grant.scopes.to_string()));
    say("exp", json!(shown.found.expires.as_seconds()));
    if is_access {
        say("token_type", json!("Bearer"));
    }
    if grant.scopes.has(Scope::Email) {
        let address = known.address().to_string();
        say("username", json!(address));
        say("email", json!(address));
    }
    Ok(Some(claims))
}
