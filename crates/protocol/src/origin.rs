//! Web origins: `scheme://host[:port]`, the unit in which browsers trust.
//!
//! RFC 6454 §6.2 and the URL standard's serialisation. Two origins are equal when scheme, host and
//! port are; the default port is never written.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use url::{Host, Url};

use crate::email::is_plain;

/// An `https` or `http` origin in its serialised form: lower case, no default port, no path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Origin {
    text: String,
    scheme_end: usize,
    loopback: bool,
}

/// Says why a text is no origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an origin: expected https://host or https://host:port, without a path")]
pub struct OriginError;

impl Origin {
    /// Reads a bare origin. Paths (even `/`), user names, queries, fragments and any other scheme
    /// are refused; upper case and an explicit default port are folded.
    pub fn parse(text: &str) -> Result<Self, OriginError> {
        // The URL parser forgives white space and backslashes, and reads `//` in several ways.
        let rest = ["https://", "http://"]
            .iter()
            .find_map(|scheme| {
                text.get(..scheme.len())
                    .filter(|s| s.eq_ignore_ascii_case(scheme))
            })
            .and_then(|scheme| text.get(scheme.len()..))
            .ok_or(OriginError)?;
        let scheme_end = text.len() - rest.len() - "://".len();
        let scheme_is_small = text
            .bytes()
            .take(scheme_end)
            .all(|b| b.is_ascii_lowercase());
        if scheme_is_small && is_plain(rest) {
            return Ok(Self {
                text: text.to_owned(),
                scheme_end,
                loopback: is_loopback_name(rest),
            });
        }
        Self::parse_any(text, rest)
    }

    /// Reads an origin that may have to be folded; `rest` is what follows `://`.
    fn parse_any(text: &str, rest: &str) -> Result<Self, OriginError> {
        let plain = |b: u8| b.is_ascii_graphic() && !b"/\\@?#%".contains(&b);
        if rest.is_empty() || rest.len() > MAX_AUTHORITY || !rest.bytes().all(plain) {
            return Err(OriginError);
        }
        let url = Url::parse(text).map_err(|_| OriginError)?;
        let loopback = match url.host().ok_or(OriginError)? {
            Host::Domain(name) => is_loopback_name(name),
            Host::Ipv4(address) => address.is_loopback(),
            Host::Ipv6(address) => address.is_loopback(),
        };
        let text = url.origin().ascii_serialization();
        Ok(Self {
            scheme_end: url.scheme().len(),
            text,
            loopback,
        })
    }

    /// Gives the serialised origin, as browsers send it in `Origin`.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Gives `host`, or `host:port` where the port is not the scheme's own.
    ///
    /// This is what a `BrowserID` certificate carries as `iss` (`browserid.md` §4.1).
    pub fn authority(&self) -> &str {
        self.text
            .get(self.scheme_end + "://".len()..)
            .unwrap_or_default()
    }

    /// Gives the host alone, without a port.
    pub fn host(&self) -> &str {
        let authority = self.authority();
        match authority.rsplit_once(':') {
            Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => host,
            _ => authority,
        }
    }

    /// Is this `https`?
    pub fn is_https(&self) -> bool {
        self.text.starts_with("https:")
    }

    /// Is this a `localhost` name or a loopback address, which browsers trust without TLS?
    pub const fn is_loopback(&self) -> bool {
        self.loopback
    }
}

fn is_loopback_name(name: &str) -> bool {
    name == "localhost" || name.ends_with(".localhost")
}

impl FromStr for Origin {
    type Err = OriginError;

    fn from_str(text: &str) -> Result<Self, OriginError> {
        Self::parse(text)
    }
}

impl TryFrom<String> for Origin {
    type Error = OriginError;

    fn try_from(text: String) -> Result<Self, OriginError> {
        Self::parse(&text)
    }
}

impl From<Origin> for String {
    fn from(origin: Origin) -> Self {
        origin.text
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Characters of `host:port`: a name of 253, brackets and a port.
const MAX_AUTHORITY: usize = 270;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_folded_to_what_a_browser_sends() {
        for (typed, origin, authority, host) in [
            (
                "https://rp.example",
                "https://rp.example",
                "rp.example",
                "rp.example",
            ),
            (
                "HTTPS://RP.Example:443",
                "https://rp.example",
                "rp.example",
                "rp.example",
            ),
            (
                "http://rp.example:80",
                "http://rp.example",
                "rp.example",
                "rp.example",
            ),
            (
                "https://rp.example:8443",
                "https://rp.example:8443",
                "rp.example:8443",
                "rp.example",
            ),
            (
                "http://[::1]:7070",
                "http://[::1]:7070",
                "[::1]:7070",
                "[::1]",
            ),
            ("http://[::1]", "http://[::1]", "[::1]", "[::1]"),
        ] {
            let parsed = Origin::parse(typed).unwrap();

            assert_eq!(parsed.as_str(), origin);
            assert_eq!(parsed.authority(), authority);
            assert_eq!(parsed.host(), host);
        }
    }

    #[test]
    fn anything_more_or_less_than_an_origin_is_refused() {
        for typed in [
            "",
            "rp.example",
            "//rp.example",
            "https://",
            "https:/rp.example",
            "https:rp.example",
            "https://rp.example/",
            "https://rp.example/path",
            "https://u@rp.example",
            "https://rp.example?q",
            "https://rp.example#f",
            "https://rp.example\\x",
            " https://rp.example",
            "https://rp.example ",
            "https://rp.ex\tample",
            "https://rp.example\n",
            "ftp://rp.example",
            "javascript://rp.example",
            "https://rp.example:99999",
            "https://%72p.example",
            "null",
            "https://bücher.example",
            "app://rp.example",
        ] {
            assert!(Origin::parse(typed).is_err(), "{typed:?}");
        }
    }

    #[test]
    fn a_plain_origin_is_what_the_full_reader_makes_of_it() {
        for text in [
            "https://rp.example",
            "http://rp.example",
            "https://localhost",
            "http://id.localhost",
            "http://notlocalhost",
            "https://3com.example",
        ] {
            let (_, rest) = text.split_once("://").unwrap();
            let (read, known) = (Origin::parse(text), Origin::parse_any(text, rest));

            assert_eq!(read, known, "{text}");
        }
    }

    #[test]
    fn loopback_names_and_addresses_are_known() {
        for (typed, expected) in [
            ("http://localhost", true),
            ("http://id.localhost:7070", true),
            ("http://127.8.9.1", true),
            ("http://[::1]:1", true),
            ("http://notlocalhost", false),
            ("http://10.0.0.1", false),
            ("http://localhost.example.org", false),
        ] {
            assert_eq!(
                Origin::parse(typed).unwrap().is_loopback(),
                expected,
                "{typed}"
            );
        }
    }
}
