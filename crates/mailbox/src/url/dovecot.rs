//! Dovecot's auth service, as the operator writes it: `dovecot:/run/dovecot/auth-client`.
//!
//! A socket file, or a port of this machine (`dovecot:localhost:12345`). The protocol has no
//! encryption, so there is no way to write a port of another machine.

use std::fmt;
use std::path::{Path, PathBuf};

use super::UrlError;
use super::path::socket;
use super::server::{Host, parse_port, split_port};

/// Where Dovecot's auth service is asked: a socket for authentication clients, on this machine.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DovecotUrl(Place);

/// Where a socket is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Place {
    /// A file.
    File(PathBuf),
    /// A port of this machine.
    Port(Host, u16),
}

impl DovecotUrl {
    /// Reads what stands behind `dovecot:`.
    pub(super) fn parse(rest: &str) -> Result<Self, UrlError> {
        let wrong = || UrlError::Dovecot(rest.to_owned());
        if rest.starts_with('/') {
            let path = socket(rest).ok_or_else(wrong)?;
            return Ok(Self(Place::File(path)));
        }
        if rest.contains(['?', '#', '\0']) {
            return Err(wrong());
        }
        let (host, port) = split_port(rest)?;
        let host = Host::parse(host).map_err(|_| wrong())?;
        let port = parse_port(port.ok_or_else(wrong)?)?;
        if !host.is_this_machine() {
            return Err(UrlError::DovecotElsewhere(host.to_string()));
        }
        Ok(Self(Place::Port(host, port)))
    }

    /// Names the socket, without the scheme.
    pub(super) fn system(&self) -> String {
        match &self.0 {
            Place::File(path) => path.display().to_string(),
            Place::Port(host, port) => format!("{host}:{port}"),
        }
    }

    /// Gives the path of the socket, where it is one.
    pub fn file(&self) -> Option<&Path> {
        match &self.0 {
            Place::File(path) => Some(path),
            Place::Port(..) => None,
        }
    }

    pub(crate) const fn place(&self) -> &Place {
        &self.0
    }
}

impl fmt::Display for DovecotUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "dovecot:{}", self.system())
    }
}

#[cfg(test)]
mod tests {
    use super::super::MailboxUrl;
    use super::*;

    fn parse(text: &str) -> Result<String, UrlError> {
        MailboxUrl::parse(text).map(|url| url.to_string())
    }

    #[test]
    fn a_socket_is_a_file_or_a_port_of_this_machine() {
        for (text, read) in [
            (
                "dovecot:/run/dovecot/auth-client",
                "dovecot:/run/dovecot/auth-client",
            ),
            ("DOVECOT:/run/a b/c%d", "dovecot:/run/a b/c%d"),
            ("dovecot:localhost:12345", "dovecot:localhost:12345"),
            ("dovecot:127.0.0.1:1", "dovecot:127.0.0.1:1"),
            ("dovecot:[::1]:65535", "dovecot:[::1]:65535"),
        ] {
            assert_eq!(parse(text).as_deref(), Ok(read));
            assert_eq!(parse(read).as_deref(), Ok(read));
        }
        let long = format!("dovecot:/{}", "x".repeat(106));
        assert_eq!(parse(&long), Ok(long.clone()));
    }

    #[test]
    fn what_is_asked_in_clear_is_on_this_machine() {
        for text in [
            "dovecot:mail.example.org:12345",
            "dovecot:192.0.2.1:1",
            "dovecot:[::2]:1",
        ] {
            assert!(
                matches!(parse(text), Err(UrlError::DovecotElsewhere(_))),
                "{text}"
            );
        }
        assert_eq!(
            parse("dovecot:192.0.2.1:12345").unwrap_err().to_string(),
            "Dovecot's auth service is asked on this machine only, and 192.0.2.1 is another one: \
             passwords would go there in clear; ask its mail server with imaps:// or smtps://"
        );
    }

    #[test]
    fn anything_else_is_refused_with_what_would_be_right() {
        let long = format!("dovecot:/{}", "x".repeat(107));
        for text in [
            "dovecot:",
            "dovecot:run/dovecot/auth-client",
            "dovecot:///run/dovecot/auth-client",
            "dovecot://localhost:1",
            "dovecot:localhost",
            "dovecot:/run/x?ca=y",
            "dovecot:/run/x#y",
            &long,
        ] {
            assert!(matches!(parse(text), Err(UrlError::Dovecot(_))), "{text}");
        }
        assert_eq!(parse("dovecot:localhost:0"), Err(UrlError::Port));
        assert_eq!(
            parse("dovecot://localhost:1").unwrap_err().to_string(),
            "dovecot://localhost:1 is not where a socket is: expected dovecot:/run/dovecot/auth-client, \
             a path of at most 107 characters, or dovecot:localhost:PORT"
        );
    }

    #[test]
    fn two_domains_with_one_socket_share_a_system() {
        let system = |text: &str| MailboxUrl::parse(text).unwrap().system();

        assert_eq!(system("dovecot:/run/a"), "/run/a");
        assert_eq!(system("dovecot:localhost:7"), "localhost:7");
    }
}
