//! An installation that asks other people's hosts, which are servers of the test.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock};

use protocol::browserid::Authority;
use protocol::email::Domain;
use protocol::jose::{RsaSigner, Signer};
use protocol::time::Timestamp;
use server::App;
use server::clock::Clock;
use server::journey::discovery::{CouldNotDiscover, Discovery, Issuer, discover, issuer_named};
use server::keyring::Keyring;
use server::settings::Settings;
use store::SqliteStore;
use tempfile::TempDir;
use testkit::certificates::{Authority as Ca, Quality};
use testkit::https::{HttpsServer, Reply};

/// Whoever asks.
const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

pub const NOW: Timestamp = Timestamp::from_millis(1_795_300_000_000);

pub struct World {
    pub app: Arc<App>,
    pub clock: Clock,
    pub store: Arc<SqliteStore>,
    server: HttpsServer,
    replies: Replies,
    _ca: Ca,
    _folder: TempDir,
}

/// What each host answers; one server plays them all.
type Replies = Arc<Mutex<HashMap<String, Reply>>>;

impl World {
    /// An installation for `example.org` at `id.example.org`, and hosts that answer as is said.
    pub async fn open(hosts: &[(&str, Reply)]) -> Self {
        Self::with(hosts, |_| {}).await
    }

    pub async fn with(hosts: &[(&str, Reply)], change: impl FnOnce(&mut Settings)) -> Self {
        let ca = Ca::new().unwrap();
        let names: Vec<&str> = hosts.iter().map(|(name, _)| *name).collect();
        let identity = ca.issue(&names, Quality::Good).unwrap();
        let own = |(name, reply): &(&str, Reply)| ((*name).to_owned(), reply.clone());
        let replies: Replies = Arc::new(Mutex::new(hosts.iter().map(own).collect()));
        let answers = Arc::clone(&replies);
        let server = HttpsServer::start(&identity, move |head| {
            let host = head.lines().find_map(|line| line.strip_prefix("host: "));
            answers.lock().unwrap()[host.unwrap()].clone()
        });
        let server = server.await.unwrap();
        let folder = TempDir::new().unwrap();
        let keys = folder.path().join("keys");
        Keyring::generate(&keys, None).unwrap();
        let keyring = Keyring::load(&keys).unwrap();
        let mut settings = settings(ca.pem_file());
        for name in names {
            let place = server.address();
            settings.outbound.hosts.insert(domain(name), place);
        }
        change(&mut settings);
        let clock = Clock::by_hand(NOW);
        let store = Arc::new(SqliteStore::open_in_memory().unwrap());
        let kept = Arc::clone(&store);
        let app = Arc::new(App::new(&settings, kept, keyring, clock.clone()).unwrap());
        Self {
            app,
            clock,
            store,
            server,
            replies,
            _ca: ca,
            _folder: folder,
        }
    }

    /// From now on a host answers something else.
    pub fn change(&self, host: &str, reply: Reply) {
        self.replies.lock().unwrap().insert(host.to_owned(), reply);
    }

    /// How many requests there were so far.
    pub fn requests(&self) -> usize {
        self.server.asked().len()
    }

    /// The requests so far: host, and domain asked about.
    pub fn asked(&self) -> Vec<String> {
        let short = |head: String| {
            let about = head.split(['=', ' ']).nth(2).unwrap().to_owned();
            let host = head.lines().find_map(|line| line.strip_prefix("host: "));
            format!("{} about {about}", host.unwrap())
        };
        self.server.asked().into_iter().map(short).collect()
    }

    pub async fn discover(&self, name: &str) -> Result<Discovery, CouldNotDiscover> {
        discover(&self.app, &domain(name), HERE).await
    }

    /// What comes of it, in a few words.
    pub async fn outcome(&self, name: &str) -> String {
        match self.discover(name).await {
            Ok(Discovery::Ours) => "ours".to_owned(),
            Ok(Discovery::Issuer(issuer)) => format!("issuer {}", issuer.authority),
            Ok(Discovery::NoIssuer(reason)) => format!("no: {reason}"),
            Ok(Discovery::Disabled) => "disabled".to_owned(),
            Err(error) => format!("not asked: {error}"),
        }
    }

    pub async fn issuer_named(
        &self,
        issuer: &str,
        about: &str,
    ) -> Result<Arc<Issuer>, CouldNotDiscover> {
        let issuer = Authority::parse(issuer).unwrap();
        issuer_named(&self.app, &issuer, &domain(about), HERE).await
    }
}

pub fn domain(text: &str) -> Domain {
    Domain::parse(text).unwrap()
}

/// An issuer's document.
pub fn issuer() -> String {
    static KEY: OnceLock<String> = OnceLock::new();
    let key = KEY.get_or_init(|| {
        let (signer, _) = RsaSigner::generate().unwrap();
        signer.public_key().to_browserid_text()
    });
    document_with(key)
}

/// A document that publishes this key object.
pub fn document_with(key: &str) -> String {
    format!("{{\"public-key\":{key},\"authentication\":\"/in\",\"provisioning\":\"/give\"}}")
}

pub fn delegation(to: &str) -> Reply {
    Reply::json(&format!("{{\"authority\":\"{to}\"}}"))
}

pub fn not_found() -> Reply {
    Reply::new("404 Not Found", &[], "")
}

fn settings(ca: &Path) -> Settings {
    let text = format!(
        "{{\"issuer\":\"https://id.example.org\",\
          \"domain\":[{{\"name\":\"example.org\",\"mailbox\":\"smtps://mail.example.org\"}}],\
          \"outbound\":{{\"ca\":{}}}}}",
        serde_json::json!(ca)
    );
    serde_json::from_str(&text).unwrap()
}
