//! One question over a connection that is verified already, `GET /.well-known/browserid` as a rule.
//!
//! `browserid.md` §1.1-1.2. Everything is bounded: the head in octets and fields, the body while it
//! is read; the time is the caller's. Deliberately absent: redirects, cookies, compression, reuse.

use std::convert::Infallible;
use std::time::Duration;

use http_body_util::{BodyExt, Collected, Empty, Full, LengthLimitError, Limited};
use hyper::body::{Body, Bytes, Incoming};
use hyper::client::conn::http1;
use hyper::header::{
    ACCEPT, CACHE_CONTROL, CONNECTION, CONTENT_TYPE, HOST, HeaderValue, USER_AGENT,
};
use hyper::{HeaderMap, Request, StatusCode};
use hyper_util::rt::TokioIo;
use protocol::browserid::{Authority, SupportDocument};
use protocol::email::Domain;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::JoinSet;

use super::error::{FetchError, Obstacle, safe};

/// A host's document, and for how long it may be believed.
#[derive(Clone, Debug)]
pub(crate) struct Fetched {
    pub(crate) document: SupportDocument,
    /// What `Cache-Control` says; `None` if it says nothing.
    pub(crate) max_age: Option<Duration>,
    /// How long the document is.
    pub(crate) octets: usize,
}

/// Asks `authority`, at the other end of `stream`, who speaks for `about`.
pub(super) async fn ask<S>(
    stream: S,
    authority: &Authority,
    about: &Domain,
) -> Result<Fetched, FetchError>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let target = format!("/.well-known/browserid?domain={about}");
    let answer = send(stream, authority, &target, "application/json").await;
    let answer = answer.map_err(|obstacle| FetchError::NotAsked(authority.clone(), obstacle))?;
    read(answer, authority).await
}

/// An answer whose body is still to be read.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    body: Incoming,
    /// The connection ends when this is dropped, however that comes about.
    _connection: JoinSet<hyper::Result<()>>,
}

/// Says why a body is not there as a whole.
pub(super) enum Cut {
    /// It is longer than 64 KiB.
    TooLong,
    /// It ended before it said that it would.
    EndedEarly,
}

/// Sends one `GET` for `target`, and reads the head of the answer.
pub(super) async fn send<S>(
    stream: S,
    authority: &Authority,
    target: &str,
    accept: &str,
) -> Result<Answer, Obstacle>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let request = Request::get(target)
        .header(HOST, authority.as_str())
        .header(ACCEPT, accept)
        .header(USER_AGENT, "persona")
        .header(CONNECTION, "close")
        .body(Empty::<Bytes>::new())
        .map_err(|error| Obstacle::Http(safe(&error)))?;
    converse(stream, request).await
}

/// Sends one `POST` of a form to `target`, and reads the head of the answer.
pub(super) async fn post<S>(
    stream: S,
    host: &str,
    target: &str,
    form: String,
) -> Result<Answer, Obstacle>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let request = Request::post(target)
        .header(HOST, host)
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(USER_AGENT, "persona")
        .header(CONNECTION, "close")
        .body(Full::<Bytes>::from(form))
        .map_err(|error| Obstacle::Http(safe(&error)))?;
    converse(stream, request).await
}

async fn converse<S, B>(stream: S, request: Request<B>) -> Result<Answer, Obstacle>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    B: Body<Data = Bytes, Error = Infallible> + Send + 'static,
{
    let broken = |error: hyper::Error| Obstacle::Http(safe(&error));
    let (mut sender, driver) = http1::Builder::new()
        .max_buf_size(LARGEST_HEAD)
        .max_headers(MOST_HEADERS)
        .handshake(TokioIo::new(stream))
        .await
        .map_err(broken)?;
    let mut connection = JoinSet::new();
    connection.spawn(driver);
    let (head, body) = sender
        .send_request(request)
        .await
        .map_err(broken)?
        .into_parts();
    Ok(Answer {
        status: head.status,
        headers: head.headers,
        body,
        _connection: connection,
    })
}

impl Answer {
    /// Reads the body to its end.
    pub(super) async fn whole(self) -> Result<Bytes, Cut> {
        let body = Limited::new(self.body, LARGEST_BODY).collect().await;
        body.map(Collected::to_bytes).map_err(|error| {
            if error.is::<LengthLimitError>() {
                Cut::TooLong
            } else {
                Cut::EndedEarly
            }
        })
    }
}

async fn read(answer: Answer, authority: &Authority) -> Result<Fetched, FetchError> {
    let status = answer.status;
    if status.is_redirection() {
        return Err(FetchError::Redirect(authority.clone()));
    }
    if status != StatusCode::OK {
        return Err(FetchError::Status(authority.clone(), status.as_u16()));
    }
    if !is_json(&answer.headers) {
        return Err(FetchError::NotJson(authority.clone()));
    }
    let max_age = max_age(&answer.headers);
    let cut = |cut: Cut| {
        let why = match cut {
            Cut::TooLong => "it is longer than 64 KiB",
            Cut::EndedEarly => "it ended too early",
        };
        FetchError::Cut(authority.clone(), why)
    };
    let body = answer.whole().await.map_err(cut)?;
    let document = SupportDocument::parse(&body)
        .map_err(|error| FetchError::Malformed(authority.clone(), error))?;
    Ok(Fetched {
        document,
        max_age,
        octets: body.len(),
    })
}

/// "The value begins with `application/json`" is the rule of all verifiers (`browserid.md` §1.2).
fn is_json(headers: &HeaderMap) -> bool {
    let value = headers.get(CONTENT_TYPE).map(HeaderValue::as_bytes);
    let start = value.and_then(|value| value.get(..JSON.len()));
    start.is_some_and(|start| start.eq_ignore_ascii_case(JSON))
}

/// Reads `Cache-Control` (RFC 9111 §5.2.2), where only the directives of private caches count.
fn max_age(headers: &HeaderMap) -> Option<Duration> {
    let values = headers.get_all(CACHE_CONTROL).into_iter();
    let directives = values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','));
    let mut shortest = None;
    for directive in directives {
        let (name, value) = directive.split_once('=').unwrap_or((directive, ""));
        let age = match name.trim().to_ascii_lowercase().as_str() {
            "no-store" | "no-cache" => 0,
            "max-age" => match value.trim().trim_matches('"').parse::<u64>() {
                Ok(seconds) => seconds,
                Err(_) => continue,
            },
            _ => continue,
        };
        shortest = Some(shortest.map_or(age, |shortest: u64| shortest.min(age)));
    }
    shortest.map(Duration::from_secs)
}

const JSON: &[u8] = b"application/json";
const LARGEST_BODY: usize = 64 * 1024;
const LARGEST_HEAD: usize = 16 * 1024;
const MOST_HEADERS: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    fn age(values: &[&'static str]) -> Option<u64> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(CACHE_CONTROL, HeaderValue::from_static(value));
        }
        max_age(&headers).map(|age| age.as_secs())
    }

    #[test]
    fn the_age_is_the_shortest_that_is_said() {
        assert_eq!(age(&[]), None);
        assert_eq!(age(&["public"]), None);
        assert_eq!(age(&["public, max-age=21600"]), Some(21600));
        assert_eq!(age(&["Max-Age=\"10\""]), Some(10));
        assert_eq!(age(&["max-age=100", "max-age=50, public"]), Some(50));
        assert_eq!(age(&["no-store, max-age=100"]), Some(0));
        assert_eq!(age(&["max-age=soon"]), None);
        assert_eq!(age(&["max-age=-1"]), None);
        assert_eq!(age(&["s-maxage=10"]), None);
    }
}
