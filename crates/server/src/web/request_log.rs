//! One line in the log for each request: what was asked, what was answered, how long it took.
//!
//! Never the query, which may hold an address, and never a header or a body. What came from
//! outside is written in quotation marks with control characters escaped, so that it cannot look
//! like a line of its own.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;

use super::House;
use super::client::{self, Peer};
use crate::clock;

/// Runs the request and writes its line.
pub(crate) async fn log(State(house): State<Arc<House>>, request: Request, next: Next) -> Response {
    let started = clock::stopwatch();
    let method: String = request.method().as_str().chars().take(MAX_METHOD).collect();
    let path: String = request.uri().path().chars().take(MAX_PATH).collect();
    let peer = request.extensions().get().copied().unwrap_or(Peer::Socket);
    let trusted = &house.app.settings().listen.trusted_proxies;
    let client = client::client(peer, request.headers(), trusted);

    let response = next.run(request).await;

    let status = response.status().as_u16();
    let took_us = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
    tracing::info!(%method, ?path, status, took_us, %client, "request");
    response
}

/// Characters of a path that are worth a place in the log.
const MAX_PATH: usize = 120;
/// Characters of a method: the longest that means something is shorter.
const MAX_METHOD: usize = 20;
