//! What every journey stands on: the settings, the store, the keys, the mail servers, the clock.
//!
//! Built once for each issuer of the process, never changed while it runs: other settings are other
//! installations ([`Shared::renewed`]). It decides nothing itself.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use mailbox::{MailboxStanding, MailboxUrl, PasswordCheck};
use protocol::browserid::{Authority, AuthorityError, CertificateMemory};
use protocol::email::Domain;
use protocol::jose::SignError;
use protocol::oidc::ClientId;
use protocol::origin::Origin;
use protocol::time::Timestamp;
use store::Store;

use crate::breaker::Breaker;
use crate::clients::SecretError;
use crate::clock::Clock;
use crate::customer::customer;
use crate::keyring::Keyring;
use crate::lists::{Aliases, ChangingFile, Groups};
use crate::outbound::Memory;
use crate::queue::Queue;
use crate::sealed::SealedSessions;
use crate::settings::{AnyDomainSettings, DomainSettings, LdapSettings, Settings};
use crate::since::Seal;
use crate::token_keys::TokenKeys;
use crate::wildcard::{DoorUnknown, Wildcard};
use crate::witness::{Watch, Witnesses};

pub use self::clients::ClientUnknown;
pub use self::issuers::Issuers;
pub(crate) use self::issuers::Siblings;
pub(crate) use self::shared::Post;
pub use self::shared::Shared;

mod clients;
mod issuers;
mod shared;
mod told;

/// One issuer's installation, ready to answer.
#[derive(Debug)]
pub struct App {
    /// The issuer's own, with its own domains alone ([`Settings::issuers`]).
    pub(crate) settings: Settings,
    pub(crate) authority: Authority,
    pub(crate) keyring: Keyring,
    /// Absent where they cannot be read: then there is no OpenID Connect, and the log has said why.
    token_keys: Option<Arc<TokenKeys>>,
    /// Present where no session is stored: `storage.url` is `memory:`.
    pub(crate) sealed: Option<SealedSessions>,
    /// Reads and writes since when a site's request waits for somebody.
    pub(crate) since: Seal,
    doors: HashMap<Domain, Arc<Door>>,
    /// The door of every other domain whose mail comes to us, where the operator wants that.
    any_door: Option<AnyDoor>,
    /// Those that the settings name.
    clients: clients::Clients,
    /// The issuer of clients in the store that name none.
    main_issuer: Origin,
    /// The other issuers of this process.
    pub(crate) siblings: Arc<Siblings>,
    pub(crate) clock: Clock,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) queue: Queue,
    /// What the hosts of other domains say about who speaks for them.
    pub(crate) discovery: Memory,
    /// Certificates that sites had verified lately.
    pub(crate) certificates: Arc<CertificateMemory>,
    /// Held by whoever tells sites of log-outs, for all issuers of the process.
    pub(crate) telling: Arc<tokio::sync::Mutex<()>>,
    /// Present where the operator wants this installation to be a fallback.
    pub(crate) post: Option<Arc<Post>>,
}

/// The door that is opened for each domain whose mail comes to us.
#[derive(Debug)]
struct AnyDoor {
    wildcard: Wildcard,
    settings: AnyDomainSettings,
    backend: Arc<Breaker>,
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
    /// A client cannot be recognised.
    #[error("the client {0} could never be recognised: {1}")]
    Client(ClientId, #[source] SecretError),
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

/// Makes ready to ask about the people of a domain, as the server does. `None`, if nobody can say or
/// shall be asked.
pub fn open_standing(
    domain: &DomainSettings,
    options: &mailbox::Options,
) -> Result<Option<Arc<dyn MailboxStanding>>, mailbox::OpenError> {
    let backend = open_backend(domain, options)?;
    let watch = Witnesses::default().open(domain, &backend, options)?;
    Ok(watch.map(|watch| watch.asked))
}

/// How the passwords of one mail domain are checked.
#[derive(Debug)]
pub(crate) struct Door {
    pub(crate) settings: DomainSettings,
    /// Whom to ask about a password, unless it rests.
    pub(crate) backend: Arc<Breaker>,
    /// The other names of its users, where the operator lists them.
    pub(crate) aliases: Option<ChangingFile<Aliases>>,
    /// Who of them belongs to what, where the operator lists that.
    groups: Option<ChangingFile<Groups>>,
    /// Who says that a mailbox is gone, where somebody can.
    pub(crate) watch: Option<Watch>,
}

impl App {
    /// Puts the installation of the main issuer together, alone. Nothing is asked of a mail server yet.
    pub fn new(
        settings: &Settings,
        store: Arc<dyn Store>,
        keyring: Keyring,
        clock: Clock,
    ) -> Result<Self, StartError> {
        let shared = Shared::new(settings, store, clock)?;
        Self::alone(settings, keyring, &shared)
    }

    /// The same on what is there already.
    pub fn alone(
        settings: &Settings,
        keyring: Keyring,
        shared: &Shared,
    ) -> Result<Self, StartError> {
        Self::of_issuer(settings.main(), keyring, shared, Arc::default())
    }

    /// Puts one issuer's installation together, of its own settings.
    pub(crate) fn of_issuer(
        settings: Settings,
        keyring: Keyring,
        shared: &Shared,
        siblings: Arc<Siblings>,
    ) -> Result<Self, StartError> {
        let mut doors = HashMap::new();
        let mut witnesses = Witnesses::default();
        for domain in &settings.domain {
            let backend = shared
                .backend(way(&domain.mailbox, domain.ldap.as_ref()), |options| {
                    open_backend(domain, options)
                })?;
            let aliases = domain.aliases.as_deref().map(|path| {
                let name = domain.name.clone();
                ChangingFile::new(path, move |octets| Aliases::read(octets, &name))
            });
            let groups = domain.groups.as_deref();
            let watch = witnesses.open(domain, backend.server(), &shared.options)?;
            let door = Door {
                settings: domain.clone(),
                backend,
                aliases,
                groups: groups.map(|path| ChangingFile::new(path, Groups::read)),
                watch,
            };
            doors.insert(domain.name.clone(), Arc::new(door));
        }
        let any_door = match &settings.any_domain {
            Some(any) => Some(AnyDoor::open(any, shared)?),
            None => None,
        };
        let sealed = settings
            .storage
            .is_memory()
            .then(|| SealedSessions::new(&keyring, &settings.issuer, Arc::clone(&shared.ended)))
            .transpose()?;
        let purpose = format!("authorization request of {}", settings.issuer);
        let since = Seal::new(keyring.sealing_key(&purpose)?);
        Ok(Self {
            since,
            authority: Authority::of_origin(&settings.issuer)?,
            token_keys: token_keys(&settings, &keyring),
            clients: clients::of_settings(&settings)?,
            main_issuer: shared.main_issuer.clone(),
            settings,
            keyring,
            sealed,
            doors,
            any_door,
            siblings,
            clock: shared.clock.clone(),
            store: Arc::clone(&shared.store),
            queue: shared.queue.clone(),
            discovery: shared.discovery.clone(),
            certificates: Arc::clone(&shared.certificates),
            telling: Arc::clone(&shared.telling),
            post: shared.post.clone(),
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

    /// What signs tokens, where there is something that does.
    pub const fn token_keys(&self) -> Option<&Arc<TokenKeys>> {
        self.token_keys.as_ref()
    }

    /// The time of day, as this installation's clock tells it.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Finds how passwords of `domain` are checked; `None` if it is not ours. The one way to know whether
    /// this installation vouches for a domain that came in from outside.
    ///
    /// `client` is on whose behalf DNS is asked, where every domain whose mail comes to us is served.
    pub(crate) async fn door(
        &self,
        domain: &Domain,
        client: IpAddr,
    ) -> Result<Option<Arc<Door>>, DoorUnknown> {
        if let Some(door) = self.doors.get(domain) {
            return Ok(Some(Arc::clone(door)));
        }
        let Some(any) = &self.any_door else {
            return Ok(None);
        };
        // In a box, so that whoever never looks anything up does not carry the room for it about.
        let customer = customer(client);
        let serves = Box::pin(any.wildcard.serves(domain, &customer)).await?;
        Ok(serves.then(|| any.door(domain)))
    }

    /// What is known of whose mail comes to us, where that is asked.
    fn wildcard(&self) -> Option<&Wildcard> {
        self.any_door.as_ref().map(|any| &any.wildcard)
    }

    /// Gives the doors of the domains of which somebody can say whose mailbox is gone.
    pub(crate) fn watched_doors(&self) -> Vec<Arc<Door>> {
        let doors = self.doors.values().filter(|door| door.watch.is_some());
        doors.map(Arc::clone).collect()
    }

    /// Finds the door of a domain that the settings name. That there is none does not mean that the
    /// domain is not ours: [`App::door`] knows.
    pub(crate) fn named_door(&self, domain: &Domain) -> Option<&Door> {
        self.doors.get(domain).map(Arc::as_ref)
    }
}

/// Reads the keys of tokens. Without them everything else goes on.
fn token_keys(settings: &Settings, keyring: &Keyring) -> Option<Arc<TokenKeys>> {
    let directory = TokenKeys::directory_in(&settings.keys.directory);
    match TokenKeys::load(&directory, keyring.public_key()) {
        Ok(keys) => Some(Arc::new(keys)),
        Err(error) => {
            let (issuer, remedy) = (&settings.issuer, error.remedy());
            tracing::warn!(%issuer, remedy, "no sign-in by OpenID Connect: {error}");
            None
        }
    }
}

impl AnyDoor {
    fn open(settings: &AnyDomainSettings, shared: &Shared) -> Result<Self, mailbox::OpenError> {
        let mailbox = &settings.mailbox;
        let backend = shared.backend(way(mailbox, None), |options| {
            mailbox::open(mailbox, options)
        })?;
        let mut wildcard = match &shared.former_wildcard {
            Some(former) => former.renewed(settings),
            None => Wildcard::new(settings, shared.clock.clone()),
        };
        if let Some(exchangers) = &shared.exchangers {
            wildcard.asks(Arc::clone(exchangers));
        }
        Ok(Self {
            wildcard,
            settings: settings.clone(),
            backend,
        })
    }

    /// Makes the door of a domain whose mail comes to us.
    fn door(&self, domain: &Domain) -> Arc<Door> {
        let mailbox = self.settings.mailbox.clone();
        Arc::new(Door {
            settings: DomainSettings::new(domain.clone(), mailbox),
            backend: Arc::clone(&self.backend),
            aliases: None,
            groups: None,
            watch: None,
        })
    }
}

/// Names the way in which a domain's passwords are checked. Domains that share it share TLS sessions,
/// roots and rests; those of one directory may be asked for in different ways.
fn way(mailbox: &MailboxUrl, ldap: Option<&LdapSettings>) -> String {
    format!("{mailbox} {ldap:?}")
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
