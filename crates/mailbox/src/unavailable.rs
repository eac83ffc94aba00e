//! Why the question could not be asked: one variant for each situation that needs its own remedy.
//!
//! The classes `temporary`, `misconfig`, `mechanism` and `protocol` of `mail.md` §3. Whatever the
//! variant, the mailbox owner reads "the mail server cannot be asked just now", never "wrong
//! password"; the sentence here is for the operator's log and for `persona check`.

use std::path::PathBuf;

/// Says why a mail server could not be asked, and whose problem that is.
///
/// Texts of the server in it are escaped and cut.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unavailable {
    /// The host name leads to no address.
    #[error("the mail server's name {host} cannot be looked up: {why}")]
    Unresolved {
        /// The name as configured.
        host: String,
        /// What the resolver said.
        why: String,
    },
    /// No address of the server took the connection.
    #[error("the mail server {server} takes no connection: {why}")]
    RefusedConnection {
        /// Host and port as configured.
        server: String,
        /// What the system said about the last address tried.
        why: String,
    },
    /// The time for connecting, or for the whole exchange, was used up.
    #[error("the mail server let the time run out before {before}")]
    Timeout {
        /// What did not come to pass.
        before: &'static str,
    },
    /// The connection ended before there was a complete answer.
    #[error("the mail server closed the connection before {before}")]
    Closed {
        /// What did not come to pass.
        before: &'static str,
    },
    /// The server says that it cannot answer now (any 4xx).
    #[error("the mail server cannot answer now, it said: {said}")]
    Temporary {
        /// The server's reply.
        said: String,
    },
    /// The server turned us away before we said anything.
    #[error(
        "the mail server does not talk to this machine: it greeted with {said}; allow this \
         machine's address there"
    )]
    Blocked {
        /// The server's reply.
        said: String,
    },
    /// Encryption is needed and was not to be had, so nothing secret was sent.
    #[error("{0}")]
    TlsRequired(TlsRequired),
    /// The encrypted connection could not be made, for another cause than the certificate.
    #[error("no encrypted connection to the mail server is possible: {why}")]
    TlsBroken {
        /// What the TLS library said.
        why: String,
    },
    /// The server's certificate was not accepted, so nothing secret was sent.
    #[error("the mail server's certificate is not accepted: {why}")]
    Certificate {
        /// What is wrong with it, and the way out.
        why: String,
    },
    /// The server offers no login at all.
    #[error("the mail server offers no login here: is this its port for submitting mail?")]
    NoLogin,
    /// The IMAP server offers no login by a password.
    #[error("the mail server takes no login here, it says LOGINDISABLED: is this the right port?")]
    LoginDisabled,
    /// The server offers logins, but neither PLAIN nor LOGIN.
    #[error("the mail server offers neither PLAIN nor LOGIN, only {offered}")]
    NoMechanism {
        /// What it offers.
        offered: String,
    },
    /// The server wants this user to log in by another mechanism, or with another password.
    #[error("the mail server does not take this user's password by this mechanism: {said}")]
    MechanismRefused {
        /// The server's reply.
        said: String,
    },
    /// The server says that another one knows this user, and that one is not asked.
    #[error("the mail server refers to another one, which is not sent passwords: {said}")]
    Referred {
        /// The server's reply.
        said: String,
    },
    /// The server refused for a reason that says nothing about the password.
    #[error("the mail server refused {what}, which says nothing about the password: {said}")]
    Misconfigured {
        /// What it refused.
        what: &'static str,
        /// The server's reply.
        said: String,
    },
    /// The server was not asked, because it could take the name of this one account for another.
    #[error("the mail server cannot be asked for this user name: {why}")]
    UnaskableName {
        /// What is wrong with the name.
        why: &'static str,
    },
    /// The server wants something else of this account besides its password.
    #[error(
        "the mail server asks for more than a user name and a password: a second factor of this \
         account, perhaps"
    )]
    Challenged,
    /// As many passwords are being checked on this machine as may be at once, and more wait.
    #[error("too many passwords are being checked on this machine just now")]
    Busy,
    /// The password file is not there, or cannot be read or understood.
    #[error("the password file {} cannot be used: {why}", path.display())]
    PasswordFile {
        /// The file that the URL names.
        path: PathBuf,
        /// What is wrong with it, without anything that stands in it.
        why: String,
    },
    /// The entry of this one user cannot be used.
    #[error("line {line} of the password file {} {why}", path.display())]
    PasswordEntry {
        /// The file that the URL names.
        path: PathBuf,
        /// The line, counted from one.
        line: usize,
        /// What is wrong with it, without anything that stands in it.
        why: String,
    },
    /// The program that should check passwords could not be run, or gave no verdict.
    #[error("the program {} gave no verdict: {why}", path.display())]
    Program {
        /// The program that the URL names.
        path: PathBuf,
        /// What happened, and the beginning of what it had to say.
        why: String,
    },
    /// What answers does not speak its protocol as it should, or is being tampered with.
    #[error("what answers at the mail server's address is broken or hostile: {why}")]
    Gibberish {
        /// The rule that it broke.
        why: &'static str,
    },
}

/// Names the rule that a server broke.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Gibberish(pub(crate) &'static str);

/// The ways in which encryption can be missing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TlsRequired {
    /// The server shows no STARTTLS, or somebody on the way removed it.
    #[error(
        "the mail server offers no STARTTLS, or somebody on the way hides it: nothing was sent; \
         use smtps:// or imaps:// if the server has encryption from the start"
    )]
    NotOffered,
    /// The server refused STARTTLS.
    #[error("the mail server refused STARTTLS, nothing was sent: {said}")]
    Refused {
        /// The server's reply.
        said: String,
    },
    /// The server wants encryption before a login.
    #[error("the mail server wants encryption before a login: {said}")]
    Demanded {
        /// The server's reply.
        said: String,
    },
}

/// Whether waiting can help, or somebody has to change something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It may work later as it is.
    Temporary,
    /// It stays like this until somebody changes the settings, here or at the mail server.
    Misconfigured,
}

/// Whom a failure concerns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Concern {
    /// Whoever asks now would fare the same.
    Everybody,
    /// It may have to do with the account that was asked about: the credentials were sent, or may
    /// have been.
    PerhapsOneAccount,
    /// It has to do with the account alone: it tells nothing about the server.
    OneAccount,
}

impl Unavailable {
    /// Says whether others would have fared the same. In doubt they would not: a stranger who can
    /// bring about a failure must not be able to make it everybody's.
    pub const fn concern(&self) -> Concern {
        match self {
            Self::Unresolved { .. }
            | Self::RefusedConnection { .. }
            | Self::Blocked { .. }
            | Self::TlsRequired(_)
            | Self::TlsBroken { .. }
            | Self::Certificate { .. }
            | Self::NoLogin
            | Self::LoginDisabled
            | Self::NoMechanism { .. }
            | Self::PasswordFile { .. }
            | Self::Gibberish { .. } => Concern::Everybody,
            Self::UnaskableName { .. } | Self::PasswordEntry { .. } => Concern::OneAccount,
            Self::Timeout { .. }
            | Self::Busy
            | Self::Challenged
            | Self::Program { .. }
            | Self::Closed { .. }
            | Self::Temporary { .. }
            | Self::MechanismRefused { .. }
            | Self::Referred { .. }
            | Self::Misconfigured { .. } => Concern::PerhapsOneAccount,
        }
    }

    /// Gives one stable word for logs and figures.
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::Unresolved { .. } => "unresolved",
            Self::RefusedConnection { .. } => "refused-connection",
            Self::Timeout { .. } => "timeout",
            Self::Busy => "busy",
            Self::PasswordFile { .. } | Self::PasswordEntry { .. } => "password-file",
            Self::Program { .. } => "program",
            Self::Closed { .. } => "closed",
            Self::Temporary { .. } => "temporary",
            Self::Blocked { .. } => "blocked",
            Self::TlsRequired(_) => "tls-required",
            Self::Certificate { .. } => "certificate",
            Self::NoLogin
            | Self::LoginDisabled
            | Self::NoMechanism { .. }
            | Self::MechanismRefused { .. } => "no-mechanism",
            Self::TlsBroken { .. }
            | Self::Referred { .. }
            | Self::UnaskableName { .. }
            | Self::Misconfigured { .. } => "misconfigured",
            Self::Challenged | Self::Gibberish { .. } => "gibberish",
        }
    }

    /// Says whether waiting can help.
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Unresolved { .. }
            | Self::RefusedConnection { .. }
            | Self::Timeout { .. }
            | Self::Busy
            | Self::Closed { .. }
            | Self::Temporary { .. } => Kind::Temporary,
            Self::Blocked { .. }
            | Self::TlsRequired(_)
            | Self::TlsBroken { .. }
            | Self::Certificate { .. }
            | Self::NoLogin
            | Self::LoginDisabled
            | Self::NoMechanism { .. }
            | Self::MechanismRefused { .. }
            | Self::Referred { .. }
            | Self::Misconfigured { .. }
            | Self::UnaskableName { .. }
            | Self::Challenged
            | Self::PasswordFile { .. }
            | Self::PasswordEntry { .. }
            | Self::Program { .. }
            | Self::Gibberish { .. } => Kind::Misconfigured,
        }
    }
}

impl From<Gibberish> for Unavailable {
    fn from(Gibberish(why): Gibberish) -> Self {
        Self::Gibberish { why }
    }
}
