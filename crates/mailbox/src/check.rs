//! The question and its answers, as a trait that each kind of mail server implements.
//!
//! `house.md` §1.2: a mail server that is down, slow or odd can never read as "wrong password", and
//! never as "right". So [`Verdict`] has two values, and everything else is an `Err`.

use std::fmt::Debug;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::future::BoxFuture;
use crate::hash::Workers;
use crate::login::Login;
use crate::password::{Password, PasswordError};
use crate::standing::MailboxStanding;
use crate::unavailable::Unavailable;

/// Something that can be asked whether a password opens a mailbox.
pub trait PasswordCheck: Send + Sync + Debug {
    /// Asks once. Nothing is retried after any part of the credentials was sent: a second try would
    /// count as a second failure at the server, and lock people out.
    fn check<'a>(&'a self, question: Question<'a>) -> BoxFuture<'a, Result<Verdict, Unavailable>>;

    /// Goes as far as a login would, up to the point where credentials would be sent, and stops.
    fn probe(&self) -> BoxFuture<'_, Result<Probe, Unavailable>>;

    /// Names the server that is asked, for people: `smtps://mail.example.org:465`.
    fn describe(&self) -> String;

    /// Gives what can also be asked without a password whether a mailbox is still there. Most backends
    /// cannot say.
    fn standing(self: Arc<Self>) -> Option<Arc<dyn MailboxStanding>> {
        None
    }

    /// Lists what the operator should see to although the question can be asked, for `persona check`. A
    /// backend that has nothing on this machine has nothing to say.
    fn remarks(&self) -> BoxFuture<'_, Vec<Remark>> {
        Box::pin(async { Vec::new() })
    }
}

/// Does this password open this mailbox?
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// The user name.
    pub login: &'a Login,
    /// The password.
    pub password: &'a Password,
    /// Where the browser is that asks, if one does. It is told to servers that want to know it, so
    /// that they can tell a guesser from us (`mail.md` §6).
    pub client: Option<IpAddr>,
}

impl<'a> Question<'a> {
    /// Asks on nobody's behalf.
    pub const fn new(login: &'a Login, password: &'a Password) -> Self {
        Self {
            login,
            password,
            client: None,
        }
    }
}

/// What the mail server said about the password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The password opens the mailbox.
    Opens,
    /// The server refused. It may mean a wrong password, an unknown or disabled user, or a broken
    /// backend behind the server (`mail.md` §1 fact 1): nothing durable may follow from it.
    Refused(Refusal),
}

/// How the server refused: for the log, never for the browser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The code of the reply in the words of its protocol, `535` as a rule.
    pub code: String,
    /// The enhanced status code, such as `5.7.8`, where the server gave one (RFC 3463).
    pub enhanced: Option<String>,
    /// The server's words, escaped and cut.
    pub text: String,
}

/// What a server showed of itself before any credentials were sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probe {
    /// The name by which the server greeted, or in IMAP its words, escaped and cut; the path, where no
    /// server is asked.
    pub greeting_host: String,
    /// Whether the connection was encrypted, with the certificate verified.
    pub tls: bool,
    /// The login mechanisms on offer, in the server's order and in upper case; for a password file, the
    /// kinds of its hashes with their numbers.
    pub mechanisms: Vec<String>,
}

/// Something about a backend that works and should not stay as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// One stable word: `mode`.
    pub reason: &'static str,
    /// What was seen, without anything secret.
    pub seen: String,
    /// What to do about it, ready to be pasted where that is possible.
    pub mend: String,
}

/// How to ask: the same for every backend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// The name that we introduce ourselves by: our own host name, never anything that a user typed.
    pub ehlo_name: String,
    /// How long looking up the name and connecting may take together.
    pub connect_limit: Duration,
    /// How long the whole exchange may take, connecting included. Below 20 s, the slow answers of
    /// servers that punish wrong passwords by waiting are cut off (`mail.md` §5).
    pub whole_limit: Duration,
    /// Who computes the hashes of password files: the same few for all of them.
    pub workers: Workers,
}

impl Options {
    /// Gives the limits of `mail.md` §5: 5 s to connect, 25 s in all.
    pub fn new(ehlo_name: impl Into<String>) -> Self {
        Self {
            ehlo_name: ehlo_name.into(),
            connect_limit: Duration::from_secs(5),
            whole_limit: Duration::from_secs(25),
            workers: Workers::of_this_machine(),
        }
    }

    /// Says when an exchange that begins now must have ended.
    pub(crate) fn deadline(&self) -> Instant {
        let now = Instant::now();
        // A limit beyond the range of the clock is a mistake: it must fail, not wait for ever.
        now.checked_add(self.whole_limit).unwrap_or(now)
    }
}

/// Says why a mailbox URL cannot be put to use on this machine.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The certificate file cannot be read.
    #[error("the certificates in {} cannot be read: {why}", path.display())]
    CaUnreadable {
        /// The file that the URL names.
        path: PathBuf,
        /// What the system or the parser said.
        why: String,
    },
    /// The certificate file holds no usable certificate.
    #[error("{} holds no certificate: expected PEM, -----BEGIN CERTIFICATE-----", path.display())]
    CaEmpty {
        /// The file that the URL names.
        path: PathBuf,
    },
    /// There is nothing to verify the server's certificate against.
    #[error(
        "this machine has no root certificates: install the ca-certificates package, or name the \
         mail server's authority with ?ca=FILE"
    )]
    NoRoots,
    /// Our own name cannot be said in SMTP.
    #[error("{0:?} cannot be used to introduce ourselves: expected this server's host name")]
    EhloName(String),
    /// A directory with two ways to be asked, or none.
    #[error(
        "a directory is asked either for a name that follows from the address (ldap.dn) or by a \
         search (a base in the URL): say one of the two"
    )]
    Directory,
    /// The user name for a relay or a directory cannot be sent.
    #[error("the user name for the mail server is empty, too long, or has control characters")]
    User,
    /// The password for a relay or a directory cannot be sent.
    #[error("the password for the mail server cannot be used: {0}")]
    Password(PasswordError),
    /// The TLS library refused its settings.
    #[error("the encryption library cannot be used: {0}")]
    Tls(String),
}
