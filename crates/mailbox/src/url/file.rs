//! A file of passwords, as the operator writes it: `file:/etc/persona/users`.
//!
//! `?domain=example.org` says whose the names without a domain are. A file that one domain alone reads
//! needs no such word: they are that domain's.

use std::fmt;
use std::path::{Path, PathBuf};

use protocol::email::Domain;

use super::UrlError;
use super::path::{absolute, percent_decode, percent_encode};

/// The path of a password file, and whose its short names are.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FileUrl {
    path: PathBuf,
    domain: Option<Domain>,
}

impl FileUrl {
    /// Reads what stands behind `file:`.
    pub(super) fn parse(rest: &str) -> Result<Self, UrlError> {
        let (path, query) = rest
            .split_once('?')
            .map_or((rest, None), |(path, query)| (path, Some(query)));
        let mut url = Self {
            path: absolute("file", path)?,
            domain: None,
        };
        for setting in query.into_iter().flat_map(|query| query.split('&')) {
            url.set(setting)?;
        }
        Ok(url)
    }

    /// Gives the path of the file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Gives the domain of names that have none, if the URL names it.
    pub const fn domain(&self) -> Option<&Domain> {
        self.domain.as_ref()
    }

    fn set(&mut self, setting: &str) -> Result<(), UrlError> {
        let (key, value) = setting.split_once('=').unwrap_or((setting, ""));
        if key != "domain" {
            return Err(UrlError::UnknownFileSetting(key.to_owned()));
        }
        let domain = percent_decode(value).and_then(|name| Domain::parse(&name).ok());
        let domain = domain.ok_or(UrlError::Value {
            setting: "domain",
            expected: "the mail domain of the names without one",
        })?;
        match self.domain.replace(domain) {
            None => Ok(()),
            Some(_) => Err(UrlError::Repeated("domain")),
        }
    }
}

impl fmt::Display for FileUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("file:")?;
        percent_encode(&self.path.to_string_lossy(), f)?;
        match &self.domain {
            Some(domain) => write!(f, "?domain={domain}"),
            None => Ok(()),
        }
    }
}
