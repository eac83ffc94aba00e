//! SIGHUP: the settings are read again, and count for all requests from then on.

use std::os::unix::net::UnixDatagram;
use std::path::Path;

use server::keyring::Keyring;
use testkit::http::{Answer, Client};
use testkit::world::user;

use crate::check::{Installation, RIGHT};
use crate::program::Running;
use crate::serve::{ANY_PORT, PausedMailServer, address_in, log_in};

/// What a server says when it goes by what it has read.
const READ: &str = "the settings were read again";

/// A browser at the issuer's pages.
struct Browser {
    client: Client,
    origin: String,
}

impl Browser {
    fn at(server: &Running) -> Self {
        Self {
            client: Client::with_cookies(),
            origin: format!("http://{}", address_in(&server.log)),
        }
    }

    async fn signed_in(server: &Running, email: &str) -> Self {
        let browser = Self::at(server);
        assert_eq!(browser.log_in(email).await.status, 303);
        browser
    }

    async fn get(&self, host: &str, path: &str) -> Answer {
        let url = format!("{}{path}", self.origin);
        let headers = [("host", host)];
        let answer = self.client.request("GET", &url, &headers, b"");
        answer.await.unwrap()
    }

    async fn form_token(&self) -> String {
        let page = self.get("id.localhost", "/persona/login/?email=x@example.org");
        let page = page.await.text();
        let (_, rest) = page.split_once("name=\"csrf\" value=\"").unwrap();
        rest.split_once('"').unwrap().0.to_owned()
    }

    async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let headers = [("host", "id.localhost"), ("origin", "http://id.localhost")];
        let url = format!("{}{path}", self.origin);
        let answer = self.client.post_form(&url, &headers, fields);
        answer.await.unwrap()
    }

    async fn log_in(&self, email: &str) -> Answer {
        let csrf = self.form_token().await;
        let fields = [("email", email), ("password", RIGHT), ("csrf", &csrf)];
        self.post("/persona/auth/login/", &fields).await
    }

    async fn is_signed_in_as(&self, email: &str) -> bool {
        let path = format!("/persona/auth/has-session/?email={email}");
        self.get("id.localhost", &path).await.status == 200
    }

    /// Asks for a certificate; gives the status.
    async fn certificate(&self, email: &str) -> u16 {
        let key = protocol::jose::Signer::public_key(&user()).to_browserid();
        let key = key.to_string();
        let fields = [("email", email), ("publicKey", &key)];
        let answer = self.post("/persona/auth/certificate/", &fields).await;
        answer.status
    }

    /// Asks for the support document at a host; gives the status.
    async fn document(&self, host: &str) -> u16 {
        self.get(host, "/.well-known/browserid").await.status
    }
}

fn settings(installation: &Installation) -> String {
    installation.folder.read("secrets/persona.toml")
}

/// Adds text behind all that the settings file has.
fn append(installation: &Installation, text: &str) {
    let settings = format!("{}\n{text}", settings(installation));
    installation.folder.write("secrets/persona.toml", &settings);
}

fn section(installation: &Installation, name: &str) -> String {
    let mailbox = installation.mail.address();
    format!("[[domain]]\nname = \"{name}\"\nmailbox = \"smtp://{mailbox}\"\n")
}

/// Has the settings read again, and gives what is logged meanwhile.
fn reload(server: &mut Running) -> String {
    let before = server.log.len();
    server.send("HUP");
    server.wait_for(READ);
    server.log.split_off(before)
}

/// Leaves out when a line was written, and where this test's folder and servers are.
fn plain(installation: &Installation, line: &str) -> String {
    let (_, line) = line.trim_end().split_once("Z ").unwrap();
    let folder = installation.folder.path("");
    let folder = folder.to_str().unwrap().trim_end_matches('/');
    line.trim_start().replace(folder, "[DIR]")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_domain_that_was_added_counts_and_who_is_signed_in_stays_so() {
    let installation = Installation::new().await;
    let mut server = installation.folder.serve(&ANY_PORT);
    let alice = Browser::signed_in(&server, "alice@example.org").await;
    assert_eq!(alice.document("example.net").await, 404);

    append(&installation, &section(&installation, "example.net"));
    reload(&mut server);

    assert_eq!(alice.document("example.net").await, 200);
    assert!(alice.is_signed_in_as("alice@example.org").await);
    Browser::signed_in(&server, "dora@example.net").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_domain_that_was_put_into_the_store_counts() {
    let installation = Installation::new().await;
    let mut server = installation.folder.serve(&ANY_PORT);
    let mailbox = format!("smtp://{}", installation.mail.address());
    let add = ["add", "example.net", "--mailbox", &mailbox];
    let command = ["domain", "--config", "secrets/persona.toml"];

    let told = installation.folder.run(&[&command[..], &add].concat());
    reload(&mut server);

    assert!(told.contains("systemctl reload persona"), "{told}");
    Browser::signed_in(&server, "dora@example.net").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_domain_that_was_taken_out_is_certified_no_more() {
    let installation = Installation::new().await;
    let alone = settings(&installation);
    append(&installation, &section(&installation, "example.net"));
    let mut server = installation.folder.serve(&ANY_PORT);
    let dora = Browser::signed_in(&server, "dora@example.net").await;
    assert_eq!(dora.certificate("dora@example.net").await, 200);

    installation.folder.write("secrets/persona.toml", &alone);
    reload(&mut server);

    assert_eq!(dora.certificate("dora@example.net").await, 401);
    assert!(!dora.is_signed_in_as("dora@example.net").await);
    assert_eq!(dora.document("example.net").await, 404);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_a_mistake_all_stays_as_it_is_and_the_place_is_named() {
    let installation = Installation::new().await;
    let before = settings(&installation);
    let mut server = installation.folder.serve(&ANY_PORT);

    let new = section(&installation, "example.net").replace("mailbox", "malibox");
    append(&installation, &new);
    server.send("HUP");
    let line = server.wait_for("ERROR");

    let number = before.lines().count() + 4;
    let line = plain(&installation, &line).replace(&format!(":{number}:"), ":[LINE]:");
    insta::assert_snapshot!(line, @r#"ERROR the settings were not taken, and all stays as it is: secrets/persona.toml:[LINE]:1: unknown key `malibox` in [[domain]] remedy="did you mean `mailbox`?""#);
    let alice = Browser::signed_in(&server, "alice@example.org").await;
    assert_eq!(alice.document("example.net").await, 404);

    installation.folder.write("secrets/persona.toml", &before);
    append(&installation, &section(&installation, "example.net"));
    let log = reload(&mut server);

    assert_eq!(alice.document("example.net").await, 200);
    assert!(!log.contains("ERROR"), "{log}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_that_is_missing_leaves_the_former_one() {
    let installation = Installation::new().await;
    let mut server = installation.folder.serve(&ANY_PORT);
    std::fs::remove_file(installation.folder.path("secrets/keys/browserid.pem")).unwrap();

    server.send("HUP");
    let line = server.wait_for("ERROR");

    insta::assert_snapshot!(plain(&installation, &line), @r#"ERROR the settings were not taken, and all stays as it is: there is no key [DIR]/secrets/keys/browserid.pem; `persona setup` makes one remedy="keys.directory in the settings names the place""#);
    let alice = Browser::signed_in(&server, "alice@example.org").await;
    assert_eq!(alice.certificate("alice@example.org").await, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_are_read_again() {
    let installation = Installation::new().await;
    let mut server = installation.folder.serve(&ANY_PORT);
    let alice = Browser::signed_in(&server, "alice@example.org").await;
    let keys = installation.folder.path("secrets/keys");
    let published = async || {
        let document = alice.get("id.localhost", "/.well-known/browserid").await;
        document.json().unwrap()["public-key"].clone()
    };
    let on_disk = |keys: &Path| Keyring::load(keys).unwrap().public_key().to_browserid();
    let former = on_disk(&keys);
    assert_eq!(published().await, former);

    std::fs::remove_file(keys.join("browserid.pem")).unwrap();
    Keyring::generate(&keys, None).unwrap();
    assert_eq!(published().await, former);
    reload(&mut server);

    assert_ne!(on_disk(&keys), former);
    assert_eq!(published().await, on_disk(&keys));
    assert!(alice.is_signed_in_as("alice@example.org").await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_needs_a_restart_is_named_and_the_rest_counts() {
    let installation = Installation::new().await;
    let mut server = installation
        .folder
        .serve(&["--config", "secrets/persona.toml"]);
    let text = settings(&installation)
        .replace("/http.sock\"", "/other.sock\"")
        .replace("/persona.db\"", "/other.db\"");
    installation.folder.write("secrets/persona.toml", &text);
    append(&installation, &section(&installation, "example.net"));

    let log = reload(&mut server);

    let warnings = log.lines().filter(|line| line.contains("until a restart"));
    let warnings: Vec<String> = warnings.map(|line| plain(&installation, line)).collect();
    insta::assert_snapshot!(warnings.join("\n"), @r#"
        WARN listen.address is unix:[DIR]/other.sock in the settings, and stays unix:[DIR]/http.sock until a restart remedy="systemctl restart persona"
        WARN storage.url is sqlite:[DIR]/data/other.db in the settings, and stays sqlite:[DIR]/data/persona.db until a restart remedy="systemctl restart persona"
        "#);
    let list = ["domain", "--config", "secrets/persona.toml", "list"];
    let told = installation.folder.run(&list);
    assert!(told.contains("example.net"), "{told}");
    assert!(installation.folder.path("http.sock").exists());
    assert!(!installation.folder.path("other.sock").exists());
    assert!(!installation.folder.path("data/other.db").exists());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_under_way_is_answered_by_whom_it_has_asked() {
    let installation = Installation::new().await;
    let mail = PausedMailServer::start();
    let former = settings(&installation);
    let address = installation.mail.address().to_string();
    let paused = former.replace(&format!("smtp://{address}"), &mail.url);
    assert_ne!(paused, former);
    installation.folder.write("secrets/persona.toml", &paused);
    let mut server = installation.folder.serve(&ANY_PORT);
    let origin = format!("http://{}", address_in(&server.log));

    let login = tokio::spawn(async move { log_in(&origin).await.0 });
    tokio::task::block_in_place(|| mail.asked.recv().unwrap());
    installation.folder.write("secrets/persona.toml", &former);
    append(&installation, &section(&installation, "example.net"));
    reload(&mut server);
    // Others are asked about where the new settings say. About alice there is a question under way still.
    Browser::signed_in(&server, "dora@example.net").await;
    assert_eq!(
        Browser::at(&server)
            .log_in("alice@example.org")
            .await
            .status,
        429
    );
    mail.go_on.send(()).unwrap();

    assert_eq!(login.await.unwrap().status, 303);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_signals_in_a_row_end_with_the_newest_settings() {
    let installation = Installation::new().await;
    let mut server = installation.folder.serve(&ANY_PORT);

    append(&installation, &section(&installation, "example.net"));
    server.send("HUP");
    append(&installation, &section(&installation, "example.com"));
    server.send("HUP");
    server.wait_for("domains=3");

    assert_eq!(Browser::at(&server).document("example.com").await, 200);
    let (code, log) = server.stop("TERM");
    assert_eq!(code, Some(0), "{log}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_has_signed_out_stays_so_where_nothing_is_stored() {
    let installation = Installation::new().await;
    let flags = [&ANY_PORT[..], &["--storage", "memory:"]].concat();
    let mut server = installation.folder.serve(&flags);
    let alice = Browser::signed_in(&server, "alice@example.org").await;
    let cookie = alice.client.cookie("127.0.0.1", "__Host-persona").unwrap();
    let stolen = format!("__Host-persona={cookie}");
    let copy = Client::new();
    let url = format!(
        "{}/persona/auth/has-session/?email=alice@example.org",
        alice.origin
    );
    let headers = [("host", "id.localhost"), ("cookie", stolen.as_str())];
    let status = async || {
        copy.request("GET", &url, &headers, b"")
            .await
            .unwrap()
            .status
    };
    assert_eq!(status().await, 200);

    let csrf = alice.form_token().await;
    alice
        .post("/persona/auth/logout/", &[("csrf", &csrf)])
        .await;
    assert_eq!(status().await, 404);
    reload(&mut server);

    assert_eq!(status().await, 404);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn systemd_is_told_when_the_settings_are_read_and_what_came_of_it() {
    let installation = Installation::new().await;
    let path = installation.folder.path("notify.sock");
    let systemd = UnixDatagram::bind(&path).unwrap();
    let hear = || {
        let mut buffer = [0; 512];
        let count = systemd.recv(&mut buffer).unwrap();
        String::from_utf8_lossy(&buffer[..count]).into_owned()
    };
    let path = path.display().to_string();
    let server = installation
        .folder
        .serve_with("NOTIFY_SOCKET", &path, &ANY_PORT);
    assert_eq!(hear(), "READY=1");

    server.send("HUP");
    let (reading, read) = (hear(), hear());
    append(&installation, "nonsense = 1\n");
    server.send("HUP");
    let (_, refused) = (hear(), hear());

    let micros = reading.strip_prefix("RELOADING=1\nMONOTONIC_USEC=");
    assert!(micros.unwrap().parse::<u64>().unwrap() > 0, "{reading}");
    assert_eq!(read, "READY=1\nSTATUS=the settings were read again");
    assert!(
        refused.starts_with("READY=1\nSTATUS=the settings were not taken: "),
        "{refused}"
    );
}
