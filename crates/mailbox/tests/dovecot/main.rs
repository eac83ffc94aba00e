//! Conversations with auth services that are honest, broken or hostile: what the client of Dovecot's
//! socket does with each. The rows are those of `mail.md` §2.3, §3 and §7.

#![cfg(test)]

mod hostile;
mod kept;
mod sockets;

use std::sync::Arc;
use std::time::Duration;

use mailbox::{
    Login, LoginForm, MailboxUrl, Options, Password, PasswordCheck, Question, Unavailable, Verdict,
};
use protocol::email::EmailAddress;
use protocol::secret::Secret;
use testkit::smtp::{Act, Session, SmtpServer, hear, say};
use tokio::task::JoinSet;

const HANDSHAKE: &str = "VERSION\t1\t2\nMECH\tPLAIN\tplaintext\nMECH\tLOGIN\tplaintext\n\
                         SPID\t12533\nCUID\t39\nCOOKIE\t00112233445566778899aabbccddeeff\nDONE\n";

/// What is asked about, unless a test says otherwise.
const ALICE: &str = "alice@example.test";

/// Limits that no test reaches.
fn patient() -> Options {
    Options::new("idp.example.test")
}

/// A limit short enough for a test that has to see it reached, and long enough to come so far.
fn impatient() -> Options {
    Options {
        whole_limit: Duration::from_secs(2),
        ..patient()
    }
}

fn open(url: &str, options: &Options) -> Arc<dyn PasswordCheck> {
    mailbox::open(&MailboxUrl::parse(url).unwrap(), options).unwrap()
}

/// A service on a port of this machine that does the same acts for everybody.
async fn scripted(acts: Vec<Act>) -> (SmtpServer, String) {
    let server = SmtpServer::scripted(acts, None).await.unwrap();
    let url = format!("dovecot:{}", server.address());
    (server, url)
}

async fn ask(check: &dyn PasswordCheck) -> Result<Verdict, Unavailable> {
    let address = EmailAddress::parse(ALICE).unwrap();
    let login = Login::for_address(&address, LoginForm::Address, None).unwrap();
    let password = Password::prepare(Secret::new("correct horse".to_owned())).unwrap();
    check.check(Question::new(&login, &password)).await
}

/// Gives one word for an answer: `opens`, what it was refused for, or why there is none.
fn word(answer: &Result<Verdict, Unavailable>) -> String {
    match answer {
        Ok(Verdict::Opens) => "opens".to_owned(),
        Ok(Verdict::Refused(refusal)) => refusal.code.clone(),
        Err(unavailable) => unavailable.reason().to_owned(),
    }
}

/// Gives what a client said, its passwords included.
fn said(session: &Session) -> String {
    String::from_utf8_lossy(&session.clear).into_owned()
}

/// A service that says this for its handshake.
fn shakes(octets: impl AsRef<[u8]>) -> Vec<Act> {
    vec![say(octets)]
}

/// A service that answers the first question with this.
fn answers(octets: impl AsRef<[u8]>) -> Vec<Act> {
    vec![say(HANDSHAKE), hear(), hear(), hear(), say(octets)]
}

/// Whether the client has told a service the password by then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    Yes,
    No,
}

/// Asserts that each script ends in this word, side by side: those that wait for a limit wait together.
async fn end_in<'a>(
    expected: &'static str,
    asked: Asked,
    scripts: impl IntoIterator<Item = (&'a str, Vec<Act>)>,
) {
    let limits = if expected == "timeout" {
        impatient()
    } else {
        patient()
    };
    let mut running = JoinSet::new();
    for (name, acts) in scripts {
        let (name, limits) = (name.to_owned(), limits.clone());
        running.spawn(async move {
            let (server, url) = scripted(acts).await;
            let answer = ask(open(&url, &limits).as_ref()).await;
            let session = server.sessions().await.unwrap().remove(0);
            (name, answer, said(&session))
        });
    }
    while let Some(done) = running.join_next().await {
        let (name, answer, said) = done.unwrap();
        assert_eq!(word(&answer), expected, "{name}: {answer:?}");
        assert_eq!(said.contains("AUTH"), asked == Asked::Yes, "{name}: {said}");
    }
}
