//! Telling a client of OpenID Connect something, where the operator has said that it listens.
//!
//! HTTPS with the certificate verified (on this machine itself also plain HTTP), one request, no redirect,
//! 5 s, and of the answer only its head. Other than for what strangers name, private addresses and other ports are allowed: nobody but
//! the operator names these places, and most of them stand beside the issuer
//! (`docs/decisions/0029-signing-out.md`). Called by `journey::oidc::backchannel`.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use hyper::StatusCode;
use protocol::browserid::Authority;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::client::TlsStream;

use super::error::{NotReached, Obstacle};
use super::{HTTPS, MOST_ADDRESSES, Outbound, dial, exchange};
use crate::queue::Place;

/// Where somebody listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Destination {
    host: Host,
    target: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Host {
    Https(Authority),
    /// This machine itself, by plain HTTP; and how it is written.
    Here(SocketAddr, String),
}

/// Says why somebody does not know what they were to be told.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotTold {
    /// The name does not exist, or it has no address.
    #[error("there is no such host")]
    NoSuchHost,
    /// It could not be asked at all.
    #[error(transparent)]
    NotAsked(Obstacle),
    /// It does not want it, or cannot do it; redirects are not followed.
    #[error("it answered with status {}", .0.as_u16())]
    Status(StatusCode),
    /// It did not answer in time.
    #[error("it did not answer within 5 s")]
    Timeout,
}

impl Destination {
    /// Reads an address; `None` unless it is `https://`, a host's name, perhaps a port, and a path; or
    /// `http://` and this machine.
    pub(crate) fn parse(url: &str) -> Option<Self> {
        let (scheme, rest) = url.split_once("://")?;
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, target) = rest.split_at_checked(end)?;
        let host = match scheme {
            "https" => Host::Https(Authority::parse(authority).ok()?),
            "http" => Host::Here(this_machine(authority)?, authority.to_owned()),
            _ => return None,
        };
        let slash = if target.starts_with('/') { "" } else { "/" };
        Some(Self {
            host,
            target: format!("{slash}{target}"),
        })
    }
}

impl Outbound {
    /// Posts a form; what comes back is a yes (status 200 to 299) or is not. The place `look_up` is held
    /// for as long as the name is being looked up.
    pub(crate) async fn tell(
        &self,
        to: &Destination,
        form: String,
        look_up: Place,
    ) -> Result<(), NotTold> {
        let telling = timeout(self.limit, self.tell_slowly(to, form, look_up));
        let status = telling.await.unwrap_or(Err(NotTold::Timeout))?;
        if status.is_success() {
            Ok(())
        } else {
            Err(NotTold::Status(status))
        }
    }

    async fn tell_slowly(
        &self,
        to: &Destination,
        form: String,
        look_up: Place,
    ) -> Result<StatusCode, NotTold> {
        let answer = match &to.host {
            Host::Https(authority) => {
                let stream = self.reach_named(authority, look_up).await?;
                exchange::post(stream, authority.as_str(), &to.target, form).await
            }
            Host::Here(place, host) => {
                let stream = dial(place).await.map_err(NotTold::NotAsked)?;
                exchange::post(stream, host, &to.target, form).await
            }
        };
        Ok(answer.map_err(NotTold::NotAsked)?.status)
    }

    async fn reach_named(
        &self,
        authority: &Authority,
        look_up: Place,
    ) -> Result<TlsStream<TcpStream>, NotReached> {
        let mut last = NotReached::NoSuchHost;
        for place in self.named_places(authority, look_up).await? {
            match dial(&place).await {
                Ok(stream) => return Ok(self.encrypt(stream, authority.host()).await?),
                Err(obstacle) => last = obstacle.into(),
            }
        }
        Err(last)
    }

    /// Finds where a host is that the operator has named.
    async fn named_places(
        &self,
        authority: &Authority,
        look_up: Place,
    ) -> Result<Vec<SocketAddr>, NotReached> {
        let host = authority.host();
        if let Some(place) = self.settings.hosts.get(host) {
            return Ok(vec![*place]);
        }
        let found = self.resolver.look_up(host, look_up).await;
        let found = found.map_err(NotReached::from)?;
        let port = authority.port().unwrap_or(HTTPS);
        let places = found
            .into_iter()
            .map(|address| SocketAddr::new(address, port));
        Ok(places.take(MOST_ADDRESSES).collect())
    }
}

/// Reads `127.0.0.1`, `[::1]` or `localhost`, and perhaps a port.
fn this_machine(authority: &str) -> Option<SocketAddr> {
    if let Ok(place) = authority.parse::<SocketAddr>() {
        return place.ip().is_loopback().then_some(place);
    }
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !host.starts_with('[') || host.ends_with(']') => {
            (host, port.parse().ok()?)
        }
        _ => (authority, HTTP),
    };
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let address = match host {
        "localhost" => IpAddr::V4(Ipv4Addr::LOCALHOST),
        host => host.parse().ok()?,
    };
    address
        .is_loopback()
        .then(|| SocketAddr::new(address, port))
}

/// The port of plain HTTP.
const HTTP: u16 = 80;

impl From<NotReached> for NotTold {
    fn from(error: NotReached) -> Self {
        match error {
            NotReached::NoSuchHost => Self::NoSuchHost,
            NotReached::Obstacle(obstacle) => Self::NotAsked(obstacle),
        }
    }
}

#[cfg(test)]
mod tests {
    use protocol::time::Timestamp;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;
    use crate::clock::Clock;
    use crate::queue::Queue;
    use crate::settings::OutboundSettings;

    /// Only the operator names these places: an application beside the issuer has no certificate.
    #[tokio::test]
    async fn an_application_on_this_machine_is_told_without_encryption() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let to = Destination::parse(&format!("http://localhost:{port}/out")).unwrap();
        let settings = OutboundSettings::default();
        let clock = Clock::by_hand(Timestamp::from_millis(1_795_300_000_000));
        let outbound = Outbound::new(&settings, clock).unwrap();
        let place = Queue::default().enter(&[]).unwrap();
        let answering = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut asked = vec![0; 4096];
            let length = stream.read(&mut asked).await.unwrap();
            stream
                .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
                .await
                .unwrap();
            String::from_utf8_lossy(&asked[..length]).into_owned()
        };

        let telling = outbound.tell(&to, "a=b".to_owned(), place);
        let (told, asked) = tokio::join!(telling, answering);

        told.unwrap();
        assert!(asked.starts_with("POST /out HTTP/1.1\r\n"), "{asked}");
        assert!(
            asked.contains(&format!("host: localhost:{port}\r\n")),
            "{asked}"
        );
    }

    #[test]
    fn an_address_is_taken_apart() {
        let target = |url: &str| {
            let to = Destination::parse(url)?;
            let host = match to.host {
                Host::Https(authority) => authority.as_str().to_owned(),
                Host::Here(place, written) => format!("{place} as {written}"),
            };
            Some(format!("{host} {}", to.target))
        };
        for (url, expected) in [
            ("https://a.example/logout", Some("a.example /logout")),
            ("https://a.example", Some("a.example /")),
            ("https://a.example?x=1", Some("a.example /?x=1")),
            (
                "https://a.example:8443/a?b=/c",
                Some("a.example:8443 /a?b=/c"),
            ),
            (
                "http://localhost:8080/a",
                Some("127.0.0.1:8080 as localhost:8080 /a"),
            ),
            ("http://127.0.0.1/a", Some("127.0.0.1:80 as 127.0.0.1 /a")),
            ("http://[::1]:81/a", Some("[::1]:81 as [::1]:81 /a")),
            ("http://[::1]/a", Some("[::1]:80 as [::1] /a")),
            ("http://10.0.0.1/a", None),
            ("http://a.example/logout", None),
            ("https://user@a.example/", None),
            ("https://[::1]/", None),
            ("https:///", None),
            ("app:/logout", None),
        ] {
            assert_eq!(target(url).as_deref(), expected, "{url}");
        }
    }
}
