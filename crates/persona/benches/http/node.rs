//! The node under test: a real `persona serve` with its own settings, key and store.

use std::fs;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use protocol::email::EmailAddress;
use protocol::jose::{RsaSigner, base64url, sha256};
use protocol::time::UnixSeconds;
use store::{NewSession, Proof, SessionId, StorageUrl};
use tempfile::TempDir;

use crate::load::{self, Request};
use crate::stranger::Stranger;

/// Who is signed in.
pub(crate) const EMAIL: &str = "alice@example.org";
/// The issuer's host.
pub(crate) const HOST: &str = "id.example.org";

/// A running server. Stopped, and its folder removed, when it is dropped.
#[derive(Debug)]
pub(crate) struct Node {
    child: Child,
    address: SocketAddr,
    _folder: TempDir,
    /// The cookie of a live session.
    pub(crate) token: String,
    /// A user's key.
    pub(crate) user: RsaSigner,
}

impl Node {
    /// Starts a server with so many live sessions in its store, which finds the stranger.
    pub(crate) async fn start(sessions: usize, stranger: &Stranger) -> Self {
        let folder = TempDir::new().expect("a folder");
        let address = free_address();
        let config = write_settings(folder.path(), address, &stranger.settings());
        let url = StorageUrl::parse(&store_url(folder.path())).expect("a store");
        let store = store::open(&url).expect("a store");
        let token = base64url::encode(&sha256(b"a session for the benchmark"));
        for number in 0..sessions {
            let (text, who) = match number {
                0 => (token.clone(), EMAIL.to_owned()),
                n => (format!("session {n}"), format!("user{n}@example.org")),
            };
            let session = NewSession {
                id: SessionId::from_sha256(sha256(text.as_bytes())),
                address: EmailAddress::parse(&who).expect("an address"),
                proof: Proof::Password,
                opened: UnixSeconds::from_seconds(1_700_000_000),
                expires: UnixSeconds::from_seconds(4_000_000_000),
            };
            store.open_session(&session).await.expect("a session");
        }
        drop(store);
        let (user, _) = RsaSigner::generate().expect("a key");
        let child = spawn(&config);
        wait_until_ready(address);
        Self {
            child,
            address,
            _folder: folder,
            token,
            user,
        }
    }

    /// Answers per second of the server's processor time.
    pub(crate) async fn per_cpu_second(&self, requests: &Arc<[Request]>, length: Duration) -> f64 {
        let before = cpu_time_of(self.child.id());
        let count = load::send(self.address, requests, length).await;
        let spent = cpu_time_of(self.child.id()).saturating_sub(before);
        let count = u32::try_from(count).expect("a count");
        f64::from(count) / spent.as_secs_f64()
    }

    /// Gives the body of the answer to one request.
    pub(crate) async fn ask(&self, request: &Request) -> String {
        load::ask(self.address, request).await
    }

    /// Resident memory, in KiB.
    pub(crate) fn resident_kib(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()));
        let status = status.expect("the server lives");
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))
            .expect("VmRSS");
        line.split_whitespace()
            .next()
            .and_then(|kib| kib.parse().ok())
            .expect("a number")
    }

    /// Stops the server.
    pub(crate) fn stop(mut self) {
        stop(&mut self.child);
    }
}

/// Starts a server whose key and store exist already, again and again, and says what processor time
/// it takes until it answers.
pub(crate) fn cpu_time_of_a_warm_start() -> Duration {
    let folder = TempDir::new().expect("a folder");
    let address = free_address();
    let config = write_settings(folder.path(), address, "");
    let start_and_stop = || {
        let mut child = spawn(&config);
        wait_until_ready(address);
        stop(&mut child);
    };
    start_and_stop();
    let before = ticks(Path::new("/proc/self"), CHILDREN);
    for _ in 0..WARM_STARTS {
        start_and_stop();
    }
    ticks(Path::new("/proc/self"), CHILDREN).saturating_sub(before) / WARM_STARTS
}

/// Processor time of all threads of a process.
pub(crate) fn cpu_time_of(process: u32) -> Duration {
    ticks(&PathBuf::from(format!("/proc/{process}")), OWN)
}

/// Processor time of the calling thread.
pub(crate) fn cpu_time_of_this_thread() -> Duration {
    ticks(Path::new("/proc/thread-self"), OWN)
}

/// User and system time from the kernel's `stat` line, in steps of 10 ms.
fn ticks(process: &Path, first_field: usize) -> Duration {
    let stat = fs::read_to_string(process.join("stat")).expect("the process lives");
    // The second field is the program's name in parentheses, which may hold spaces.
    let (_, fields) = stat.rsplit_once(')').expect("a stat line");
    let times = fields.split_whitespace().skip(first_field).take(2);
    let ticks: u64 = times
        .map(|time| time.parse::<u64>().expect("a number"))
        .sum();
    Duration::from_millis(ticks * 10)
}

fn write_settings(folder: &Path, address: SocketAddr, more: &str) -> PathBuf {
    let keys = folder.join("keys");
    server::keyring::Keyring::generate(&keys, None).expect("a key");
    let config = folder.join("persona.toml");
    let text = format!(
        "issuer = \"https://{HOST}\"\n[listen]\naddress = \"{address}\"\n[keys]\ndirectory = \"{}\"\n\
         [storage]\nurl = \"{}\"\n[[domain]]\nname = \"example.org\"\nmailbox = \"smtp://127.0.0.1:1\"\n{more}",
        keys.display(),
        store_url(folder)
    );
    fs::write(&config, text).expect("settings");
    config
}

fn store_url(folder: &Path) -> String {
    format!("sqlite:{}/persona.db", folder.display())
}

fn spawn(config: &Path) -> Child {
    Command::new(env!("CARGO_BIN_EXE_persona"))
        .args(["serve", "--config"])
        .arg(config)
        .stdout(Stdio::null())
        .args(["--log-level", "error"])
        .stderr(Stdio::inherit())
        .spawn()
        .expect("persona starts")
}

fn stop(child: &mut Child) {
    child.kill().expect("persona stops");
    child.wait().expect("persona has stopped");
}

fn free_address() -> SocketAddr {
    let probe = TcpListener::bind("127.0.0.1:0").expect("a port");
    probe.local_addr().expect("an address")
}

fn wait_until_ready(address: SocketAddr) {
    let begun = Instant::now();
    while TcpStream::connect(address).is_err() {
        assert!(
            begun.elapsed() < Duration::from_secs(10),
            "persona does not listen"
        );
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Where a process's own times stand behind its name in `stat`.
const OWN: usize = 11;
/// Where the times of its children that have ended stand.
const CHILDREN: usize = 13;
/// How often a start is measured: the kernel counts in steps of 10 ms.
const WARM_STARTS: u32 = 20;
