//! One line in the log for each request: what was asked, what was answered, how long it took.
//!
//! Never the query, which may hold an address, and never a header or a body. What came from
//! outside is written in quotation marks with control characters escaped, so that it cannot look
//! like a line of its own.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;

use super::House;
use super::client::{self, Peer};
use crate::clock;

/// Runs the request and writes its line, also when the browser does not wait for the answer.
pub(crate) async fn log(State(house): State<Arc<House>>, request: Request, next: Next) -> Response {
    let peer = request.extensions().get().copied().unwrap_or(Peer::Socket);
    let trusted = &house.app.settings().listen.trusted_proxies;
    let mut line = Line {
        started: clock::stopwatch(),
        method: request.method().as_str().chars().take(MAX_METHOD).collect(),
        path: request.uri().path().chars().take(MAX_PATH).collect(),
        client: client::client(peer, request.headers(), trusted),
        status: None,
    };
    let response = next.run(request).await;
    line.status = Some(response.status().as_u16());
    response
}

/// What the line will say when it is dropped.
struct Line {
    started: Instant,
    method: String,
    path: String,
    client: IpAddr,
    status: Option<u16>,
}

impl Drop for Line {
    fn drop(&mut self) {
        let Self {
            method,
            path,
            client,
            ..
        } = self;
        let took_us = u64::try_from(self.started.elapsed().as_micros()).unwrap_or(u64::MAX);
        if let Some(status) = self.status {
            tracing::info!(%method, ?path, status, took_us, %client, "request");
        } else {
            tracing::info!(%method, ?path, took_us, %client, "request abandoned");
        }
    }
}

/// Characters of a path that are worth a place in the log.
const MAX_PATH: usize = 120;
/// Characters of a method: the longest that means something is shorter.
const MAX_METHOD: usize = 20;
