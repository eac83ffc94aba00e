//! A site asks who is there: it is answered, or the person is asked first (OpenID Connect Core §3.1.2).
//!
//! In this order: is the site one of ours and does the answer go where it may (else our own page says
//! so, RFC 9700 §4.11); is the request whole; is somebody signed in, lately enough, and the one who is
//! meant; may the site know them; have they agreed. Each time from the beginning: what the browser
//! carries through the login page is the request itself, and a sealed time (`crate::since`).

use std::net::IpAddr;
use std::sync::Arc;

use protocol::email::EmailAddress;
use protocol::oidc::{
    AuthorizationRequest, Code, CodeGrant, Distrust, Flow, Grant, OAuthError, Parameters, Reply,
    Scopes, TrustedRequest, UntrustedRequest, id_token,
};
use protocol::secret::Secret;
use protocol::time::UnixSeconds;
use store::{GrantId, GrantRow, GrantUse, NewToken, Proof, TokenKind};

use super::OidcError;
use super::grant::{self, CODE_LIFETIME};
use super::hint;
use super::person::{BARRED, Known};
use super::session_name::session_name;
use super::sign::signing_key;
use crate::app::App;
use crate::chance;
use crate::clients::RegisteredClient;
use crate::hashed::Hashed;
use crate::journey::claim;
use crate::journey::session::LiveSession;
use crate::settings::ConsentRule;

/// A request as it arrives, with who is behind the browser that brings it.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The request's parameters, as they came.
    pub query: &'a str,
    /// The sealed time at which it came first, if it has been here before.
    pub since: Option<&'a str>,
    /// The secret that ties forms to the browser.
    pub browser: &'a Secret<String>,
    /// Who is signed in.
    pub session: Option<&'a LiveSession>,
    /// Where the browser is.
    pub client: IpAddr,
}

/// What comes next.
#[derive(Debug)]
pub enum Next {
    /// The site is answered.
    Reply(Reply),
    /// Somebody has to type a password.
    SignIn {
        /// Whom the site expects, if that could be an address.
        hint: Option<EmailAddress>,
        /// Where they go on to.
        site: SiteName,
    },
    /// The person has to agree.
    Ask {
        /// Who is signed in.
        who: EmailAddress,
        /// What the site would be told.
        scopes: Scopes,
        /// Which site.
        site: SiteName,
    },
    /// The operator does not let this person sign in there.
    Bar {
        /// Who is signed in.
        who: EmailAddress,
        /// Which site.
        site: SiteName,
    },
}

/// What people are told about where they go on to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SiteName {
    /// What it is called; its host where the operator has given it no name.
    pub name: String,
    /// The host that the answer goes to, or the scheme of an application.
    pub host: String,
}

/// Why a request is answered on our own page, and never by sending the browser anywhere.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// The parameters cannot be read.
    #[error(transparent)]
    Unreadable(OAuthError),
    /// The request is longer than browsers carry in a link.
    #[error("the request is longer than a link may be")]
    TooLong,
    /// Nobody here knows the client.
    #[error("no client of this name is registered here")]
    UnknownClient,
    /// It is not said who asks, or the answer would go elsewhere.
    #[error(transparent)]
    Distrust(#[from] Distrust),
    /// It is not known what to answer.
    #[error(transparent)]
    Trouble(#[from] OidcError),
}

/// A site that may be answered.
#[derive(Debug)]
pub(super) struct Site {
    pub(super) registered: Arc<RegisteredClient>,
    pub(super) trusted: TrustedRequest,
}

/// Decides what comes next for a request.
pub async fn authorize(app: &App, asked: &Asked<'_>) -> Result<Next, Refusal> {
    let site = Site::of(app, asked.query).await?;
    let answered = match site.trusted.read(&site.registered.client) {
        Ok(request) => site.decide(app, asked, &request).await?,
        Err(error) => Err(error),
    };
    Ok(answered.unwrap_or_else(|error| Next::Reply(site.refuse(app, &error))))
}

/// Says what people know the site of a request by.
pub async fn site_name(app: &App, query: &str) -> Result<SiteName, Refusal> {
    let site = Site::of(app, query).await?;
    Ok(site.name())
}

impl Site {
    /// Finds out who asks, and whether the answer may go where they want it.
    pub(super) async fn of(app: &App, query: &str) -> Result<Self, Refusal> {
        let parameters = Parameters::read(query).map_err(Refusal::Unreadable)?;
        let untrusted = UntrustedRequest::new(parameters);
        let id = untrusted.client_id()?;
        let registered = app.client(id).await.map_err(OidcError::from)?;
        let registered = registered.ok_or(Refusal::UnknownClient)?;
        let now = app.clock.now().to_seconds();
        let issuer = app.settings.issuer.as_str();
        let trusted = untrusted.trust(&registered.client, issuer, now)?;
        Ok(Self {
            registered,
            trusted,
        })
    }

    /// Gives what people are told about it.
    pub(super) fn name(&self) -> SiteName {
        let host = self.trusted.reply_to().host().to_owned();
        let name = self.registered.client.name.clone();
        SiteName {
            name: name.unwrap_or_else(|| host.clone()),
            host,
        }
    }

    /// Makes the answer that says no.
    pub(super) fn refuse(&self, app: &App, error: &OAuthError) -> Reply {
        let client = &self.registered.client.id;
        tracing::info!(outcome = "refused", %client, error = %error.code(), reason = error.sentence(), "authorize");
        let issuer = app.settings.issuer.as_str();
        self.trusted.reply_to().with_error(error, issuer)
    }

    async fn decide(
        &self,
        app: &App,
        asked: &Asked<'_>,
        request: &AuthorizationRequest,
    ) -> Result<Result<Next, OAuthError>, OidcError> {
        let now = app.clock.now().to_seconds();
        let since = asked.since(app, now);
        // What was mailed proves an address of a domain that is not ours.
        let session = asked.session.filter(|s| s.proof == Proof::Password);
        let Some(session) = session else {
            return Ok(self.sign_in(request));
        };
        let is_fresh = since.is_some_and(|since| session.opened >= since);
        if !is_fresh && wants_password(request, session, now) {
            return Ok(self.sign_in(request));
        }
        let who = session.who.address();
        let known = Known::to(app, &self.registered, &session.who, &request.discloses()).await?;
        let Some(known) = known else {
            return Ok(self.bar(request, who));
        };
        match self.is_meant(app, request, session, &known).await? {
            Meant::Unclear => return Ok(Err(UNCLEAR_HINT)),
            Meant::No | Meant::Perhaps if !is_fresh => return Ok(self.sign_in(request)),
            Meant::No => return Ok(Err(SOMEBODY_ELSE)),
            Meant::Yes | Meant::Perhaps => {}
        }
        // To a broker the address that it asks about is the question itself.
        let asked_about = request.login_hint.as_deref();
        let known = match asked_about.filter(|_| self.registered.is_broker) {
            Some(address) => known.called(app, &session.who, address).await?,
            None => Some(known),
        };
        let Some(known) = known else {
            return Ok(Err(SOMEBODY_ELSE));
        };
        if self.has_to_agree(app, request, who, since).await? {
            return Ok(self.ask(request, who));
        }
        let reply = self.reply(app, request, session, &known, now).await?;
        Ok(Ok(Next::Reply(reply)))
    }

    fn sign_in(&self, request: &AuthorizationRequest) -> Result<Next, OAuthError> {
        if request.prompts.none {
            let sentence = "nobody is signed in as this request wants it, and nothing may be shown";
            return Err(OAuthError::new(Code::LoginRequired, sentence));
        }
        let hint = request.login_hint.as_deref();
        Ok(Next::SignIn {
            hint: hint.and_then(|hint| EmailAddress::parse(hint).ok()),
            site: self.name(),
        })
    }

    fn bar(&self, request: &AuthorizationRequest, who: &EmailAddress) -> Result<Next, OAuthError> {
        if request.prompts.none {
            return Err(BARRED);
        }
        Ok(Next::Bar {
            who: who.clone(),
            site: self.name(),
        })
    }

    fn ask(&self, request: &AuthorizationRequest, who: &EmailAddress) -> Result<Next, OAuthError> {
        if request.prompts.none {
            let sentence = "the person has not agreed to this yet, and nothing may be shown";
            return Err(OAuthError::new(Code::ConsentRequired, sentence));
        }
        Ok(Next::Ask {
            who: who.clone(),
            scopes: request.discloses(),
            site: self.name(),
        })
    }

    async fn is_meant(
        &self,
        app: &App,
        request: &AuthorizationRequest,
        session: &LiveSession,
        known: &Known,
    ) -> Result<Meant, OidcError> {
        if let Some(subject) = &request.claims.subject
            && subject != known.subject()
        {
            return Ok(Meant::No);
        }
        if let Some(token) = &request.id_token_hint {
            match hint::subject(app, token, &self.registered.client.id) {
                None => return Ok(Meant::Unclear),
                Some(subject) if subject != known.subject() => return Ok(Meant::No),
                Some(_) => {}
            }
        }
        let named = request.login_hint.as_deref();
        let named = named.and_then(|hint| EmailAddress::parse(hint).ok());
        let fits = match &named {
            Some(address) => claim::claim(app, &session.who, address).await?.is_some(),
            None => true,
        };
        Ok(if fits { Meant::Yes } else { Meant::Perhaps })
    }

    async fn has_to_agree(
        &self,
        app: &App,
        request: &AuthorizationRequest,
        who: &EmailAddress,
        since: Option<UnixSeconds>,
    ) -> Result<bool, OidcError> {
        // A broker asks for any number of sites, which it does not name: what was said to one is nothing
        // to the next.
        let is_broker = self.registered.is_broker;
        let asks_for_it = request.prompts.consent || request.prompts.select_account || is_broker;
        if !asks_for_it && self.registered.consent == ConsentRule::Never {
            return Ok(false);
        }
        let wants = asks_for_it || self.may_be_any_program();
        let (issuer, client) = (app.settings.issuer.as_str(), &self.registered.client.id);
        let consent = app.store.consent(issuer, client.as_str(), who).await?;
        let enough = consent.filter(|consent| {
            let given = Scopes::read(&consent.scopes);
            given.include(&request.discloses())
        });
        let given = enough.map(|consent| consent.given);
        if wants {
            let is_fresh = given
                .zip(since)
                .is_some_and(|(given, since)| given >= since);
            return Ok(!is_fresh);
        }
        Ok(given.is_none())
    }

    /// Could any program on the person's machine ask in this client's name and get the answer? It has no
    /// secret, and the scheme or the port that the answer goes to is whoever's who takes it (RFC 8252 §8.6).
    fn may_be_any_program(&self) -> bool {
        let redirect_uri = self.trusted.reply_to().redirect_uri();
        self.registered.client.is_public() && !redirect_uri.starts_with("https://")
    }

    async fn reply(
        &self,
        app: &App,
        request: &AuthorizationRequest,
        session: &LiveSession,
        known: &Known,
        now: UnixSeconds,
    ) -> Result<Reply, OidcError> {
        let (reply_to, client) = (self.trusted.reply_to(), &self.registered.client);
        let grant = Grant {
            client_id: client.id.clone(),
            who: session.who.address().clone(),
            scopes: request.scopes.clone(),
            claims: request.claims.clone(),
            nonce: request.nonce.clone(),
            authenticated: session.opened,
            session: session_name(app, &session.id),
        };
        let address = Hashed(&grant.who);
        tracing::info!(outcome = "signed-in", client = %client.id, %address, "authorize");
        let issuer = app.settings.issuer.as_str();
        match request.flow {
            Flow::IdToken => {
                let key = signing_key(app, client.signing, now)?;
                let token = id_token(&known.statement(app), &grant, client, now, key)?;
                Ok(reply_to.with("id_token", &token, issuer))
            }
            Flow::Code => {
                let expires = now.plus(CODE_LIFETIME);
                let agreed = CodeGrant {
                    grant,
                    redirect_uri: reply_to.redirect_uri().to_owned(),
                    challenge: request.challenge.clone(),
                    expires,
                };
                let code = chance::token()?;
                keep(app, &agreed, session, &code, now).await?;
                Ok(reply_to.with("code", code.expose(), issuer))
            }
        }
    }
}

impl Asked<'_> {
    /// Gives the sealed time at which this browser came with this request first: now, if it has not been
    /// here before.
    pub fn waiting_since(&self, app: &App) -> String {
        let now = app.clock.now().to_seconds();
        if let (Some(_), Some(since)) = (self.since(app, now), self.since) {
            return since.to_owned();
        }
        app.since.write(self.browser, self.query, now)
    }

    /// Says since when the request waits, if this browser brought it before.
    fn since(&self, app: &App, now: UnixSeconds) -> Option<UnixSeconds> {
        let since = self.since?;
        app.since.read(since, self.browser, self.query, now)
    }
}

/// Is the person who is signed in the one whom the site means?
enum Meant {
    Yes,
    /// The site has guessed at somebody else.
    Perhaps,
    No,
    /// It cannot be read whom it means.
    Unclear,
}

fn wants_password(request: &AuthorizationRequest, session: &LiveSession, now: UnixSeconds) -> bool {
    let age = now.as_seconds().saturating_sub(session.opened.as_seconds());
    let is_old = |most: u64| i64::try_from(most).is_ok_and(|most| age > most);
    request.prompts.login || request.max_age_seconds.is_some_and(is_old)
}

async fn keep(
    app: &App,
    agreed: &CodeGrant,
    session: &LiveSession,
    code: &Secret<String>,
    now: UnixSeconds,
) -> Result<(), OidcError> {
    let usage = if agreed.grant.is_refreshable() {
        GrantUse::Offline
    } else {
        GrantUse::WithSession
    };
    let row = GrantRow {
        id: GrantId::from_random(chance::name()?),
        issuer: app.settings.issuer.as_str().to_owned(),
        client: agreed.grant.client_id.as_str().to_owned(),
        address: agreed.grant.who.clone(),
        proof: session.proof,
        session: Some(session.id),
        usage,
        content: grant::write(agreed, session.expires)?,
        opened: now,
        expires: agreed.expires,
    };
    let token = NewToken {
        id: grant::name_of(code),
        kind: TokenKind::Code,
        expires: agreed.expires,
    };
    app.store.open_grant(&row, &[token]).await?;
    // The session may have ended meanwhile, and would have taken the grant along.
    let is_stored = app.sealed.is_none();
    if is_stored && app.store.session(&session.id).await?.is_none() {
        app.store.end_grant(&row.id).await?;
    }
    Ok(())
}

const SOMEBODY_ELSE: OAuthError = OAuthError::new(
    Code::LoginRequired,
    "somebody else has signed in than the request means",
);
const UNCLEAR_HINT: OAuthError = OAuthError::new(
    Code::InvalidRequest,
    "id_token_hint is no ID token that this issuer gave to this client",
);
