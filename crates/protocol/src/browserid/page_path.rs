//! Paths of an issuer's pages, as support documents name them (`browserid.md` §1.3).

use std::borrow::Cow;
use std::fmt;

use url::Url;

/// An absolute path on the issuer's host: it begins with one `/`, has no query and no fragment, and
/// means the same before and after URL parsing.
///
/// So an issuer's host followed by the path is a URL on that host, whatever the document said.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PagePath(Cow<'static, str>);

/// Says why a text is no path of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PagePathError {
    /// It does not begin with a slash.
    #[error("paths must start with a slash")]
    NotAbsolute,
    /// It has a query, a fragment, two slashes at its beginning, or a spelling that is not its own.
    #[error("paths must have no query and no fragment, and survive URL parsing unchanged")]
    Spelling,
}

impl PagePath {
    /// Reads a path of at most 1024 characters.
    pub fn parse(text: &str) -> Result<Self, PagePathError> {
        if !text.starts_with('/') {
            return Err(PagePathError::NotAbsolute);
        }
        if text.starts_with("//") || text.len() > MAX_CHARACTERS {
            return Err(PagePathError::Spelling);
        }
        // Dots, backslashes, white space and everything beyond ASCII come out differently.
        let whole = format!("{BASE}{text}");
        match Url::parse(&whole) {
            Ok(url) if url.as_str() == whole && url.path() == text => {
                Ok(Self(Cow::Owned(text.to_owned())))
            }
            Ok(_) | Err(_) => Err(PagePathError::Spelling),
        }
    }

    /// Takes a path of our own, in a constant: one of another form does not compile. Only small
    /// letters, digits, `/`, `_` and `-` may stand in it.
    ///
    /// # Panics
    ///
    /// On any other text; in a constant that is an error of the compiler.
    pub const fn constant(text: &'static str) -> Self {
        let mut rest = text.as_bytes();
        assert!(matches!(rest, [b'/'] | [b'/', b'a'..=b'z', ..]));
        while let [byte, others @ ..] = rest {
            assert!(matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'/' | b'_' | b'-'));
            rest = others;
        }
        Self(Cow::Borrowed(text))
    }

    /// Gives this path below another one, whose last slash does not count.
    #[must_use]
    pub fn under(&self, base: &Self) -> Self {
        match base.0.trim_end_matches('/') {
            "" => self.clone(),
            base => Self(Cow::Owned(format!("{base}{}", self.0))),
        }
    }

    /// Gives the path.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PagePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Some host to try a path on.
const BASE: &str = "https://a.example";
/// Characters of a path; the URL goes into an `href` and a log.
const MAX_CHARACTERS: usize = 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_printed_as_it_was_read() {
        let longest = format!("/{}", "x".repeat(1023));
        for text in [
            "/",
            "/browserid/sign_in",
            "/a/b.html",
            "/a//b",
            "/a;b=c,d@e:f!$&'()*+~-_",
            "/%20%C3%BC",
            &longest,
        ] {
            assert_eq!(PagePath::parse(text).unwrap().as_str(), text);
        }
    }

    #[test]
    fn anything_but_an_absolute_path_is_refused() {
        for text in [
            "",
            "sign_in",
            "./a",
            "https://idp.example/a",
            "javascript:alert(1)",
            " /a",
            "?a",
            "#a",
            "\\a",
        ] {
            assert_eq!(
                PagePath::parse(text),
                Err(PagePathError::NotAbsolute),
                "{text:?}"
            );
        }
        let too_long = format!("/{}", "x".repeat(1024));
        for text in [
            "//host",
            "//host/a",
            "//",
            "/\\host",
            "/a?b",
            "/a?",
            "/a#b",
            "/a#",
            "/a/../b",
            "/a/./b",
            "/..",
            "/%2e%2e/a",
            "/a b",
            "/a ",
            "/a\n",
            "/a\tb",
            "/a\0",
            "/ü",
            "/a\"b",
            "/<script>",
            &too_long,
        ] {
            assert_eq!(
                PagePath::parse(text),
                Err(PagePathError::Spelling),
                "{text:?}"
            );
        }
    }
}
