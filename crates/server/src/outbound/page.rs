//! A document of a stranger that is no support document, fetched by the rules of this door.
//!
//! HTTPS alone, one request, no redirect, public addresses (but for the map `[outbound] hosts`), 64 KiB,
//! 5 s. Called by `persona setup`, which looks for a domain's autoconfig document, and by `persona
//! check`, which looks at its own installation as others do. Nothing is remembered: whoever asks here
//! is the operator, once.

use hyper::HeaderMap;
use hyper::body::Bytes;
use protocol::browserid::Authority;
use protocol::email::Domain;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::timeout;

use crate::clock::Clock;
use crate::queue::Queue;
use crate::settings::OutboundSettings;

use super::error::{FetchError, NotReached, Obstacle};
use super::exchange::{self, Answer, Cut};
use super::{FETCH_LIMIT, Outbound};

/// Fetches pages, a few at a time.
#[derive(Debug)]
pub struct Pages {
    outbound: Outbound,
    queue: Queue,
}

/// An answer as it came, whatever it is.
#[derive(Clone, Debug)]
pub struct Seen {
    /// The status code.
    pub status: u16,
    /// The header lines.
    pub headers: HeaderMap,
    /// The body; empty if it is longer than 64 KiB, or was cut off.
    pub body: Bytes,
}

/// The turn to be connected to an address, which counts until it is dropped.
type Turn = Option<OwnedSemaphorePermit>;

/// Says why there is no page.
#[derive(Clone, Debug, thiserror::Error)]
pub enum PageError {
    /// The name does not exist, or it has no address.
    #[error("there is no such host")]
    NoSuchHost,
    /// It answered with a status that is not 200; redirects are not followed.
    #[error("it answered with status {0}")]
    Status(u16),
    /// Its answer is too large.
    #[error("its answer is longer than 64 KiB")]
    TooLong,
    /// Its answer stopped before its end.
    #[error("its answer ended too early")]
    EndedEarly,
    /// It did not answer in time.
    #[error("it did not answer within 5 s")]
    Timeout,
    /// It could not be asked at all.
    #[error(transparent)]
    NotAsked(Obstacle),
}

impl Pages {
    /// Reads the authorities that certificates may come from.
    pub fn new(settings: &OutboundSettings, clock: Clock) -> Result<Self, mailbox::OpenError> {
        Ok(Self {
            outbound: Outbound::new(settings, clock)?,
            queue: Queue::default(),
        })
    }

    /// Fetches `https://host` and `target`, which begins with a slash and is written as in a request.
    pub async fn fetch(&self, host: &Domain, target: &str) -> Result<Vec<u8>, PageError> {
        timeout(FETCH_LIMIT, self.fetch_slowly(host, target))
            .await
            .unwrap_or(Err(PageError::Timeout))
    }

    /// Asks a host for a path, and takes what comes within five seconds: a redirect or an error of the
    /// host is an answer like any other. An `Err` says that there was none.
    pub async fn see(&self, host: &Authority, target: &str) -> Result<Seen, FetchError> {
        let seeing = async {
            let (answer, _turn) = self.ask(host, target).await?;
            let (status, headers) = (answer.status.as_u16(), answer.headers.clone());
            let body = answer.whole().await.unwrap_or_default();
            Ok(Seen {
                status,
                headers,
                body,
            })
        };
        let seen: Result<_, NotReached> = match timeout(FETCH_LIMIT, seeing).await {
            Ok(seen) => seen,
            Err(_) => return Err(FetchError::Timeout(host.clone())),
        };
        seen.map_err(|error| error.about(host))
    }

    async fn fetch_slowly(&self, host: &Domain, target: &str) -> Result<Vec<u8>, PageError> {
        let (answer, _turn) = self.ask(&Authority::of(host), target).await?;
        match answer.status.as_u16() {
            200 => {}
            other => return Err(PageError::Status(other)),
        }
        let body = answer.whole().await.map_err(|cut| match cut {
            Cut::TooLong => PageError::TooLong,
            Cut::EndedEarly => PageError::EndedEarly,
        })?;
        Ok(body.to_vec())
    }

    /// Asks, and gives the head of the answer; the body is still to come.
    async fn ask(&self, host: &Authority, target: &str) -> Result<(Answer, Turn), NotReached> {
        // No lines to stand in: the operator asks for a few pages, and nobody else does.
        let look_up = self.queue.enter(&[]).map_err(|_| Obstacle::Busy)?;
        let (stream, turn) = self.outbound.reach(host, look_up).await?;
        let answer = exchange::send(stream, host, target, "*/*").await?;
        Ok((answer, turn))
    }
}

impl From<NotReached> for PageError {
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
    use testkit::certificates::{Authority as Ca, Quality};
    use testkit::https::{HttpsServer, Reply};

    use super::*;

    const HOST: &str = "autoconfig.example.org";

    /// Fetches a page of a host that answers so; gives it, or why there is none, and what was asked.
    async fn fetch(names: &[&str], reply: Reply) -> (Result<Vec<u8>, String>, String) {
        let ca = Ca::new().unwrap();
        let identity = ca.issue(names, Quality::Good).unwrap();
        let server = HttpsServer::start(&identity, move |_| reply.clone());
        let server = server.await.unwrap();
        let host = Domain::parse(HOST).unwrap();
        let settings = OutboundSettings {
            ca: Some(ca.pem_file().to_owned()),
            hosts: [(host.clone(), server.address())].into(),
        };
        let clock = Clock::by_hand(Timestamp::from_millis(1_795_300_000_000));

        let pages = Pages::new(&settings, clock).unwrap();
        let page = pages.fetch(&host, "/a.xml?b=c").await;

        let page = page.map_err(|error| error.to_string());
        (page, server.asked().concat().replace('\r', ""))
    }

    #[tokio::test]
    async fn a_page_is_fetched_with_its_query() {
        let reply = Reply::new("200 OK", &["content-type: text/xml"], "<a/>");

        let (page, asked) = fetch(&[HOST], reply).await;

        assert_eq!(page, Ok(b"<a/>".to_vec()));
        insta::assert_snapshot!(asked, @r"
        GET /a.xml?b=c HTTP/1.1
        host: autoconfig.example.org
        accept: */*
        user-agent: persona
        connection: close
        ");
    }

    #[tokio::test]
    async fn no_redirect_is_followed_and_nothing_long_or_cut_is_taken() {
        let long = "x".repeat(64 * 1024 + 1);
        let cut = b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n<a>".to_vec();
        for (reply, why) in [
            (
                Reply::new("301 Go", &["location: https://evil.example/"], ""),
                "it answered with status 301",
            ),
            (
                Reply::new("404 Not Found", &[], "<a/>"),
                "it answered with status 404",
            ),
            (
                Reply::new("200 OK", &[], &long),
                "its answer is longer than 64 KiB",
            ),
            (Reply::Octets(cut), "its answer ended too early"),
        ] {
            let (page, _) = fetch(&[HOST], reply).await;

            assert_eq!(page, Err(why.to_owned()));
        }
    }

    #[tokio::test]
    async fn a_host_with_somebody_elses_certificate_is_not_asked() {
        let (page, asked) = fetch(&["www.example.org"], Reply::new("200 OK", &[], "<a/>")).await;

        assert!(page.unwrap_err().starts_with("no trusted encryption: "));
        assert_eq!(asked, "");
    }
}
