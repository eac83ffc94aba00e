//! A client shows an access token and is told about the person (OpenID Connect Core §5.3, RFC 6750).

use std::net::IpAddr;

use protocol::jose::token;
use protocol::oidc::{Code, OAuthError, Scope, userinfo};
use serde_json::{Map, Value, json};
use store::TokenKind;

use super::OidcError;
use super::exchange::ExchangeError;
use super::grant;
use super::person::Known;
use super::sign::signing_key;
use crate::app::App;

/// What a client is told.
#[derive(Debug)]
pub enum Told {
    /// As an object.
    Plain(Map<String, Value>),
    /// As a signed token, for clients that want it so.
    Signed(String),
}

/// Tells the client that shows this access token about the person.
pub async fn tell(app: &App, token: &str, client: IpAddr) -> Result<Told, ExchangeError> {
    let shown = grant::shown(app, token, TokenKind::Access).await?;
    let shown = shown.ok_or(UNKNOWN)?;
    let grant = &shown.agreed.grant;
    if !grant.scopes.has(Scope::OpenId) {
        let sentence = "the access token was given without the scope openid";
        return Err(OAuthError::new(Code::InsufficientScope, sentence).into());
    }
    let registered = app.client(grant.client_id.as_str()).await;
    let registered = registered.map_err(OidcError::from)?.ok_or(UNKNOWN)?;
    let who = grant::who(app, &shown, client).await?.ok_or(UNKNOWN)?;
    let known = Known::to(app, &registered, &who, &grant.discloses())
        .await?
        .ok_or(UNKNOWN)?;
    let mut claims = userinfo(&known.statement(app), grant, &registered.client);
    let Some(algorithm) = registered.userinfo_signing else {
        return Ok(Told::Plain(claims));
    };
    let issuer = app.settings.issuer.as_str();
    claims.insert("iss".to_owned(), json!(issuer));
    claims.insert("aud".to_owned(), json!(grant.client_id.as_str()));
    let now = app.clock.now().to_seconds();
    let key = signing_key(app, algorithm, now)?;
    let signed = token::sign("JWT", &Value::Object(claims), key);
    Ok(Told::Signed(signed.map_err(OidcError::from)?))
}

const UNKNOWN: OAuthError = OAuthError::new(
    Code::InvalidToken,
    "the access token is unknown, over or revoked",
);
