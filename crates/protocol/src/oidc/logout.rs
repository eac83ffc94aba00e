//! Signing out because a site asks for it (OpenID Connect RP-Initiated Logout 1.0).

use super::client::Client;
use super::parameters::Parameters;
use super::redirect_uri::{Place, RedirectUri};

/// What a site says that has signed somebody out (§2). `logout_hint` and `ui_locales` decide nothing
/// here, so they are not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogoutRequest {
    /// An ID token that the site has of the person.
    pub id_token_hint: Option<String>,
    /// Which client the site claims to be.
    pub client_id: Option<String>,
    redirect_uri: Option<String>,
    state: Option<String>,
}

/// Says that the browser would be sent to an address that is none of the client's own (§3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("post_logout_redirect_uri is not registered for this client")]
pub struct UnregisteredLogoutRedirect;

impl LogoutRequest {
    /// Takes what counts from the parameters of a request.
    pub fn read(parameters: &Parameters) -> Self {
        let one = |name| parameters.one(name).map(str::to_owned);
        Self {
            id_token_hint: one("id_token_hint"),
            client_id: one("client_id"),
            redirect_uri: one("post_logout_redirect_uri"),
            state: one("state"),
        }
    }

    /// Says where the browser goes on to, with the site's state: nowhere, if the site wants it nowhere.
    ///
    /// Without a client no address is anybody's.
    pub fn onward(
        &self,
        client: Option<&Client>,
    ) -> Result<Option<String>, UnregisteredLogoutRedirect> {
        let Some(asked) = &self.redirect_uri else {
            return Ok(None);
        };
        if !client.is_some_and(|client| client.allows_after_logout(asked)) {
            return Err(UnregisteredLogoutRedirect);
        }
        Ok(Some(match &self.state {
            Some(state) => RedirectUri::with(asked, Place::Query, &[("state", state)]),
            None => asked.clone(),
        }))
    }
}
