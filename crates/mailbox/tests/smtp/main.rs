//! Dialogues with real sockets: what the SMTP client does with servers that are honest, broken or
//! hostile. The rows are those of `mail.md` §3 and §7.

#![cfg(test)]

mod certificates;
mod classification;
mod clients;
mod hostile;
mod limits;
mod logins;
mod moods;
mod relay;
mod relay_hostile;
mod starttls;

use std::sync::Arc;
use std::time::Duration;

use mailbox::{
    Login, LoginForm, MailboxUrl, Options, Password, PasswordCheck, Question, Unavailable, Verdict,
};
use protocol::email::EmailAddress;
use protocol::secret::Secret;
use testkit::certificates::{Authority, Identity, Quality};
use testkit::smtp::{Act, Session, SmtpServer, hear, say};
use tokio::task::JoinSet;

const GREETING: &str = "220 mail.example.test ESMTP\r\n";
const OFFER: &str = "250-mail.example.test\r\n250 AUTH PLAIN LOGIN\r\n";
const STARTTLS_OFFER: &str = "250-mail.example.test\r\n250 STARTTLS\r\n";

/// A limit short enough for a test that has to see it reached, and long enough to come so far.
fn impatient() -> Options {
    Options {
        whole_limit: Duration::from_secs(2),
        ..patient()
    }
}

/// Limits that no test reaches.
fn patient() -> Options {
    Options::new("idp.example.test")
}

fn login(address: &str) -> Login {
    let address = EmailAddress::parse(address).unwrap();
    Login::for_address(&address, LoginForm::Address, None).unwrap()
}

fn password(typed: &str) -> Password {
    Password::prepare(Secret::new(typed.to_owned())).unwrap()
}

async fn ask(url: &str, options: &Options) -> Result<Verdict, Unavailable> {
    ask_for(url, "alice@example.test", "correct horse", options).await
}

async fn ask_for(
    url: &str,
    address: &str,
    typed: &str,
    options: &Options,
) -> Result<Verdict, Unavailable> {
    let url = MailboxUrl::parse(url).unwrap();
    let check = mailbox::open(&url, options).unwrap();
    check
        .check(Question::new(&login(address), &password(typed)))
        .await
}

/// Gives one word for an answer: `opens`, `refused`, or the reason why there is none.
fn word(answer: &Result<Verdict, Unavailable>) -> &'static str {
    match answer {
        Ok(Verdict::Opens) => "opens",
        Ok(Verdict::Refused(_)) => "refused",
        Err(unavailable) => unavailable.reason(),
    }
}

/// How the client reaches a scripted server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// `smtp://` to this machine, where clear text is allowed.
    Clear,
    /// `smtps://`, with a certificate that is all right.
    Encrypted,
    /// `smtp://` where encryption is required, as it is for every other machine.
    StartTls,
}

/// An authority, and a server on this machine that it vouches for.
struct Trusted {
    authority: Authority,
    identity: Identity,
}

impl Trusted {
    fn new() -> Self {
        let authority = Authority::new().unwrap();
        let identity = authority
            .issue(&["127.0.0.1", "::1"], Quality::Good)
            .unwrap();
        Self {
            authority,
            identity,
        }
    }

    fn url(&self, way: Way, server: &SmtpServer) -> String {
        let address = server.address();
        let ca = self.authority.pem_file().display();
        match way {
            Way::Clear => format!("smtp://{address}"),
            Way::Encrypted => format!("smtps://{address}?ca={ca}"),
            Way::StartTls => format!("smtp://{address}?ca={ca}"),
        }
    }

    /// Asks a server that follows a script, and gives the answer and what the server heard.
    async fn ask_script(
        &self,
        way: Way,
        acts: Vec<Act>,
        options: &Options,
    ) -> (Result<Verdict, Unavailable>, Session) {
        self.rehearse(way, acts, options).await.ask().await
    }

    /// Starts a server that follows a script, and makes ready to ask it.
    async fn rehearse(&self, way: Way, mut acts: Vec<Act>, options: &Options) -> Rehearsal {
        if way == Way::Encrypted {
            acts.insert(0, Act::Handshake);
        }
        let server = SmtpServer::scripted(acts, Some(&self.identity))
            .await
            .unwrap();
        let url = MailboxUrl::parse(&self.url(way, &server)).unwrap();
        let check = mailbox::open(&url, options).unwrap();
        Rehearsal { server, check }
    }
}

/// A scripted server, and a client that has not asked it yet.
struct Rehearsal {
    server: SmtpServer,
    check: Arc<dyn PasswordCheck>,
}

impl Rehearsal {
    async fn ask(self) -> (Result<Verdict, Unavailable>, Session) {
        let (alice, right) = (login("alice@example.test"), password("correct horse"));
        let answer = self.check.check(Question::new(&alice, &right)).await;
        let session = self.server.sessions().await.unwrap().remove(0);
        (answer, session)
    }
}

/// A row of `mail.md` §7: what a server does, and where that must end.
#[derive(Clone, Debug)]
struct Row {
    name: String,
    way: Way,
    acts: Vec<Act>,
    class: &'static str,
    /// Whether credentials may have been sent by then.
    credentials: bool,
}

/// Makes the row for a connection in clear and for an encrypted one.
fn both_ways(class: &'static str, name: &str, acts: Vec<Act>, credentials: bool) -> [Row; 2] {
    let clear = Row {
        name: name.to_owned(),
        way: Way::Clear,
        acts,
        class,
        credentials,
    };
    let encrypted = Row {
        way: Way::Encrypted,
        ..clear.clone()
    };
    [clear, encrypted]
}

/// Asserts all rows, side by side: those that wait for a limit wait together.
async fn all_end(rows: Vec<Row>) {
    let trusted = Trusted::new();
    let mut ready = Vec::new();
    for row in rows {
        let limits = if row.class == "timeout" {
            impatient()
        } else {
            patient()
        };
        let rehearsal = trusted.rehearse(row.way, row.acts.clone(), &limits).await;
        ready.push((row, rehearsal));
    }
    let mut running = JoinSet::new();
    for (row, rehearsal) in ready {
        running.spawn(async move {
            let (answer, heard) = rehearsal.ask().await;
            (row, answer, heard)
        });
    }
    while let Some(done) = running.join_next().await {
        let (row, answer, heard) = done.unwrap();
        assert_eq!(
            word(&answer),
            row.class,
            "{}, {:?}: {answer:?}",
            row.name,
            row.way
        );
        assert_eq!(
            heard.has_credentials(),
            row.credentials,
            "{}, {:?}",
            row.name,
            row.way
        );
    }
}

/// A server that says this for a greeting.
fn greeting(octets: impl AsRef<[u8]>) -> Vec<Act> {
    vec![say(octets)]
}

/// A server that answers EHLO with this.
fn to_ehlo(octets: impl AsRef<[u8]>) -> Vec<Act> {
    vec![say(GREETING), hear(), say(octets)]
}

/// A server that answers STARTTLS with this.
fn to_starttls(octets: impl AsRef<[u8]>) -> Vec<Act> {
    vec![
        say(GREETING),
        hear(),
        say(STARTTLS_OFFER),
        hear(),
        say(octets),
    ]
}

/// A server that answers AUTH with this.
fn to_auth(octets: impl AsRef<[u8]>) -> Vec<Act> {
    vec![say(GREETING), hear(), say(OFFER), hear(), say(octets)]
}
