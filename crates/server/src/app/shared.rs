//! What all issuers of one process have in common: the store, the clock, the mail servers and their
//! rests, what is remembered of strangers.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use mailbox::{OpenError, PasswordCheck, Relay};
use protocol::browserid::CertificateMemory;
use protocol::email::EmailAddress;
use protocol::origin::Origin;
use store::Store;

use super::{App, StartError, mail_options};
use crate::breaker::Breaker;
use crate::clock::Clock;
use crate::outbound::{Memory, Outbound};
use crate::queue::Queue;
use crate::sealed::Ended;
use crate::settings::{FallbackSettings, Settings};
use crate::wildcard::{MailExchangers, Wildcard};

/// What installations are put together on. Those that stand on one of these share it: a mail server
/// that rests for one of them rests for all.
#[derive(Clone)]
pub struct Shared {
    pub(crate) clock: Clock,
    pub(crate) store: Arc<dyn Store>,
    /// The issuer of clients in the store that name none.
    pub(super) main_issuer: Origin,
    pub(super) queue: Queue,
    pub(super) discovery: Memory,
    pub(super) certificates: Arc<CertificateMemory>,
    pub(super) post: Option<Arc<Post>>,
    pub(super) options: mailbox::Options,
    /// Who knows whose mail comes to us. Without them nothing is known about domains that the settings
    /// do not name, where they are to be served.
    pub(super) exchangers: Option<Arc<dyn MailExchangers>>,
    /// Those that are in use, by the ways in which they are asked.
    backends: Backends,
    /// The same of the settings before, whose rests go on.
    former_backends: Backends,
    /// What was known under the settings before.
    pub(super) former_wildcard: Option<Wildcard>,
    /// Which sealed sessions were ended before their time.
    pub(super) ended: Ended,
    /// Held by whoever tells sites of log-outs.
    pub(super) telling: Arc<tokio::sync::Mutex<()>>,
}

type Backends = Arc<Mutex<HashMap<String, Weak<Breaker>>>>;

/// How codes are mailed to addresses of domains that have no issuer.
#[derive(Debug)]
pub(crate) struct Post {
    pub(crate) relay: Relay,
    /// Whom the letters are from.
    pub(crate) from: EmailAddress,
}

impl Shared {
    /// Makes ready what the settings say in common. Opens no connection.
    pub fn new(
        settings: &Settings,
        store: Arc<dyn Store>,
        clock: Clock,
    ) -> Result<Self, StartError> {
        let options = mail_options(settings);
        let outbound =
            Outbound::new(&settings.outbound, clock.clone()).map_err(StartError::Outbound)?;
        Ok(Self {
            discovery: Memory::new(outbound, &settings.broker, clock.clone()),
            clock,
            store,
            main_issuer: settings.issuer.clone(),
            queue: Queue::default(),
            certificates: Arc::default(),
            post: Post::of(settings, &options)?,
            options,
            exchangers: None,
            backends: Arc::default(),
            former_backends: Arc::default(),
            former_wildcard: None,
            ended: Arc::default(),
            telling: Arc::default(),
        })
    }

    /// The same for other settings, whose installations are to replace `former`, the main issuer's, and those
    /// beside it, while they answer: nobody who has to wait, no mail server that rests and nothing that is remembered begins
    /// anew. Mail servers are opened again, and their secrets with them. Opens no connection.
    pub fn renewed(&self, settings: &Settings, former: &App) -> Result<Self, StartError> {
        let options = mail_options(settings);
        let discovery = self.discovery.renewed(&settings.outbound, &settings.broker);
        Ok(Self {
            discovery: discovery.map_err(StartError::Outbound)?,
            main_issuer: settings.issuer.clone(),
            post: Post::of(settings, &options)?,
            options,
            backends: Arc::default(),
            former_backends: Arc::clone(&self.backends),
            former_wildcard: former.wildcard().cloned(),
            ..self.clone()
        })
    }

    /// Lets `exchangers` be asked whose mail comes to us.
    #[must_use]
    pub fn asking(mut self, exchangers: Arc<dyn MailExchangers>) -> Self {
        self.exchangers = Some(exchangers);
        self
    }

    /// Gives whom to ask in this way, who is opened unless that was done before.
    pub(super) fn backend(
        &self,
        way: String,
        open: impl FnOnce(&mailbox::Options) -> Result<Arc<dyn PasswordCheck>, OpenError>,
    ) -> Result<Arc<Breaker>, OpenError> {
        let mut backends = locked(&self.backends);
        if let Some(backend) = backends.get(&way).and_then(Weak::upgrade) {
            return Ok(backend);
        }
        let server = open(&self.options)?;
        let former = locked(&self.former_backends)
            .get(&way)
            .and_then(Weak::upgrade);
        let backend = Arc::new(match former {
            Some(former) => former.reopened(server),
            None => Breaker::new(server),
        });
        backends.retain(|_, backend| backend.strong_count() > 0);
        backends.insert(way, Arc::downgrade(&backend));
        Ok(backend)
    }
}

fn locked(backends: &Backends) -> MutexGuard<'_, HashMap<String, Weak<Breaker>>> {
    backends.lock().unwrap_or_else(PoisonError::into_inner)
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared")
            .field("store", &self.store)
            .finish_non_exhaustive()
    }
}

impl Post {
    fn of(
        settings: &Settings,
        options: &mailbox::Options,
    ) -> Result<Option<Arc<Self>>, StartError> {
        let fallback = settings.broker.fallback.as_ref();
        let post = fallback.map(|fallback| Self::open(fallback, options).map(Arc::new));
        post.transpose()
    }

    fn open(fallback: &FallbackSettings, options: &mailbox::Options) -> Result<Self, StartError> {
        let password = fallback.password.as_ref().map(|password| {
            let text = password.text().ok_or(StartError::NoPassword)?;
            Ok::<_, StartError>(text.clone())
        });
        let credentials = fallback.user.clone().zip(password.transpose()?);
        Ok(Self {
            relay: Relay::open(&fallback.smtp, credentials, options)?,
            from: fallback.from.clone(),
        })
    }
}
