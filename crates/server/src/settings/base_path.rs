//! The base path: what stands before `/persona/` in the addresses of an installation.

use std::fmt;

use protocol::browserid::PagePath;
use serde::Deserialize;

use super::Settings;
use crate::places;

/// Nothing, or a path such as `/sso` below which everything of ours is.
///
/// What other people's programs look for at the root of a host stays there: `/.well-known/` and the
/// fixed names that login.persona.org had.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct BasePath(PagePath);

impl BasePath {
    /// Reads `/`, or names of small letters, digits, `-` and `_` with a slash before each.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong = || {
            format!("{text:?} is no base path: write \"/\", or \"/sso\" without a slash at its end")
        };
        let belongs =
            |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_';
        let is_name = |name: &str| !name.is_empty() && name.bytes().all(belongs);
        let names = text.strip_prefix('/').ok_or_else(wrong)?;
        if text.len() > LONGEST || !(names.is_empty() || names.split('/').all(is_name)) {
            return Err(wrong());
        }
        PagePath::parse(text).map(Self).map_err(|_| wrong())
    }

    /// Gives what stands before `/persona/`: nothing at the root.
    pub fn prefix(&self) -> &str {
        self.0.as_str().trim_end_matches('/')
    }

    /// Gives a path of ours as others name it.
    pub fn of(&self, path: &PagePath) -> PagePath {
        path.under(&self.0)
    }
}

impl Settings {
    /// Where people sign in: the URL of the issuer's login page.
    pub fn login_page(&self) -> String {
        let path = self.base_path.of(&places::AUTHENTICATION);
        format!("{}{path}", self.issuer)
    }
}

impl Default for BasePath {
    fn default() -> Self {
        Self(PagePath::constant("/"))
    }
}

impl TryFrom<String> for BasePath {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text)
    }
}

impl fmt::Display for BasePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Characters of a base path.
const LONGEST: usize = 100;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_path_stands_before_every_path() {
        let login = PagePath::constant("/persona/login/");
        for (text, prefix, expected) in [
            ("/", "", "/persona/login/"),
            ("/sso", "/sso", "/sso/persona/login/"),
            ("/a/b-1_c", "/a/b-1_c", "/a/b-1_c/persona/login/"),
        ] {
            let base = BasePath::parse(text).unwrap();

            assert_eq!(base.prefix(), prefix);
            assert_eq!(base.of(&login).as_str(), expected);
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            "sso",
            "/sso/",
            "//",
            "//sso",
            "/a//b",
            "/../x",
            "/.well-known",
            "/SSO",
            "/s so",
            "/s%2fo",
            "/{x}",
            "/a\"b",
            "/a?b",
            "/a#b",
            "https://id.example.org/sso",
            &format!("/{}", "a".repeat(100)),
        ] {
            assert!(BasePath::parse(text).is_err(), "{text:?}");
        }
    }
}
