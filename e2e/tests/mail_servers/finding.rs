//! `persona setup` finds the mail server from the domain's name alone, with a real DNS server.
//!
//! Each test has a network to itself, where dnsmasq knows all names. The mail servers are at an
//! address that is not loopback, so that nothing works there without a valid certificate.

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::Arc;

use e2e::namespace::{self, ELSEWHERE};
use e2e::servers::accounts::{ALICE, ALICE_PASSWORD};
use e2e::servers::dnsmasq::Dnsmasq;
use e2e::servers::dovecot::Failures;
use e2e::servers::folder::Folder;
use e2e::servers::ports::Entrance;
use e2e::servers::postfix::Postfix;
use e2e::servers::{MailServer as _, SERVER_NAME, packages};
use testkit::certificates::{Authority, Quality};
use testkit::https::{HttpsServer, Reply};
use testkit::smtp::{Encryption, Mailboxes, SmtpServer};

#[tokio::test(flavor = "multi_thread")]
async fn srv_records_lead_to_a_real_mail_server() {
    if !namespace::is_entered() {
        return namespace::again("finding::srv_records_lead_to_a_real_mail_server").unwrap();
    }
    let server = Postfix::start_as(SERVER_NAME, Failures::Quick, &[ELSEWHERE.into()]).unwrap();
    let port = server.ports().of(Entrance::Submissions);
    let clear = server.ports().of(Entrance::Clear);
    let _names = Dnsmasq::start(&[
        &format!("srv-host=_submissions._tcp.example.test,{SERVER_NAME},{clear},1"),
        &format!("srv-host=_submissions._tcp.example.test,{SERVER_NAME},{port},2"),
        &format!("host-record={SERVER_NAME},{ELSEWHERE}"),
    ])
    .unwrap();
    let folder = Folder::make().unwrap();
    let authority = &server.certificates().authority;

    let setup = persona(&folder, authority, &["setup", "-v", "-d", "example.test"]);

    let (told, url) = (words(&setup), format!("smtps://{SERVER_NAME}:{port}"));
    assert!(setup.status.success(), "{told}");
    let asked = "SRV _submissions._tcp.example.test -> mail.example.test";
    for line in [
        format!("the mail server of example.test is {url}: found by {asked}:{port}; it offers"),
        format!("{asked}:{clear}: smtps://{SERVER_NAME}:{clear}: "),
        "SRV _imaps._tcp.example.test: no such record".to_owned(),
    ] {
        assert!(told.contains(&line), "{line}\n{told}");
    }
    let settings = std::fs::read_to_string(folder.join("persona.toml")).unwrap();
    assert!(
        settings.contains(&format!("mailbox = {url:?}")),
        "{settings}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn hosts_that_take_the_mail_are_looked_at_on_the_usual_ports() {
    if !namespace::is_entered() {
        return namespace::again(
            "finding::hosts_that_take_the_mail_are_looked_at_on_the_usual_ports",
        )
        .unwrap();
    }
    let scene = Scene::with("mx.small.test").await;
    let _names = scene.names(&["mx-host=small.test,mx.small.test,10"]);

    let setup = scene.persona(&["setup", "-d", "small.test"]);

    let told = words(&setup);
    assert!(setup.status.success(), "{told}");
    assert!(
        told.contains(
            "the mail server of small.test is smtps://mx.small.test:465: found by MX small.test -> \
             mx.small.test; it offers PLAIN, LOGIN with a valid certificate"
        ),
        "{told}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_domains_autoconfig_document_names_the_mail_server_and_the_login() {
    if !namespace::is_entered() {
        return namespace::again(
            "finding::the_domains_autoconfig_document_names_the_mail_server_and_the_login",
        )
        .unwrap();
    }
    let authority = Authority::new().unwrap();
    let _server = mail_server(&authority, "mail.hoster.test", 4650).await;
    let identity = authority
        .issue(&["autoconfig.small.test"], Quality::Good)
        .unwrap();
    let document = Reply::new("200 OK", &["content-type: text/xml"], AUTOCONFIG);
    let web = HttpsServer::start(&identity, move |_| document.clone())
        .await
        .unwrap();
    let _names = Dnsmasq::start(&[&format!("host-record=mail.hoster.test,{ELSEWHERE}")]).unwrap();
    let folder = Folder::make().unwrap();
    let former = format!(
        "issuer = \"https://id.small.test\"\n[outbound]\nca = {:?}\n\
         hosts = {{ \"autoconfig.small.test\" = \"{}\" }}\n\
         [[domain]]\nname = \"old.test\"\nmailbox = \"smtps://mail.old.test\"\n",
        authority.pem_file(),
        web.address()
    );
    folder.write("persona.toml", &former).unwrap();

    let again = ["setup", "--restart", "-d", "small.test"];
    let setup = persona(&folder, authority.pem_file(), &again);

    let told = words(&setup);
    assert!(setup.status.success(), "{told}");
    assert!(
        told.contains(
            "found by https://autoconfig.small.test/mail/config-v1.1.xml -> mail.hoster.test:4650; \
             it offers PLAIN, LOGIN with a valid certificate"
        ),
        "{told}"
    );
    let settings = std::fs::read_to_string(folder.join("persona.toml")).unwrap();
    assert!(
        settings.contains("smtps://mail.hoster.test:4650"),
        "{settings}"
    );
    assert!(settings.contains("login = \"local-part\""), "{settings}");
}

/// Who forges DNS can name a host of their own, with a certificate that is valid for it.
#[tokio::test(flavor = "multi_thread")]
async fn a_host_of_others_that_only_dns_names_is_taken_by_a_person_alone() {
    if !namespace::is_entered() {
        return namespace::again(
            "finding::a_host_of_others_that_only_dns_names_is_taken_by_a_person_alone",
        )
        .unwrap();
    }
    let scene = Scene::with("mail.evil.test").await;
    let _names = scene.names(&["srv-host=_submissions._tcp.small.test,mail.evil.test,465"]);

    let setup = scene.persona(&["setup", "-d", "small.test"]);

    let told = words(&setup);
    assert_eq!(setup.status.code(), Some(2), "{told}");
    assert!(told.contains("which can be forged"), "{told}");
    assert!(
        told.contains("hint: add it, if it is: --mailbox smtps://mail.evil.test:465"),
        "{told}"
    );
    assert!(!scene.folder.join("persona.toml").exists());
    assert_eq!(scene.server.begun(), 1, "it was looked at once");

    let (folder, authority) = (&scene.folder, scene.authority.pem_file());
    let setup = persona_at_a_terminal(folder, authority, "small.test", "\n\n");

    let told = words(&setup);
    assert!(setup.status.success(), "{told}");
    let question = "Mail server of small.test [smtps://mail.evil.test:465]:";
    assert!(told.contains(question), "{told}");
    assert!(
        told.contains(
            "small.test: found by SRV _submissions._tcp.small.test -> mail.evil.test:465; it offers"
        ),
        "{told}"
    );
    assert!(folder.join("persona.toml").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_work_is_named() {
    if !namespace::is_entered() {
        return namespace::again("finding::what_cannot_work_is_named").unwrap();
    }
    let authority = Authority::new().unwrap();
    let _names = Dnsmasq::start(&["mx-host=big.test,aspmx.l.google.com,1"]).unwrap();
    let folder = Folder::make().unwrap();

    let setup = persona(&folder, authority.pem_file(), &["setup", "-d", "big.test"]);

    let told = words(&setup);
    assert_eq!(setup.status.code(), Some(2), "{told}");
    assert!(
        told.contains(
            "error: the passwords of big.test cannot be checked: aspmx.l.google.com is a mail server of \
             Google, which takes no account passwords"
        ),
        "{told}"
    );
}

/// A mail server at [`ELSEWHERE`], at the usual port, and our program on a machine that believes in its
/// authority.
pub(crate) struct Scene {
    name: &'static str,
    authority: Authority,
    server: SmtpServer,
    pub(crate) folder: Folder,
}

impl Scene {
    /// Starts a mail server of this name.
    pub(crate) async fn with(name: &'static str) -> Self {
        let authority = Authority::new().unwrap();
        let server = mail_server(&authority, name, 465).await;
        let folder = Folder::make().unwrap();
        Self {
            name,
            authority,
            server,
            folder,
        }
    }

    /// Starts a name server that knows the mail server's name, and these records.
    pub(crate) fn names(&self, records: &[&str]) -> Dnsmasq {
        let server = format!("host-record={},{ELSEWHERE}", self.name);
        Dnsmasq::start(&[records, &[server.as_str()]].concat()).unwrap()
    }

    pub(crate) fn persona(&self, arguments: &[&str]) -> Output {
        persona(&self.folder, self.authority.pem_file(), arguments)
    }
}

/// Starts a mail server at a port of [`ELSEWHERE`], encrypted, with a certificate for `name`.
async fn mail_server(authority: &Authority, name: &str, port: u16) -> SmtpServer {
    let identity = authority.issue(&[name], Quality::Good).unwrap();
    let mailboxes = Mailboxes::new(Encryption::Implicit(Arc::new(identity)));
    let mailboxes = mailboxes.with(ALICE, ALICE_PASSWORD);
    SmtpServer::honest_at(SocketAddr::from((ELSEWHERE, port)), mailboxes)
        .await
        .unwrap()
}

/// Runs our program as somebody who cannot be asked, on a machine that believes in one authority.
fn persona(folder: &Folder, authority: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(packages::persona().unwrap());
    command.args(arguments).arg("--config");
    command.arg(folder.join("persona.toml"));
    if arguments.first() == Some(&"setup") {
        command.arg("--secrets").arg(folder.path());
        command.arg("--data").arg(folder.path());
    }
    command.env("SSL_CERT_FILE", authority).stdin(Stdio::null());
    command.output().unwrap()
}

/// Runs `persona setup` at a terminal, where somebody types these answers.
fn persona_at_a_terminal(folder: &Folder, authority: &Path, domain: &str, answers: &str) -> Output {
    let program = packages::persona().unwrap();
    let (program, place) = (program.display(), folder.path().display());
    let line = format!(
        "{program} setup -d {domain} --config {place}/persona.toml --secrets {place} --data {place}"
    );
    let mut terminal = Command::new("timeout");
    terminal.args([
        "60",
        "script",
        "--quiet",
        "--return",
        "--command",
        &line,
        "/dev/null",
    ]);
    terminal.env("SSL_CERT_FILE", authority);
    terminal.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = terminal
        .spawn()
        .expect("timeout is in Debian's coreutils, script in bsdutils");
    let mut keyboard = child.stdin.take().unwrap();
    keyboard.write_all(answers.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    drop(keyboard);
    output
}

fn words(output: &Output) -> String {
    let said = String::from_utf8_lossy(&output.stdout);
    let complaint = String::from_utf8_lossy(&output.stderr);
    format!("{said}\n{complaint}")
}

const AUTOCONFIG: &str = "<?xml version='1.0'?><clientConfig version='1.1'>\
    <emailProvider id='small.test'><outgoingServer type='smtp'>\
    <hostname>mail.hoster.test</hostname><port>4650</port><socketType>SSL</socketType>\
    <username>%EMAILLOCALPART%</username><authentication>password-cleartext</authentication>\
    </outgoingServer></emailProvider></clientConfig>";
