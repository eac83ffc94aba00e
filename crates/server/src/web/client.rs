//! Where a browser is: the network address that limits are counted by.
//!
//! What a proxy says is believed only if the connection comes from a trusted proxy, and only as far
//! back as the trusted proxies go: the last address that none of them has is the client's.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::header::FORWARDED;
use axum::http::request::Parts;

use super::House;
use crate::settings::Network;

/// Who is at the other end of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Peer {
    /// Somebody on the network.
    Address(IpAddr),
    /// A program on this machine, through a Unix socket.
    Socket,
}

/// The client's network address, as far as it can be believed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Client(pub(crate) IpAddr);

impl FromRequestParts<Arc<House>> for Client {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, house: &Arc<House>) -> Result<Self, Infallible> {
        let peer = parts.extensions.get().copied().unwrap_or(Peer::Socket);
        let trusted = &house.app.settings().listen.trusted_proxies;
        Ok(Self(client(peer, &parts.headers, trusted)))
    }
}

pub(crate) fn client(peer: Peer, headers: &HeaderMap, trusted: &[Network]) -> IpAddr {
    let is_trusted = |address: IpAddr| trusted.iter().any(|network| network.contains(address));
    // A Unix socket is reached only by programs that the operator let in.
    let mut nearest = match peer {
        Peer::Address(address) if !is_trusted(address) => return address.to_canonical(),
        Peer::Address(address) => address.to_canonical(),
        Peer::Socket => IpAddr::V4(Ipv4Addr::LOCALHOST),
    };
    for hop in hops(headers).into_iter().rev() {
        // What stands left of an address that cannot be read was not written by a proxy of ours.
        let Some(address) = hop else { break };
        nearest = address;
        if !is_trusted(address) {
            break;
        }
    }
    nearest
}

/// The addresses that the proxies wrote, the farthest first: in `X-Forwarded-For` or in RFC 7239's
/// `Forwarded`. Where both are there, a proxy wrote one and let the other pass as the browser sent
/// it, and we do not know which: neither is believed.
fn hops(headers: &HeaderMap) -> Vec<Option<IpAddr>> {
    let listed = values(headers, "x-forwarded-for");
    let forwarded = values(headers, FORWARDED.as_str());
    if !listed.is_empty() && !forwarded.is_empty() {
        return Vec::new();
    }
    let of = |hop: &&str| {
        let parameter = hop.split(';').find_map(|p| {
            let (name, value) = p.trim().split_once('=')?;
            name.eq_ignore_ascii_case("for").then_some(value)
        });
        parameter.and_then(address)
    };
    let listed = listed.iter().map(|hop| address(hop));
    listed.chain(forwarded.iter().map(of)).collect()
}

/// The items of a header's lists, of all its lines together.
fn values<'a>(headers: &'a HeaderMap, name: &str) -> Vec<&'a str> {
    let lines = headers.get_all(name).iter();
    lines
        .flat_map(|line| line.to_str().unwrap_or("?").split(','))
        .collect()
}

/// Reads `203.0.113.7`, `203.0.113.7:1234`, `2001:db8::1` or `"[2001:db8::1]:1234"`.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim().trim_matches('"');
    let bare = match text.strip_prefix('[') {
        Some(rest) => rest.split_once(']')?.0,
        None => match text.split_once(':') {
            Some((host, port)) if !port.contains(':') => host,
            _ => text,
        },
    };
    bare.parse::<IpAddr>()
        .ok()
        .map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn client_of(peer: &str, headers: &[(&'static str, &'static str)]) -> String {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().unwrap());
        }
        let trusted = [Network::parse("127.0.0.0/8"), Network::parse("10.0.0.0/8")];
        let peer = Peer::Address(peer.parse().unwrap());
        client(peer, &map, &trusted.map(Result::unwrap)).to_string()
    }

    #[test]
    fn a_stranger_cannot_say_where_they_are() {
        let headers = [
            ("x-forwarded-for", "198.51.100.1"),
            ("forwarded", "for=198.51.100.2"),
        ];

        assert_eq!(client_of("203.0.113.7", &headers), "203.0.113.7");
    }

    #[test]
    fn a_trusted_proxy_is_believed_about_its_own_peer_only() {
        for (headers, expected) in [
            (vec![("x-forwarded-for", "198.51.100.1")], "198.51.100.1"),
            (
                vec![("x-forwarded-for", "1.2.3.4, 198.51.100.1")],
                "198.51.100.1",
            ),
            (
                vec![("x-forwarded-for", "1.2.3.4, 198.51.100.1, 10.0.0.3")],
                "198.51.100.1",
            ),
            (
                vec![
                    ("x-forwarded-for", "1.2.3.4"),
                    ("x-forwarded-for", "198.51.100.1"),
                ],
                "198.51.100.1",
            ),
            (vec![("x-forwarded-for", "1.2.3.4, nonsense")], "127.0.0.1"),
            (
                vec![("x-forwarded-for", "1.2.3.4, nonsense, 10.0.0.3")],
                "10.0.0.3",
            ),
            (
                vec![("x-forwarded-for", "198.51.100.1:4711")],
                "198.51.100.1",
            ),
            (
                vec![(
                    "forwarded",
                    "for=1.2.3.4, For=\"[2001:db8::1]:4711\";proto=https",
                )],
                "2001:db8::1",
            ),
            (
                vec![
                    ("x-forwarded-for", "198.51.100.1"),
                    ("forwarded", "for=1.2.3.4"),
                ],
                "127.0.0.1",
            ),
            (vec![], "127.0.0.1"),
        ] {
            assert_eq!(client_of("127.0.0.1", &headers), expected, "{headers:?}");
        }
    }

    proptest! {
        #[test]
        fn no_header_makes_a_stranger_anybody_else(
            listed in "\\PC{0,60}",
            forwarded in "\\PC{0,60}",
        ) {
            let mut headers = HeaderMap::new();
            for (name, value) in [("x-forwarded-for", listed), ("forwarded", forwarded)] {
                if let Ok(value) = value.parse() {
                    headers.append(name, value);
                }
            }
            let trusted = Network::loopback();
            let stranger = Peer::Address("203.0.113.7".parse().unwrap());
            let proxy = Peer::Address("127.0.0.1".parse().unwrap());

            prop_assert_eq!(client(stranger, &headers, &trusted).to_string(), "203.0.113.7");
            // Whatever a proxy passes on is read without a panic.
            client(proxy, &headers, &trusted);
        }

        #[test]
        fn an_address_is_read_in_each_of_its_forms(bits: u128, v4: u32, port: u16) {
            let v6 = std::net::Ipv6Addr::from_bits(bits);
            let v4 = Ipv4Addr::from_bits(v4);

            prop_assert_eq!(address(&v6.to_string()), Some(IpAddr::V6(v6).to_canonical()));
            prop_assert_eq!(address(&format!("\"[{v6}]:{port}\"")), Some(IpAddr::V6(v6).to_canonical()));
            prop_assert_eq!(address(&v4.to_string()), Some(IpAddr::V4(v4)));
            prop_assert_eq!(address(&format!(" {v4}:{port} ")), Some(IpAddr::V4(v4)));
        }
    }
}
