//! A mail server on the network, as the operator writes it: `smtps://mail.example.org`.
//!
//! `product.md` (settings): `smtp://host[:587]` and `imap://host[:143]` use STARTTLS and go on without
//! encryption only to this machine itself; `smtps://host[:465]` and `imaps://host[:993]` are encrypted
//! from the start. `?ca=FILE` adds a private authority, `?server_name=NAME` is checked instead of the
//! host name, and `?client=` passes the browser's address on ([`crate::client`]). Where letters are
//! taken and no passwords, `smtp://host[:25]` and `lmtp://host[:24]` are read by the same rules.
//! Certificates are always verified, and there is no word here that turns that off.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::{Path, PathBuf};

use protocol::email::Domain;
use serde::{Deserialize, Serialize};

use super::UrlError;
use super::path::{percent_decode, percent_encode};
use crate::client::Told;

/// The address of a mail server and the way to ask it.
///
/// With `smtp://` and `imap://`, STARTTLS is used and verified wherever it is offered. Where it is not offered, the
/// dialogue goes on in clear only if the host is a loopback address or a name under `localhost`
/// (which is never looked up), and the URL names neither `ca` nor `server_name`: those ask for
/// encryption. To any other host nothing secret is ever sent in clear.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ServerUrl {
    scheme: Scheme,
    host: Host,
    port: u16,
    ca: Option<PathBuf>,
    server_name: Option<Host>,
    told: Option<Told>,
}

/// What is spoken, and how the connection is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Scheme {
    /// `smtp://`: STARTTLS.
    Smtp,
    /// `smtps://`: TLS from the first octet.
    Smtps,
    /// `lmtp://`: STARTTLS. It takes letters and no logins.
    Lmtp,
    /// `imap://`: STARTTLS.
    Imap,
    /// `imaps://`: TLS from the first octet.
    Imaps,
}

/// A host by name or by number.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Host {
    /// A name to be looked up.
    Name(Domain),
    /// An address, used as it stands.
    Address(IpAddr),
}

impl ServerUrl {
    /// Reads the URL of a server. What is not understood is refused, never skipped.
    pub fn parse(text: &str) -> Result<Self, UrlError> {
        let (scheme, rest) = text.split_once("://").ok_or_else(|| unknown_form(text))?;
        let scheme = Scheme::parse(scheme)?;
        Self::read(scheme, scheme.port(), rest)
    }

    /// Reads the URL of a server that takes letters from everybody: its ports are others.
    pub(super) fn parse_for_letters(text: &str) -> Result<Self, UrlError> {
        let (scheme, rest) = text.split_once("://").ok_or_else(|| unknown_form(text))?;
        match scheme.to_ascii_lowercase().as_str() {
            "smtp" => Self::read(Scheme::Smtp, DELIVERY_PORT, rest),
            "lmtp" => Self::read(Scheme::Lmtp, Scheme::Lmtp.port(), rest),
            _ => Err(UrlError::Standing(text.to_owned())),
        }
    }

    /// Reads what stands behind the scheme.
    fn read(scheme: Scheme, usual_port: u16, rest: &str) -> Result<Self, UrlError> {
        let (rest, query) = rest
            .split_once('?')
            .map_or((rest, None), |(r, q)| (r, Some(q)));
        if let Some(at) = rest.find('/') {
            return Err(UrlError::Path(
                rest.get(at..).unwrap_or_default().to_owned(),
            ));
        }
        if rest.contains('#') || query.is_some_and(|q| q.contains('#')) {
            return Err(UrlError::Path("#".to_owned()));
        }
        if rest.contains('@') {
            return Err(UrlError::UserInformation);
        }
        let (host, port) = split_port(rest)?;
        let mut url = Self {
            scheme,
            host: Host::parse(host)?,
            port: port.map_or(Ok(usual_port), parse_port)?,
            ca: None,
            server_name: None,
            told: None,
        };
        for setting in query.into_iter().flat_map(|q| q.split('&')) {
            url.set(setting)?;
        }
        Ok(url)
    }

    /// Gives the host as it was configured, without brackets.
    pub fn host(&self) -> String {
        self.host.unbracketed()
    }

    /// Gives the port, written or implied.
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Gives scheme, host and port, without settings.
    pub(crate) fn describe(&self) -> String {
        format!("{}://{}:{}", self.scheme.as_str(), self.host, self.port)
    }

    pub(crate) const fn scheme(&self) -> Scheme {
        self.scheme
    }

    pub(crate) const fn target(&self) -> &Host {
        &self.host
    }

    /// Gives the name that the certificate must be for: the administrator's, never one from DNS.
    pub(crate) fn certificate_name(&self) -> &Host {
        self.server_name.as_ref().unwrap_or(&self.host)
    }

    pub(crate) fn ca(&self) -> Option<&Path> {
        self.ca.as_deref()
    }

    /// Says how the server is told the browser's address, if it is.
    pub(crate) const fn told(&self) -> Option<Told> {
        self.told
    }

    /// Says whether this is a server that takes letters, because it speaks SMTP.
    pub const fn takes_letters(&self) -> bool {
        match self.scheme {
            Scheme::Smtp | Scheme::Smtps | Scheme::Lmtp => true,
            Scheme::Imap | Scheme::Imaps => false,
        }
    }

    /// Says whether the dialogue may go on in clear where the server offers no STARTTLS.
    ///
    /// Only towards this machine itself, and only when nothing in the URL speaks of certificates:
    /// who names an authority or a certificate name expects encryption.
    pub(crate) fn allows_clear_text(&self) -> bool {
        !self.scheme.is_encrypted_from_the_start()
            && self.host.is_this_machine()
            && self.ca.is_none()
            && self.server_name.is_none()
    }

    fn set(&mut self, setting: &str) -> Result<(), UrlError> {
        let (key, value) = setting.split_once('=').unwrap_or((setting, ""));
        match key {
            "ca" => put(&mut self.ca, ca_file(value)?, "ca"),
            "server_name" => put(
                &mut self.server_name,
                name_in_certificate(value)?,
                "server_name",
            ),
            "client" => {
                let (ways, expected) = self.scheme.ways();
                let told = Told::parse(value)
                    .filter(|told| ways.contains(told))
                    .ok_or(UrlError::Value {
                        setting: "client",
                        expected,
                    })?;
                put(&mut self.told, told, "client")
            }
            _ => Err(UrlError::UnknownSetting(key.to_owned())),
        }
    }
}

impl Scheme {
    fn parse(text: &str) -> Result<Self, UrlError> {
        match text.to_ascii_lowercase().as_str() {
            "smtp" => Ok(Self::Smtp),
            "smtps" => Ok(Self::Smtps),
            "imap" => Ok(Self::Imap),
            "imaps" => Ok(Self::Imaps),
            other => Err(UrlError::Scheme(other.to_owned())),
        }
    }

    const fn as_str(self) -> &'static str {
        match self {
            Self::Smtp => "smtp",
            Self::Smtps => "smtps",
            Self::Lmtp => "lmtp",
            Self::Imap => "imap",
            Self::Imaps => "imaps",
        }
    }

    /// Gives the ways in which such a server can be told the browser's address.
    const fn ways(self) -> (&'static [Told], &'static str) {
        match self {
            Self::Smtp | Self::Smtps => (&[Told::Xclient, Told::Proxy], "xclient or proxy"),
            Self::Lmtp => (&[Told::Proxy], "proxy"),
            Self::Imap | Self::Imaps => (&[Told::Id, Told::Proxy], "id or proxy"),
        }
    }

    const fn is_encrypted_from_the_start(self) -> bool {
        match self {
            Self::Smtps | Self::Imaps => true,
            Self::Smtp | Self::Lmtp | Self::Imap => false,
        }
    }

    /// RFC 6409 §3.1, RFC 3501 §2.1, RFC 8314 §3.2 and §3.3. LMTP has none of its own, only not that
    /// of SMTP (RFC 2033 §5); 24 is usual.
    const fn port(self) -> u16 {
        match self {
            Self::Smtp => 587,
            Self::Smtps => 465,
            Self::Lmtp => 24,
            Self::Imap => 143,
            Self::Imaps => 993,
        }
    }
}

impl Host {
    pub(super) fn parse(text: &str) -> Result<Self, UrlError> {
        let wrong = || UrlError::Host(text.to_owned());
        if let Some(inner) = text.strip_prefix('[') {
            let inner = inner.strip_suffix(']').ok_or_else(wrong)?;
            let address: Ipv6Addr = inner.parse().map_err(|_| wrong())?;
            return Ok(Self::Address(address.into()));
        }
        if let Ok(address) = text.parse::<Ipv4Addr>() {
            return Ok(Self::Address(address.into()));
        }
        Domain::parse(text).map(Self::Name).map_err(|_| wrong())
    }

    /// Gives the host without the brackets around an IPv6 address.
    pub(super) fn unbracketed(&self) -> String {
        match self {
            Self::Name(name) => name.to_string(),
            Self::Address(address) => address.to_string(),
        }
    }

    /// Is it this machine by definition (RFC 6761 §6.3), whatever a resolver says?
    pub(crate) fn is_this_machine(&self) -> bool {
        match self {
            Self::Address(address) => address.is_loopback(),
            Self::Name(name) => {
                name.as_str() == "localhost" || name.as_str().ends_with(".localhost")
            }
        }
    }
}

/// A text without `://` is most often a URL of a backend that looks different, or a bare host.
fn unknown_form(text: &str) -> UrlError {
    match text.split_once(":/") {
        Some((scheme, _)) if scheme.bytes().all(|b| b.is_ascii_lowercase()) => {
            UrlError::Scheme(scheme.to_owned())
        }
        _ => UrlError::NotAUrl(text.to_owned()),
    }
}

/// Separates a port, minding that IPv6 addresses have colons inside.
pub(super) fn split_port(authority: &str) -> Result<(&str, Option<&str>), UrlError> {
    if let Some(end) = authority.rfind(']') {
        let (host, rest) = authority.split_at(end + 1);
        return match rest.strip_prefix(':') {
            Some(port) => Ok((host, Some(port))),
            None if rest.is_empty() => Ok((host, None)),
            None => Err(UrlError::Host(authority.to_owned())),
        };
    }
    match authority.split_once(':') {
        Some((_, port)) if port.contains(':') => Err(UrlError::Host(authority.to_owned())),
        Some((host, port)) => Ok((host, Some(port))),
        None => Ok((authority, None)),
    }
}

pub(super) fn parse_port(text: &str) -> Result<u16, UrlError> {
    // `u16::from_str` also takes a leading plus.
    let digits = text.bytes().all(|b| b.is_ascii_digit());
    match text.parse() {
        Ok(port) if digits && port != 0 => Ok(port),
        _ => Err(UrlError::Port),
    }
}

/// Reads the value of `ca`.
pub(super) fn ca_file(value: &str) -> Result<PathBuf, UrlError> {
    percent_decode(value)
        .filter(|path| !path.is_empty() && !path.contains('\0'))
        .map(PathBuf::from)
        .ok_or(UrlError::Value {
            setting: "ca",
            expected: "the path of a PEM file",
        })
}

/// Reads the value of `server_name`.
pub(super) fn name_in_certificate(value: &str) -> Result<Host, UrlError> {
    percent_decode(value)
        .and_then(|name| Host::parse(&name).ok())
        .ok_or(UrlError::Value {
            setting: "server_name",
            expected: "the host name in the mail server's certificate",
        })
}

pub(super) fn put<T>(
    place: &mut Option<T>,
    value: T,
    setting: &'static str,
) -> Result<(), UrlError> {
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err(UrlError::Repeated(setting)),
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => write!(f, "{name}"),
            Self::Address(IpAddr::V4(address)) => write!(f, "{address}"),
            Self::Address(IpAddr::V6(address)) => write!(f, "[{address}]"),
        }
    }
}

impl fmt::Display for ServerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.describe())?;
        let mut sign = '?';
        if let Some(ca) = &self.ca {
            write!(f, "{sign}ca=")?;
            percent_encode(&ca.to_string_lossy(), f)?;
            sign = '&';
        }
        if let Some(name) = &self.server_name {
            write!(f, "{sign}server_name={name}")?;
            sign = '&';
        }
        if let Some(told) = self.told {
            write!(f, "{sign}client={}", told.word())?;
        }
        Ok(())
    }
}

impl TryFrom<String> for ServerUrl {
    type Error = UrlError;

    fn try_from(text: String) -> Result<Self, UrlError> {
        Self::parse(&text)
    }
}

impl From<ServerUrl> for String {
    fn from(url: ServerUrl) -> Self {
        url.to_string()
    }
}

/// Where letters for a server's own mailboxes are taken (RFC 5321 §4.5.4.2).
const DELIVERY_PORT: u16 = 25;

#[cfg(test)]
mod tests;
