//! Dialogues with real sockets: what the IMAP client does with servers that are honest, broken or
//! hostile. The rows are those of `mail.md` §2.2, §3 and §7.

#![cfg(test)]

mod hostile;
mod limits;
mod logins;
mod starttls;

use std::net::IpAddr;
use std::time::Duration;

use mailbox::{
    Login, LoginForm, MailboxUrl, Options, Password, Probe, Question, Unavailable, Verdict,
};
use protocol::email::EmailAddress;
use protocol::secret::Secret;
use testkit::certificates::{Authority, Identity, Quality};
use testkit::smtp::{Act, Session, SmtpServer, close, handshake, hear, say};

const GREETING: &str = "* OK [CAPABILITY IMAP4rev1 SASL-IR ID AUTH=PLAIN] ready\r\n";
const BARE_GREETING: &str = "* OK ready\r\n";
const STARTTLS_GREETING: &str = "* OK [CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED] ready\r\n";
const REFUSAL: &str = "p1 NO [AUTHENTICATIONFAILED] Authentication failed.\r\n";

/// How the client reaches a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// `imap://` to this machine, where clear text is allowed.
    Clear,
    /// `imaps://`, with a certificate that is all right.
    Encrypted,
    /// `imap://` where encryption is required, as it is for every other machine.
    StartTls,
}

/// What came of asking: the answer, and what the server heard.
struct Asked {
    answer: Result<Verdict, Unavailable>,
    heard: Session,
}

impl Asked {
    /// Gives one word for the answer: `opens`, `refused`, or the reason why there is none.
    fn word(&self) -> &'static str {
        match &self.answer {
            Ok(Verdict::Opens) => "opens",
            Ok(Verdict::Refused(_)) => "refused",
            Err(unavailable) => unavailable.reason(),
        }
    }
}

/// A scripted server, and the way to it.
struct Stage {
    server: SmtpServer,
    url: String,
    _authority: Authority,
}

impl Stage {
    async fn set(way: Way, mut acts: Vec<Act>) -> Self {
        let authority = Authority::new().unwrap();
        let identity: Identity = authority.issue(&["127.0.0.1"], Quality::Good).unwrap();
        if way == Way::Encrypted {
            acts.insert(0, handshake());
        }
        let server = SmtpServer::scripted(acts, Some(&identity)).await.unwrap();
        let address = server.address();
        let ca = authority.pem_file().display();
        let url = match way {
            Way::Clear => format!("imap://{address}"),
            Way::Encrypted => format!("imaps://{address}?ca={ca}"),
            Way::StartTls => format!("imap://{address}?ca={ca}"),
        };
        Self {
            server,
            url,
            _authority: authority,
        }
    }

    async fn ask(self, typed: &str, client: Option<IpAddr>) -> Asked {
        let address = EmailAddress::parse("alice@example.test").unwrap();
        let login = Login::for_address(&address, LoginForm::Address, None).unwrap();
        let password = Password::prepare(Secret::new(typed.to_owned())).unwrap();
        let url = MailboxUrl::parse(&self.url).unwrap();
        let check = mailbox::open(&url, &Options::new("idp.example.test")).unwrap();
        let question = Question {
            client,
            ..Question::new(&login, &password)
        };

        let answer = check.check(question).await;
        let heard = self.server.sessions().await.unwrap().remove(0);
        Asked { answer, heard }
    }

    async fn probe(self) -> (Result<Probe, Unavailable>, Session) {
        let url = MailboxUrl::parse(&self.url).unwrap();
        let check = mailbox::open(&url, &Options::new("idp.example.test")).unwrap();

        let probe = check.probe().await;
        let heard = self.server.sessions().await.unwrap().remove(0);
        (probe, heard)
    }
}

/// Asks a server that follows a script.
async fn ask(way: Way, acts: Vec<Act>) -> Asked {
    Stage::set(way, acts).await.ask("correct horse", None).await
}

/// Asserts that each script ends in this class, in clear and encrypted, and whether the server was
/// given anything to log in with.
async fn end_in<'a>(
    class: &str,
    credentials: bool,
    scripts: impl IntoIterator<Item = (&'a str, Vec<Act>)>,
) {
    for (name, acts) in scripts {
        for way in [Way::Clear, Way::Encrypted] {
            let asked = ask(way, acts.clone()).await;

            assert_eq!(asked.word(), class, "{name}, {way:?}: {:?}", asked.answer);
            assert_eq!(
                asked.heard.has_credentials(),
                credentials,
                "{name}, {way:?}"
            );
        }
    }
}

/// A server that says this for a greeting.
fn greeting(octets: impl AsRef<[u8]>) -> Vec<Act> {
    vec![say(octets)]
}

/// A server that answers CAPABILITY with this.
fn to_capability(octets: impl AsRef<[u8]>) -> Vec<Act> {
    vec![say(BARE_GREETING), hear(), say(octets)]
}

/// A server that answers the login with this.
fn to_login(octets: impl AsRef<[u8]>) -> Vec<Act> {
    vec![say(GREETING), hear(), say(octets)]
}
