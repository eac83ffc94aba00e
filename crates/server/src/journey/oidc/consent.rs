//! A person decides whether a site may know who they are; what they decide is remembered.

use protocol::email::EmailAddress;
use protocol::oidc::{Code, OAuthError, Reply, Scopes};
use store::ConsentRow;

use super::OidcError;
use super::authorize::{Asked, Refusal, Site};
use crate::app::App;
use crate::hashed::Hashed;

/// What somebody said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// The site may know them.
    Allow,
    /// It may not.
    Deny,
}

/// What follows from it.
#[derive(Debug)]
pub enum Decided {
    /// The request begins anew, and will find the consent.
    Remembered,
    /// The site is told no.
    Reply(Reply),
    /// Somebody else is signed in by now than the one who was asked.
    SomebodyElse,
}

/// Remembers what the person said whom the page has named as `shown`, if it has named somebody.
pub async fn decide(
    app: &App,
    asked: &Asked<'_>,
    shown: Option<&EmailAddress>,
    decision: Decision,
) -> Result<Decided, Refusal> {
    let site = Site::of(app, asked.query).await?;
    if decision == Decision::Deny {
        let sentence = "the person does not want this client to know who they are";
        let error = OAuthError::new(Code::AccessDenied, sentence);
        return Ok(Decided::Reply(site.refuse(app, &error)));
    }
    let client = &site.registered.client;
    let request = match site.trusted.read(client) {
        Ok(request) => request,
        Err(error) => return Ok(Decided::Reply(site.refuse(app, &error))),
    };
    let who = asked.session.map(|session| session.who.address());
    let Some(who) = who.filter(|who| Some(*who) == shown) else {
        return Ok(Decided::SomebodyElse);
    };
    let issuer = app.settings.issuer.as_str();
    let trouble = |error: store::StoreError| Refusal::Trouble(OidcError::Store(error));
    let before = app.store.consent(issuer, client.id.as_str(), who).await;
    let before = before.map_err(trouble)?.map(|consent| consent.scopes);
    let before = Scopes::read(&before.unwrap_or_default());
    let consent = ConsentRow {
        issuer: issuer.to_owned(),
        client: client.id.as_str().to_owned(),
        address: who.clone(),
        scopes: before.and(&request.discloses()).to_string(),
        given: app.clock.now().to_seconds(),
    };
    app.store.give_consent(&consent).await.map_err(trouble)?;
    tracing::info!(outcome = "agreed", client = %client.id, address = %Hashed(who), "consent");
    Ok(Decided::Remembered)
}
