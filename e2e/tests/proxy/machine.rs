//! A machine on which an operator follows a page of the guide to the letter: its paths, ports and names.
//!
//! It looks like the one that the test runs on and is thrown away ([`e2e::namespace`]). What a test puts
//! there by itself is what a page cannot bring: names, certificates, a mail server, the user of `persona`.

use std::fs;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::Arc;

use e2e::book::Page;
use e2e::curl::Curl;
use e2e::namespace::{self, ELSEWHERE};
use e2e::servers::certificates::Certificates;
use e2e::servers::folder::Folder;
use e2e::servers::packages;
use e2e::servers::persona::form_token;
use e2e::servers::process::Process;
use serde_json::Value;
use testkit::certificates::{Authority, Quality};
use testkit::http::Answer;
use testkit::smtp::{Encryption, Mailboxes, SmtpServer};

pub(crate) struct Machine {
    pub(crate) page: Page,
    web_server: fn() -> Command,
    /// Where the web server keeps the certificate of an authority of its own, if it has one.
    pub(crate) own_authority: Option<&'static str>,
    serving: Option<Process>,
    web: Option<Process>,
    _mail: SmtpServer,
    certificates: Certificates,
    folder: Folder,
}

/// Runs a test once more on a machine that is its own.
pub(crate) fn again(test: &str) {
    namespace::again_on_a_machine(test, &ADDRESSES).unwrap();
}

impl Machine {
    /// Opens a page on a machine where `web_server` is installed and nothing is set up.
    pub(crate) async fn with(page: &str, web_server: fn() -> Command) -> Self {
        let folder = Folder::make().unwrap();
        let certificates = Certificates::make(&folder, &HOSTS).unwrap();
        let authority = Authority::new().unwrap();
        let mail = mail_server(&authority).await;
        trust(&certificates.authority, authority.pem_file());
        know_names();
        for host in HOSTS {
            put_certificate(&certificates, host);
        }
        let machine = Self {
            page: Page::open(page).unwrap(),
            web_server,
            own_authority: None,
            serving: None,
            web: None,
            _mail: mail,
            certificates,
            folder,
        };
        fs::create_dir_all(PROGRAMS).unwrap();
        fs::copy(packages::persona().unwrap(), format!("{PROGRAMS}/persona")).unwrap();
        machine.sh("useradd --system --user-group --no-create-home persona");
        machine.sh("install -d -o persona -g persona /run/persona");
        machine
    }

    /// Runs lines as root, as they stand there, and gives what they print.
    pub(crate) fn sh(&self, lines: &str) -> String {
        let output = self.command("sh").args(["-euc", lines]).output().unwrap();
        let (said, complaint) = words(&output);
        assert!(output.status.success(), "{lines}\n{said}\n{complaint}");
        said
    }

    /// Runs the commands of a block of the page.
    pub(crate) fn do_as_told(&self, block: &str) -> String {
        self.sh(self.page.block(block, "").unwrap())
    }

    /// Writes a block of the page to the file that it names.
    pub(crate) fn write(&self, file: &str, kind: &str) {
        fs::write(file, self.page.block(file, kind).unwrap()).unwrap();
    }

    /// Sets up as the page says, so that outside looks find this machine, and gives what was printed.
    pub(crate) fn set_up(&self) -> String {
        let printed = self.do_as_told("setup");
        let hosts = HOSTS.map(|host| format!("{host:?} = \"{ELSEWHERE}:443\""));
        let outbound = format!("[outbound]\nhosts = {{ {} }}\n", hosts.join(", "));
        edit(|settings| settings.replace("[[domain]]", &format!("{outbound}\n[[domain]]")));
        printed
    }

    /// Puts a section of the page into the settings.
    pub(crate) fn settings(&self, kind: &str) {
        let section = self.page.block(SETTINGS, kind).unwrap();
        edit(|settings| settings.replace("[storage]", &format!("{section}\n[storage]")));
    }

    /// Starts `persona` as its own user.
    pub(crate) fn serve(&mut self) {
        let mut command = self.command("setpriv");
        command.args(["--reuid=persona", "--regid=persona", "--init-groups"]);
        command.args(["persona", "serve"]);
        let mut process = Process::start("persona", &command, self.folder.path()).unwrap();
        let ready = "listening";
        process
            .wait_until("listens", || {
                let log = fs::read_to_string(self.folder.join("persona.output"));
                log.unwrap_or_default().contains(ready)
            })
            .unwrap();
        self.serving = Some(process);
    }

    /// Starts the web server.
    pub(crate) fn start(&mut self) {
        self.web = None;
        let command = (self.web_server)();
        let mut process = Process::start("web", &command, self.folder.path()).unwrap();
        let port = SocketAddr::from((ELSEWHERE, 443));
        process.wait_for_ports(&[port]).unwrap();
        if let Some(own) = self.own_authority {
            process
                .wait_until("has certificates", || self.believe(Path::new(own)))
                .unwrap();
        }
        self.web = Some(process);
    }

    /// Believes a web server that makes its certificates itself; false while there is none for every host.
    fn believe(&self, authority: &Path) -> bool {
        if fs::copy(authority, &self.certificates.authority).is_err() {
            return false;
        }
        trust(authority, authority);
        let browser = self.browser(Ipv4Addr::LOCALHOST);
        let mut hosts = ["https://id.example.org/", "https://example.org/"].iter();
        hosts.all(|host| browser.get(host).is_ok())
    }

    /// Stops `persona`.
    pub(crate) fn stop_persona(&mut self) {
        self.serving = None;
    }

    /// Stops the web server.
    pub(crate) fn stop(&mut self) {
        self.web = None;
    }

    /// Puts a certificate for somebody else there.
    pub(crate) fn put_certificate_for_others(&self, place: &str) {
        let folder = Folder::make().unwrap();
        let others = Certificates::make(&folder, &["example.net"]).unwrap();
        fs::create_dir_all(place).unwrap();
        fs::copy(&others.certificate, format!("{place}/fullchain.pem")).unwrap();
        fs::copy(&others.key, format!("{place}/privkey.pem")).unwrap();
        trust(&others.authority, &self.certificates.authority);
    }

    /// A browser at an address of this machine, which asks the web server at the same address.
    pub(crate) fn browser(&self, address: impl Into<IpAddr>) -> Curl {
        let jar = self.folder.join("cookies");
        Curl::on_usual_ports(&self.certificates.authority, address.into(), &jar)
    }

    pub(crate) fn get(&self, url: &str) -> Answer {
        self.browser(Ipv4Addr::LOCALHOST).get(url).unwrap()
    }

    /// Asks with these header fields, and gives the line that `persona` wrote about it.
    pub(crate) fn logged(&self, browser: &Curl, path: &str, headers: &[&str]) -> String {
        let answer = browser.get_with(&format!("{ISSUER}{path}"), headers);
        assert_eq!(answer.unwrap().status, 404);
        let line = self.folder.wait_for_line("persona.output", &[path]);
        line.unwrap()
    }

    /// Gives the codes of all that `persona check` does not find fine.
    pub(crate) fn check(&self) -> Vec<String> {
        let mut command = self.command("persona");
        let output = command.args(["check", "--json"]).output().unwrap();
        let (said, complaint) = words(&output);
        let report: Value = serde_json::from_str(&said)
            .unwrap_or_else(|error| panic!("{error}: {said}\n{complaint}"));
        let findings = report["findings"].as_array().unwrap().iter();
        let wrong = findings.filter(|finding| finding["outcome"] != "ok");
        wrong
            .map(|finding| finding["code"].as_str().unwrap().to_owned())
            .collect()
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.env("PATH", format!("{PROGRAMS}:{USUAL_PROGRAMS}"));
        command.current_dir(self.folder.path()).stdin(Stdio::null());
        command
    }
}

/// Signs in through the web server, and gives the status and whether there is a session then.
pub(crate) fn sign_in(browser: &Curl) -> (u16, String) {
    let page = browser.get(&format!("{ISSUER}/persona/login/")).unwrap();
    let page = page.text();
    let fields = [
        ("email", ALICE),
        ("password", PASSWORD),
        ("csrf", form_token(&page).unwrap()),
    ];
    let answer = browser.post(&format!("{ISSUER}/persona/auth/login/"), &fields);
    let session = format!("{ISSUER}/persona/auth/has-session/?email={ALICE}");
    let asked = browser.get(&session).unwrap();
    (answer.unwrap().status, asked.text())
}

/// Changes the settings that `persona setup` wrote.
pub(crate) fn edit(change: impl Fn(&str) -> String) {
    let settings = fs::read_to_string(SETTINGS).unwrap();
    fs::write(SETTINGS, change(&settings)).unwrap();
}

/// A text without the blanks at the beginnings of its lines.
pub(crate) fn flush(text: &str) -> String {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.collect::<Vec<_>>().join("\n")
}

async fn mail_server(authority: &Authority) -> SmtpServer {
    let identity = authority.issue(&["mail.example.org"], Quality::Good);
    let mailboxes = Mailboxes::new(Encryption::Implicit(Arc::new(identity.unwrap())));
    let mailboxes = mailboxes.with(ALICE, PASSWORD);
    let place = SocketAddr::from((ELSEWHERE, 465));
    SmtpServer::honest_at(place, mailboxes).await.unwrap()
}

/// As `update-ca-certificates` does.
fn trust(one: &Path, other: &Path) {
    let bundle = "/etc/ssl/certs/ca-certificates.crt";
    let mut all = fs::read_to_string(bundle).unwrap_or_default();
    for authority in [one, other] {
        all.push_str(&fs::read_to_string(authority).unwrap());
    }
    fs::create_dir_all("/etc/ssl/certs").unwrap();
    fs::write(bundle, all).unwrap();
}

fn know_names() {
    let names = HOSTS.join(" ");
    let lines = format!("127.0.0.1 localhost\n{ELSEWHERE} {names} mail.example.org\n");
    fs::write("/etc/hosts", lines).unwrap();
}

/// As certbot does.
fn put_certificate(certificates: &Certificates, host: &str) {
    let place = format!("/etc/letsencrypt/live/{host}");
    fs::create_dir_all(&place).unwrap();
    fs::copy(&certificates.certificate, format!("{place}/fullchain.pem")).unwrap();
    fs::copy(&certificates.key, format!("{place}/privkey.pem")).unwrap();
}

fn words(output: &Output) -> (String, String) {
    let text = |octets| String::from_utf8_lossy(octets).into_owned();
    (text(&output.stdout), text(&output.stderr))
}

pub(crate) const ISSUER: &str = "https://id.example.org";
pub(crate) const SETTINGS: &str = "/etc/persona/persona.toml";
const ALICE: &str = "alice@example.org";
const PASSWORD: &str = "wonderland";
const HOSTS: [&str; 3] = ["id.example.org", "example.org", "www.example.org"];
const PROGRAMS: &str = "/srv/programs";
const USUAL_PROGRAMS: &str = "/usr/sbin:/usr/bin:/sbin:/bin";

/// A proxy in front, a browser behind it, two machines of an operator's own network, and an address
/// without which this machine would not be one that has IPv6.
const ADDRESSES: [&str; 5] = [
    "203.0.113.9/32",
    "198.51.100.7/32",
    "10.0.0.7/32",
    "10.0.0.5/32",
    "2001:db8::25/128",
];
