//! Where the passwords of a domain are checked, as the operator writes it: `smtps://mail.example.org`.
//!
//! `product.md` (settings): the scheme is the backend. Each kind has a file of its own.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::ldap::FilterError;

mod command;
mod dovecot;
mod file;
mod ldap;
mod path;
mod server;
mod standing;

pub use command::CommandUrl;
pub use dovecot::DovecotUrl;
pub(crate) use dovecot::Place;
pub use file::FileUrl;
pub use ldap::LdapUrl;
pub(crate) use ldap::{Quest, Scope};
pub use server::ServerUrl;
pub(crate) use server::{Host, Scheme};
pub use standing::StandingUrl;

/// What is asked about a password, and the way to ask it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum MailboxUrl {
    /// A mail server on the network.
    Server(ServerUrl),
    /// Dovecot's auth service on this machine.
    Dovecot(DovecotUrl),
    /// A file of passwords on this machine.
    File(FileUrl),
    /// A program on this machine.
    Command(CommandUrl),
    /// A directory: `ldap://` and `ldaps://`.
    Ldap(Box<LdapUrl>),
}

/// Says why a text is no mailbox URL, and what would be one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// There is no `://`.
    #[error("{0:?} is not a mailbox URL: expected smtps://HOST or imaps://HOST, for example")]
    NotAUrl(String),
    /// A scheme that this version has no client for.
    #[error("mail servers are asked over smtps://, smtp://, imaps:// or imap://, not {0}://")]
    Scheme(String),
    /// A user name or password before the host.
    #[error("a mailbox URL holds no user name or password: remove everything up to the @")]
    UserInformation,
    /// The host is missing or is no name and no address.
    #[error("{0:?} is no host: expected a name, an IPv4 address, or an IPv6 address in [ ]")]
    Host(String),
    /// The port is no number between 1 and 65535.
    ///
    /// What stands there is not repeated: it may be a password whose `@` was forgotten.
    #[error("what stands behind the colon is no port: expected a number from 1 to 65535")]
    Port,
    /// Something stands behind host and port.
    #[error("a mailbox URL ends after host and port: remove {0:?}")]
    Path(String),
    /// A setting that does not exist.
    #[error(
        "{0:?} is no setting of a mailbox URL: known are ca=FILE, server_name=NAME and client=WAY"
    )]
    UnknownSetting(String),
    /// The same setting twice.
    #[error("{0} is given twice: keep one of them")]
    Repeated(&'static str),
    /// A setting without a usable value.
    #[error("{setting} needs a value: {expected}")]
    Value {
        /// Which setting.
        setting: &'static str,
        /// What would be right.
        expected: &'static str,
    },
    /// What stands behind `dovecot:` is no place of a socket.
    #[error(
        "dovecot:{0} is not where a socket is: expected dovecot:/run/dovecot/auth-client, a path of \
         at most 107 characters, or dovecot:localhost:PORT"
    )]
    Dovecot(String),
    /// The auth service of another machine.
    #[error(
        "Dovecot's auth service is asked on this machine only, and {0} is another one: passwords \
         would go there in clear; ask its mail server with imaps:// or smtps://"
    )]
    DovecotElsewhere(String),
    /// A path of this machine that does not begin at its root.
    #[error("{scheme}: needs a whole path, such as {scheme}:/etc/persona/users")]
    NotAbsolute {
        /// What is behind the path.
        scheme: &'static str,
    },
    /// A setting that a password file does not have.
    #[error("{0:?} is no setting of a password file: known is domain=DOMAIN")]
    UnknownFileSetting(String),
    /// Arguments for a program.
    #[error("command: takes the path of a program and no arguments: put them into a script")]
    Arguments,
    /// Nobody who could say without a password whether a mailbox is there.
    #[error(
        "{0:?} is nobody who can say without a password whether a mailbox is there: expected \
         lmtp:/run/dovecot/lmtp, lmtp://HOST, smtp://HOST or \
         dovecot-userdb:/run/dovecot/auth-userdb"
    )]
    Standing(String),
    /// A percent sign that is none.
    #[error("a % in a URL is followed by two hexadecimal digits: write %25 for the sign itself")]
    Escape,
    /// A filter that cannot be used.
    #[error("{0}")]
    Filter(#[from] FilterError),
    /// A word where RFC 4516 has the depth of the search.
    #[error("{0:?} is no depth of a search: known are base, one and sub")]
    SearchScope(String),
    /// The same said twice, in two ways.
    #[error(
        "a filter with placeholders asks everything itself: leave out the attributes {0:?} in front \
         of it"
    )]
    AttributesAndFilter(String),
}

impl MailboxUrl {
    /// Reads a mailbox URL. What is not understood is refused, never skipped.
    pub fn parse(text: &str) -> Result<Self, UrlError> {
        if let Some(url) = LdapUrl::parse(text)? {
            return Ok(Self::Ldap(Box::new(url)));
        }
        match text.split_once(':') {
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("dovecot") => {
                DovecotUrl::parse(rest).map(Self::Dovecot)
            }
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("file") => {
                FileUrl::parse(rest).map(Self::File)
            }
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("command") => {
                CommandUrl::parse(rest).map(Self::Command)
            }
            _ => ServerUrl::parse(text).map(Self::Server),
        }
    }

    /// Names what is asked, without the way to ask it: two domains with the same one share it, its
    /// users and its patience.
    pub fn system(&self) -> String {
        match self {
            Self::Server(url) => url.host(),
            Self::Dovecot(url) => url.system(),
            Self::File(url) => url.path().display().to_string(),
            Self::Command(url) => url.path().display().to_string(),
            Self::Ldap(url) => url.host(),
        }
    }
}

impl fmt::Display for MailboxUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Server(url) => url.fmt(f),
            Self::Dovecot(url) => url.fmt(f),
            Self::File(url) => url.fmt(f),
            Self::Command(url) => url.fmt(f),
            Self::Ldap(url) => url.fmt(f),
        }
    }
}

impl FromStr for MailboxUrl {
    type Err = UrlError;

    fn from_str(text: &str) -> Result<Self, UrlError> {
        Self::parse(text)
    }
}

impl TryFrom<String> for MailboxUrl {
    type Error = UrlError;

    fn try_from(text: String) -> Result<Self, UrlError> {
        Self::parse(&text)
    }
}

impl From<MailboxUrl> for String {
    fn from(url: MailboxUrl) -> Self {
        url.to_string()
    }
}
