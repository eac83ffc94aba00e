//! A client gives a token back, because the person has signed out there or it was lost (RFC 7009).

use protocol::jose::sha256;
use protocol::oidc::{Code, OAuthError};
use store::{TokenId, TokenKind};

use super::OidcError;
use super::exchange::{ExchangeError, Posted, identify};
use crate::app::App;

/// Ends the token that a client shows. One that is not there, or another client's, is as good as ended.
///
/// A refresh token takes along all that was given with it; an access token ends alone (RFC 7009 §2.1).
pub async fn revoke(app: &App, posted: &Posted<'_>) -> Result<(), ExchangeError> {
    let registered = identify(app, posted).await?;
    let token = posted.parameters.one("token").ok_or(OAuthError::new(
        Code::InvalidRequest,
        "the request has no token",
    ))?;
    let id = TokenId::from_sha256(sha256(token.as_bytes()));
    let found = app.store.token(&id).await.map_err(OidcError::from)?;
    let (client, issuer) = (&registered.client.id, app.settings.issuer.as_str());
    let found = found.filter(|found| found.grant.client == client.as_str());
    let Some(found) = found.filter(|found| found.grant.issuer == issuer) else {
        return Ok(());
    };
    let ended = match found.kind {
        TokenKind::Access => app.store.end_token(&id).await,
        TokenKind::Refresh | TokenKind::Code => app.store.end_grant(&found.grant.id).await,
    };
    ended.map_err(OidcError::from)?;
    tracing::info!(outcome = "revoked", %client, "tokens");
    Ok(())
}
