//! Grants: what a code or a refresh token stands for, and when it is good for tokens
//! (RFC 6749 §4.1.3, RFC 7636 §4.6).

use serde::{Deserialize, Serialize};

use super::claims::ClaimsRequest;
use super::client::ClientId;
use super::error::{Code, OAuthError};
use super::pkce::Challenge;
use super::scope::{Scope, Scopes};
use crate::email::EmailAddress;
use crate::time::UnixSeconds;

/// What a person has agreed to, once: a client may know who they are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// The client.
    pub client_id: ClientId,
    /// Who has proven their address, by the address that they have proven.
    pub who: EmailAddress,
    /// What the client may be told.
    pub scopes: Scopes,
    /// What it has asked for by name.
    pub claims: ClaimsRequest,
    /// What shall stand in the ID token.
    pub nonce: Option<String>,
    /// When the password was typed.
    pub authenticated: UnixSeconds,
    /// The sign-in that it belongs to, as the client is told it (`sid`).
    pub session: String,
}

/// A grant as a code stands for it: for whoever received the code where it was sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeGrant {
    /// What was agreed to.
    pub grant: Grant,
    /// Where the code was sent.
    pub redirect_uri: String,
    /// What has to be met.
    pub challenge: Option<Challenge>,
    /// When the code ends.
    pub expires: UnixSeconds,
}

impl Grant {
    /// Says what the client is told, by scope, whichever way it has asked for it.
    pub fn discloses(&self) -> Scopes {
        self.scopes.and(&self.claims.scopes())
    }
}

impl CodeGrant {
    /// Gives the grant to the client that it was made for, and to no other.
    pub fn redeem(
        self,
        client_id: &ClientId,
        redirect_uri: Option<&str>,
        verifier: Option<&str>,
        now: UnixSeconds,
    ) -> Result<Grant, OAuthError> {
        if now >= self.expires {
            return Err(invalid("the code is over"));
        }
        if self.grant.client_id != *client_id {
            return Err(invalid("the code was given to another client"));
        }
        if redirect_uri != Some(&self.redirect_uri) {
            return Err(invalid(
                "the redirect_uri is not the one that the code was sent to",
            ));
        }
        match (&self.challenge, verifier) {
            (None, None) => {}
            (Some(challenge), Some(verifier)) if challenge.is_met_by(verifier) => {}
            (Some(_), Some(_)) => return Err(invalid("the code_verifier does not fit")),
            (Some(_), None) => return Err(invalid("the code_verifier is missing")),
            // Somebody took the challenge out on the way (RFC 9700 §2.1.1, PKCE downgrade).
            (None, Some(_)) => {
                return Err(invalid(
                    "a code_verifier, but the code was asked for without one",
                ));
            }
        }
        Ok(self.grant)
    }
}

impl Grant {
    /// May the client come back with a refresh token?
    pub fn is_refreshable(&self) -> bool {
        self.scopes.has(Scope::OfflineAccess)
    }

    /// Gives the grant for a refresh that asks for less (RFC 6749 §6).
    pub fn narrowed(mut self, wanted: Option<Scopes>) -> Result<Self, OAuthError> {
        if let Some(wanted) = wanted {
            if !self.scopes.include(&wanted) {
                let sentence = "a refresh cannot ask for more than was agreed to";
                return Err(OAuthError::new(Code::InvalidScope, sentence));
            }
            // What was asked for by name goes with the scope that is given up.
            let stays = |scope| wanted.has(scope) || !self.scopes.has(scope);
            let rest = Scope::ALL.into_iter().filter(|scope| stays(*scope));
            self.claims = self.claims.within(&rest.collect());
            self.scopes = wanted;
        }
        Ok(self)
    }
}

const fn invalid(sentence: &'static str) -> OAuthError {
    OAuthError::new(Code::InvalidGrant, sentence)
}
