//! Redirect addresses: where a browser is sent with a code, and who may be sent there
//! (RFC 9700 §2.1 and §4.1, RFC 8252 §7).
//!
//! Two addresses are the same if they are the same characters. There is one exception, and it is for
//! programs on the person's own machine: the port of a loopback address is theirs to choose.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::origin::Origin;

/// An address that a client has registered.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RedirectUri(String);

/// Says why a text is no redirect address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RedirectUriError {
    /// Not an absolute address in plain ASCII, or longer than 2048 characters.
    #[error("a redirect address is an absolute URL in ASCII without white space")]
    Form,
    /// A fragment, which browsers keep (RFC 6749 §3.1.2).
    #[error("a redirect address has no fragment")]
    Fragment,
    /// `user@` before the host, which people misread.
    #[error("a redirect address has no user name in it")]
    User,
    /// `http` to another machine: the code would travel in clear text.
    #[error("a redirect address is https, or http on the person's own machine")]
    ClearText,
    /// A scheme that makes the browser run or read what stands in the address.
    #[error("this scheme is none of an application")]
    Scheme,
}

impl RedirectUri {
    /// Reads an address as a client registers it.
    pub fn parse(text: &str) -> Result<Self, RedirectUriError> {
        let plain = |b: u8| b.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&b);
        if text.len() > LONGEST || !text.bytes().all(plain) {
            return Err(RedirectUriError::Form);
        }
        if text.contains('#') {
            return Err(RedirectUriError::Fragment);
        }
        let (scheme, rest) = text.split_once(':').ok_or(RedirectUriError::Form)?;
        let first = scheme.bytes().next().unwrap_or_default();
        let belongs = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"+-.".contains(&b);
        if !first.is_ascii_lowercase() || !scheme.bytes().all(belongs) || rest.is_empty() {
            return Err(RedirectUriError::Form);
        }
        let authority = || {
            let rest = rest.strip_prefix("//").ok_or(RedirectUriError::Form)?;
            let end = rest.find(['/', '?']).unwrap_or(rest.len());
            rest.get(..end).ok_or(RedirectUriError::Form)
        };
        match scheme {
            "https" | "http" => {
                let authority = authority()?;
                if authority.contains('@') {
                    return Err(RedirectUriError::User);
                }
                // The host has to be one, in the spelling that browsers have for it.
                let origin = format!("{scheme}://{authority}");
                Origin::parse(&origin).map_err(|_| RedirectUriError::Form)?;
                if scheme == "http" && Loopback::of(text).is_none() {
                    return Err(RedirectUriError::ClearText);
                }
            }
            _ if NO_APPLICATIONS.contains(&scheme) => return Err(RedirectUriError::Scheme),
            _ => {}
        }
        Ok(Self(text.to_owned()))
    }

    /// Gives the text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Is `asked` this address? Character by character, but for the port of a loopback address
    /// (RFC 8252 §7.3).
    pub fn allows(&self, asked: &str) -> bool {
        if self.0 == asked {
            return true;
        }
        match (Loopback::of(&self.0), Loopback::of(asked)) {
            (Some(registered), Some(asked)) => registered == asked,
            _ => false,
        }
    }

    /// Adds parameters to the query (`?`) or, where the client wants that, as the fragment (`#`).
    pub fn with(asked: &str, place: Place, parameters: &[(&str, &str)]) -> String {
        let pairs: String = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(parameters)
            .finish();
        let separator = match place {
            Place::Fragment => '#',
            Place::Query if asked.contains('?') => '&',
            Place::Query => '?',
        };
        format!("{asked}{separator}{pairs}")
    }
}

/// Where an answer's parameters stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Behind `?`.
    Query,
    /// Behind `#`.
    Fragment,
}

/// Reads what people know a redirect address by.
pub(super) fn host(uri: &str) -> &str {
    let Some((scheme, rest)) = uri.split_once(':') else {
        return uri;
    };
    if !["https", "http"].contains(&scheme) {
        return scheme;
    }
    let authority = rest.trim_start_matches('/');
    authority.split(['/', '?']).next().unwrap_or(authority)
}

/// Is this an address of this origin? It is read as strictly as one that is registered.
pub(super) fn is_at(asked: &str, origin: &Origin) -> bool {
    let Ok(uri) = RedirectUri::parse(asked) else {
        return false;
    };
    let rest = uri.as_str().strip_prefix(origin.as_str());
    rest.is_some_and(|rest| rest.starts_with('/'))
}

/// An `http` address on the person's own machine, without its port.
#[derive(PartialEq, Eq)]
struct Loopback<'a> {
    host: &'a str,
    rest: &'a str,
}

impl<'a> Loopback<'a> {
    fn of(text: &'a str) -> Option<Self> {
        let after = text.strip_prefix("http://")?;
        let end = after.find(['/', '?', '#']).unwrap_or(after.len());
        let (authority, rest) = after.split_at_checked(end)?;
        let host = LOOPBACK.into_iter().find(|host| {
            let port = authority.strip_prefix(host);
            port.is_some_and(|port| port.is_empty() || is_port(port))
        })?;
        // As in the addresses that are registered: nothing that a browser could read as something else.
        let plain = |b: u8| b.is_ascii_graphic() && !b"\"<>\\^`{|}#".contains(&b);
        rest.bytes().all(plain).then_some(Self { host, rest })
    }
}

fn is_port(text: &str) -> bool {
    let digits = text.strip_prefix(':');
    digits.is_some_and(|digits| {
        digits.bytes().all(|b| b.is_ascii_digit())
            && digits.parse::<u16>().is_ok_and(|port| port > 0)
    })
}

impl TryFrom<String> for RedirectUri {
    type Error = RedirectUriError;

    fn try_from(text: String) -> Result<Self, RedirectUriError> {
        Self::parse(&text)
    }
}

impl From<RedirectUri> for String {
    fn from(uri: RedirectUri) -> Self {
        uri.0
    }
}

impl fmt::Display for RedirectUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Schemes that belong to the browser or to the network, none of which starts an application.
const NO_APPLICATIONS: [&str; 14] = [
    "about",
    "blob",
    "chrome",
    "data",
    "file",
    "filesystem",
    "ftp",
    "intent",
    "javascript",
    "mailto",
    "vbscript",
    "view-source",
    "ws",
    "wss",
];
/// The person's own machine, as programs write it.
const LOOPBACK: [&str; 3] = ["127.0.0.1", "[::1]", "localhost"];
/// Characters of an address.
const LONGEST: usize = 2048;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_real_applications_are_read() {
        for text in [
            "https://cloud.example.org/apps/user_oidc/code",
            "https://rp.example:8443/cb?tenant=1",
            "http://127.0.0.1/callback",
            "http://[::1]:4180/oauth2/callback",
            "http://localhost:8000",
            "app.immich:///oauth-callback",
            "audiobookshelf://oauth",
            "oc://android.owncloud.com",
            "com.example.app:/callback",
        ] {
            assert_eq!(RedirectUri::parse(text).unwrap().as_str(), text);
        }
    }

    #[test]
    fn what_could_lead_elsewhere_is_refused() {
        use RedirectUriError::{ClearText, Form, Fragment, Scheme, User};
        for (text, expected) in [
            ("", Form),
            ("/callback", Form),
            ("//rp.example/callback", Form),
            ("https:rp.example", Form),
            ("https:/rp.example", Form),
            ("https://", Form),
            ("HTTPS://rp.example/", Form),
            ("https://rp.example/a b", Form),
            ("https://rp.example\\@evil.example/", Form),
            ("https://rp.example/\u{202e}", Form),
            ("https://rp.example/\ncb", Form),
            ("https://rp%2eexample/cb", Form),
            ("https://rp.example:99999/", Form),
            ("https://rp.example/cb#x", Fragment),
            ("https://rp.example/cb#", Fragment),
            ("https://rp.example@evil.example/", User),
            ("https://@rp.example/", User),
            ("http://rp.example/cb", ClearText),
            ("http://127.0.0.1.evil.example/cb", ClearText),
            ("http://localhost.evil.example/cb", ClearText),
            ("http://127.0.0.2/cb", ClearText),
            ("javascript:alert(1)", Scheme),
            ("data:text/html,x", Scheme),
            ("file:///etc/passwd", Scheme),
            ("blob:https://rp.example/x", Scheme),
        ] {
            assert_eq!(RedirectUri::parse(text), Err(expected), "{text:?}");
        }
    }

    #[test]
    fn only_the_same_characters_are_the_same_address() {
        let registered = RedirectUri::parse("https://rp.example/cb").unwrap();

        assert!(registered.allows("https://rp.example/cb"));
        for asked in [
            "https://rp.example/cb/",
            "https://rp.example/cb?",
            "https://rp.example/cb?x=1",
            "https://rp.example/cb#x",
            "https://rp.example/CB",
            "https://rp.example:443/cb",
            "https://RP.example/cb",
            "https://rp.example./cb",
            "https://rp.example//cb",
            "https://rp.example/./cb",
            "https://rp.example/x/../cb",
            "https://rp.example/%63b",
            "https://rp.example/%2e%2e/cb",
            "https://user@rp.example/cb",
            "https://rp.example@evil.example/cb",
            "http://rp.example/cb",
            "https://rp.example.evil.example/cb",
            "//rp.example/cb",
            "",
        ] {
            assert!(!registered.allows(asked), "{asked}");
        }
    }

    #[test]
    fn an_origin_has_the_addresses_behind_its_own_slash() {
        let origin = Origin::parse("https://broker.example").unwrap();

        assert!(is_at("https://broker.example/callback", &origin));
        assert!(is_at("https://broker.example/a/b?c=d", &origin));
        for asked in [
            "https://broker.example",
            "https://broker.example.evil.example/callback",
            "https://broker.example@evil.example/callback",
            "https://broker.example:8443/callback",
            "https://broker.example:443/callback",
            "https://evil.broker.example/callback",
            "http://broker.example/callback",
            "https://broker.example/callback#x",
            "https://broker.example\\@evil.example/",
            "https://Broker.example/callback",
            "//broker.example/callback",
            "/callback",
            "",
        ] {
            assert!(!is_at(asked, &origin), "{asked}");
        }
    }

    #[test]
    fn a_program_on_the_own_machine_chooses_its_port() {
        for (registered, asked, expected) in [
            ("http://127.0.0.1/cb", "http://127.0.0.1:51004/cb", true),
            ("http://127.0.0.1:8000/cb", "http://127.0.0.1:9000/cb", true),
            ("http://[::1]/cb", "http://[::1]:51004/cb", true),
            ("http://localhost/cb", "http://localhost:1/cb", true),
            ("http://localhost:8000", "http://localhost:18000", true),
            ("http://127.0.0.1/cb", "http://127.0.0.1:51004/other", false),
            ("http://127.0.0.1/cb", "http://127.0.0.1:51004/cb?x", false),
            ("http://127.0.0.1/cb", "http://127.0.0.1:51004/cb#x", false),
            ("http://127.0.0.1/cb", "http://[::1]:51004/cb", false),
            ("http://127.0.0.1/cb", "http://localhost:51004/cb", false),
            ("http://127.0.0.1/cb", "https://127.0.0.1:51004/cb", false),
            ("http://127.0.0.1/cb", "http://127.0.0.1:0/cb", false),
            ("http://127.0.0.1/cb", "http://127.0.0.1:99999/cb", false),
            ("http://127.0.0.1/cb", "http://127.0.0.1:+80/cb", false),
            (
                "http://127.0.0.1/cb",
                "http://127.0.0.1:80@evil.example/cb",
                false,
            ),
            (
                "http://127.0.0.1/cb",
                "http://127.0.0.1.evil.example/cb",
                false,
            ),
            ("https://127.0.0.1/cb", "https://127.0.0.1:51004/cb", false),
        ] {
            let uri = RedirectUri::parse(registered).unwrap();

            assert_eq!(uri.allows(asked), expected, "{registered} {asked}");
        }
    }

    #[test]
    fn parameters_are_added_without_touching_what_is_there() {
        let pairs = [("code", "a&b"), ("state", "x y#")];
        for (asked, place, expected) in [
            (
                "https://rp.example/cb",
                Place::Query,
                "https://rp.example/cb?code=a%26b&state=x+y%23",
            ),
            (
                "https://rp.example/cb?t=1",
                Place::Query,
                "https://rp.example/cb?t=1&code=a%26b&state=x+y%23",
            ),
            (
                "app:/cb",
                Place::Fragment,
                "app:/cb#code=a%26b&state=x+y%23",
            ),
        ] {
            assert_eq!(RedirectUri::with(asked, place, &pairs), expected);
        }
    }
}
