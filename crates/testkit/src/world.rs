//! A whole world in a test: an installation on a port of its own, with a mail server that has
//! moods, a clock that is moved by hand, and browsers that keep cookies.
//!
//! Several worlds can stand in one test, each with its own name, domains, store and settings
//! ([`Cast`]); one reaches another through a [`crate::front::TlsFront`] and its host map. Called by the
//! journey tests of `server`.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::missing_panics_doc,
    reason = "this is the first step of tests: a world that cannot be set up ends the test that wants it"
)]

mod browser;
mod keys;

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use protocol::time::Timestamp;
use server::clock::Clock;
use server::keyring::Keyring;
use server::settings::{
    BasePath, BrokerSettings, CertificateSettings, DomainSettings, KeySettings, ListenSettings,
    OidcSettings, OutboundSettings, SessionSettings, Settings, StorageSettings,
};
use server::{Current, Issuers, Listener, Shared};
use store::{SqliteStore, Store};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

pub use self::browser::{Browser, bundle, payload, user};
use crate::exchangers::Records;
use crate::http::Client;
use crate::smtp::{Encryption, Mailboxes, SmtpServer};

/// The issuer of the usual cast.
pub const ISSUER: &str = "https://id.example.org";
/// Somebody of the usual cast.
pub const ALICE: &str = "alice@example.org";
/// Alice's password.
pub const PASSWORD: &str = "correct horse battery staple";
/// When every world begins.
pub const NOW: Timestamp = Timestamp::from_millis(1_795_300_000_000);

/// Who is in a world: the installation's name, its domains, their people, and what else is special.
pub struct Cast {
    issuer: String,
    domains: Vec<String>,
    mailboxes: Vec<(String, String)>,
    store: Option<Arc<dyn Store>>,
    clock: Clock,
    exchangers: Records,
    change: Box<dyn FnOnce(&mut Settings) + Send>,
}

/// A running installation and its mail server. It stops when it is dropped.
#[derive(Debug)]
pub struct World {
    /// The installation's clock, which only [`Clock::advance`] moves.
    pub clock: Clock,
    /// The mail server of all its domains.
    pub mail: SmtpServer,
    issuer: String,
    address: SocketAddr,
    _folder: TempDir,
    settings: Settings,
    exchangers: Records,
    stop: Option<oneshot::Sender<()>>,
    serving: Option<JoinHandle<()>>,
    /// What answers, and what it stands on.
    current: Option<(Current, Shared)>,
}

impl Cast {
    /// An installation called `issuer` for `domains`, with nobody in them.
    pub fn new(issuer: &str, domains: &[&str]) -> Self {
        Self {
            issuer: issuer.to_owned(),
            domains: domains.iter().map(|&name| name.to_owned()).collect(),
            mailboxes: Vec::new(),
            store: None,
            clock: Clock::by_hand(NOW),
            exchangers: Records::default(),
            change: Box::new(|_| {}),
        }
    }

    /// The cast of most tests: two domains, with alice and bob in one and carol in the other.
    pub fn usual() -> Self {
        Self::new(ISSUER, &["example.org", "example.net"])
            .with(ALICE, PASSWORD)
            .with("bob@example.org", "bob's own password")
            .with("carol@example.net", "carol's own password")
    }

    /// Adds somebody with a mailbox.
    #[must_use]
    pub fn with(mut self, address: &str, password: &str) -> Self {
        let mailbox = (address.to_owned(), password.to_owned());
        self.mailboxes.push(mailbox);
        self
    }

    /// Remembers in `store`; otherwise in memory.
    #[must_use]
    pub fn store(mut self, store: Arc<dyn Store>) -> Self {
        self.store = Some(store);
        self
    }

    /// Lives by a clock that another world has, too.
    #[must_use]
    pub fn clock(mut self, clock: &Clock) -> Self {
        self.clock = clock.clone();
        self
    }

    /// Asks these who takes a domain's mail; otherwise nobody's mail is known to come anywhere.
    #[must_use]
    pub fn exchangers(mut self, records: &Records) -> Self {
        self.exchangers = records.clone();
        self
    }

    /// Changes the settings before the installation starts.
    #[must_use]
    pub fn settings(mut self, change: impl FnOnce(&mut Settings) + Send + 'static) -> Self {
        self.change = Box::new(change);
        self
    }

    /// Starts the mail server and the installation.
    pub async fn open(self) -> World {
        let folder = TempDir::new().unwrap();
        let people = self.mailboxes.iter();
        let mailboxes = people.fold(Mailboxes::new(Encryption::None), |all, (who, password)| {
            all.with(who, password)
        });
        let mailboxes = mailboxes.delivering();
        let mail = SmtpServer::honest(Ipv4Addr::LOCALHOST.into(), mailboxes)
            .await
            .unwrap();
        let mut settings = settings(&self.issuer, &self.domains, &mail);
        settings.keys.directory = folder.path().join("keys");
        (self.change)(&mut settings);
        settings.validate().unwrap();
        for issuer in settings.issuers() {
            keys::make(&issuer.keys.directory);
        }
        let store = self
            .store
            .unwrap_or_else(|| Arc::new(SqliteStore::open_in_memory().unwrap()));
        let mut world = World {
            clock: self.clock,
            mail,
            issuer: self.issuer,
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            _folder: folder,
            settings,
            exchangers: self.exchangers,
            stop: None,
            serving: None,
            current: None,
        };
        world.start(store).await;
        world
    }
}

impl fmt::Debug for Cast {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} for {:?}", self.issuer, self.domains)
    }
}

impl World {
    /// An installation of the usual cast whose store is in memory.
    pub async fn open() -> Self {
        Cast::usual().open().await
    }

    /// The usual cast with this store, whose settings are changed by `change`.
    pub async fn with_store(
        store: Arc<dyn Store>,
        change: impl FnOnce(&mut Settings) + Send + 'static,
    ) -> Self {
        Cast::usual().store(store).settings(change).open().await
    }

    /// Stops and starts again with the same key and settings, and with `store`: a restart.
    pub async fn restart(self, store: Arc<dyn Store>) -> Self {
        self.restart_with(store, |_| {}).await
    }

    /// The same after somebody has changed the settings.
    pub async fn restart_with(
        mut self,
        store: Arc<dyn Store>,
        change: impl FnOnce(&mut Settings),
    ) -> Self {
        change(&mut self.settings);
        self.stop.take();
        self.serving.take().unwrap().await.unwrap();
        self.start(store).await;
        self
    }

    async fn start(&mut self, store: Arc<dyn Store>) {
        let shared = Shared::new(&self.settings, store, self.clock.clone()).unwrap();
        let shared = shared.asking(Arc::new(self.exchangers.clone()));
        let current = Current::new(issuers(&self.settings, &shared));
        self.current = Some((current.clone(), shared));
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        self.address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        self.stop = Some(stop);
        self.serving = Some(tokio::spawn(server::serve(
            current,
            Listener::Tcp(listener),
            async move { drop(stopped.await) },
        )));
    }

    /// Reads other settings while it runs.
    pub fn reload_with(&mut self, change: impl FnOnce(&mut Settings)) {
        change(&mut self.settings);
        let (current, shared) = self.current.as_mut().unwrap();
        *shared = shared
            .renewed(&self.settings, current.issuers().main())
            .unwrap();
        current.replace(issuers(&self.settings, shared));
    }

    /// Goes through those who are signed in once, as the server does now and then, and asks about
    /// everybody about whom it is time to ask.
    pub async fn sweep(&self) {
        let (current, _) = self.current.as_ref().unwrap();
        server::journey::standing::sweep(current.issuers().main()).await;
    }

    /// Tells sites who has signed out, as the server does every few seconds.
    pub async fn tell(&self) {
        let (current, _) = self.current.as_ref().unwrap();
        server::journey::oidc::backchannel::tell(&current.issuers()).await;
    }

    /// Gives the URL under which `path` is reached without the web server that stands in front.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Gives the address that the installation listens at.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Gives the installation's own origin.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Gives the settings it was started with.
    pub const fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Gives the keys that the main issuer signs with, so that a test can sign what it never would.
    pub fn keyring(&self) -> Keyring {
        Keyring::load(&self.settings.keys.directory).unwrap()
    }

    /// A browser that has never been here.
    pub fn browser(&self) -> Browser<'_> {
        self.browser_at(&self.issuer)
    }

    /// A browser on the pages of another issuer of this world.
    pub fn browser_at(&self, issuer: &str) -> Browser<'_> {
        Browser::new(self, issuer, Client::with_cookies())
    }

    /// A browser in which alice is signed in.
    pub async fn alice(&self) -> Browser<'_> {
        self.signed_in(ALICE, PASSWORD).await
    }

    /// A browser in which somebody is signed in.
    pub async fn signed_in(&self, address: &str, password: &str) -> Browser<'_> {
        let browser = self.browser();
        let answer = browser.log_in(address, password).await;
        assert_eq!(answer.status, 303, "{answer:?}");
        browser
    }

    /// What somebody's dialog gives a site: an assertion for `audience` that ends at `expires`.
    pub async fn assertion(&self, who: (&str, &str), audience: &str, expires: Timestamp) -> String {
        let (address, password) = who;
        let key = user();
        let browser = self.signed_in(address, password).await;
        let public = protocol::jose::Signer::public_key(&key).to_browserid();
        let answer = browser.certificate(address, &public).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        bundle(&answer.text(), &key, audience, expires)
    }
}

/// Puts together what the settings say.
fn issuers(settings: &Settings, shared: &Shared) -> Issuers {
    let with_key = |settings: Settings| {
        let keyring = Keyring::load(&settings.keys.directory).unwrap();
        (settings, keyring)
    };
    let others = settings.others().into_iter().map(with_key).collect();
    Issuers::new(with_key(settings.main()), others, shared).unwrap()
}

fn settings(issuer: &str, domains: &[String], mail: &SmtpServer) -> Settings {
    let mailbox = format!("smtp://{}", mail.address());
    let domain =
        |name: &String| DomainSettings::new(name.parse().unwrap(), mailbox.parse().unwrap());
    Settings {
        issuer: issuer.parse().unwrap(),
        base_path: BasePath::default(),
        domains: None,
        listen: ListenSettings::default(),
        storage: StorageSettings::default(),
        keys: KeySettings::default(),
        session: SessionSettings::default(),
        certificate: CertificateSettings::default(),
        broker: BrokerSettings::default(),
        outbound: OutboundSettings::default(),
        domain: domains.iter().map(domain).collect(),
        any_domain: None,
        client: Vec::new(),
        oidc: OidcSettings::default(),
    }
}
