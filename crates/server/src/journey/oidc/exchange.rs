//! A client exchanges a code or a refresh token for tokens (OpenID Connect Core §3.1.3, §12; RFC 9700 §4.13,
//! §4.14).
//!
//! What was exchanged counts once. Should it come a second time, somebody else has it too: then all that
//! was ever given for it ends.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use protocol::jose::sha256;
use protocol::oidc::{
    ClientCredentials, Code, Grant, OAuthError, Parameters, Proven, Scope, Scopes, TokenRequest,
    access_token, id_token,
};
use protocol::secret::Secret;
use protocol::time::UnixSeconds;
use store::{Exchange, GrantUse, NewToken, Renewal, TokenKind};

use super::OidcError;
use super::grant::{self, Shown};
use super::person::{BARRED, Known};
use super::sign::signing_key;
use crate::app::App;
use crate::chance;
use crate::clients::RegisteredClient;
use crate::hashed::Hashed;
use crate::settings::AccessTokenForm;

/// What a client is given.
#[derive(Debug)]
pub struct Tokens {
    /// Opens the userinfo endpoint.
    pub access: Secret<String>,
    /// For how long.
    pub access_lifetime: Duration,
    /// Says who is there; absent if `openid` was not asked for.
    pub id: Option<String>,
    /// Is good for the next tokens; absent without `offline_access`.
    pub refresh: Option<Secret<String>>,
    /// What the client may be told.
    pub scopes: Scopes,
}

/// Why a client is given nothing.
#[derive(Debug, thiserror::Error)]
pub enum ExchangeError {
    /// It may not have it.
    #[error(transparent)]
    Refused(#[from] OAuthError),
    /// It is not known whether it may.
    #[error(transparent)]
    Trouble(#[from] OidcError),
}

/// A request of a client's, as it arrives.
#[derive(Clone, Copy, Debug)]
pub struct Posted<'a> {
    /// The header `Authorization`.
    pub authorization: Option<&'a str>,
    /// The body.
    pub parameters: &'a Parameters,
    /// The address that was asked, as clients know it: a statement may be made for it.
    pub endpoint: &'a str,
    /// Where the client is.
    pub client: IpAddr,
}

/// Exchanges what a client has brought.
pub async fn exchange(app: &App, posted: &Posted<'_>) -> Result<Tokens, ExchangeError> {
    let registered = identify(app, posted).await?;
    let request = TokenRequest::read(posted.parameters)?;
    let now = app.clock.now().to_seconds();
    let (shown, grant) = match &request {
        TokenRequest::Code {
            code,
            redirect_uri,
            verifier,
        } => {
            let shown = find(app, &registered, code, TokenKind::Code).await?;
            let shown = unspent(app, &registered, shown, now).await?;
            let agreed = shown.agreed.clone();
            let redirect_uri = redirect_uri.as_deref();
            let id = &registered.client.id;
            let grant = agreed.redeem(id, redirect_uri, verifier.as_deref(), now)?;
            (shown, grant)
        }
        TokenRequest::Refresh { token, scopes } => {
            let shown = find(app, &registered, token, TokenKind::Refresh).await?;
            let shown = unspent(app, &registered, shown, now).await?;
            let mut grant = shown.agreed.grant.clone().narrowed(scopes.clone())?;
            // It is about the first sign-in, and not about this one (OpenID Connect Core §12.2).
            grant.nonce = None;
            (shown, grant)
        }
    };
    let known = known(app, &registered, &shown, &grant, posted.client).await?;
    give(app, &registered, &shown, &grant, &known).await
}

/// Finds out which client asks, and that it is that client.
pub(super) async fn identify(
    app: &App,
    posted: &Posted<'_>,
) -> Result<Arc<RegisteredClient>, ExchangeError> {
    let credentials = ClientCredentials::read(posted.authorization, posted.parameters)?;
    let registered = app.client(credentials.client_id()).await;
    let registered = registered.map_err(OidcError::from)?;
    let registered = registered.ok_or(OAuthError::new(
        Code::InvalidClient,
        "no client of this name is registered here",
    ))?;
    let audiences = [app.settings.issuer.as_str(), posted.endpoint];
    let now = app.clock.now().to_seconds();
    if let Proven::Assertion { id, until } =
        credentials.prove(&registered.client, &audiences, now)?
    {
        let name = format!("client assertion\0{}\0{id}", registered.client.id);
        let is_first = app.store.spend(&sha256(name.as_bytes()), until).await;
        if !is_first.map_err(OidcError::from)? {
            let sentence = "the client's assertion was used before";
            return Err(OAuthError::new(Code::InvalidClient, sentence).into());
        }
    }
    Ok(registered)
}

async fn find(
    app: &App,
    registered: &RegisteredClient,
    token: &Secret<String>,
    kind: TokenKind,
) -> Result<Shown, ExchangeError> {
    let shown = grant::shown(app, token.expose(), kind).await?;
    // To another client it is as if it had never been.
    let shown = shown.filter(|shown| shown.agreed.grant.client_id == registered.client.id);
    shown.ok_or_else(|| match kind {
        TokenKind::Code => invalid("the code is unknown, over, or another client's").into(),
        TokenKind::Refresh | TokenKind::Access => {
            invalid("the refresh token is unknown, over, revoked, or another client's").into()
        }
    })
}

/// Lets what was exchanged before end all that came of it.
async fn unspent(
    app: &App,
    registered: &RegisteredClient,
    shown: Shown,
    now: UnixSeconds,
) -> Result<Shown, ExchangeError> {
    let Some(spent) = shown.found.spent else {
        return Ok(shown);
    };
    if is_retry(registered, &shown, spent, now) {
        return Ok(shown);
    }
    Err(reused(app, &shown).await?.into())
}

/// The answer to a client that has proven who it is may have been lost on the way: for a moment, it may
/// ask again. A public client is whoever has the token, so it may not.
fn is_retry(
    registered: &RegisteredClient,
    shown: &Shown,
    spent: UnixSeconds,
    now: UnixSeconds,
) -> bool {
    let is_proven = !registered.client.is_public();
    shown.found.kind == TokenKind::Refresh && is_proven && now <= spent.plus(RETRY)
}

async fn reused(app: &App, shown: &Shown) -> Result<OAuthError, OidcError> {
    app.store.end_grant(&shown.found.grant.id).await?;
    let address = Hashed(&shown.found.grant.address);
    let client = &shown.found.grant.client;
    tracing::warn!(outcome = "reused", client, %address, "a code or refresh token came a second time; what came of it has ended");
    Ok(invalid(
        "it was used before; what was given for it has ended",
    ))
}

/// Finds the person of a grant, as they are now.
async fn known(
    app: &App,
    registered: &RegisteredClient,
    shown: &Shown,
    grant: &Grant,
    client: IpAddr,
) -> Result<Known, ExchangeError> {
    let who = grant::who(app, shown, client).await?;
    let who = who.ok_or(invalid("the person's mail domain is no longer served here"))?;
    let known = Known::to(app, registered, &who, &grant.discloses()).await?;
    Ok(known.ok_or(invalid(BARRED.sentence()))?)
}

async fn give(
    app: &App,
    registered: &RegisteredClient,
    shown: &Shown,
    grant: &Grant,
    known: &Known,
) -> Result<Tokens, ExchangeError> {
    let now = app.clock.now().to_seconds();
    let agreed = &shown.agreed.grant;
    let access = access(app, registered, (grant, agreed), known, now)?;
    let mut fresh = vec![NewToken {
        id: grant::name_of(&access),
        kind: TokenKind::Access,
        expires: now.plus(ACCESS_LIFETIME),
    }];
    let mut refresh = None;
    if shown.found.grant.usage == GrantUse::Offline {
        let token = chance::token().map_err(OidcError::from)?;
        fresh.push(NewToken {
            id: grant::name_of(&token),
            kind: TokenKind::Refresh,
            expires: now.plus(REFRESH_LIFETIME),
        });
        refresh = Some(token);
    }
    let renewal = Renewal {
        tokens: fresh,
        content: None,
        expires: if shown.found.grant.usage == GrantUse::Offline {
            now.plus(REFRESH_LIFETIME)
        } else {
            shown.session_ends
        },
    };
    let exchanged = app.store.exchange(&shown.id, &renewal, now).await;
    let is_given = match exchanged.map_err(OidcError::from)? {
        Exchange::First => true,
        Exchange::Again { spent } if is_retry(registered, shown, spent, now) => {
            let renewed = app.store.renew_grant(&shown.found.grant.id, &renewal, now);
            renewed.await.map_err(OidcError::from)?
        }
        Exchange::Again { .. } => return Err(reused(app, shown).await?.into()),
        Exchange::Gone => false,
    };
    if !is_given {
        return Err(invalid("it was revoked").into());
    }
    let id = if grant.scopes.has(Scope::OpenId) {
        let client = &registered.client;
        let key = signing_key(app, client.signing, now)?;
        let token = id_token(&known.statement(app), grant, client, now, key);
        Some(token.map_err(OidcError::from)?)
    } else {
        None
    };
    let address = Hashed(&grant.who);
    let client = &registered.client.id;
    tracing::info!(outcome = "given", %client, %address, "tokens");
    Ok(Tokens {
        access,
        access_lifetime: ACCESS_LIFETIME,
        id,
        refresh,
        scopes: grant.scopes.clone(),
    })
}

/// Makes an access token: random text, or what the client's resource servers read for themselves. Both
/// are looked up when they come to us.
fn access(
    app: &App,
    registered: &RegisteredClient,
    (grant, agreed): (&Grant, &Grant),
    known: &Known,
    now: UnixSeconds,
) -> Result<Secret<String>, OidcError> {
    let random = chance::token()?;
    match registered.access_token {
        AccessTokenForm::Opaque => Ok(grant::narrowed(random, agreed, grant)),
        AccessTokenForm::Jwt => {
            let client = &registered.client;
            let key = signing_key(app, client.signing, now)?;
            let what = (random.expose().as_str(), now, ACCESS_LIFETIME);
            let token = access_token(&known.statement(app), grant, client, what, key)?;
            Ok(Secret::new(token))
        }
    }
}

const fn invalid(sentence: &'static str) -> OAuthError {
    OAuthError::new(Code::InvalidGrant, sentence)
}

/// How long an access token opens something.
const ACCESS_LIFETIME: Duration = Duration::from_secs(60 * 60);
/// How long a refresh token that nobody uses may be used.
const REFRESH_LIFETIME: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// How long a client that has proven who it is may ask again for what it did not receive.
const RETRY: Duration = Duration::from_secs(30);
