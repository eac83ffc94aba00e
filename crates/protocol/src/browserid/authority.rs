//! Authorities: the hosts that certify, as `iss` and `authority` write them, and their keys
//! (`browserid.md` §1.3, §1.6, §4.1).

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;

use crate::email::Domain;
use crate::jose::PublicKey;
use crate::origin::Origin;

/// A host that certifies addresses: a name in lower-case A-labels, with `:port` where that is not 443.
///
/// Addresses of machines are none: an authority is what a certificate for TLS names.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(try_from = "String")]
pub struct Authority {
    host: Domain,
    port: Option<u16>,
    /// `host` and `port` in one, where there is a port.
    with_port: Option<Box<str>>,
}

/// The authority that was found for the domain of a bundle's address, and its keys.
///
/// It must come from that domain's support document (or the settings), never from the issuer that
/// the bundle names: otherwise any host could speak for any address. A caller that does not believe
/// issuers of some algorithm leaves out their keys ([`PublicKey::algorithm`]).
#[derive(Clone, Copy, Debug)]
pub struct IssuerKeys<'a> {
    /// The authority.
    pub issuer: &'a Authority,
    /// Its keys, the current one first.
    pub keys: &'a [PublicKey],
}

/// Says why a text names no authority.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a host name, or a host name and a port")]
pub struct AuthorityError;

impl Authority {
    /// Reads `host` or `host:port`. Upper case, U-labels and the port 443 are folded; a scheme, a path, a
    /// user name, an address of a machine and a port of 0 are refused.
    pub fn parse(text: &str) -> Result<Self, AuthorityError> {
        let (host, port) = match text.split_once(':') {
            Some((host, port)) => (host, port_number(port)?),
            None => (text, HTTPS),
        };
        let host = Domain::parse(host).map_err(|_| AuthorityError)?;
        Ok(Self::of(&host).at(port))
    }

    /// Takes a domain as the host, at the port of https.
    pub fn of(domain: &Domain) -> Self {
        Self::from(domain.clone())
    }

    /// Takes the host and the port of an origin, which need not be https on a developer's machine.
    pub fn of_origin(origin: &Origin) -> Result<Self, AuthorityError> {
        Self::parse(origin.authority())
    }

    /// Gives the host's name.
    pub const fn host(&self) -> &Domain {
        &self.host
    }

    /// Gives the port, unless it is 443.
    pub const fn port(&self) -> Option<u16> {
        self.port
    }

    /// Gives `host` or `host:port`.
    pub fn as_str(&self) -> &str {
        self.with_port
            .as_deref()
            .unwrap_or_else(|| self.host.as_str())
    }

    fn at(self, port: u16) -> Self {
        if port == HTTPS {
            return self;
        }
        Self {
            with_port: Some(format!("{}:{port}", self.host).into()),
            port: Some(port),
            host: self.host,
        }
    }
}

/// Reads a port in its one spelling.
fn port_number(digits: &str) -> Result<u16, AuthorityError> {
    let port: u16 = digits.parse().map_err(|_| AuthorityError)?;
    // `parse` takes a sign and leading zeros.
    if port == 0 || digits.starts_with(['0', '+']) {
        return Err(AuthorityError);
    }
    Ok(port)
}

impl From<Domain> for Authority {
    fn from(host: Domain) -> Self {
        Self {
            host,
            port: None,
            with_port: None,
        }
    }
}

impl FromStr for Authority {
    type Err = AuthorityError;

    fn from_str(text: &str) -> Result<Self, AuthorityError> {
        Self::parse(text)
    }
}

impl TryFrom<String> for Authority {
    type Error = AuthorityError;

    fn try_from(text: String) -> Result<Self, AuthorityError> {
        Self::parse(&text)
    }
}

impl fmt::Display for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Authority({})", self.as_str())
    }
}

/// The port that goes without saying.
const HTTPS: u16 = 443;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_authority_is_a_host_name_with_or_without_a_port() {
        for (text, printed, port) in [
            ("idp.example", "idp.example", None),
            ("IDP.Example", "idp.example", None),
            ("idp.example:443", "idp.example", None),
            ("idp.example:8443", "idp.example:8443", Some(8443)),
            ("id.localhost:65535", "id.localhost:65535", Some(65535)),
            ("localhost:1", "localhost:1", Some(1)),
            ("bücher.example", "xn--bcher-kva.example", None),
            (
                "xn--bcher-kva.example:80",
                "xn--bcher-kva.example:80",
                Some(80),
            ),
        ] {
            let authority = Authority::parse(text).unwrap();

            assert_eq!(authority.as_str(), printed);
            assert_eq!(authority.to_string(), printed);
            assert_eq!(authority.port(), port);
            assert!(printed.starts_with(authority.host().as_str()));
            assert_eq!(Authority::parse(printed).unwrap(), authority);
        }
    }

    #[test]
    fn anything_else_is_no_authority() {
        for text in [
            "",
            ":",
            ":443",
            "idp.example.",
            "idp.example:",
            "idp.example:0",
            "idp.example:0443",
            "idp.example:+80",
            "idp.example:-1",
            "idp.example: 80",
            "idp.example:65536",
            "idp.example:1:2",
            "https://idp.example",
            "idp.example/",
            "idp.example?x",
            "idp.example#x",
            "user@idp.example",
            "(exam)ple.com",
            "127.0.0.1",
            "127.1",
            "[::1]",
            "[::1]:80",
            "::1",
            "idp.example\n",
            " idp.example",
            "idp..example",
        ] {
            assert_eq!(Authority::parse(text), Err(AuthorityError), "{text:?}");
        }
    }

    #[test]
    fn an_origin_has_an_authority_if_its_host_has_a_name() {
        for (origin, authority) in [
            ("https://idp.example", Some("idp.example")),
            ("https://idp.example:8443", Some("idp.example:8443")),
            ("http://localhost:7070", Some("localhost:7070")),
            ("https://127.0.0.1", None),
            ("https://[::1]:8443", None),
        ] {
            let read = Authority::of_origin(&Origin::parse(origin).unwrap());

            assert_eq!(read.ok().as_ref().map(Authority::as_str), authority);
        }
    }
}
