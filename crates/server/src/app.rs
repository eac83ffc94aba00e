//! What every journey stands on: the settings, the store, the keys, the mail servers, the clock.
//!
//! Built once at the start, never changed while it runs. It decides nothing itself.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use mailbox::{MailboxUrl, PasswordCheck};
use protocol::email::{Domain, EmailAddress};
use protocol::time::Timestamp;
use store::Store;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::clock::Clock;
use crate::keyring::Keyring;
use crate::settings::{DomainSettings, Settings};

/// An installation, ready to answer.
#[derive(Debug)]
pub struct App {
    pub(crate) settings: Settings,
    pub(crate) clock: Clock,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) keyring: Keyring,
    doors: HashMap<Domain, Door>,
    asking: Arc<Mutex<HashSet<EmailAddress>>>,
}

/// How the passwords of one mail domain are checked.
#[derive(Debug)]
pub(crate) struct Door {
    pub(crate) settings: DomainSettings,
    server: Server,
}

/// A mail server, and how many questions it may still be asked at once.
#[derive(Clone, Debug)]
struct Server {
    backend: Arc<dyn PasswordCheck>,
    places: Arc<Semaphore>,
}

/// A place in the queue before a mail server: one question for this address, and one of the few
/// that the server is asked at once. Given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    address: EmailAddress,
    asking: Arc<Mutex<HashSet<EmailAddress>>>,
    _permit: OwnedSemaphorePermit,
}

impl App {
    /// Puts an installation together. Nothing is asked of a mail server yet.
    pub fn new(
        settings: Settings,
        store: Arc<dyn Store>,
        keyring: Keyring,
        clock: Clock,
    ) -> Result<Self, mailbox::OpenError> {
        let options = mailbox::Options {
            ehlo_name: settings.issuer.host().to_owned(),
            connect_limit: CONNECT_LIMIT,
            whole_limit: WHOLE_LIMIT,
        };
        let mut doors = HashMap::new();
        let mut servers: HashMap<String, Server> = HashMap::new();
        for domain in &settings.domain {
            // Domains that share a mail server share its queue, its TLS sessions and its roots.
            let url = domain.mailbox.to_string();
            let server = match servers.get(&url) {
                Some(server) => server.clone(),
                None => Server::open(&domain.mailbox, &options)?,
            };
            servers.insert(url, server.clone());
            let door = Door {
                settings: domain.clone(),
                server,
            };
            doors.insert(domain.name.clone(), door);
        }
        Ok(Self {
            settings,
            clock,
            store,
            keyring,
            doors,
            asking: Arc::default(),
        })
    }

    /// The settings it was built from.
    pub const fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The time of day, as this installation's clock tells it.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Does this installation vouch for addresses of `domain`?
    pub fn is_ours(&self, domain: &Domain) -> bool {
        self.doors.contains_key(domain)
    }

    /// The domain that stands over pages which are not about one address: the only one there is, or
    /// the issuer's host.
    pub(crate) fn heading(&self) -> String {
        match self.settings.domain.as_slice() {
            [only] => only.name.to_unicode(),
            _ => self.settings.issuer.host().to_owned(),
        }
    }

    /// Finds how passwords of `domain` are checked; `None` if it is not ours.
    pub(crate) fn door(&self, domain: &Domain) -> Option<&Door> {
        self.doors.get(domain)
    }

    /// Takes a place in the queue for `address`; `None` if it is being asked about already, or the
    /// mail server has as many questions as it should have at once.
    pub(crate) fn place(&self, door: &Door, address: &EmailAddress) -> Option<Place> {
        let permit = Arc::clone(&door.server.places).try_acquire_owned().ok()?;
        let mut asking = self.asking.lock().unwrap_or_else(PoisonError::into_inner);
        asking.insert(address.clone()).then(|| Place {
            address: address.clone(),
            asking: Arc::clone(&self.asking),
            _permit: permit,
        })
    }
}

impl Door {
    /// Whom to ask about a password.
    pub(crate) fn backend(&self) -> &dyn PasswordCheck {
        &*self.server.backend
    }
}

impl Server {
    fn open(url: &MailboxUrl, options: &mailbox::Options) -> Result<Self, mailbox::OpenError> {
        let backend = mailbox::open(url, options)?;
        Ok(Self {
            backend,
            places: Arc::new(Semaphore::new(QUESTIONS_AT_ONCE)),
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.asking
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&self.address);
    }
}

/// How long a connection to a mail server may take to come about.
const CONNECT_LIMIT: Duration = Duration::from_secs(5);
/// How long one check may take in all. Longer than the 10 s after which Postfix itself gives up on
/// Dovecot, and than Dovecot's longest penalty of 17 s (`mail.md` §5).
const WHOLE_LIMIT: Duration = Duration::from_secs(22);
/// How many questions one mail server is asked at once; Postfix allows 50 connections from one
/// address by default, and other programs need some of them.
const QUESTIONS_AT_ONCE: usize = 16;
