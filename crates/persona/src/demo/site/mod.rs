//! The demo's web site: a stranger to the issuer, and all that a site needs to sign people in.
//!
//! One page, two calls. The page loads the issuer's script; `POST /sign-in` takes an assertion and has
//! it verified; `POST /sign-out` ends the site's own session. Read [`visits`] for the sessions and
//! [`verifier`] for the check. Called by the demo alone.
//!
//! Deliberately absent: anything that a real site would not need either, passwords above all.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::{HeaderMap, HeaderName};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use self::verifier::{Said, Verifier};
use self::visits::{Visit, Visits};
use super::Places;

mod page;
mod verifier;
mod visits;

/// The site and its memory.
#[derive(Debug)]
pub(super) struct Site {
    verifier: Verifier,
    visits: Visits,
}

impl Site {
    /// Makes the site that is at home at `places.site`.
    pub(super) fn new(places: &Places) -> Self {
        Self {
            verifier: Verifier {
                issuer: places.issuer.clone(),
                address: places.issuer_address,
                audience: places.site.clone(),
            },
            visits: Visits::default(),
        }
    }

    /// Answers connections until the future is dropped, which closes them all.
    pub(super) async fn serve(self, listener: TcpListener) {
        let site = Arc::new(self);
        let room = Arc::new(Semaphore::new(MOST_CONNECTIONS));
        let mut connections = JoinSet::new();
        loop {
            let Ok(permit) = Arc::clone(&room).acquire_owned().await else {
                return;
            };
            match listener.accept().await {
                Ok((stream, _)) => {
                    let site = Arc::clone(&site);
                    connections.spawn(async move {
                        site.converse(stream).await;
                        drop(permit);
                    });
                }
                // Out of file descriptors, or a client that left at once: breathe, then go on.
                Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
            }
            while connections.try_join_next().is_some() {}
        }
    }

    async fn converse(self: Arc<Self>, stream: TcpStream) {
        let service = service_fn(|request| {
            let site = Arc::clone(&self);
            async move { Ok::<_, Infallible>(site.answer(request).await) }
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(IDLE_LIMIT)
            .serve_connection(TokioIo::new(stream), service);
        // A connection that breaks concerns only the browser, which knows already.
        drop(connection.await);
    }

    async fn answer(&self, request: Request<Incoming>) -> Answer {
        let (head, body) = request.into_parts();
        // Only our own name: another name that leads here would be another origin (DNS rebinding).
        if header(&head.headers, "host") != self.verifier.audience.authority() {
            let words = format!("This is {}", self.verifier.audience);
            return text(
                StatusCode::MISDIRECTED_REQUEST,
                "text/plain; charset=utf-8",
                &words,
            );
        }
        let visit = page::cookie(&head.headers).and_then(|name| self.visits.find(name));
        match (&head.method, head.uri.path()) {
            (&Method::GET | &Method::HEAD, "/") => self.front_page(visit),
            (&Method::GET | &Method::HEAD, path) => page::asset(path).unwrap_or_else(not_found),
            (&Method::POST, "/sign-in" | "/sign-out") if !self.is_from_here(&head.headers) => {
                refusal(StatusCode::FORBIDDEN, "This came from another site.")
            }
            (&Method::POST, path @ ("/sign-in" | "/sign-out")) => {
                let bounded = Limited::new(body, LARGEST_BODY).collect();
                match tokio::time::timeout(IDLE_LIMIT, bounded).await {
                    Ok(Ok(body)) if path == "/sign-in" => {
                        self.sign_in(visit, &body.to_bytes()).await
                    }
                    Ok(Ok(body)) => self.sign_out(visit, &body.to_bytes()),
                    _ => refusal(StatusCode::PAYLOAD_TOO_LARGE, "This is too long."),
                }
            }
            _ => not_found(),
        }
    }

    /// Browsers name the sending origin with every POST; what names none is not one of our pages.
    fn is_from_here(&self, headers: &HeaderMap) -> bool {
        header(headers, "origin") == self.verifier.audience.as_str()
    }

    fn front_page(&self, visit: Option<Visit>) -> Answer {
        let known = visit.is_some();
        let visit = match visit.map_or_else(|| self.visits.begin(None), Ok) {
            Ok(visit) => visit,
            Err(error) => return refusal(StatusCode::SERVICE_UNAVAILABLE, &error.to_string()),
        };
        let answer = page::front(&visit, &self.verifier.issuer, &self.verifier.audience);
        if known {
            answer
        } else {
            page::with_cookie(answer, &visit.name)
        }
    }

    /// Checks the CSRF token, has the assertion verified, and begins a new session.
    async fn sign_in(&self, visit: Option<Visit>, body: &[u8]) -> Answer {
        let call: Value = serde_json::from_slice(body).unwrap_or_default();
        let member = |name: &str| call.get(name).and_then(Value::as_str).unwrap_or_default();
        let Some(visit) = visit.filter(|visit| visit.csrf == member("csrf")) else {
            return refusal(StatusCode::FORBIDDEN, "This page was open for too long.");
        };
        let address = match self.verifier.ask(member("assertion")).await {
            Ok(Said::Okay(address)) => address,
            Ok(Said::Failure(reason)) => return refusal(StatusCode::FORBIDDEN, &reason),
            Err(error) => return refusal(StatusCode::BAD_GATEWAY, &error.to_string()),
        };
        // The old session's name may be known to somebody else: it dies here.
        self.visits.end(&visit.name);
        match self.visits.begin(Some(address)) {
            Ok(signed_in) => {
                let email = signed_in.who.as_ref().map(ToString::to_string);
                let answer = json!({ "email": email }).to_string();
                page::with_cookie(text(StatusCode::OK, JSON, &answer), &signed_in.name)
            }
            Err(error) => refusal(StatusCode::SERVICE_UNAVAILABLE, &error.to_string()),
        }
    }

    fn sign_out(&self, visit: Option<Visit>, body: &[u8]) -> Answer {
        let given = body.strip_prefix(b"csrf=").unwrap_or_default();
        let Some(visit) = visit.filter(|visit| visit.csrf.as_bytes() == given) else {
            return refusal(StatusCode::FORBIDDEN, "This page was open for too long.");
        };
        self.visits.end(&visit.name);
        let answer = text(StatusCode::SEE_OTHER, "text/plain; charset=utf-8", "");
        page::without_cookie(with(answer, "location", "/"))
    }
}

/// What the site answers with.
type Answer = Response<Full<Bytes>>;

fn text(status: StatusCode, kind: &str, body: &str) -> Answer {
    let mut answer = Response::new(Full::new(Bytes::copy_from_slice(body.as_bytes())));
    *answer.status_mut() = status;
    let answer = with(answer, "content-type", kind);
    let answer = with(answer, "cache-control", "no-store");
    let answer = with(answer, "x-content-type-options", "nosniff");
    with(answer, "referrer-policy", "same-origin")
}

fn refusal(status: StatusCode, reason: &str) -> Answer {
    text(status, JSON, &json!({ "error": reason }).to_string())
}

fn not_found() -> Answer {
    text(
        StatusCode::NOT_FOUND,
        "text/plain; charset=utf-8",
        "There is no such page here.\n",
    )
}

/// Adds a header field. A value that no header can carry is left out.
fn with(mut answer: Answer, name: &'static str, value: &str) -> Answer {
    if let Ok(value) = value.parse() {
        answer
            .headers_mut()
            .append(HeaderName::from_static(name), value);
    }
    answer
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    let value = headers.get(name).and_then(|value| value.to_str().ok());
    value.unwrap_or_default()
}

const JSON: &str = "application/json";
/// Octets of a call: an assertion with its certificate has about 2,000.
const LARGEST_BODY: usize = 32 * 1024;
/// Connections at once.
const MOST_CONNECTIONS: usize = 64;
/// Time for the head of a request, for its body, and between two requests.
const IDLE_LIMIT: Duration = Duration::from_secs(30);

#[cfg(test)]
mod tests;
