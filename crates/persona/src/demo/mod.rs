//! `persona demo`: the whole way on one machine, with nothing set up.
//!
//! Three parts that know each other only by their addresses, as in the world: a mail server
//! ([`mail_server`]) that checks passwords, the issuer (the same server that `persona serve` runs), and
//! a web site ([`site`]) that signs people in. All listen on loopback; what they write is in a temporary
//! folder that goes away with them.
//!
//! Called by the command of the same name. It never touches an installation's settings, keys or store.

use std::fmt::Write as _;
use std::future::Future;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use protocol::email::{Domain, EmailAddress};
use protocol::origin::Origin;
use protocol::secret::Secret;
use server::clock::Clock;
use server::keyring::Keyring;
use server::settings::{
    BasePath, BrokerSettings, CertificateSettings, DomainSettings, KeySettings, ListenSettings,
    OidcSettings, OutboundSettings, SessionSettings, Settings, StorageSettings,
};
use server::token_keys::TokenKeys;
use server::{App, Listener};
use tokio::net::TcpListener;

use self::mail_server::Mailbox;
use self::site::Site;

mod mail_server;
mod passwords;
mod site;

/// Where the parts of the demo are.
#[derive(Debug)]
struct Places {
    issuer: Origin,
    issuer_address: SocketAddr,
    site: Origin,
}

/// Runs the demo until `stop` is done; tells `out` what to open, type and click.
///
/// `port` is the issuer's. Without it the usual ports are taken, or free ones if those are in use.
pub(crate) async fn run(
    out: &mut dyn FnMut(&str),
    port: Option<u16>,
    stop: impl Future<Output = ()> + Send + 'static,
) -> anyhow::Result<()> {
    let folder = tempfile::Builder::new()
        .prefix("persona-demo-")
        .tempdir()
        .context("no temporary folder can be made")?;
    let issuer = match port {
        Some(port) => bind(port)
            .await
            .with_context(|| format!("port {port} cannot be used"))?,
        None => bind_near(ISSUER_PORT).await?,
    };
    let site = bind_near(SITE_PORT).await?;
    let mail = bind_near(0).await?;
    let places = Places {
        issuer: origin("id.localhost", issuer.local_addr()?)?,
        issuer_address: issuer.local_addr()?,
        site: origin("shop.localhost", site.local_addr()?)?,
    };
    let mailboxes = mailboxes()?;
    let mail_address = mail.local_addr()?;
    let app = app(&places, mail_address, folder.path())?;

    out(&welcome(&places, &mailboxes, mail_address, folder.path()));
    tokio::select! {
        () = server::serve(Arc::new(app), Listener::Tcp(issuer), stop) => {}
        () = mail_server::serve(mail, mailboxes) => {}
        () = Site::new(&places).serve(site) => {}
    }
    folder.close().context("the temporary folder stays behind")
}

/// Puts the issuer together: new keys and an empty store in the temporary folder.
fn app(places: &Places, mail: SocketAddr, folder: &Path) -> anyhow::Result<App> {
    let keys = folder.join("keys");
    let store = folder.join("persona.db");
    let domain = DomainSettings::new(Domain::parse(DOMAIN)?, format!("smtp://{mail}").parse()?);
    let settings = Settings {
        issuer: places.issuer.clone(),
        base_path: BasePath::default(),
        domains: None,
        listen: ListenSettings::default(),
        storage: StorageSettings {
            url: format!("sqlite:{}", store.display()).parse()?,
        },
        keys: KeySettings {
            directory: keys.clone(),
        },
        session: SessionSettings::default(),
        certificate: CertificateSettings::default(),
        broker: BrokerSettings::default(),
        outbound: OutboundSettings::default(),
        domain: vec![domain],
        any_domain: None,
        client: Vec::new(),
        oidc: OidcSettings::default(),
    };
    settings.validate()?;
    let keyring = Keyring::generate(&keys, None)?.into_keyring();
    let clock = Clock::system();
    let now = clock.now().to_seconds();
    TokenKeys::make_missing(&TokenKeys::directory_in(&keys), None, now)?;
    let store = store::open(&settings.storage.url)?;
    Ok(App::new(&settings, store, keyring, clock)?)
}

fn mailboxes() -> anyhow::Result<Arc<[Mailbox]>> {
    let mailbox = |(name, prefix): (&str, &str)| {
        let password = passwords::password()?;
        Ok(Mailbox {
            address: EmailAddress::parse(&format!("{name}@{DOMAIN}"))?,
            password: Secret::new(format!("{prefix}{}", password.expose())),
        })
    };
    PEOPLE.into_iter().map(mailbox).collect()
}

fn welcome(places: &Places, mailboxes: &[Mailbox], mail: SocketAddr, folder: &Path) -> String {
    let mut people = String::new();
    for Mailbox { address, password } in mailboxes {
        let address = address.to_string();
        // Writing to a String cannot fail.
        let _ = writeln!(people, "       {address:<22} {}", password.expose());
    }
    let Places { issuer, site, .. } = places;
    let folder = folder.display();
    format!(
        "\
A mail server, an issuer and a web site are running, on this machine only.

  1. Open  {site}/

  2. Click \"Sign in with your email\", and type one of these addresses and its password:

{people}
  3. Log out there and sign in again, without a password.

  The issuer       {issuer}/persona/login/
  The mail server  smtp://{mail}
  Their files      {folder} (removed at the end)

Press Ctrl-C to stop.
"
    )
}

fn origin(host: &str, address: SocketAddr) -> anyhow::Result<Origin> {
    Ok(Origin::parse(&format!("http://{host}:{}", address.port()))?)
}

/// Takes a port of this machine, or any free one if somebody else has it.
async fn bind_near(port: u16) -> anyhow::Result<TcpListener> {
    match bind(port).await {
        Ok(listener) => Ok(listener),
        Err(_) => bind(0).await.context("no port can be had on this machine"),
    }
}

async fn bind(port: u16) -> io::Result<TcpListener> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await
}

/// The mail domain. Names under `localhost` never leave the machine (RFC 6761 §6.3).
const DOMAIN: &str = "demo.localhost";
/// Who has a mailbox, and how the password begins: the last one shows that it need not be ASCII.
const PEOPLE: [(&str, &str); 3] = [("alice", ""), ("bob", ""), ("carol", "café-")];
/// The issuer's usual port: beside the one that `persona serve` uses.
const ISSUER_PORT: u16 = 7080;
/// The site's usual port.
const SITE_PORT: u16 = 7081;

#[cfg(test)]
mod tests {
    use testkit::http::Client;
    use tokio::sync::oneshot;

    use super::*;

    #[tokio::test]
    async fn the_demo_runs_until_it_is_stopped_and_leaves_nothing_behind() {
        let (say, said) = oneshot::channel();
        let (stop, stopped) = oneshot::channel::<()>();
        let mut say = Some(say);
        let mut out = |words: &str| say.take().unwrap().send(words.to_owned()).unwrap();
        let running = run(&mut out, Some(0), async { stopped.await.unwrap() });

        let look = async {
            let words = said.await.unwrap();
            let word = |part: &str| words.split_whitespace().find(|w| w.contains(part)).unwrap();
            let site = Client::new()
                .get(word("http://shop.localhost:"))
                .await
                .unwrap();
            let issuer = Client::new()
                .get(word("http://id.localhost:"))
                .await
                .unwrap();
            let folder = Path::new(word("/persona-demo-")).to_owned();
            assert_eq!(
                (site.status, issuer.status, folder.exists()),
                (200, 200, true)
            );
            stop.send(()).unwrap();
            folder
        };
        let (ran, folder) = tokio::join!(running, look);

        ran.unwrap();
        assert!(!folder.exists());
    }

    #[tokio::test]
    async fn a_port_that_somebody_has_is_an_error_only_if_it_was_asked_for() {
        let taken = bind(0).await.unwrap();
        let port = taken.local_addr().unwrap().port();

        let asked_for = run(&mut |_| {}, Some(port), async {}).await;
        let usual = bind_near(port).await.unwrap();

        assert!(
            asked_for
                .unwrap_err()
                .to_string()
                .contains(&port.to_string())
        );
        assert_ne!(usual.local_addr().unwrap().port(), port);
    }
}
