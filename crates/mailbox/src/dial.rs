//! Finds the server and connects: every address of its name has its chance.
//!
//! After RFC 8305 (Happy Eyeballs): addresses of both families in turn, the next one tried when the
//! last one refused or was silent for a quarter of a second, and the first connection wins. Names
//! under `localhost` mean this machine without asking a resolver (RFC 6761 §6.3), because clear text
//! is allowed to them.

use std::collections::VecDeque;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use tokio::net::{TcpStream, UnixStream, lookup_host};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::check::Options;
use crate::dialogue::{Dialogue, Listener};
use crate::unavailable::Unavailable;
use crate::url::Host;

/// Connects to one of the host's addresses within a time limit, looking up included.
pub(crate) async fn dial(
    host: &Host,
    port: u16,
    limit: Duration,
) -> Result<TcpStream, Unavailable> {
    let connecting = async {
        let addresses = addresses(host, port).await?;
        first_of(addresses)
            .await
            .map_err(|error| Unavailable::RefusedConnection {
                server: format!("{host}:{port}"),
                why: error.to_string(),
            })
    };
    let stream = timeout(limit, connecting)
        .await
        .map_err(|_| Unavailable::Timeout {
            before: "a connection was made",
        })??;
    // A dialogue of short lines: waiting to fill a packet only costs time.
    stream.set_nodelay(true).ok();
    Ok(stream)
}

/// Connects to a socket of this machine, which people know by this name, and begins a conversation.
pub(crate) async fn dial_socket<L: Listener>(
    path: &Path,
    name: String,
    options: &Options,
) -> Result<Dialogue<L>, Unavailable> {
    let deadline = options.deadline();
    let limit = options.connect_limit.min(options.whole_limit);
    let stream = timeout(limit, UnixStream::connect(path))
        .await
        .map_err(|_| Unavailable::Timeout {
            before: "a connection was made",
        })?
        .map_err(|error| Unavailable::RefusedConnection {
            server: name,
            why: error.to_string(),
        })?;
    Ok(Dialogue::local(stream, deadline))
}

async fn addresses(host: &Host, port: u16) -> Result<VecDeque<SocketAddr>, Unavailable> {
    let name = match host {
        Host::Address(address) => return Ok([SocketAddr::new(*address, port)].into()),
        Host::Name(_) if host.is_this_machine() => {
            let both = [
                IpAddr::V4(Ipv4Addr::LOCALHOST),
                IpAddr::V6(Ipv6Addr::LOCALHOST),
            ];
            return Ok(both.map(|address| SocketAddr::new(address, port)).into());
        }
        Host::Name(name) => name.as_str(),
    };
    looked_up(name, lookup_host((name, port)).await)
}

fn looked_up(
    name: &str,
    found: io::Result<impl Iterator<Item = SocketAddr>>,
) -> Result<VecDeque<SocketAddr>, Unavailable> {
    let unresolved = |why: String| {
        let host = name.to_owned();
        Unavailable::Unresolved { host, why }
    };
    let found = in_turn(found.map_err(|error| unresolved(error.to_string()))?);
    if found.is_empty() {
        return Err(unresolved("it has no address".to_owned()));
    }
    Ok(found)
}

/// Puts IPv6 and IPv4 addresses in turn, so that a broken family costs one attempt, not all.
fn in_turn(found: impl Iterator<Item = SocketAddr>) -> VecDeque<SocketAddr> {
    let (mut six, mut four): (VecDeque<_>, VecDeque<_>) = found.partition(SocketAddr::is_ipv6);
    let mut order = VecDeque::new();
    while !(six.is_empty() && four.is_empty()) {
        order.extend(six.pop_front());
        order.extend(four.pop_front());
    }
    order.truncate(MOST_ADDRESSES);
    order
}

async fn first_of(mut waiting: VecDeque<SocketAddr>) -> io::Result<TcpStream> {
    // Attempts still under way are given up when the set is dropped.
    let mut attempts = JoinSet::new();
    let mut last_error = io::Error::from(io::ErrorKind::NotFound);
    loop {
        if let Some(address) = waiting.pop_front() {
            attempts.spawn(TcpStream::connect(address));
        }
        let finished = if waiting.is_empty() {
            attempts.join_next().await
        } else {
            match timeout(PATIENCE, attempts.join_next()).await {
                Ok(finished) => finished,
                Err(_) => continue,
            }
        };
        match finished {
            Some(Ok(Ok(stream))) => return Ok(stream),
            Some(Ok(Err(error))) => last_error = error,
            Some(Err(stopped)) => last_error = io::Error::other(stopped),
            None if waiting.is_empty() => return Err(last_error),
            None => {}
        }
    }
}

/// How long one address is waited for before the next one is tried beside it (RFC 8305 §5).
const PATIENCE: Duration = Duration::from_millis(250);

/// A name may have hundreds of addresses; no more than these are tried for one login.
const MOST_ADDRESSES: usize = 16;

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    fn address(text: &str) -> SocketAddr {
        text.parse().unwrap()
    }

    async fn closed_port() -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        listener.local_addr().unwrap()
    }

    #[test]
    fn families_take_turns() {
        let found = [
            "1.1.1.1:1",
            "1.1.1.2:1",
            "1.1.1.3:1",
            "[2::1]:1",
            "[2::2]:1",
        ]
        .map(address);

        let order = in_turn(found.into_iter());

        let expected = [
            "[2::1]:1",
            "1.1.1.1:1",
            "[2::2]:1",
            "1.1.1.2:1",
            "1.1.1.3:1",
        ]
        .map(address);
        assert_eq!(order, expected);
    }

    #[tokio::test]
    async fn addresses_that_refuse_are_passed_over() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let good = listener.local_addr().unwrap();
        let waiting = [closed_port().await, closed_port().await, good].into();

        let stream = first_of(waiting).await.unwrap();

        assert_eq!(stream.peer_addr().unwrap(), good);
    }

    #[tokio::test]
    async fn when_all_refuse_the_last_error_is_told() {
        let waiting = [closed_port().await, closed_port().await].into();

        let error = first_of(waiting).await.unwrap_err();

        assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused);
    }

    #[tokio::test]
    async fn an_address_that_stays_silent_does_not_keep_the_next_one_waiting() {
        let silent = testkit::smtp::FullListener::start().await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let good = listener.local_addr().unwrap();
        let waiting = [silent.address(), good].into();

        let stream = first_of(waiting).await.unwrap();

        assert_eq!(stream.peer_addr().unwrap(), good);
    }

    #[test]
    fn a_name_without_an_address_is_unresolved() {
        let nothing = std::iter::empty();
        let failed: io::Result<std::iter::Empty<SocketAddr>> =
            Err(io::Error::other("no such name"));

        let sentences = [
            looked_up("mail.example", Ok(nothing)),
            looked_up("mail.example", failed),
        ]
        .map(|result| result.unwrap_err().to_string());

        assert_eq!(
            sentences,
            [
                "the mail server's name mail.example cannot be looked up: it has no address",
                "the mail server's name mail.example cannot be looked up: no such name",
            ]
        );
    }

    #[tokio::test]
    async fn names_under_localhost_are_this_machine() {
        let host = Host::Name("mail.localhost".parse().unwrap());

        let found = addresses(&host, 25).await.unwrap();

        assert_eq!(found, ["127.0.0.1:25", "[::1]:25"].map(address));
    }
}
