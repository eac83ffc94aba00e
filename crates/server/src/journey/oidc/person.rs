//! A person as one client comes to know them: by which name, and whether at all.

use protocol::email::{ClaimedEmail, EmailAddress, ProvenEmail};
use protocol::oidc::{Code, OAuthError, Person, Scope, Scopes, Statement, Subject};

use super::super::claim;
use super::OidcError;
use crate::app::App;
use crate::clients::RegisteredClient;

/// A person whom a client may know.
#[derive(Debug)]
pub(super) struct Known {
    email: ClaimedEmail,
    /// The same as a broker wrote it.
    email_as_asked: Option<String>,
    groups: Vec<String>,
    subject: String,
}

impl Known {
    /// Looks at whether a client may know somebody, and by which name; `None` if it may not.
    pub(super) async fn to(
        app: &App,
        registered: &RegisteredClient,
        who: &ProvenEmail,
        scopes: &Scopes,
    ) -> Result<Option<Self>, OidcError> {
        let address = who.address();
        if !app.admits(registered, address)? {
            return Ok(None);
        }
        let groups = if scopes.has(Scope::Groups) {
            app.groups_of(address)?
        } else {
            Vec::new()
        };
        let Some(email) = claim::claim(app, who, address).await? else {
            return Ok(None);
        };
        Ok(Some(Self {
            subject: subject(app, registered, address)?,
            email,
            email_as_asked: None,
            groups,
        }))
    }

    /// Calls them by the address that a broker has asked about, which is the one that counts to it;
    /// `None` if they may not be called so.
    pub(super) async fn called(
        mut self,
        app: &App,
        who: &ProvenEmail,
        asked: &str,
    ) -> Result<Option<Self>, OidcError> {
        let Ok(address) = EmailAddress::parse(asked) else {
            return Ok(None);
        };
        let Some(email) = claim::claim(app, who, &address).await? else {
            return Ok(None);
        };
        self.email = email;
        self.email_as_asked = Some(asked.to_owned());
        Ok(Some(self))
    }

    /// Gives what tokens say of them.
    pub(super) fn statement<'a>(&'a self, app: &'a App) -> Statement<'a> {
        Statement {
            issuer: app.settings.issuer.as_str(),
            subject: &self.subject,
            person: Person {
                email: &self.email,
                email_as_asked: self.email_as_asked.as_deref(),
                name: None,
                groups: &self.groups,
            },
        }
    }

    /// Gives the address that they are called by.
    pub(super) const fn address(&self) -> &EmailAddress {
        self.email.address()
    }

    /// Gives the name that the client has for them.
    pub(super) fn subject(&self) -> &str {
        &self.subject
    }
}

/// Gives the name that a client has for whom this address is.
pub(super) fn subject(
    app: &App,
    registered: &RegisteredClient,
    address: &EmailAddress,
) -> Result<String, OidcError> {
    let keys = app.token_keys().ok_or(OidcError::NoKeys)?;
    Ok(match registered.client.subject {
        Subject::Public => keys.subject(address),
        Subject::Pairwise => {
            let sector = registered.sector.as_deref();
            // A client that sends people nowhere over the web is a sector of its own.
            keys.pairwise(sector.unwrap_or(registered.client.id.as_str()), address)
        }
    })
}

/// What a client is told that may not know somebody.
pub(super) const BARRED: OAuthError = OAuthError::new(
    Code::AccessDenied,
    "the operator does not let this person sign in to this client",
);
