//! Other people's hosts, for an installation that asks them: one HTTPS server plays them all, and a
//! relay takes the letters that are sent to them.

use std::collections::HashMap;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};

use protocol::email::Domain;
use protocol::jose::{RsaSigner, Signer};
use server::settings::{FallbackSettings, Settings};
use testkit::certificates::{Authority, Quality};
use testkit::https::{HttpsServer, Reply};
use testkit::smtp::{Encryption, Mailboxes, SmtpServer};
use testkit::world::{Cast, World};

/// A domain with an issuer of its own, whose key is [`Elsewhere::key`].
pub(crate) const WITH_ISSUER: &str = "issuer.example";
/// A domain that answers that it has none.
pub(crate) const WITHOUT_ISSUER: &str = "plain.example";
/// Somebody of that domain who has no mailbox.
pub(crate) const NOBODY: &str = "nobody@plain.example";
/// A domain that says that it wants none.
pub(crate) const DISABLED: &str = "disabled.example";
/// A domain whose server does not work.
pub(crate) const BROKEN: &str = "broken.example";

pub(crate) struct Elsewhere {
    pub(crate) key: RsaSigner,
    pub(crate) relay: SmtpServer,
    replies: Arc<Mutex<HashMap<String, Reply>>>,
    server: HttpsServer,
    ca: Authority,
}

impl Elsewhere {
    pub(crate) async fn start() -> Self {
        let key = RsaSigner::generate().unwrap().0;
        let document = format!(
            "{{\"public-key\":{},\"authentication\":\"/in\",\"provisioning\":\"/give\",\
              \"handoff\":\"/hand-off\"}}",
            key.public_key().to_browserid_text()
        );
        let replies = HashMap::from([
            (WITH_ISSUER.to_owned(), Reply::json(&document)),
            (
                WITHOUT_ISSUER.to_owned(),
                Reply::new("404 Not Found", &[], ""),
            ),
            (DISABLED.to_owned(), Reply::json("{\"disabled\":true}")),
            (
                BROKEN.to_owned(),
                Reply::new("500 Internal Server Error", &[], ""),
            ),
        ]);
        let names: Vec<&str> = replies.keys().map(String::as_str).collect();
        let ca = Authority::new().unwrap();
        let identity = ca.issue(&names, Quality::Good).unwrap();
        let replies = Arc::new(Mutex::new(replies.clone()));
        let answers = Arc::clone(&replies);
        let server = HttpsServer::start(&identity, move |head| {
            let host = head.lines().find_map(|line| line.strip_prefix("host: "));
            answers.lock().unwrap()[host.unwrap()].clone()
        });
        let everybody = Mailboxes::new(Encryption::None).without(NOBODY);
        let relay = SmtpServer::honest(Ipv4Addr::LOCALHOST.into(), everybody);
        Self {
            key,
            relay: relay.await.unwrap(),
            replies,
            server: server.await.unwrap(),
            ca,
        }
    }

    /// From now on a host answers something else.
    pub(crate) fn change(&self, host: &str, reply: Reply) {
        self.replies.lock().unwrap().insert(host.to_owned(), reply);
    }

    /// An installation that can ask these hosts.
    pub(crate) async fn world(&self) -> World {
        self.cast_with(|_| {}).open().await
    }

    /// An installation that is a fallback, too.
    pub(crate) async fn world_with_fallback(&self) -> World {
        self.cast_with_fallback().open().await
    }

    /// The same before it is opened.
    pub(crate) fn cast_with_fallback(&self) -> Cast {
        let smtp = format!("smtp://{}", self.relay.address());
        self.cast_with(move |settings| {
            settings.broker.fallback = Some(FallbackSettings {
                smtp: mailbox::ServerUrl::parse(&smtp).unwrap(),
                from: "persona@example.org".parse().unwrap(),
                user: None,
                password: None,
            });
        })
    }

    fn cast_with(&self, change: impl FnOnce(&mut Settings) + Send + 'static) -> Cast {
        let (ca, place) = (self.ca.pem_file().to_owned(), self.server.address());
        Cast::usual().settings(move |settings| {
            settings.outbound.ca = Some(ca);
            for name in [WITH_ISSUER, WITHOUT_ISSUER, DISABLED, BROKEN] {
                let name = Domain::parse(name).unwrap();
                settings.outbound.hosts.insert(name, place);
            }
            change(settings);
        })
    }
}
