//! Tells a mail server whose browser it is that asks, so that it can tell a guesser from us.
//!
//! A mail server that counts failures by address counts those of everybody against ours, and slows
//! down everybody (`mail.md` §6). Three ways round that are written here: XCLIENT of Postfix, and the
//! PROXY protocol, which stands before everything else on a connection. Pure. That the server believes
//! us is its administrator's choice, which the setting `?client=` follows; nothing is told without it.
//!
//! The PROXY header is of version 2: version 1 has no way for every server to say "this is the proxy
//! itself", which a probe needs, and a server that expects no header takes the text of version 1 for a
//! command and goes on, while version 2 begins with a line that says QUIT to it. All servers that know
//! version 1 know version 2; `OpenSMTPD` knows no other.
//!
//! XCLIENT's `LOGIN=` would vouch for a user, and is never sent.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// How a server is told the browser's address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Told {
    /// Postfix's XCLIENT, behind the encryption.
    Xclient,
    /// The PROXY protocol, before everything.
    Proxy,
    /// Dovecot's IMAP ID with `x-originating-ip`, before the login.
    Id,
}

impl Told {
    /// Reads the word of the setting `client`.
    pub(crate) fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|told| told.word() == word)
    }

    /// Gives the word of the setting.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Xclient => "xclient",
            Self::Proxy => "proxy",
            Self::Id => "id",
        }
    }

    const ALL: [Self; 3] = [Self::Xclient, Self::Proxy, Self::Id];
}

/// Gives the one spelling that servers count and ban by: an IPv4 address is never written as IPv6.
pub(crate) fn canonical(client: IpAddr) -> IpAddr {
    client.to_canonical()
}

/// An XCLIENT that a server takes from us, with an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Xclient {
    takes_name: bool,
}

impl Xclient {
    /// Reads what stands behind the keyword in the answer to EHLO.
    pub(crate) fn read<'a>(attributes: impl Iterator<Item = &'a [u8]>) -> Option<Self> {
        let (mut takes_address, mut takes_name) = (false, false);
        for attribute in attributes {
            takes_address |= attribute.eq_ignore_ascii_case(b"ADDR");
            takes_name |= attribute.eq_ignore_ascii_case(b"NAME");
        }
        takes_address.then_some(Self { takes_name })
    }

    /// Writes the command, its CRLF included.
    ///
    /// Where the server takes a name too, the name that it found for our own address is taken back:
    /// rules that go by names would else mistake the browser for us.
    pub(crate) fn line(self, client: IpAddr) -> String {
        let name = if self.takes_name {
            "NAME=[UNAVAILABLE] "
        } else {
            ""
        };
        match canonical(client) {
            IpAddr::V4(address) => format!("XCLIENT {name}ADDR={address}\r\n"),
            IpAddr::V6(address) => format!("XCLIENT {name}ADDR=IPV6:{address}\r\n"),
        }
    }
}

/// Writes the header of the PROXY protocol, version 2, for a connection from `ours` to `server`.
///
/// Without a browser, the connection is our own business and the server goes by its real addresses.
/// The port is that of our connection: the browser's is unknown, and this one can be found in logs.
pub(crate) fn proxy_header(
    client: Option<IpAddr>,
    ours: SocketAddr,
    server: SocketAddr,
) -> Vec<u8> {
    let mut header = SIGNATURE.to_vec();
    let Some(client) = client.map(canonical) else {
        header.extend([LOCAL, UNSPECIFIED, 0, 0]);
        return header;
    };
    let ports = [ours.port().to_be_bytes(), server.port().to_be_bytes()].concat();
    // Both addresses have one family, and the browser's must arrive as it is: where the server was
    // reached by the other family, its address is left open, and no server decides by that.
    match (client, canonical(server.ip())) {
        (IpAddr::V4(client), to) => {
            let to = if let IpAddr::V4(to) = to {
                to
            } else {
                Ipv4Addr::UNSPECIFIED
            };
            header.extend([PROXY, TCP_OVER_IPV4, 0, 12]);
            header.extend(client.octets());
            header.extend(to.octets());
        }
        (IpAddr::V6(client), to) => {
            let to = if let IpAddr::V6(to) = to {
                to
            } else {
                Ipv6Addr::UNSPECIFIED
            };
            header.extend([PROXY, TCP_OVER_IPV6, 0, 36]);
            header.extend(client.octets());
            header.extend(to.octets());
        }
    }
    header.extend(ports);
    header
}

const SIGNATURE: &[u8; 12] = b"\r\n\r\n\0\r\nQUIT\n";
/// Version 2, the proxy's own connection.
const LOCAL: u8 = 0x20;
/// Version 2, a connection on behalf of somebody.
const PROXY: u8 = 0x21;
const UNSPECIFIED: u8 = 0x00;
const TCP_OVER_IPV4: u8 = 0x11;
const TCP_OVER_IPV6: u8 = 0x21;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Reads a header as the text of the protocol's section 2.2 says, and gives its addresses.
    fn read(header: &[u8]) -> Option<(SocketAddr, SocketAddr)> {
        let (signature, rest) = header.split_at(12);
        assert_eq!(
            signature,
            b"\x0D\x0A\x0D\x0A\x00\x0D\x0A\x51\x55\x49\x54\x0A"
        );
        let (head, body) = rest.split_at(4);
        let length = u16::from_be_bytes([head[2], head[3]]);
        assert_eq!(usize::from(length), body.len());
        let port = |at: usize| u16::from_be_bytes([body[at], body[at + 1]]);
        match (head[0], head[1]) {
            (0x20, 0x00) => None,
            (0x21, 0x11) => {
                let ip = |at: usize| {
                    let octets: [u8; 4] = body[at..at + 4].try_into().unwrap();
                    IpAddr::from(octets)
                };
                Some(((ip(0), port(8)).into(), (ip(4), port(10)).into()))
            }
            (0x21, 0x21) => {
                let ip = |at: usize| {
                    let octets: [u8; 16] = body[at..at + 16].try_into().unwrap();
                    IpAddr::from(octets)
                };
                Some(((ip(0), port(32)).into(), (ip(16), port(34)).into()))
            }
            other => panic!("{other:?}"),
        }
    }

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn a_probe_says_that_it_is_the_proxy_itself() {
        let socket = SocketAddr::new(address("127.0.0.1"), 1);

        let header = proxy_header(None, socket, socket);

        assert_eq!(header, b"\r\n\r\n\0\r\nQUIT\n\x20\x00\x00\x00");
    }

    #[test]
    fn a_header_is_written_like_this() {
        let ours = SocketAddr::new(address("127.0.0.1"), 0x1234);
        let server = SocketAddr::new(address("127.0.0.1"), 587);

        let header = proxy_header(Some(address("203.0.113.7")), ours, server);

        let expected =
            b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xcb\0\x71\x07\x7f\0\0\x01\x12\x34\x02\x4b";
        assert_eq!(header, expected);
    }

    #[test]
    fn xclient_has_the_address_and_takes_our_name_back() {
        for (client, takes_name, line) in [
            ("203.0.113.7", false, "XCLIENT ADDR=203.0.113.7\r\n"),
            (
                "203.0.113.7",
                true,
                "XCLIENT NAME=[UNAVAILABLE] ADDR=203.0.113.7\r\n",
            ),
            ("2001:db8::7", false, "XCLIENT ADDR=IPV6:2001:db8::7\r\n"),
            ("::ffff:203.0.113.7", false, "XCLIENT ADDR=203.0.113.7\r\n"),
        ] {
            assert_eq!(Xclient { takes_name }.line(address(client)), line);
        }
    }

    #[test]
    fn each_way_has_its_word_and_no_other() {
        for (word, told) in [
            ("xclient", Told::Xclient),
            ("proxy", Told::Proxy),
            ("id", Told::Id),
        ] {
            assert_eq!(Told::parse(word), Some(told));
        }
        for word in ["", "XCLIENT", "none", "rip"] {
            assert_eq!(Told::parse(word), None, "{word:?}");
        }
    }

    proptest! {
        #[test]
        fn the_browsers_address_arrives_whatever_the_connection_is(
            client: IpAddr,
            ours: SocketAddr,
            server: SocketAddr,
        ) {
            let header = proxy_header(Some(client), ours, server);

            let (from, to) = read(&header).unwrap();

            prop_assert_eq!(from, SocketAddr::new(client.to_canonical(), ours.port()));
            prop_assert_eq!(to.port(), server.port());
            prop_assert_eq!(to.is_ipv4(), from.is_ipv4());
            let same_family = server.ip().to_canonical().is_ipv4() == from.is_ipv4();
            if same_family {
                prop_assert_eq!(to.ip(), server.ip().to_canonical());
            } else {
                prop_assert!(to.ip().is_unspecified());
            }
        }

        #[test]
        fn xclient_is_one_line_without_a_login(client: IpAddr, takes_name: bool) {
            let line = Xclient { takes_name }.line(client);

            let inner = line.strip_suffix("\r\n").unwrap();
            prop_assert!(inner.bytes().all(|b| b.is_ascii_graphic() || b == b' '));
            prop_assert!(!inner.contains("LOGIN"));
            let told = inner.rsplit_once("ADDR=").unwrap().1;
            let told: IpAddr = told.trim_start_matches("IPV6:").parse().unwrap();
            prop_assert_eq!(told, client.to_canonical());
        }
    }
}
