//! Installations that are broken, each in one way, and what `persona check` calls it.
//!
//! The server is the real one, behind a web server that does to its answers what operators' web
//! servers do. A row names what is broken and every code of a finding that is not fine.

use std::io::{Read as _, Write as _};
use std::net::Ipv4Addr;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::{Arc, Mutex};

use serde_json::Value;
use testkit::certificates::{Authority, Identity, Quality};
use testkit::https::{HttpsServer, Reply};
use testkit::smtp::{Encryption, Mailboxes, Mood, SmtpServer, say};

use crate::program::{Folder, Running};
use crate::setup::set_up;
use rows::ROWS;

mod rows;

/// What a web server in front does.
#[derive(Clone, Copy)]
enum Web {
    /// Passes everything on as it should.
    Passes,
    /// Answers the issuer's document so.
    Own(fn(&str) -> Reply),
    /// Answers the domain's document so.
    Delegation(fn(&str) -> Reply),
    /// Changes what the server answers.
    Changes(&'static str, &'static str),
    /// Answers everything so.
    All(fn(&str) -> Reply),
}

/// An installation in a folder of its own, with everything around it.
struct Scene {
    folder: Folder,
    mail: SmtpServer,
    web: HttpsServer,
    /// What the web server does now.
    doing: Arc<Mutex<Web>>,
    authority: Authority,
    serving: Option<Running>,
}

impl Scene {
    async fn set(web: Web) -> Self {
        let authority = Authority::new().unwrap();
        let identity = authority.issue(&NAMES, Quality::Good);
        Self::set_with(web, authority, &identity.unwrap()).await
    }

    async fn set_with(web: Web, authority: Authority, identity: &Identity) -> Self {
        let mailboxes = Mailboxes::new(Encryption::None).with("alice@example.org", "secret");
        let mail = SmtpServer::honest(Ipv4Addr::LOCALHOST.into(), mailboxes);
        let mail = mail.await.unwrap();
        let folder = Folder::new();
        let socket = folder.path("http.sock");
        let front = socket.clone();
        let doing = Arc::new(Mutex::new(web));
        let does = Arc::clone(&doing);
        let web = HttpsServer::start(identity, move |head| {
            answer(*does.lock().unwrap(), &front, head)
        });
        let scene = Self {
            folder,
            mail,
            web: web.await.unwrap(),
            doing,
            authority,
            serving: None,
        };
        scene.set_up(&socket);
        scene
    }

    fn set_up(&self, socket: &Path) {
        let listen = format!("unix:{}", socket.display());
        let mailbox = format!("smtp://{}", self.mail.address());
        let told = set_up(
            &self.folder,
            &["-d", "example.org", "-m", &mailbox, "-l", &listen],
        );
        assert!(told.starts_with("exit 0"), "{told}");
        let (place, ca) = (self.web.address(), self.authority.pem_file().display());
        self.edit(|text| {
            format!(
                "{text}\n[outbound]\nca = \"{ca}\"\n\
                 hosts = {{ \"id.example.org\" = \"{place}\", \"example.org\" = \"{place}\", \
                 \"other.example\" = \"{place}\" }}\n"
            )
        });
    }

    fn serve(mut self) -> Self {
        self.serving = Some(self.folder.serve(&["--config", SETTINGS]));
        self
    }

    fn edit(&self, change: impl FnOnce(String) -> String) {
        self.folder
            .write(SETTINGS, &change(self.folder.read(SETTINGS)));
    }

    fn allow(&self, name: &str, mode: u32) {
        let mode = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(self.folder.path(name), mode).unwrap();
    }

    /// Gives the codes of all that is not fine, and whether each says why and what to do.
    fn codes(&self) -> Vec<String> {
        self.codes_with(&["--password-stdin", "alice@example.org"])
    }

    fn codes_with(&self, more: &[&str]) -> Vec<String> {
        let check = [
            "check",
            "--config",
            SETTINGS,
            "--json",
            "--resolver",
            "none",
        ];
        let told = self.folder.run_fed("secret\n", &[&check, more].concat());
        let report = told.lines().find(|line| line.starts_with('{')).unwrap();
        let report: Value = serde_json::from_str(report).unwrap();
        let mut codes = Vec::new();
        for finding in report["findings"].as_array().unwrap() {
            if finding["outcome"] != "ok" {
                let text = |member: &str| finding[member].as_str().unwrap().to_owned();
                assert_ne!(text("why"), "", "{finding}");
                assert_ne!(text("mend") + &text("look"), "", "{finding}");
                codes.push(text("code"));
            }
        }
        assert_eq!(report["ok"], codes.is_empty(), "{report}");
        codes
    }
}

/// Answers as the web server in front of an installation.
fn answer(web: Web, socket: &Path, head: &str) -> Reply {
    let is_document = head.starts_with("GET /.well-known/browserid");
    let is_own = head.to_ascii_lowercase().contains("host: id.example.org");
    match web {
        Web::All(reply) => reply(head),
        Web::Own(reply) if is_document && is_own => reply(head),
        Web::Delegation(reply) if is_document && !is_own => reply(head),
        Web::Changes(from, to) => {
            let passed = String::from_utf8(pass_on(socket, head)).unwrap();
            Reply::Octets(passed.replace(from, to).into_bytes())
        }
        Web::Passes | Web::Own(_) | Web::Delegation(_) => Reply::Octets(pass_on(socket, head)),
    }
}

fn pass_on(socket: &Path, head: &str) -> Vec<u8> {
    let Ok(mut stream) = UnixStream::connect(socket) else {
        return b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n".to_vec();
    };
    stream.write_all(head.as_bytes()).unwrap();
    let mut all = Vec::new();
    stream.read_to_end(&mut all).unwrap();
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_installation_that_is_whole_has_no_finding() {
    let scene = Scene::set(Web::Passes).await.serve();

    assert_eq!(scene.codes(), [""; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_web_server_does_is_named_for_what_it_is() {
    let scene = Scene::set(Web::Passes).await.serve();
    for (name, web, codes) in ROWS {
        *scene.doing.lock().unwrap() = *web;

        assert_eq!(scene.codes(), *codes, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_wrong_with_the_certificate_or_the_connection_is_named() {
    for (name, quality, names) in [
        ("it has expired", Quality::Expired, NAMES),
        ("it is for another name", Quality::Good, ["a.example"; 3]),
    ] {
        let authority = Authority::new().unwrap();
        let identity = authority.issue(&names, quality).unwrap();
        let scene = Scene::set_with(Web::Passes, authority, &identity).await;

        let codes = scene.serve().codes();

        assert_eq!(codes, ["outside-certificate"; 2], "{name}");
    }
    let unknown = Identity::self_signed(&NAMES).unwrap();
    let scene = Scene::set_with(Web::Passes, Authority::new().unwrap(), &unknown).await;
    assert_eq!(scene.serve().codes(), ["outside-certificate"; 2]);

    let scene = Scene::set(Web::All(|_| Reply::Octets(b"SSH-2.0-none\r\n".to_vec()))).await;
    assert_eq!(scene.serve().codes(), ["outside-http"; 2]);

    let scene = Scene::set(Web::Passes).await.serve();
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let (there, nowhere) = (scene.web.address(), nobody.local_addr().unwrap());
    drop(nobody);
    scene.edit(|text| text.replace(&there.to_string(), &nowhere.to_string()));
    assert_eq!(scene.codes(), ["outside-connection"; 2]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_wrong_on_this_machine_is_named() {
    let scene = Scene::set(Web::Passes).await;
    assert_eq!(
        scene.codes(),
        ["server-down", "outside-proxy", "outside-proxy"],
        "the server does not run"
    );
    let socket = scene.folder.path("http.sock");
    let other = UnixListener::bind(&socket).unwrap();
    let answering = std::thread::spawn(move || {
        let (mut stream, _) = other.accept().unwrap();
        // An answer before the question would be a broken server, not another program.
        assert!(stream.read(&mut [0; 1024]).unwrap() > 0);
        let answer = b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n";
        stream.write_all(answer).unwrap();
        stream.flush().unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        // Until the other side has gone.
        std::io::copy(&mut stream, &mut std::io::sink()).unwrap();
        std::fs::remove_file(socket).unwrap();
    });
    assert_eq!(
        scene.codes(),
        ["server-other", "outside-proxy", "outside-proxy"],
        "another program listens there"
    );
    answering.join().unwrap();

    let scene = Scene::set(Web::Passes).await.serve();
    scene.allow(SETTINGS, 0o666);
    scene.allow("secrets/keys/browserid.pem", 0o644);
    assert_eq!(scene.codes(), ["settings-writable", "keys-mode"]);

    let scene = Scene::set(Web::Passes).await.serve();
    scene.allow("data/persona.db", 0o666);
    assert_eq!(scene.codes(), ["store-mode", "address-not-asked"]);
    std::fs::remove_file(scene.folder.path("data/persona.db")).unwrap();
    assert_eq!(scene.codes(), ["store-unusable", "address-not-asked"]);

    let scene = Scene::set(Web::Passes).await.serve();
    scene.folder.write("secrets/keys/browserid.pem", "no key");
    assert_eq!(scene.codes(), ["keys-unusable", "address-not-asked"]);
    std::fs::remove_file(scene.folder.path("secrets/keys/browserid.pem")).unwrap();
    assert_eq!(scene.codes(), ["keys-unusable", "address-not-asked"]);

    let (scene, newer) = (
        Scene::set(Web::Passes).await.serve(),
        Scene::set(Web::Passes).await,
    );
    let key = newer.folder.read("secrets/keys/browserid.pem");
    scene.folder.write("secrets/keys/browserid.pem", &key);
    assert_eq!(
        scene.codes(),
        ["document-key", "outside-key", "address-not-certified"],
        "the server still has the former key"
    );
}

/// The keys of tokens, each way in which they can be wrong: everything else goes on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_of_tokens_are_named_for_what_they_are() {
    let scene = Scene::set(Web::Passes).await.serve();
    let place = "secrets/keys/oidc";
    let subject = format!("{place}/subject.key");
    let right = scene.folder.read(&subject);

    scene.allow(&subject, 0o644);
    assert_eq!(scene.codes(), ["keys-mode"]);
    scene.allow(&subject, 0o600);
    scene.folder.write(&subject, "too short");
    assert_eq!(scene.codes(), ["keys-tokens-unusable"]);
    std::fs::remove_file(scene.folder.path(&subject)).unwrap();
    assert_eq!(scene.codes(), ["keys-tokens-unusable"]);
    scene.folder.write(&subject, &right);
    scene.allow(&subject, 0o600);

    let copy = format!("{place}/rs256-20260101T000000Z.pem");
    let certificates = scene.folder.read("secrets/keys/browserid.pem");
    scene.folder.write(&copy, &certificates);
    scene.allow(&copy, 0o600);
    assert_eq!(scene.codes(), ["keys-tokens-unusable"]);
    std::fs::remove_file(scene.folder.path(&copy)).unwrap();
    assert_eq!(scene.codes(), [""; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_wrong_with_the_mail_server_is_named() {
    let scene = Scene::set(Web::Passes).await.serve();
    scene.mail.feel(Mood::Confused);
    assert_eq!(scene.codes(), ["mailbox-gibberish", "address-not-asked"]);
    scene.mail.feel(Mood::Forgetful);
    assert_eq!(scene.codes(), ["address-not-asked"]);
    scene.mail.feel(Mood::Open);
    let there = scene.mail.address().to_string();
    scene.edit(|text| text.replace("smtp://", "smtps://"));
    assert_eq!(
        scene.codes(),
        ["mailbox-misconfigured", "address-not-asked"]
    );
    scene.edit(|text| text.replace("smtps://", "smtp://"));

    let local = format!("smtp://{there}");
    scene.edit(|text| text.replace(&local, "smtps://mail.tutanota.de"));
    // Nobody's password is given here: it would go to that host.
    assert_eq!(scene.codes_with(&[]), ["mailbox-provider"]);
    scene.edit(|text| text.replace("smtps://mail.tutanota.de", &local));

    for (greeting, code) in [
        ("554 go away\r\n", "mailbox-blocked"),
        ("421 later\r\n", "mailbox-temporary"),
    ] {
        let refusing = SmtpServer::scripted(vec![say(greeting)], None)
            .await
            .unwrap();
        let address = refusing.address().to_string();
        scene.edit(|text| text.replace(&there, &address));
        let codes = scene.codes();
        scene.edit(|text| text.replace(&address, &there));
        assert_eq!(codes, [code, "address-not-asked"], "{greeting}");
    }

    let Scene {
        folder,
        mail,
        web,
        doing,
        authority,
        serving,
    } = scene;
    mail.stop().await;
    let mail = SmtpServer::honest(Ipv4Addr::LOCALHOST.into(), Mailboxes::new(Encryption::None));
    let mail = mail.await.unwrap();
    let scene = Scene {
        folder,
        mail,
        web,
        doing,
        authority,
        serving,
    };
    assert_eq!(
        scene.codes(),
        ["mailbox-refused-connection", "address-not-asked"]
    );
    let here = scene.mail.address().to_string();
    scene.edit(|text| text.replace(&there, &here));
    assert_eq!(scene.codes(), ["address-refused"], "it knows nobody");
}

const SETTINGS: &str = "secrets/persona.toml";
const NAMES: [&str; 3] = ["id.example.org", "example.org", "other.example"];
