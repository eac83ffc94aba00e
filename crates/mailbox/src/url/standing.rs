//! Who is asked whether a mailbox is still there, as the operator writes it: `lmtp:/run/dovecot/lmtp`.
//!
//! `lmtp:/PATH` is a socket of this machine, `lmtp://HOST[:24]` and `smtp://HOST[:25]` a server that
//! takes letters, with the settings of every other server and the same rule for encryption;
//! `dovecot-userdb:/PATH` is Dovecot's list of users.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::UrlError;
use super::path::socket;
use super::server::ServerUrl;

/// Who is asked whether a mailbox is still there.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum StandingUrl {
    /// Whoever takes letters over LMTP, at a socket of this machine.
    Lmtp(PathBuf),
    /// Whoever takes letters over LMTP or SMTP, at a port.
    Server(ServerUrl),
    /// Dovecot's list of users, at a socket of this machine.
    Userdb(PathBuf),
}

impl StandingUrl {
    /// Reads such a URL. What is not understood is refused, never skipped.
    pub fn parse(text: &str) -> Result<Self, UrlError> {
        let wrong = || UrlError::Standing(text.to_owned());
        let (scheme, rest) = text.split_once(':').ok_or_else(wrong)?;
        let path = |rest| socket(rest).ok_or_else(wrong);
        match (scheme.to_ascii_lowercase().as_str(), rest) {
            ("lmtp" | "smtp", rest) if rest.starts_with("//") => {
                ServerUrl::parse_for_letters(text).map(Self::Server)
            }
            ("lmtp", rest) => path(rest).map(Self::Lmtp),
            ("dovecot-userdb", rest) => path(rest).map(Self::Userdb),
            _ => Err(wrong()),
        }
    }

    /// Names what is asked, without the way to ask it.
    pub fn system(&self) -> String {
        match self {
            Self::Lmtp(path) | Self::Userdb(path) => path.display().to_string(),
            Self::Server(url) => url.host(),
        }
    }

    /// Gives the path of the socket, where it is one.
    pub fn file(&self) -> Option<&Path> {
        match self {
            Self::Lmtp(path) | Self::Userdb(path) => Some(path),
            Self::Server(_) => None,
        }
    }
}

impl fmt::Display for StandingUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lmtp(path) => write!(f, "lmtp:{}", path.display()),
            Self::Server(url) => url.fmt(f),
            Self::Userdb(path) => write!(f, "dovecot-userdb:{}", path.display()),
        }
    }
}

impl FromStr for StandingUrl {
    type Err = UrlError;

    fn from_str(text: &str) -> Result<Self, UrlError> {
        Self::parse(text)
    }
}

impl TryFrom<String> for StandingUrl {
    type Error = UrlError;

    fn try_from(text: String) -> Result<Self, UrlError> {
        Self::parse(&text)
    }
}

impl From<StandingUrl> for String {
    fn from(url: StandingUrl) -> Self {
        url.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::super::MailboxUrl;
    use super::*;

    #[test]
    fn whom_to_ask_is_a_socket_or_a_server_that_takes_letters() {
        for (text, read) in [
            ("lmtp:/run/dovecot/lmtp", "lmtp:/run/dovecot/lmtp"),
            ("LMTP:/run/a b/c%d", "lmtp:/run/a b/c%d"),
            ("lmtp://localhost", "lmtp://localhost:24"),
            (
                "lmtp://mail.example.org:2003",
                "lmtp://mail.example.org:2003",
            ),
            ("smtp://mail.example.org", "smtp://mail.example.org:25"),
            (
                "SMTP://[::1]:2525?ca=/a.pem&server_name=m.example",
                "smtp://[::1]:2525?ca=/a.pem&server_name=m.example",
            ),
            (
                "dovecot-userdb:/run/dovecot/auth-userdb",
                "dovecot-userdb:/run/dovecot/auth-userdb",
            ),
        ] {
            let url = StandingUrl::parse(text).unwrap();

            assert_eq!(url.to_string(), read, "{text}");
            assert_eq!(StandingUrl::parse(read), Ok(url), "{text}");
        }
    }

    #[test]
    fn who_cannot_say_without_a_password_is_not_asked() {
        let long = format!("lmtp:/{}", "x".repeat(107));
        for text in [
            "",
            "lmtp",
            "lmtp:",
            "lmtp:run/dovecot/lmtp",
            "dovecot-userdb:localhost:7",
            "dovecot-userdb://localhost",
            "dovecot:/run/dovecot/auth-client",
            "imaps://mail.example.org",
            "smtps://mail.example.org",
            "smtp:/run/x",
            "lmtp:/run/x?ca=/y",
            "lmtp:/run/x#y",
            &long,
        ] {
            assert_eq!(
                StandingUrl::parse(text),
                Err(UrlError::Standing(text.to_owned()))
            );
        }
        assert_eq!(
            StandingUrl::parse("smtp://me@mail.example.org"),
            Err(UrlError::UserInformation)
        );
    }

    #[test]
    fn lmtp_takes_no_passwords() {
        for text in ["lmtp://localhost", "lmtp:/run/dovecot/lmtp"] {
            assert!(MailboxUrl::parse(text).is_err(), "{text}");
        }
    }
}
