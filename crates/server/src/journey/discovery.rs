//! Discover: who speaks for a domain? (`browserid.md` §1.4-1.5)
//!
//! For our own domains we do, and for those of another issuer of this process that one does: nobody's
//! hosts are asked. For others their hosts are asked, and those to
//! which they delegate; the answer is an issuer, a definite no, or that it could not be found out.
//! The three must never be confused, because after a definite no, and only then, somebody else may
//! speak for the domain (§8.1 F4). So a no counts for less here than at the host that said it: where
//! a domain was lately seen to have an issuer, or delegates, only a plain 404 or 410 or a document
//! that says `disabled` is a no; all else, circles included, means that nobody knows. Called by the dialog's look-up of an
//! address, by the check of certificates and by the verifier.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use protocol::browserid::{Authority, Chain, ChainError};
use protocol::email::Domain;
use store::{ISSUER_MEMORY, StoreError};
use tokio::time::timeout;

use super::Kind;
use crate::app::App;
use crate::customer::customer;
use crate::outbound::{FetchError, Obstacle, Word};
use crate::wildcard::DoorUnknown;

pub use crate::outbound::Issuer;

#[cfg(test)]
mod tests;

/// Who speaks for a domain.
#[derive(Clone, Debug)]
pub enum Discovery {
    /// We do: it is a domain of the settings, or its mail comes to us.
    Ours,
    /// This issuer, and nobody else.
    Issuer(Arc<Issuer>),
    /// Nobody: it was asked and is definitely no issuer. The reason is in the words that sites know.
    NoIssuer(String),
    /// Nobody: the domain says that it does not want to.
    Disabled,
}

/// Why nobody knows who speaks for a domain.
#[derive(Clone, Debug, thiserror::Error)]
pub enum CouldNotDiscover {
    /// Whether we do is not known.
    #[error("{0}")]
    Door(#[from] DoorUnknown),
    /// A host on the way could not be asked, or gave no answer that can be used.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// The domain delegates, and the way leads nowhere.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// All hosts together took too long.
    #[error("timeout trying to load well-known for {0}")]
    Timeout(Domain),
    /// The name does not exist any more, and had an issuer not long ago.
    #[error("{0} is not a browserid primary: its name is gone, and it had an issuer lately")]
    Gone(Domain),
    /// An issuer that the settings name does not speak for this domain.
    #[error("{0} is not a browserid primary: it does not speak for {1}")]
    NotItself(Authority, Domain),
    /// The memory of issuers seen could not be read.
    #[error("{0} is not a browserid primary: it could not be asked")]
    Store(Domain, Arc<StoreError>),
}

impl CouldNotDiscover {
    /// Says whose the error is.
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Door(error) => Kind::of_door(error),
            Self::Fetch(FetchError::NotAsked(_, Obstacle::Busy)) => Kind::Busy,
            Self::Fetch(_)
            | Self::Chain(_)
            | Self::Timeout(_)
            | Self::Gone(_)
            | Self::NotItself(..)
            | Self::Store(..) => Kind::Upstream,
        }
    }

    /// Tells the operator what happened, more closely than a stranger may know.
    pub fn cause(&self) -> String {
        match self {
            Self::Fetch(error) => error.cause(),
            Self::Store(_, error) => error.to_string(),
            Self::Door(_)
            | Self::Chain(_)
            | Self::Timeout(_)
            | Self::Gone(_)
            | Self::NotItself(..) => self.to_string(),
        }
    }
}

/// Finds out who speaks for `domain`. `client` is on whose behalf hosts are asked, which is counted;
/// what is known already is free.
pub async fn discover(
    app: &App,
    domain: &Domain,
    client: IpAddr,
) -> Result<Discovery, CouldNotDiscover> {
    if app.door(domain, client).await?.is_some() {
        return Ok(Discovery::Ours);
    }
    if let Some(sibling) = app.siblings.issuer(domain) {
        return Ok(Discovery::Issuer(Arc::clone(sibling)));
    }
    within(WHOLE_LIMIT, app, domain, &customer(client)).await
}

/// Asks an issuer that the settings name whether it speaks for `about`, which has none of its own.
///
/// Whether its word counts is the caller's business: this only says with which keys it is given.
pub async fn issuer_named(
    app: &App,
    issuer: &Authority,
    about: &Domain,
    client: IpAddr,
) -> Result<Arc<Issuer>, CouldNotDiscover> {
    let not_itself = || CouldNotDiscover::NotItself(issuer.clone(), about.clone());
    if is_here(app, issuer) {
        return Err(not_itself());
    }
    let customer = customer(client);
    let word = app.discovery.ask(issuer, about, &customer).await?;
    match word.as_ref() {
        Word::Issuer { issuer, .. } => Ok(Arc::clone(issuer)),
        // Whoever is named in the settings speaks for itself or not at all.
        Word::Delegation(_) | Word::Disabled => Err(not_itself()),
    }
}

async fn within(
    limit: Duration,
    app: &App,
    domain: &Domain,
    customer: &str,
) -> Result<Discovery, CouldNotDiscover> {
    let found = timeout(limit, follow(app, domain, customer)).await;
    found.unwrap_or_else(|_| Err(CouldNotDiscover::Timeout(domain.clone())))
}

async fn follow(app: &App, domain: &Domain, customer: &str) -> Result<Discovery, CouldNotDiscover> {
    let mut chain = Chain::begin(domain);
    loop {
        let host = chain.host();
        if is_here(app, host) {
            // Somebody may point to us without asking; we speak for the domains of our settings.
            let no = format!("{domain} is not a browserid primary: {host} does not speak for it");
            return Ok(Discovery::NoIssuer(no));
        }
        let word = match app.discovery.ask(host, domain, customer).await {
            Ok(word) => word,
            Err(error) => return refusal(app, domain, error).await,
        };
        match word.as_ref() {
            Word::Disabled => return Ok(Discovery::Disabled),
            Word::Delegation(authority) => chain.follow(authority)?,
            Word::Issuer { issuer, noted } => {
                if !noted.swap(true, Ordering::Relaxed) {
                    note(app, domain, customer, noted).await;
                }
                return Ok(Discovery::Issuer(Arc::clone(issuer)));
            }
        }
    }
}

/// Decides what it means for `domain` that a host on the way gave no document.
async fn refusal(
    app: &App,
    domain: &Domain,
    error: FetchError,
) -> Result<Discovery, CouldNotDiscover> {
    if !error.is_definite() {
        return Err(error.into());
    }
    // The domain has said that it has an issuer, and only the issuer is broken or gone.
    if !error.is_plain() && error.host() != &Authority::of(domain) {
        return Err(error.into());
    }
    if !error.is_plain() && had_issuer_lately(app, domain).await? {
        if matches!(error, FetchError::NoSuchHost(_)) {
            return Err(CouldNotDiscover::Gone(domain.clone()));
        }
        return Err(error.into());
    }
    Ok(Discovery::NoIssuer(error.to_string()))
}

async fn had_issuer_lately(app: &App, domain: &Domain) -> Result<bool, CouldNotDiscover> {
    let seen = app.store.issuer_seen(domain).await;
    let seen = seen.map_err(|error| CouldNotDiscover::Store(domain.clone(), error.into()))?;
    let oldest = app.clock.now().minus(ISSUER_MEMORY).to_seconds();
    Ok(seen.is_some_and(|seen| seen >= oldest))
}

/// Notes that a domain has an issuer. Whoever has a wildcard domain cannot fill the store with it:
/// beyond a customer's share, new domains are left to be noted when others ask.
async fn note(app: &App, domain: &Domain, customer: &str, noted: &AtomicBool) {
    let now = app.clock.now().to_seconds();
    let seen = app.store.issuer_seen(domain).await;
    if matches!(seen, Ok(None)) && !app.discovery.may_note(customer) {
        noted.store(false, Ordering::Relaxed);
        return;
    }
    // What is missing then is a precaution for later; the issuer has answered all the same.
    if let Err(error) = app.store.remember_issuer(domain, now).await {
        tracing::warn!(%domain, %error, "that a domain has an issuer could not be noted");
    }
}

/// Is this one of our own names, or of another issuer of this process, which are never asked over the
/// network?
fn is_here(app: &App, authority: &Authority) -> bool {
    let host = authority.host();
    app.named_door(host).is_some()
        || app.settings().issuer.host() == host.as_str()
        || app.siblings.are_at(host)
}

/// How long all hosts together may take.
const WHOLE_LIMIT: Duration = Duration::from_secs(10);
