//! Where a browser is: the network address that limits are counted by.
//!
//! What a proxy says is believed only if the connection comes from a trusted proxy, and only as far
//! back as the trusted proxies go: the last address that none of them has is the client's.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::header::FORWARDED;
use axum::http::request::Parts;

use super::hosts::Hosts;
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

impl FromRequestParts<Arc<Hosts>> for Client {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, hosts: &Arc<Hosts>) -> Result<Self, Infallible> {
        let peer = parts.extensions.get().copied().unwrap_or(Peer::Socket);
        let trusted = &hosts.listen().trusted_proxies;
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
    let listed = lines(headers, "x-forwarded-for");
    let forwarded = lines(headers, FORWARDED.as_str());
    if !listed.is_empty() && !forwarded.is_empty() {
        return Vec::new();
    }
    let items = |line: &String| line.split(',').map(|item| node(item.trim())).collect();
    let listed = listed.iter().flat_map::<Vec<_>, _>(items);
    let items = |line: &String| elements(line).into_iter().map(forwarded_for).collect();
    listed
        .chain(forwarded.iter().flat_map::<Vec<_>, _>(items))
        .collect()
}

/// The lines of a header. Octets that are no text spoil the item they stand in, and not what a proxy
/// has written behind it.
fn lines(headers: &HeaderMap, name: &str) -> Vec<String> {
    let lines = headers.get_all(name).iter();
    lines
        .map(|line| String::from_utf8_lossy(line.as_bytes()).into_owned())
        .collect()
}

/// Splits a line of `Forwarded` at the commas outside of quotation marks.
///
/// It is read from its end, because that is what the nearest proxy wrote: a quotation mark that the
/// browser left open further to the left must not swallow it, and a comma inside of what the proxy
/// has quoted, such as the name of the host that the browser asked for, begins nothing.
fn elements(line: &str) -> Vec<&str> {
    let (mut elements, mut end, mut quoted) = (Vec::new(), line.len(), false);
    for (at, c) in line.char_indices().rev() {
        let before = line.get(..at).unwrap_or_default();
        match c {
            '"' if !is_escaped(before) => quoted = !quoted,
            ',' if !quoted => {
                elements.push(line.get(at + 1..end).unwrap_or_default());
                end = at;
            }
            _ => {}
        }
    }
    elements.push(line.get(..end).unwrap_or_default());
    elements.reverse();
    elements
}

/// Does what stands before a character take its meaning away?
fn is_escaped(before: &str) -> bool {
    before.bytes().rev().take_while(|&b| b == b'\\').count() % 2 == 1
}

/// Reads the `for` of one element (RFC 7239 §4, §6): there must be one alone, in an element without
/// a fault.
fn forwarded_for(element: &str) -> Option<IpAddr> {
    let mut found = None;
    let mut rest = element.trim();
    while !rest.is_empty() {
        let (name, value) = rest.split_once('=')?;
        if !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
            return None;
        }
        let (value, behind) = value_of(value)?;
        if name.eq_ignore_ascii_case("for") && found.replace(node(&value)?).is_some() {
            return None;
        }
        let behind = behind.trim_start();
        rest = match behind.strip_prefix(';') {
            Some(next) => next.trim_start(),
            None if behind.is_empty() => behind,
            None => return None,
        };
    }
    found
}

/// Reads a value, quoted or not, and gives what stands behind it.
fn value_of(text: &str) -> Option<(String, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find([';', ' ', '\t']).unwrap_or(text.len());
        let (value, behind) = text.split_at_checked(end)?;
        return (!value.contains('"')).then(|| (value.to_owned(), behind));
    };
    let mut value = String::new();
    let mut escaped = false;
    for (at, c) in quoted.char_indices() {
        match c {
            _ if escaped => {
                value.push(c);
                escaped = false;
            }
            '\\' => escaped = true,
            '"' => return Some((value, quoted.get(at + 1..)?)),
            _ => value.push(c),
        }
    }
    None
}

/// Reads `203.0.113.7`, `203.0.113.7:1234`, `2001:db8::1`, `[2001:db8::1]` or `[2001:db8::1]:1234`.
/// `unknown`, and names such as `_hidden` that a proxy made up, are no addresses.
fn node(text: &str) -> Option<IpAddr> {
    let address = if let Some(rest) = text.strip_prefix('[') {
        let (address, port) = rest.split_once(']')?;
        let is_fine = port.is_empty() || port.strip_prefix(':').is_some_and(is_port);
        let address: Ipv6Addr = address.parse().ok()?;
        is_fine.then_some(IpAddr::V6(address))
    } else if let Ok(address) = text.parse() {
        Some(address)
    } else {
        let (address, port) = text.split_once(':')?;
        let address: Ipv4Addr = address.parse().ok()?;
        is_port(port).then_some(IpAddr::V4(address))
    };
    address.map(|address| address.to_canonical())
}

/// Is this a port, or a name that a proxy made up for one (RFC 7239 §6.2, §6.3)?
fn is_port(text: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"._-".contains(&b);
    match text.strip_prefix('_') {
        Some(name) => !name.is_empty() && name.bytes().all(plain),
        None => (1..=5).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit()),
    }
}

#[cfg(test)]
mod tests;
