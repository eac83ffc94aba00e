//! From nothing to a certificate: `setup`, `serve`, `check`, against a mail server that says yes, no,
//! and nothing at all.

use std::net::Ipv4Addr;

use data_encoding::BASE64;
use testkit::smtp::{Encryption, Mailboxes, Mood, SmtpServer};

use crate::program::{Folder, Running};
use crate::setup::set_up;

/// An installation on a Unix socket in its own folder, so that no port is shared with anybody.
pub(crate) struct Installation {
    pub(crate) folder: Folder,
    pub(crate) mail: SmtpServer,
}

pub(crate) const RIGHT: &str = "correct horse battery staple";
const WRONG: &str = "hunter2-never-in-a-log";

impl Installation {
    pub(crate) async fn new() -> Self {
        let mailboxes = Mailboxes::new(Encryption::None)
            .with("alice@example.org", RIGHT)
            .with("dora@example.net", RIGHT);
        let mail = SmtpServer::honest(Ipv4Addr::LOCALHOST.into(), mailboxes)
            .await
            .unwrap();
        let folder = Folder::new();
        let mailbox = format!("smtp://{}", mail.address());
        let socket = format!("unix:{}", folder.path("http.sock").display());
        let told = set_up(
            &folder,
            &[
                "-d",
                "example.org",
                "-m",
                &mailbox,
                "-i",
                "http://id.localhost",
                "-l",
                &socket,
            ],
        );
        assert!(told.starts_with("exit 0"), "{told}");
        Self { folder, mail }
    }

    pub(crate) fn serve(&self) -> Running {
        self.folder
            .serve(&["--config", "secrets/persona.toml", "--log-level", "debug"])
    }

    pub(crate) fn check(&self, passwords: &str, more: &[&str]) -> String {
        let command = ["check", "--config", "secrets/persona.toml"];
        let told = self.folder.run_fed(passwords, &[&command, more].concat());
        self.without_port(&told)
    }

    pub(crate) fn without_port(&self, told: &str) -> String {
        told.replace(&format!(":{}", self.mail.address().port()), ":[PORT]")
            .replace(&format!(" {}", self.mail.address().port()), " [PORT]")
    }
}

/// The forms in which a password goes to a mail server: in SASL PLAIN, and in LOGIN.
pub(crate) fn as_sent(user: &str, password: &str) -> [String; 2] {
    let plain = format!("\0{user}\0{password}");
    [plain.as_str(), password].map(|text| BASE64.encode(text.as_bytes()))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fresh_installation_has_nothing_wrong() {
    let installation = Installation::new().await;
    let server = installation.serve();

    insta::assert_snapshot!(installation.check("", &[]), @r#"
        exit 0
        --- stdout
        ok    secrets/persona.toml: http://id.localhost vouches for example.org
        warn  secrets/persona.toml: the issuer is http://id.localhost; that is fine for trying on this machine only: no browser elsewhere gets here [settings-issuer-http]
        ok    [DIR]/secrets/keys/browserid.pem: the signing key is there
        ok    [DIR]/secrets/keys/oidc: the keys for OpenID Connect are there
        ok    sqlite:[DIR]/data/persona.db: it opens; 0 sign-ins are kept
        ok    example.org: smtp://127.0.0.1:[PORT] answers in clear text, on this machine, and takes PLAIN, LOGIN
        ok    unix:[DIR]/http.sock: the server answers
        ok    support document of id.localhost: asked at unix:[DIR]/http.sock as id.localhost: it has the key that signs
        ok    page /persona/login/: asked at unix:[DIR]/http.sock as id.localhost: it is there
        ok    page /persona/provisioning/: asked at unix:[DIR]/http.sock as id.localhost: it is there
        ok    support document of example.org: asked at unix:[DIR]/http.sock as example.org: it names id.localhost
        nothing is wrong here; not looked at: what a browser on this machine sees (to see it: open http://id.localhost/persona/login/)
        a word in [ ] at the end of a line has a section in docs/reference/findings.md
        "#);

    drop(server);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn right_wrong_and_could_not_ask_are_three_findings() {
    let installation = Installation::new().await;
    let server = installation.serve();
    let alone = |told: String| {
        let of_alice =
            |line: &&str| line.contains("alice@example.org:") || line.starts_with("exit");
        told.lines().filter(of_alice).collect::<Vec<_>>().join("\n")
    };
    let check = |password: &str| {
        let arguments = ["--password-stdin", "alice@example.org"];
        alone(installation.check(&format!("{password}\n"), &arguments))
    };

    insta::assert_snapshot!(check(RIGHT), @r"
        exit 0
        ok    alice@example.org: the password opens it, and id.localhost certifies it
        ");
    insta::assert_snapshot!(check(WRONG), @r#"
        exit 1
        FAIL  alice@example.org: the mail server did not accept this address and password; the password is wrong, or the mail server knows this mailbox by another name; to mend it: type the password again; if it is right, try login = "local-part" or backend_domain in [[domain]] example.org [address-refused]
        "#);
    installation.mail.feel(Mood::Forgetful);
    insta::assert_snapshot!(check(RIGHT), @r"
        exit 1
        FAIL  alice@example.org: the mail server could not be asked: the mail server cannot answer now, it said: 454 4.7.0 Temporary authentication failure: Connection lost to authentication server; whether the password is right is not known; to mend it: see what this check says about the domain's mail server [address-not-asked]
        ");

    drop(server);
    let sessions =
        installation
            .folder
            .run(&["session", "list", "--config", "secrets/persona.toml"]);
    assert_eq!(sessions, "exit 0\n--- stderr\nnobody is signed in\n");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_password_is_ever_written_down() {
    let installation = Installation::new().await;
    let server = installation.serve();

    let arguments = [
        "--log-level",
        "trace",
        "--password-stdin",
        "alice@example.org",
        "alice@example.org",
    ];
    let told = installation.check(&format!("{RIGHT}\n{WRONG}\n"), &arguments);
    let (_, log) = server.stop("TERM");

    for (place, text) in [("check", &told), ("serve", &log)] {
        for password in [RIGHT, WRONG] {
            let [plain, login] = as_sent("alice@example.org", password);
            for secret in [password, &plain, &login] {
                assert!(!text.contains(secret), "{place} wrote {secret:?}:\n{text}");
            }
        }
    }
    assert!(
        told.contains("DEBUG") || told.contains("INFO"),
        "nothing was logged:\n{told}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_does_not_run_is_a_failure_with_its_command() {
    let installation = Installation::new().await;

    insta::assert_snapshot!(installation.check("", &[]), @r#"
        exit 1
        --- stdout
        ok    secrets/persona.toml: http://id.localhost vouches for example.org
        warn  secrets/persona.toml: the issuer is http://id.localhost; that is fine for trying on this machine only: no browser elsewhere gets here [settings-issuer-http]
        ok    [DIR]/secrets/keys/browserid.pem: the signing key is there
        ok    [DIR]/secrets/keys/oidc: the keys for OpenID Connect are there
        ok    sqlite:[DIR]/data/persona.db: it opens; 0 sign-ins are kept
        ok    example.org: smtp://127.0.0.1:[PORT] answers in clear text, on this machine, and takes PLAIN, LOGIN
        FAIL  unix:[DIR]/http.sock: no server answers: No such file or directory (os error 2); nobody can sign in; to mend it: persona serve --config secrets/persona.toml [server-down]
        1 thing is wrong
        a word in [ ] at the end of a line has a section in docs/reference/findings.md
        "#);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_relay_for_codes_is_looked_at_without_its_password() {
    let installation = Installation::new().await;
    let everybody = Mailboxes::new(Encryption::None);
    let relay = SmtpServer::honest(Ipv4Addr::LOCALHOST.into(), everybody)
        .await
        .unwrap();
    let port = relay.address().port();
    let settings = installation.folder.path("secrets/persona.toml");
    let text = std::fs::read_to_string(&settings).unwrap();
    let more = format!(
        "\n[broker]\nfallback = {{ smtp = \"smtp://127.0.0.1:{port}\", from = \"id@example.org\", \
         user = \"id\", password = {{ file = \"not-for-whoever-checks\" }} }}\n"
    );
    std::fs::write(&settings, text + &more).unwrap();
    let about_relay = |told: String| {
        let line = told.lines().find(|line| line.contains(&format!(":{port}")));
        line.unwrap().trim().replace(&port.to_string(), "[PORT]")
    };

    let there = about_relay(installation.check("", &[]));
    relay.stop().await;
    let gone = about_relay(installation.check("", &[]));

    assert_eq!(there, "ok    smtp://127.0.0.1:[PORT]: it answers");
    insta::assert_snapshot!(
        gone,
        @"FAIL  smtp://127.0.0.1:[PORT]: the mail server 127.0.0.1:[PORT] takes no connection: Connection refused (os error 111); no code can be mailed to addresses of domains that have no issuer; to look: nc -v 127.0.0.1 [PORT] [relay-refused-connection]"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn scripts_get_stable_codes() {
    let installation = Installation::new().await;

    let told = installation.check("", &["--json"]);

    let report = told.strip_prefix("exit 1\n--- stdout\n").unwrap();
    let report: serde_json::Value = serde_json::from_str(report).unwrap();
    let codes: Vec<&str> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| finding["code"].as_str().unwrap())
        .collect();
    assert_eq!(report["ok"], false);
    assert_eq!(
        codes,
        [
            "settings-read",
            "settings-issuer-http",
            "keys-loaded",
            "keys-tokens-loaded",
            "store-opens",
            "mailbox-answers",
            "server-down"
        ]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_server_that_is_not_there_is_found_without_a_password() {
    let installation = Installation::new().await;
    installation.mail.feel(Mood::Confused);

    let told = installation.check("", &[]);

    let wrong: Vec<&str> = told
        .lines()
        .filter(|line| line.contains("example.org: what"))
        .collect();
    insta::assert_snapshot!(wrong.join("\n"), @"FAIL  example.org: what answers at the mail server's address is broken or hostile: a line does not begin with an SMTP reply code; nobody at example.org can sign in; to look: nc -v 127.0.0.1 [PORT] [mailbox-gibberish]");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_server_that_begins_in_clear_is_not_to_be_asked_by_tls() {
    let installation = Installation::new().await;
    let settings = installation.folder.read("secrets/persona.toml");
    let settings = settings.replace("\"smtp://", "\"smtps://");
    installation.folder.write("secrets/persona.toml", &settings);

    let told = installation.check("", &[]);

    let wrong: Vec<&str> = told
        .lines()
        .filter(|line| line.starts_with("FAIL  example.org:"))
        .collect();
    insta::assert_snapshot!(wrong.join("\n"), @"FAIL  example.org: no encrypted connection to the mail server is possible: received corrupt message of type InvalidContentType; nobody at example.org can sign in; to mend it: port [PORT] does not begin with TLS: try smtp://127.0.0.1:[PORT] [mailbox-misconfigured]");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_and_store_that_others_may_read_are_found() {
    use std::os::unix::fs::PermissionsExt;
    let installation = Installation::new().await;
    let open = |name: &str| {
        let path = installation.folder.path(name);
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o666)).unwrap();
    };
    open("data/persona.db");
    open("secrets/persona.toml");
    for name in ["browserid.pem", "oidc/subject.key"] {
        let path = installation.folder.path(&format!("secrets/keys/{name}"));
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o644)).unwrap();
    }

    let told = installation.check("", &[]);

    let wrong: Vec<&str> = told
        .lines()
        .filter(|line| line.starts_with("FAIL"))
        .collect();
    insta::assert_snapshot!(wrong.join("\n"), @r"
        FAIL  secrets/persona.toml: others than its owner may change it; whoever can change the settings can sign in as anybody; to mend it: chmod go-w secrets/persona.toml [settings-writable]
        FAIL  signing key: every user of this machine may read [DIR]/secrets/keys/browserid.pem (mode 0644); whoever has the key can sign in as anybody; to mend it: chmod o-rwx '[DIR]/secrets/keys/browserid.pem' [keys-mode]
        FAIL  signing key: every user of this machine may read [DIR]/secrets/keys/oidc/subject.key (mode 0644); whoever has the key can sign in as anybody; to mend it: chmod o-rwx '[DIR]/secrets/keys/oidc/subject.key' [keys-mode]
        FAIL  sqlite:[DIR]/data/persona.db: every user of this machine may read it; it says who signed in and when; to mend it: chmod o-rwx '[DIR]/data/persona.db' [store-mode]
        FAIL  unix:[DIR]/http.sock: no server answers: No such file or directory (os error 2); nobody can sign in; to mend it: persona serve --config secrets/persona.toml [server-down]
        ");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_of_tokens_that_are_missing_are_no_failure() {
    let installation = Installation::new().await;
    let place = installation.folder.path("secrets/keys/oidc");
    let seen = || {
        let told = installation.check("", &[]);
        let line = told.lines().find(|line| line.contains("/oidc: ")).unwrap();
        line.trim_start_matches("warn").trim().to_owned()
    };
    let files = std::fs::read_dir(&place).unwrap();
    let mut files = files.map(|entry| entry.unwrap().path());
    let one = files.find(|path| path.to_str().unwrap().contains("/eddsa-"));

    std::fs::remove_file(one.unwrap()).unwrap();
    insta::assert_snapshot!(seen(), @"[DIR]/secrets/keys/oidc: there is no key for EdDSA; sites that sign people in by OpenID Connect need it; to mend it: persona setup [keys-tokens-missing]");
    std::fs::remove_dir_all(&place).unwrap();
    insta::assert_snapshot!(seen(), @"[DIR]/secrets/keys/oidc: there are no keys for OpenID Connect in [DIR]/secrets/keys/oidc; sites that sign people in by OpenID Connect need it; to mend it: persona setup [keys-tokens-missing]");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn addresses_that_cannot_be_asked_about_are_told_apart() {
    let installation = Installation::new().await;
    let server = installation.serve();

    let arguments = [
        "--password-stdin",
        "alice@example.net",
        "a%b@example.org",
        "alice@example.org",
    ];
    let told = installation.check("x\ny\n\n", &arguments);

    drop(server);
    let wrong: Vec<&str> = told
        .lines()
        .filter(|line| line.starts_with("FAIL"))
        .collect();
    insta::assert_snapshot!(wrong.join("\n"), @r#"
        FAIL  alice@example.net: addresses of example.net are not served here; the settings have example.org alone; to mend it: add a [[domain]] with name = "example.net" to the settings [address-not-ours]
        FAIL  a%b@example.org: a mailbox whose name contains '%' cannot be opened here; this mailbox cannot sign in; to mend it: use another name of the mailbox [address-unsuitable]
        FAIL  alice@example.org: the password is empty; the mail server was not asked; to mend it: type the password again [address-password-unusable]
        "#);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_key_an_address_is_not_passed_over_in_silence() {
    let installation = Installation::new().await;
    std::fs::remove_dir_all(installation.folder.path("secrets/keys")).unwrap();

    let arguments = ["--password-stdin", "alice@example.org"];
    let told = installation.check(&format!("{RIGHT}\n"), &arguments);

    let wrong: Vec<&str> = told
        .lines()
        .filter(|line| line.starts_with("FAIL"))
        .collect();
    insta::assert_snapshot!(wrong.join("\n"), @r"
        FAIL  [DIR]/secrets/keys: there is no key [DIR]/secrets/keys/browserid.pem; `persona setup` makes one; nothing can be signed; to mend it: persona setup, or set keys.directory to where the key is [keys-unusable]
        FAIL  unix:[DIR]/http.sock: no server answers: No such file or directory (os error 2); nobody can sign in; to mend it: persona serve --config secrets/persona.toml [server-down]
        FAIL  alice@example.org: its mail server was not asked; nobody can sign in without the key and the store; to mend it: see what this check says about them [address-not-asked]
        ");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_password_is_asked_for_or_given_and_never_made_up() {
    let installation = Installation::new().await;

    insta::assert_snapshot!(installation.check("", &["--password-stdin", "alice@example.org"]), @r"
        exit 2
        --- stderr
        error: standard input has no line for alice@example.org
        hint: give one password on a line for each address, in the same order
        ");
    insta::assert_snapshot!(installation.check("", &["alice"]), @r"
        exit 2
        --- stderr
        error: invalid value 'alice' for '[ADDRESS]...': an address has one @ between a name and a domain

        For more information, try '--help'.
        ");
}
