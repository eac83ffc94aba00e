//! A directory, as the operator writes it: `ldaps://ldap.example.org/dc=example,dc=org`.
//!
//! RFC 4516, read as web servers have long read it: `ldaps://HOST/BASE?ATTRIBUTES?SCOPE?FILTER?SETTINGS`.
//! Behind the base stand the attributes in which an address is looked for (`mail`), how deep (`sub`,
//! where the RFC has `base`), and a filter: one with `{address}`, `{local}` or `{domain}` in it asks
//! everything itself, one without narrows the search down. Our settings, `ca=FILE` and
//! `server_name=NAME`, stand where the RFC has extensions, with a comma between them; behind a host
//! without base they may be written as for every other server, `ldaps://HOST?ca=FILE`.
//!
//! `ldap://` uses StartTLS, except towards this machine itself. Certificates are always verified.

use std::fmt;
use std::path::{Path, PathBuf};

use super::UrlError;
use super::path::{percent_decode, percent_encode};
use super::server::{Host, ca_file, name_in_certificate, parse_port, put, split_port};
use crate::ldap::Filter;

/// The address of a directory and what to look for in it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct LdapUrl {
    encryption: Encryption,
    host: Host,
    port: u16,
    ca: Option<PathBuf>,
    server_name: Option<Host>,
    quest: Option<Quest>,
}

/// When the connection is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Encryption {
    /// `ldap://`: with StartTLS.
    StartTls,
    /// `ldaps://`: from the first octet.
    Implicit,
}

/// Where in the directory somebody is looked for, and how.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Quest {
    pub(crate) base: String,
    pub(crate) scope: Scope,
    pub(crate) filter: Filter,
    /// As they are written, where they are.
    attributes: String,
    written_filter: String,
}

/// Where a search looks (RFC 4511 §4.5.1.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Scope {
    Base,
    One,
    Sub,
}

impl LdapUrl {
    /// Reads the URL of a directory; nothing if it has another scheme.
    pub(super) fn parse(text: &str) -> Result<Option<Self>, UrlError> {
        let Some((scheme, rest)) = text.split_once("://") else {
            return Ok(None);
        };
        let encryption = match scheme.to_ascii_lowercase().as_str() {
            "ldap" => Encryption::StartTls,
            "ldaps" => Encryption::Implicit,
            _ => return Ok(None),
        };
        if rest.contains('#') {
            return Err(UrlError::Path("#".to_owned()));
        }
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, behind) = rest.split_at_checked(end).unwrap_or((rest, ""));
        if authority.contains('@') {
            return Err(UrlError::UserInformation);
        }
        let (host, port) = split_port(authority)?;
        let mut url = Self {
            encryption,
            host: Host::parse(host)?,
            port: port.map_or(Ok(encryption.port()), parse_port)?,
            ca: None,
            server_name: None,
            quest: None,
        };
        let (settings, separator) = if let Some(path) = behind.strip_prefix('/') {
            let (quest, settings) = Quest::parse(path)?;
            url.quest = quest;
            (settings, ',')
        } else {
            (behind.strip_prefix('?').unwrap_or(behind), '&')
        };
        let settings = settings.split(separator);
        for setting in settings.filter(|setting| !setting.is_empty()) {
            url.set(setting)?;
        }
        Ok(Some(url))
    }

    /// Gives the host as it was configured, without brackets.
    pub fn host(&self) -> String {
        self.host.unbracketed()
    }

    /// Gives the port, written or implied.
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Gives the base of the search, `None` if the URL names nothing to search.
    pub fn base(&self) -> Option<&str> {
        self.quest.as_ref().map(|quest| quest.base.as_str())
    }

    /// Says whether people of two domains are told apart by the search.
    pub fn tells_domains_apart(&self) -> bool {
        let quest = self.quest.as_ref();
        quest.is_none_or(|quest| quest.filter.tells_domains_apart())
    }

    /// Is it encrypted from the first octet?
    pub const fn is_secure(&self) -> bool {
        matches!(self.encryption, Encryption::Implicit)
    }

    /// Gives scheme, host and port, without settings.
    pub(crate) fn describe(&self) -> String {
        let scheme = self.encryption.scheme();
        format!("{scheme}://{}:{}", self.host, self.port)
    }

    pub(crate) const fn target(&self) -> &Host {
        &self.host
    }

    /// Gives the name that the certificate must be for.
    pub(crate) fn certificate_name(&self) -> &Host {
        self.server_name.as_ref().unwrap_or(&self.host)
    }

    pub(crate) fn ca(&self) -> Option<&Path> {
        self.ca.as_deref()
    }

    pub(crate) const fn quest(&self) -> Option<&Quest> {
        self.quest.as_ref()
    }

    /// Says whether nothing is encrypted: only towards this machine itself, and only when nothing in
    /// the URL speaks of certificates. A directory does not say by itself what it can do, so that here
    /// the URL alone decides.
    pub(crate) fn is_in_clear(&self) -> bool {
        !self.is_secure()
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
            _ => Err(UrlError::UnknownSetting(key.to_owned())),
        }
    }
}

impl Quest {
    /// Reads what stands behind the host, and gives what stands behind that.
    fn parse(path: &str) -> Result<(Option<Self>, &str), UrlError> {
        let mut parts = path.splitn(5, '?');
        let mut part = || parts.next().unwrap_or_default();
        let (base, attributes, scope, filter, settings) = (part(), part(), part(), part(), part());
        let decode = |text| percent_decode(text).ok_or(UrlError::Escape);
        if [base, attributes, scope, filter] == [""; 4] {
            return Ok((None, settings));
        }
        let (base, attributes) = (decode(base)?, decode(attributes)?);
        let listed = if attributes.is_empty() {
            "mail"
        } else {
            &attributes
        };
        let by_attribute = Filter::of_attributes(listed)?;
        let written = decode(filter)?;
        let filter = if written.is_empty() {
            by_attribute
        } else {
            Filter::parse(&written, &by_attribute)?
        };
        if !attributes.is_empty() && filter.to_string() == written {
            return Err(UrlError::AttributesAndFilter(attributes));
        }
        let quest = Self {
            base,
            scope: match scope.to_ascii_lowercase().as_str() {
                "" | "sub" => Scope::Sub,
                "one" => Scope::One,
                "base" => Scope::Base,
                _ => return Err(UrlError::SearchScope(scope.to_owned())),
            },
            filter,
            attributes,
            written_filter: written,
        };
        Ok((Some(quest), settings))
    }
}

impl Encryption {
    const fn scheme(self) -> &'static str {
        match self {
            Self::StartTls => "ldap",
            Self::Implicit => "ldaps",
        }
    }

    const fn port(self) -> u16 {
        match self {
            Self::StartTls => 389,
            Self::Implicit => 636,
        }
    }
}

impl Scope {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Base => "base",
            Self::One => "one",
            Self::Sub => "sub",
        }
    }
}

impl fmt::Display for LdapUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.describe())?;
        let separator = match &self.quest {
            None => '&',
            Some(quest) => {
                quest.fmt(f)?;
                let has_settings = self.ca.is_some() || self.server_name.is_some();
                if has_settings && quest.written_filter.is_empty() {
                    f.write_str("?")?;
                }
                ','
            }
        };
        let mut sign = '?';
        if let Some(ca) = &self.ca {
            write!(f, "{sign}ca=")?;
            // What separates settings, in either form.
            for (place, part) in ca.to_string_lossy().split(',').enumerate() {
                f.write_str(if place == 0 { "" } else { "%2C" })?;
                percent_encode(part, f)?;
            }
            sign = separator;
        }
        if let Some(name) = &self.server_name {
            write!(f, "{sign}server_name={name}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Quest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("/")?;
        percent_encode(&self.base, f)?;
        f.write_str("?")?;
        percent_encode(&self.attributes, f)?;
        write!(f, "?{}", self.scope.as_str())?;
        if !self.written_filter.is_empty() {
            f.write_str("?")?;
            percent_encode(&self.written_filter, f)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
