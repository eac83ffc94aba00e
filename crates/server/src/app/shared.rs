//! What all issuers of one process have in common: the store, the clock, the mail servers and their
//! rests, what is remembered of strangers.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use mailbox::{OpenError, PasswordCheck, Relay};
use protocol::browserid::CertificateMemory;
use protocol::email::EmailAddress;
use store::Store;

use super::{StartError, mail_options};
use crate::breaker::Breaker;
use crate::clock::Clock;
use crate::outbound::{Memory, Outbound};
use crate::queue::Queue;
use crate::settings::{FallbackSettings, Settings};
use crate::wildcard::MailExchangers;

/// What installations are put together on. Those that stand on one of these share it: a mail server
/// that rests for one of them rests for all.
#[derive(Clone)]
pub struct Shared {
    pub(crate) clock: Clock,
    pub(crate) store: Arc<dyn Store>,
    pub(super) queue: Queue,
    pub(super) discovery: Memory,
    pub(super) certificates: Arc<CertificateMemory>,
    pub(super) post: Option<Arc<Post>>,
    pub(super) options: mailbox::Options,
    /// Who knows whose mail comes to us. Without them nothing is known about domains that the settings
    /// do not name, where they are to be served.
    pub(super) exchangers: Option<Arc<dyn MailExchangers>>,
    /// Those that are in use, by the ways in which they are asked.
    backends: Arc<Mutex<HashMap<String, Weak<Breaker>>>>,
}

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
        let fallback = settings.broker.fallback.as_ref();
        let post = fallback.map(|fallback| Post::open(fallback, &options));
        Ok(Self {
            discovery: Memory::new(outbound, &settings.broker, clock.clone()),
            clock,
            store,
            queue: Queue::default(),
            certificates: Arc::default(),
            post: post.transpose()?.map(Arc::new),
            options,
            exchangers: None,
            backends: Arc::default(),
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
        let mut backends = self.backends.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(backend) = backends.get(&way).and_then(Weak::upgrade) {
            return Ok(backend);
        }
        let backend = Arc::new(Breaker::new(open(&self.options)?));
        backends.retain(|_, backend| backend.strong_count() > 0);
        backends.insert(way, Arc::downgrade(&backend));
        Ok(backend)
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared")
            .field("store", &self.store)
            .finish_non_exhaustive()
    }
}

impl Post {
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
