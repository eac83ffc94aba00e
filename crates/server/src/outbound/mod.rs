//! The only door out: fetches the documents of strangers (`browserid.md` §1.1-1.2).
//!
//! Whom it asks is chosen by whoever sends an assertion or types an address (§8.1 F12), so it gives
//! them little: HTTPS alone, with the certificate verified (F22), one request to one path, no
//! redirect, no proxy, no cookie, 64 KiB, 5 s. A name is looked up once, and connected to is one of
//! the addresses that were looked at, so that it cannot change in between. Port 443 alone; the map
//! `[outbound] hosts` of the settings is the one exception to both rules.
//!
//! **No, or could not ask?** Only a definite no may ever let somebody else speak for a domain
//! (§1.5), so whatever may be an issuer in trouble counts as "could not ask":
//!
//! | What happened | It means |
//! | --- | --- |
//! | a document that says `disabled`; status 404 or 410 | no |
//! | the name does not exist, or has no address | a weak no |
//! | a redirect | a weak no |
//! | any other status but 200 that is not named below | a weak no |
//! | status 200 without `application/json` | a weak no |
//! | status 408, 421, 425, 429, 5xx | could not ask |
//! | `application/json` that is no support document, too large, or cut off | could not ask |
//! | the name could not be looked up, or leads to special addresses | could not ask |
//! | a port that the settings do not know | could not ask |
//! | no connection, no TLS, a certificate that does not verify, no HTTP | could not ask |
//! | no answer in time, or too much to do here | could not ask |
//!
//! A weak no is what a plain web server says, and also what a broken or captured one does. It counts
//! only from the domain's own host, and only if the domain had no issuer lately: `journey::discovery`.
//!
//! Called by `Memory`, which keeps the answers; that one by `journey::discovery`. [`Pages`] fetches what is
//! no support document, for `persona setup`, by the same rules. What `post` tells goes to whom the operator
//! has named.
//! Deliberately absent: plain HTTP, and any way to switch
//! verification off.

mod address;
mod error;
mod exchange;
mod limits;
mod memory;
mod page;
mod post;
mod resolver;
#[cfg(test)]
mod tests;

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use protocol::browserid::Authority;
use protocol::email::Domain;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::clock::{Clock, stopwatch};
use crate::queue::Place;
use crate::settings::OutboundSettings;

use address::is_special;
use error::{NotReached, safe};
use exchange::Fetched;
use limits::Addresses;
use resolver::Resolver;

pub use error::{FetchError, Obstacle};
pub(crate) use limits::{Customers, Turn};
pub use memory::Issuer;
pub(crate) use memory::{Memory, Word};
pub use page::{PageError, Pages, Seen};
pub(crate) use post::{Destination, NotTold};
pub use resolver::{NAME_SERVICE_SWITCH, tells_absence};

/// Asks strangers for their documents.
#[derive(Debug)]
pub(crate) struct Outbound {
    /// Nothing, when there is no authority to verify by.
    tls: Option<Arc<ClientConfig>>,
    settings: OutboundSettings,
    resolver: Arc<Resolver>,
    addresses: Arc<Addresses>,
    clock: Clock,
    limit: Duration,
}

impl Outbound {
    /// Reads the authorities that certificates may come from.
    pub(crate) fn new(
        settings: &OutboundSettings,
        clock: Clock,
    ) -> Result<Self, mailbox::OpenError> {
        let tls = mailbox::client_config(settings.ca.as_deref())?;
        Ok(Self {
            tls: tls.map(Arc::new),
            settings: settings.clone(),
            resolver: Arc::new(Resolver::new(Path::new(NAME_SERVICE_SWITCH))),
            addresses: Arc::new(Addresses::new()),
            clock,
            limit: FETCH_LIMIT,
        })
    }

    /// The same for other settings: what is under way at each address goes on to count.
    fn renewed(&self, settings: &OutboundSettings) -> Result<Self, mailbox::OpenError> {
        let tls = mailbox::client_config(settings.ca.as_deref())?;
        Ok(Self {
            tls: tls.map(Arc::new),
            settings: settings.clone(),
            resolver: Arc::clone(&self.resolver),
            addresses: Arc::clone(&self.addresses),
            clock: self.clock.clone(),
            limit: self.limit,
        })
    }

    /// Asks `authority` who speaks for the domain `about`. The place `look_up` is held for as long as
    /// the name is being looked up.
    pub(crate) async fn document(
        &self,
        authority: &Authority,
        about: &Domain,
        look_up: Place,
    ) -> Result<Fetched, FetchError> {
        let watch = stopwatch();
        let fetching = timeout(self.limit, self.fetch(authority, about, look_up));
        let fetched = fetching
            .await
            .unwrap_or_else(|_| Err(FetchError::Timeout(authority.clone())));
        let millis = watch.elapsed().as_millis();
        match &fetched {
            Ok(_) => tracing::info!(host = %authority, outcome = "document", millis, "fetch"),
            Err(error) => {
                let outcome = if error.is_definite() {
                    "no"
                } else {
                    "not asked"
                };
                let cause = error.cause();
                tracing::info!(host = %authority, outcome, cause, millis, "fetch");
            }
        }
        fetched
    }

    async fn fetch(
        &self,
        authority: &Authority,
        about: &Domain,
        look_up: Place,
    ) -> Result<Fetched, FetchError> {
        let reached = self.reach(authority, look_up).await;
        let (stream, _turn) = reached.map_err(|error| error.about(authority))?;
        exchange::ask(stream, authority, about).await
    }

    /// Connects to a host that has shown its certificate.
    async fn reach(&self, authority: &Authority, look_up: Place) -> Result<Reached, NotReached> {
        let places = self.places(authority, look_up).await?;
        let (stream, turn) = self.connect(authority.host(), &places).await?;
        Ok((self.encrypt(stream, authority.host()).await?, turn))
    }

    /// Finds where to connect: nowhere but to addresses that were looked at.
    async fn places(
        &self,
        authority: &Authority,
        look_up: Place,
    ) -> Result<Vec<SocketAddr>, NotReached> {
        let host = authority.host();
        if let Some(place) = self.settings.hosts.get(host) {
            return Ok(vec![*place]);
        }
        if authority.port().is_some() {
            return Err(Obstacle::Port.into());
        }
        // RFC 6761 §6.3: these mean this machine, whatever a resolver says.
        if host.as_str() == "localhost" || host.as_str().ends_with(".localhost") {
            return Err(Obstacle::SpecialAddress.into());
        }
        let found = self.resolver.look_up(host, look_up).await;
        let found = found.map_err(NotReached::from)?;
        Ok(public(&found)?)
    }

    /// Connects to the first place that answers; a silent one does not use up the others' time. Only
    /// so many connections go to one address, unless the operator has said that the host is there.
    async fn connect(
        &self,
        host: &Domain,
        places: &[SocketAddr],
    ) -> Result<(TcpStream, Option<OwnedSemaphorePermit>), Obstacle> {
        let is_counted = !self.settings.hosts.contains_key(host);
        let mut last = Obstacle::Connection(safe(&io::Error::from(io::ErrorKind::NotFound)));
        for place in places {
            let mut turn = None;
            if is_counted {
                let enter = self.addresses.enter(place.ip(), self.clock.now());
                turn = timeout(CONNECT_LIMIT, enter).await.ok().flatten();
                if turn.is_none() {
                    last = Obstacle::Busy;
                    continue;
                }
            }
            match dial(place).await {
                Ok(stream) => return Ok((stream, turn)),
                Err(obstacle) => last = obstacle,
            }
        }
        Err(last)
    }

    async fn encrypt(
        &self,
        stream: TcpStream,
        host: &Domain,
    ) -> Result<TlsStream<TcpStream>, Obstacle> {
        let tls = self.tls.as_ref().ok_or(Obstacle::NoRoots)?;
        let name = ServerName::try_from(host.to_string())
            .map_err(|error| Obstacle::Encryption(safe(&error)))?;
        TlsConnector::from(Arc::clone(tls))
            .connect(name, stream)
            .await
            .map_err(|error| Obstacle::Encryption(safe(&error)))
    }
}

/// Connects to one place, which may be silent.
async fn dial(place: &SocketAddr) -> Result<TcpStream, Obstacle> {
    match timeout(CONNECT_LIMIT, TcpStream::connect(place)).await {
        Ok(Ok(stream)) => Ok(stream),
        Ok(Err(error)) => Err(Obstacle::Connection(safe(&error))),
        Err(_) => {
            let error = io::Error::from(io::ErrorKind::TimedOut);
            Err(Obstacle::Connection(safe(&error)))
        }
    }
}

/// A connection, and the turn at its address that it holds.
type Reached = (TlsStream<TcpStream>, Option<OwnedSemaphorePermit>);

/// Keeps the public ones of the addresses that a look-up gave, a few of them.
fn public(found: &[IpAddr]) -> Result<Vec<SocketAddr>, Obstacle> {
    let mut places = Vec::new();
    for address in found.iter().filter(|address| !is_special(**address)) {
        let place = SocketAddr::new(*address, HTTPS);
        if !places.contains(&place) {
            places.push(place);
        }
    }
    places.truncate(MOST_ADDRESSES);
    if places.is_empty() {
        return Err(Obstacle::SpecialAddress);
    }
    Ok(places)
}

const HTTPS: u16 = 443;
/// How many addresses of one name are tried.
const MOST_ADDRESSES: usize = 3;
/// How long one address may take to connect.
const CONNECT_LIMIT: Duration = Duration::from_millis(1500);
/// How long a document may take, from the name to the last octet.
const FETCH_LIMIT: Duration = Duration::from_secs(5);
