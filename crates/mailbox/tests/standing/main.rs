//! Is a mailbox still there? Asked of honest, broken and hostile servers over real sockets.

#![cfg(test)]

mod directories;
mod files;
mod hostile;
mod recipients;
mod userdb;

use std::path::{Path, PathBuf};
use std::time::Duration;

use mailbox::{LoginForm, Options, Person, Standing, StandingUrl, Unavailable};
use protocol::email::EmailAddress;
use tempfile::TempDir;
use testkit::smtp::{Act, SmtpServer, hear, say};
use tokio::net::{TcpStream, UnixListener};
use tokio::task::JoinHandle;

const ALICE: &str = "alice@example.test";

/// Limits that no test reaches.
fn patient() -> Options {
    Options::new("idp.example.test")
}

/// A limit short enough for a test that has to see it reached.
fn impatient() -> Options {
    Options {
        whole_limit: Duration::from_secs(2),
        ..patient()
    }
}

fn person(address: &str, form: LoginForm, backend_domain: Option<&str>) -> Person {
    let address = EmailAddress::parse(address).unwrap();
    let domain = backend_domain.map(|name| name.parse().unwrap());
    Person::of(&address, form, domain.as_ref()).unwrap()
}

async fn ask(url: &str, who: &Person, options: &Options) -> Result<Standing, Unavailable> {
    let url = StandingUrl::parse(url).unwrap();
    let asked = mailbox::open_standing(&url, options).unwrap();
    asked.standing(who).await
}

/// Asks about alice, and gives one word for the answer.
async fn ask_word(url: &str, options: &Options) -> (&'static str, String) {
    let alice = person(ALICE, LoginForm::Address, None);
    let answer = ask(url, &alice, options).await;
    (word(&answer), format!("{answer:?}"))
}

fn word(answer: &Result<Standing, Unavailable>) -> &'static str {
    match answer {
        Ok(Standing::There) => "there",
        Ok(Standing::Gone(absence)) => absence.kind.as_str(),
        Ok(Standing::Unknown { .. }) => "unknown",
        Err(unavailable) => unavailable.reason(),
    }
}

/// A server that follows a script, at a port and at a socket file.
struct Scripted {
    server: SmtpServer,
    socket: Socket,
}

impl Scripted {
    async fn start(acts: Vec<Act>) -> Self {
        let server = SmtpServer::scripted(acts, None).await.unwrap();
        let socket = Socket::in_front_of(&server);
        Self { server, socket }
    }

    fn lmtp(&self) -> String {
        format!("lmtp://{}", self.server.address())
    }

    /// Gives what each client said, in lines.
    async fn heard(&self) -> Vec<Vec<String>> {
        let sessions = self.server.sessions().await.unwrap();
        sessions.iter().map(testkit::smtp::Session::lines).collect()
    }
}

/// A socket file that leads to a server at a port.
struct Socket {
    path: PathBuf,
    _folder: TempDir,
    passing_on: JoinHandle<()>,
}

impl Socket {
    fn in_front_of(server: &SmtpServer) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("socket");
        let listener = UnixListener::bind(&path).unwrap();
        let to = server.address();
        let passing_on = tokio::spawn(async move {
            while let Ok((mut client, _)) = listener.accept().await {
                let mut server = TcpStream::connect(to).await.unwrap();
                tokio::spawn(async move {
                    let passed = tokio::io::copy_bidirectional(&mut client, &mut server).await;
                    drop(passed);
                });
            }
        });
        Self {
            path,
            _folder: folder,
            passing_on,
        }
    }

    fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.passing_on.abort();
    }
}

/// A server that takes everything before RCPT, and answers to the first of them and to the next with
/// these.
fn to_rcpt(first: &str, second: &str) -> Vec<Act> {
    let mut acts = vec![say("220 mail.example.test ready\r\n")];
    for answer in [
        "250 mail.example.test\r\n",
        "250 2.1.0 ok\r\n",
        first,
        second,
    ] {
        acts.extend([hear(), say(answer)]);
    }
    acts
}
