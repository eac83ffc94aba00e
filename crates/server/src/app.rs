//! What every journey stands on: the settings, the store, the keys, the mail servers, the clock.
//!
//! Built once at the start, never changed while it runs. It decides nothing itself.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use mailbox::{MailboxUrl, PasswordCheck, Relay};
use protocol::browserid::{Authority, AuthorityError, CertificateMemory};
use protocol::email::{Domain, EmailAddress};
use protocol::jose::SignError;
use protocol::time::Timestamp;
use store::Store;

use crate::breaker::Breaker;
use crate::clock::Clock;
use crate::keyring::Keyring;
use crate::lists::{Aliases, ChangingFile};
use crate::outbound::{Memory, Outbound};
use crate::queue::Queue;
use crate::sealed::SealedSessions;
use crate::settings::{DomainSettings, FallbackSettings, Settings};

/// An installation, ready to answer.
#[derive(Debug)]
pub struct App {
    pub(crate) settings: Settings,
    pub(crate) authority: Authority,
    pub(crate) clock: Clock,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) keyring: Keyring,
    /// Present where no session is stored: `storage.url` is `memory:`.
    pub(crate) sealed: Option<SealedSessions>,
    doors: HashMap<Domain, Door>,
    pub(crate) queue: Queue,
    /// What the hosts of other domains say about who speaks for them.
    pub(crate) discovery: Memory,
    /// Certificates that sites had verified lately.
    pub(crate) certificates: CertificateMemory,
    /// Present where the operator wants this installation to be a fallback.
    pub(crate) post: Option<Post>,
}

/// How codes are mailed to addresses of domains that have no issuer.
#[derive(Debug)]
pub(crate) struct Post {
    pub(crate) relay: Relay,
    /// Whom the letters are from.
    pub(crate) from: EmailAddress,
}

/// Why an installation cannot be put together.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A domain's mail server cannot be talked to as its URL says.
    #[error("a mail server cannot be used: {0}")]
    Mailbox(#[from] mailbox::OpenError),
    /// Nobody has read the relay's password from its place.
    #[error("the password of [broker.fallback] was not read")]
    NoPassword,
    /// The issuer's host has no name; `Settings::validate` says so first.
    #[error("the issuer cannot be named in certificates: {0}")]
    Issuer(#[from] AuthorityError),
    /// The key that seals sessions cannot be derived from the signing key.
    #[error("sessions cannot be sealed: {0}")]
    Seal(#[from] SignError),
    /// The authorities of `[outbound] ca` cannot be used.
    #[error("other issuers cannot be asked: {0}")]
    Outbound(#[source] mailbox::OpenError),
}

/// Makes ready to ask about the people of a domain. Opens no connection.
pub fn open_backend(
    domain: &DomainSettings,
    options: &mailbox::Options,
) -> Result<Arc<dyn PasswordCheck>, mailbox::OpenError> {
    match (&domain.mailbox, &domain.ldap) {
        (MailboxUrl::Ldap(url), Some(ldap)) => {
            mailbox::open_directory(url, ldap.directory()?, options)
        }
        (url, _) => mailbox::open(url, options),
    }
}

/// How the passwords of one mail domain are checked.
#[derive(Debug)]
pub(crate) struct Door {
    pub(crate) settings: DomainSettings,
    /// Whom to ask about a password, unless it rests.
    pub(crate) backend: Arc<Breaker>,
    /// The other names of its users, where the operator lists them.
    pub(crate) aliases: Option<ChangingFile<Aliases>>,
}

impl App {
    /// Puts an installation together. Nothing is asked of a mail server yet.
    pub fn new(
        settings: Settings,
        store: Arc<dyn Store>,
        keyring: Keyring,
        clock: Clock,
    ) -> Result<Self, StartError> {
        let authority = Authority::of_origin(&settings.issuer)?;
        let options = mail_options(&settings);
        let mut doors = HashMap::new();
        let mut backends: HashMap<String, Arc<Breaker>> = HashMap::new();
        for domain in &settings.domain {
            // Domains that share a mail server share its TLS sessions, its roots and its rests. Those
            // of one directory may be asked for in different ways.
            let way = format!("{} {:?}", domain.mailbox, domain.ldap);
            let backend = match backends.get(&way) {
                Some(backend) => Arc::clone(backend),
                None => Arc::new(Breaker::new(open_backend(domain, &options)?)),
            };
            backends.insert(way, Arc::clone(&backend));
            let aliases = domain.aliases.as_deref().map(|path| {
                let name = domain.name.clone();
                ChangingFile::new(path, move |octets| Aliases::read(octets, &name))
            });
            let door = Door {
                settings: domain.clone(),
                backend,
                aliases,
            };
            doors.insert(domain.name.clone(), door);
        }
        let outbound =
            Outbound::new(&settings.outbound, clock.clone()).map_err(StartError::Outbound)?;
        let discovery = Memory::new(outbound, &settings.broker, clock.clone());
        let post = settings
            .broker
            .fallback
            .as_ref()
            .map(|fallback| Post::open(fallback, &options))
            .transpose()?;
        let sealed = settings
            .storage
            .is_memory()
            .then(|| SealedSessions::new(&keyring, &settings.issuer))
            .transpose()?;
        Ok(Self {
            settings,
            authority,
            clock,
            store,
            keyring,
            sealed,
            doors,
            queue: Queue::default(),
            discovery,
            certificates: CertificateMemory::default(),
            post,
        })
    }

    /// The settings it was built from.
    pub const fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The issuer as certificates name it.
    pub const fn authority(&self) -> &Authority {
        &self.authority
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

/// How this installation asks mail servers; `persona check` asks in the same way.
pub fn mail_options(settings: &Settings) -> mailbox::Options {
    mailbox::Options {
        connect_limit: CONNECT_LIMIT,
        whole_limit: WHOLE_LIMIT,
        ..mailbox::Options::new(settings.issuer.host())
    }
}

/// How long a connection to a mail server may take to come about.
const CONNECT_LIMIT: Duration = Duration::from_secs(5);
/// How long one check may take in all. Longer than the 10 s after which Postfix itself gives up on
/// Dovecot, and than Dovecot's longest penalty of 17 s (`mail.md` §5).
const WHOLE_LIMIT: Duration = Duration::from_secs(22);
