//! A whole world in a test: an installation on a port of its own, with a mail server that has
//! moods, a clock that is moved by hand, and browsers that keep cookies.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use protocol::jose::{RsaSigner, Signer, base64url};
use protocol::time::Timestamp;
use server::clock::Clock;
use server::keyring::Keyring;
use server::settings::{
    BrokerSettings, CertificateSettings, DomainSettings, KeySettings, ListenSettings,
    OutboundSettings, SessionSettings, Settings, StorageSettings,
};
use server::{App, Listener};
use store::{SqliteStore, Store};
use tempfile::TempDir;
use testkit::http::{Answer, Client};
use testkit::smtp::{Encryption, Mailboxes, SmtpServer};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

pub const ISSUER: &str = "https://id.example.org";
pub const ALICE: &str = "alice@example.org";
pub const PASSWORD: &str = "correct horse battery staple";
pub const NOW: Timestamp = Timestamp::from_millis(1_795_300_000_000);

pub struct World {
    pub clock: Clock,
    pub mail: SmtpServer,
    address: SocketAddr,
    folder: TempDir,
    stop: Option<oneshot::Sender<()>>,
    serving: Option<JoinHandle<()>>,
}

impl World {
    /// An installation for two domains whose store is in memory.
    pub async fn open() -> Self {
        let store = Arc::new(SqliteStore::open_in_memory().unwrap());
        Self::with_store(store, |_| {}).await
    }

    /// An installation with this store, whose settings are changed by `change`.
    pub async fn with_store(store: Arc<dyn Store>, change: impl FnOnce(&mut Settings)) -> Self {
        let folder = TempDir::new().unwrap();
        Keyring::generate(&folder.path().join("keys"), None).unwrap();
        Self::in_folder(folder, store, change).await
    }

    /// Stops and starts again with the same key and `store`: a restart.
    pub async fn restart(mut self, store: Arc<dyn Store>) -> Self {
        self.stop.take();
        self.serving.take().unwrap().await.unwrap();
        let now = self.clock.now();
        let folder = std::mem::replace(&mut self.folder, TempDir::new().unwrap());
        let world = Self::in_folder(folder, store, |_| {}).await;
        world.clock.advance(now.since(world.clock.now()));
        world
    }

    async fn in_folder(
        folder: TempDir,
        store: Arc<dyn Store>,
        change: impl FnOnce(&mut Settings),
    ) -> Self {
        let mailboxes = Mailboxes::new(Encryption::None)
            .with(ALICE, PASSWORD)
            .with("bob@example.org", "bob's own password")
            .with("carol@example.net", "carol's own password");
        let mail = SmtpServer::honest(Ipv4Addr::LOCALHOST.into(), mailboxes)
            .await
            .unwrap();
        let mut settings = settings(&mail);
        change(&mut settings);
        settings.validate().unwrap();
        let keyring = Keyring::load(&folder.path().join("keys")).unwrap();
        let clock = Clock::by_hand(NOW);
        let app = Arc::new(App::new(settings, store, keyring, clock.clone()).unwrap());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = tokio::spawn(server::serve(
            Arc::clone(&app),
            Listener::Tcp(listener),
            async move { drop(stopped.await) },
        ));
        Self {
            clock,
            mail,
            address,
            folder,
            stop: Some(stop),
            serving: Some(serving),
        }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// A browser that has never been here.
    pub fn browser(&self) -> Browser<'_> {
        Browser {
            world: self,
            client: Client::with_cookies(),
        }
    }

    /// A browser in which alice is signed in.
    pub async fn alice(&self) -> Browser<'_> {
        let browser = self.browser();
        let answer = browser.log_in(ALICE, PASSWORD).await;
        assert_eq!(answer.status, 303, "{answer:?}");
        browser
    }
}

/// A browser that keeps its cookies and says where its requests come from, as browsers do.
pub struct Browser<'w> {
    world: &'w World,
    pub client: Client,
}

impl Browser<'_> {
    /// Follows a link on one of our own pages.
    pub async fn get(&self, path: &str) -> Answer {
        self.get_with(path, &[]).await
    }

    pub async fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        let mut all = vec![("host", "id.example.org"), ("accept", "text/html")];
        all.retain(|(name, _)| !headers.iter().any(|(n, _)| n == name));
        all.extend_from_slice(headers);
        self.client
            .request("GET", &self.world.url(path), &all, b"")
            .await
            .unwrap()
    }

    /// Sends a form that stands on one of our own pages.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.post_with(path, &[("origin", ISSUER), ("accept", "text/html")], fields)
            .await
    }

    pub async fn post_with(
        &self,
        path: &str,
        headers: &[(&str, &str)],
        fields: &[(&str, &str)],
    ) -> Answer {
        self.client
            .post_form(&self.world.url(path), headers, fields)
            .await
            .unwrap()
    }

    pub async fn post_json(&self, path: &str, value: &serde_json::Value) -> Answer {
        let headers = [("origin", ISSUER), ("accept", "application/json")];
        self.client
            .post_json(&self.world.url(path), &headers, value)
            .await
            .unwrap()
    }

    /// Loads the login page and reads the form's token from it.
    pub async fn form_token(&self) -> String {
        let page = self
            .get("/persona/login/?email=nobody@example.org")
            .await
            .text();
        let (_, rest) = page.split_once("name=\"csrf\" value=\"").unwrap();
        rest.split_once('"').unwrap().0.to_owned()
    }

    pub async fn log_in(&self, email: &str, password: &str) -> Answer {
        let csrf = self.form_token().await;
        let fields = [("email", email), ("password", password), ("csrf", &csrf)];
        self.post("/persona/auth/login/", &fields).await
    }

    pub async fn is_signed_in_as(&self, email: &str) -> bool {
        let path = format!("/persona/auth/has-session/?email={email}");
        match self.get(&path).await.status {
            200 => true,
            404 => false,
            other => panic!("neither yes nor no: {other}"),
        }
    }

    pub async fn certificate(&self, email: &str, key: &serde_json::Value) -> Answer {
        let body = serde_json::json!({ "email": email, "publicKey": key });
        self.post_json("/persona/auth/certificate/", &body).await
    }

    pub fn session_cookie(&self) -> Option<String> {
        self.client.cookie("127.0.0.1", "__Host-persona")
    }
}

/// A user's key pair, as a browser makes it.
pub fn user() -> RsaSigner {
    RsaSigner::generate().unwrap().0
}

/// Signs what a dialog signs, and joins it to its certificate.
pub fn bundle(certificate: &str, user: &RsaSigner, audience: &str, expires: Timestamp) -> String {
    let claims = format!("{{\"exp\":{},\"aud\":\"{audience}\"}}", expires.as_millis());
    let text = format!(
        "eyJhbGciOiJSUzI1NiJ9.{}",
        base64url::encode(claims.as_bytes())
    );
    let signature = user.sign(text.as_bytes()).unwrap();
    format!("{certificate}~{text}.{}", base64url::encode(&signature))
}

/// The payload of a signed object, believed as it stands.
pub fn payload(signed: &str) -> serde_json::Value {
    let middle = signed.split('.').nth(1).unwrap();
    serde_json::from_slice(&base64url::decode(middle).unwrap()).unwrap()
}

fn settings(mail: &SmtpServer) -> Settings {
    let mailbox = format!("smtp://{}", mail.address());
    let domain = |name: &str| DomainSettings {
        name: name.parse().unwrap(),
        mailbox: mailbox.parse().unwrap(),
        login: mailbox::LoginForm::Address,
        backend_domain: None,
    };
    Settings {
        issuer: ISSUER.parse().unwrap(),
        listen: ListenSettings::default(),
        storage: StorageSettings::default(),
        keys: KeySettings::default(),
        session: SessionSettings::default(),
        certificate: CertificateSettings::default(),
        broker: BrokerSettings::default(),
        outbound: OutboundSettings::default(),
        domain: vec![domain("example.org"), domain("example.net")],
    }
}
