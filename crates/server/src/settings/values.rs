//! The values that settings are written in: lengths of time, addresses to listen at, networks.
//!
//! Each is read from one text, and says in a sentence what is wrong with any other.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer};

/// Where to listen.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum ListenAddress {
    /// A network address and port.
    Tcp(SocketAddr),
    /// The path of a Unix socket.
    Unix(PathBuf),
}

/// A length of time as people write it: `10s`, `15m`, `24h`, `30d`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub struct Span(Duration);

/// A network as people write it: `127.0.0.0/8`, `::1`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Network {
    address: IpAddr,
    prefix: u8,
}

/// A cookie's name: letters, digits, `-` and `_`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct CookieName(String);

impl Span {
    /// Makes a length of whole seconds.
    pub const fn seconds(seconds: u64) -> Self {
        Self(Duration::from_secs(seconds))
    }

    /// Reads a whole number and a unit: `s`, `m`, `h` or `d`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} is no length of time: write 10s, 15m, 24h or 30d");
        let unit = text.chars().last().ok_or_else(wrong)?;
        let seconds = match unit {
            's' => 1,
            'm' => 60,
            'h' => 3600,
            'd' => 86400,
            _ => return Err(wrong()),
        };
        let digits = text.strip_suffix(unit).unwrap_or_default();
        if digits.is_empty() || digits.len() > 9 || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(wrong());
        }
        let count: u64 = digits.parse().map_err(|_| wrong())?;
        Ok(Self::seconds(count * seconds))
    }

    /// Gives the length.
    pub const fn length(self) -> Duration {
        self.0
    }
}

impl ListenAddress {
    /// Reads `ADDRESS:PORT` or `unix:/path`.
    pub fn parse(text: &str) -> Result<Self, String> {
        if let Some(path) = text.strip_prefix("unix:") {
            return if path.starts_with('/') {
                Ok(Self::Unix(path.into()))
            } else {
                Err(format!(
                    "{text:?}: the path of a Unix socket begins with a slash"
                ))
            };
        }
        text.parse().map(Self::Tcp).map_err(|_| {
            format!(
                "{text:?} is no address to listen at: write 127.0.0.1:7070, [::1]:7070 or unix:/path"
            )
        })
    }
}

impl Network {
    /// The networks of this machine alone, from which a proxy beside us speaks.
    pub fn loopback() -> Vec<Self> {
        vec![
            Self {
                address: IpAddr::from([127, 0, 0, 0]),
                prefix: 8,
            },
            Self {
                address: Ipv6Addr::LOCALHOST.into(),
                prefix: 128,
            },
        ]
    }

    /// Reads an address, or an address and the length of its prefix.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} is no network: write 127.0.0.0/8 or ::1");
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| wrong())?;
        let bits = if address.is_ipv4() { 32 } else { 128 };
        let prefix = prefix.map_or(Ok(bits), |p| p.parse().map_err(|_| wrong()))?;
        if prefix > bits {
            return Err(wrong());
        }
        Ok(Self { address, prefix })
    }

    /// Is `address` in this network? A v4 address mapped into v6 counts as the v4 address.
    pub fn contains(&self, address: IpAddr) -> bool {
        let prefix = u32::from(self.prefix);
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(net), IpAddr::V4(host)) => {
                (net.to_bits() ^ host.to_bits()).leading_zeros() >= prefix
            }
            (IpAddr::V6(net), IpAddr::V6(host)) => {
                (net.to_bits() ^ host.to_bits()).leading_zeros() >= prefix
            }
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
        }
    }
}

impl CookieName {
    /// Reads a name of 1 to 32 letters, digits, `-` and `_`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        if text.is_empty() || text.len() > 32 || !text.bytes().all(plain) {
            return Err(format!(
                "{text:?} is no cookie name: use up to 32 letters, digits, - and _"
            ));
        }
        Ok(Self(text.to_owned()))
    }

    /// Gives the name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Reads `true` or `false`, which come as text from the environment.
pub(super) fn yes_or_no<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    deserializer.deserialize_any(YesOrNo)
}

struct YesOrNo;

impl Visitor<'_> for YesOrNo {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("true or false")
    }

    fn visit_bool<E: de::Error>(self, yes: bool) -> Result<bool, E> {
        Ok(yes)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<bool, E> {
        text.parse()
            .map_err(|_| E::invalid_value(de::Unexpected::Str(text), &self))
    }
}

impl Default for CookieName {
    fn default() -> Self {
        Self("persona".to_owned())
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_secs();
        match seconds {
            0 => f.write_str("0s"),
            s if s % 86400 == 0 => write!(f, "{}d", s / 86400),
            s if s % 3600 == 0 => write!(f, "{}h", s / 3600),
            s if s % 60 == 0 => write!(f, "{}m", s / 60),
            s => write!(f, "{s}s"),
        }
    }
}

impl fmt::Display for ListenAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => write!(f, "{address}"),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
    }
}

impl TryFrom<String> for Span {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text)
    }
}

impl TryFrom<String> for ListenAddress {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text)
    }
}

impl TryFrom<String> for Network {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text)
    }
}

impl TryFrom<String> for CookieName {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lengths_of_time_are_a_number_and_a_unit() {
        for (text, seconds) in [
            ("10s", 10),
            ("15m", 900),
            ("24h", 86400),
            ("30d", 2_592_000),
        ] {
            let span = Span::parse(text).unwrap();

            assert_eq!(span.length(), Duration::from_secs(seconds), "{text}");
            assert_eq!(Span::parse(&span.to_string()), Ok(span));
        }
        for text in [
            "",
            "10",
            "s",
            "-1s",
            "1.5h",
            "1 h",
            "10S",
            "9999999999s",
            "1w",
            "٣s",
            "1é",
        ] {
            assert!(Span::parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_network_holds_its_own_addresses_and_no_others() {
        for (network, address, expected) in [
            ("127.0.0.0/8", "127.9.9.9", true),
            ("127.0.0.0/8", "128.0.0.1", false),
            ("127.0.0.0/8", "::ffff:127.0.0.1", true),
            ("::1", "::1", true),
            ("::1", "::2", false),
            ("0.0.0.0/0", "203.0.113.7", true),
            ("0.0.0.0/0", "2001:db8::1", false),
            ("2001:db8::/32", "2001:db8:1::1", true),
        ] {
            let network = Network::parse(network).unwrap();

            assert_eq!(
                network.contains(address.parse().unwrap()),
                expected,
                "{network} {address}"
            );
        }
        for text in [
            "",
            "/8",
            "127.0.0.1/33",
            "::1/129",
            "example.org",
            "127.0.0.1/",
        ] {
            assert!(Network::parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_cookie_name_is_plain() {
        assert!(CookieName::parse("persona_2-x").is_ok());
        for text in ["", "a b", "a;b", "a=b", "ä", &"x".repeat(33)] {
            assert!(CookieName::parse(text).is_err(), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_read_is_printed_the_same(
            seconds in 0u64..1_000_000,
            prefix in 0u8..=128,
            bits: u128,
            port: u16,
            name in "[A-Za-z0-9_-]{1,32}",
        ) {
            let span = Span::seconds(seconds);
            let network = Network::parse(&format!("{}/{prefix}", Ipv6Addr::from_bits(bits)));
            let listen = ListenAddress::parse(&format!("[{}]:{port}", Ipv6Addr::from_bits(bits)));

            prop_assert_eq!(Span::parse(&span.to_string()), Ok(span));
            let network = network.unwrap();
            prop_assert_eq!(Network::parse(&network.to_string()), Ok(network));
            prop_assert!(network.contains(Ipv6Addr::from_bits(bits).into()) || bits >> 32 == 0xffff);
            let listen = listen.unwrap();
            prop_assert_eq!(ListenAddress::parse(&listen.to_string()), Ok(listen));
            prop_assert_eq!(CookieName::parse(&name), Ok(CookieName(name.clone())));
        }

        #[test]
        fn nothing_makes_them_panic(text in "\\PC{0,40}") {
            drop((Span::parse(&text), Network::parse(&text), ListenAddress::parse(&text), CookieName::parse(&text)));
        }
    }
}
