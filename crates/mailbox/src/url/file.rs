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

#[cfg(test)]
mod tests {
    use super::super::MailboxUrl;

    #[test]
    fn paths_of_files_and_programs_are_read_and_printed() {
        for (written, printed, system) in [
            (
                "file:/etc/persona/users",
                "file:/etc/persona/users",
                "/etc/persona/users",
            ),
            (
                "file:///etc/persona/users",
                "file:/etc/persona/users",
                "/etc/persona/users",
            ),
            (
                "FILE:/a%20b%3F?domain=B%C3%BCcher.example",
                "file:/a%20b%3F?domain=xn--bcher-kva.example",
                "/a b?",
            ),
            (
                "command:/usr/local/bin/check",
                "command:/usr/local/bin/check",
                "/usr/local/bin/check",
            ),
            ("command:/a%20b", "command:/a%20b", "/a b"),
        ] {
            let url = MailboxUrl::parse(written).unwrap();

            assert_eq!(url.to_string(), printed);
            assert_eq!(url.system(), system);
            assert_eq!(MailboxUrl::parse(printed), Ok(url));
        }
    }

    #[test]
    fn what_is_no_path_of_this_machine_is_refused_with_a_way_out() {
        let whole =
            |scheme| format!("{scheme}: needs a whole path, such as {scheme}:/etc/persona/users");
        let arguments =
            "command: takes the path of a program and no arguments: put them into a script";
        for (written, sentence) in [
            ("file:users", whole("file")),
            ("file:", whole("file")),
            ("file://host/users", whole("file")),
            ("file:/users#x", whole("file")),
            ("file:/a%00b", whole("file")),
            ("file:/a%0ab", whole("file")),
            ("file:/a%zz", whole("file")),
            ("command:check", whole("command")),
            ("command:../check", whole("command")),
            ("command:/bin/check alice", arguments.to_owned()),
            ("command:/bin/check?x=y", arguments.to_owned()),
            (
                "file:/users?ca=/x",
                "\"ca\" is no setting of a password file: known is domain=DOMAIN".to_owned(),
            ),
            (
                "file:/users?domain=",
                "domain needs a value: the mail domain of the names without one".to_owned(),
            ),
            (
                "file:/users?domain=a.test&domain=b.test",
                "domain is given twice: keep one of them".to_owned(),
            ),
        ] {
            let error = MailboxUrl::parse(written).unwrap_err();

            assert_eq!(error.to_string(), sentence, "{written}");
        }
    }
}
