//! A site has signed somebody out and asks whether they want to be signed out here, too (OpenID Connect
//! RP-Initiated Logout 1.0).
//!
//! A site that shows an ID token which we gave it for the person who is signed in need not ask: it is the
//! site that they have just left. Everybody else only has the question put, since any page can send a
//! browser here. Where the browser goes on to is one of the client's registered addresses, or our own page.

use std::sync::Arc;

use protocol::email::EmailAddress;
use protocol::oidc::{LogoutRequest, OAuthError, Parameters, UnregisteredLogoutRedirect};

use super::OidcError;
use super::hint::{self, Hint};
use super::person;
use super::session_name::session_name;
use crate::app::App;
use crate::clients::RegisteredClient;
use crate::journey::session::LiveSession;

/// What comes next.
#[derive(Debug)]
pub enum Next {
    /// The session ends, if there is one, and the browser goes on; to our own page if that is nowhere.
    Leave {
        /// Where to.
        onward: Option<String>,
    },
    /// The person is asked first.
    Ask {
        /// Who is signed in.
        who: EmailAddress,
        /// Which site they come from, if it has said so.
        site: Option<String>,
    },
}

/// Why a request is answered on our own page, with everybody as signed in as before.
#[derive(Debug, thiserror::Error)]
pub enum LogoutRefusal {
    /// The parameters cannot be read.
    #[error(transparent)]
    Unreadable(OAuthError),
    /// The request is longer than browsers carry in a link.
    #[error("the request is longer than a link may be")]
    TooLong,
    /// The hint is not one of our ID tokens.
    #[error("id_token_hint is no ID token that this issuer has signed with a key of these days")]
    ForeignHint,
    /// The hint was given to another client than the one that asks (§2).
    #[error("id_token_hint was given to another client than client_id names")]
    OtherClient,
    /// Nobody here knows the client.
    #[error("no client of this name is registered here")]
    UnknownClient,
    /// The browser would go elsewhere.
    #[error(transparent)]
    Redirect(#[from] UnregisteredLogoutRedirect),
    /// It is not known what to answer.
    #[error(transparent)]
    Trouble(#[from] OidcError),
}

/// Decides what comes next for a request, as it came.
pub async fn consider(
    app: &App,
    query: &str,
    session: Option<&LiveSession>,
) -> Result<Next, LogoutRefusal> {
    let departure = Departure::read(app, query).await?;
    let Some(session) = session else {
        return Ok(Next::Leave {
            onward: departure.onward,
        });
    };
    if departure.is_of(app, session)? {
        return Ok(Next::Leave {
            onward: departure.onward,
        });
    }
    Ok(Next::Ask {
        who: session.who.address().clone(),
        site: departure.site_name(),
    })
}

/// Says where the browser goes on to after the person has said yes.
pub async fn onward(app: &App, query: &str) -> Result<Option<String>, LogoutRefusal> {
    Ok(Departure::read(app, query).await?.onward)
}

/// A request that may be followed: it is known who asks, and where the browser goes is theirs.
struct Departure {
    from: Option<Arc<RegisteredClient>>,
    hint: Option<Hint>,
    onward: Option<String>,
}

impl Departure {
    async fn read(app: &App, query: &str) -> Result<Self, LogoutRefusal> {
        let parameters = Parameters::read(query).map_err(LogoutRefusal::Unreadable)?;
        let request = LogoutRequest::read(&parameters);
        let hint = match &request.id_token_hint {
            Some(text) => Some(hint::read(app, text).ok_or(LogoutRefusal::ForeignHint)?),
            None => None,
        };
        let named = request.client_id.as_deref();
        let given = hint.as_ref().map(|hint| hint.client.as_str());
        if named
            .zip(given)
            .is_some_and(|(named, given)| named != given)
        {
            return Err(LogoutRefusal::OtherClient);
        }
        let from = match named.or(given) {
            Some(id) => {
                let found = app.client(id).await.map_err(OidcError::from)?;
                Some(found.ok_or(LogoutRefusal::UnknownClient)?)
            }
            None => None,
        };
        let onward = request.onward(from.as_ref().map(|from| &from.client))?;
        Ok(Self { from, hint, onward })
    }

    /// Does the site show that it is about this session's person?
    fn is_of(&self, app: &App, session: &LiveSession) -> Result<bool, OidcError> {
        let Some((hint, from)) = self.hint.as_ref().zip(self.from.as_ref()) else {
            return Ok(false);
        };
        // They may have signed in here anew since: then the session's name is another.
        let is_session = hint.session == Some(session_name(app, &session.id));
        let subject = person::subject(app, from, session.who.address())?;
        Ok(is_session || hint.subject == subject)
    }

    fn site_name(&self) -> Option<String> {
        let client = &self.from.as_ref()?.client;
        let id = || client.id.as_str().to_owned();
        Some(client.name.clone().unwrap_or_else(id))
    }
}
