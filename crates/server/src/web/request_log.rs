//! One line in the log for each request: what was asked, what was answered, how long it took.
//!
//! Never the query, which may hold an address, and never a header or a body. What came from
//! outside is written in quotation marks with control characters escaped, so that it cannot look
//! like a line of its own. A page comes with many files: those that were there are told at the level
//! of debugging alone.

use std::net::IpAddr;
use std::time::Instant;

use axum::extract::Request;
use axum::http::{Method, StatusCode, Uri};

use super::client::{self, Peer};
use crate::assets;
use crate::clock;
use crate::settings::ListenSettings;

/// The line of one request. It is written when it is dropped, also when the browser does not wait for
/// the answer.
pub(crate) struct Line {
    started: Instant,
    method: Method,
    uri: Uri,
    client: IpAddr,
    status: Option<StatusCode>,
}

impl Line {
    /// Begins the line of a request that has just come.
    pub(crate) fn begin(listen: &ListenSettings, request: &Request) -> Self {
        let peer = request.extensions().get().copied().unwrap_or(Peer::Socket);
        Self {
            started: clock::stopwatch(),
            method: request.method().clone(),
            uri: request.uri().clone(),
            client: client::client(peer, request.headers(), &listen.trusted_proxies),
            status: None,
        }
    }

    /// Notes what was answered.
    pub(crate) const fn answered(&mut self, status: StatusCode) {
        self.status = Some(status);
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        let is_quiet = is_file_of_a_page(self.uri.path(), self.status);
        if !tracing::enabled!(tracing::Level::INFO)
            || is_quiet && !tracing::enabled!(tracing::Level::DEBUG)
        {
            return;
        }
        let method: String = self.method.as_str().chars().take(MAX_METHOD).collect();
        let path: String = self.uri.path().chars().take(MAX_PATH).collect();
        let client = &self.client;
        let took_us = u64::try_from(self.started.elapsed().as_micros()).unwrap_or(u64::MAX);
        if let Some(status) = self.status {
            let status = status.as_u16();
            if is_quiet {
                tracing::debug!(%method, ?path, status, took_us, %client, "request");
                return;
            }
            tracing::info!(%method, ?path, status, took_us, %client, "request");
        } else {
            tracing::info!(%method, ?path, took_us, %client, "request abandoned");
        }
    }
}

/// Is it a file that a page loads, and was it there?
fn is_file_of_a_page(path: &str, status: Option<StatusCode>) -> bool {
    let was_there = |status: StatusCode| status.is_success() || status == StatusCode::NOT_MODIFIED;
    path.contains(assets::PLACE) && status.is_some_and(was_there)
}

/// Characters of a path that are worth a place in the log.
const MAX_PATH: usize = 120;
/// Characters of a method: the longest that means something is shorter.
const MAX_METHOD: usize = 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_file_of_a_page_that_was_there_is_told_quietly() {
        let file = "/persona/assets/0a1b2c/layout.css";
        for (path, status, is_quiet) in [
            (file, Some(StatusCode::OK), true),
            (file, Some(StatusCode::NOT_MODIFIED), true),
            (
                "/sso/persona/assets/0a1b2c/lib/keys.js",
                Some(StatusCode::OK),
                true,
            ),
            (file, Some(StatusCode::NOT_FOUND), false),
            (file, Some(StatusCode::INTERNAL_SERVER_ERROR), false),
            (file, None, false),
            ("/persona/login/", Some(StatusCode::OK), false),
            ("/persona/include.js", Some(StatusCode::OK), false),
        ] {
            assert_eq!(
                is_file_of_a_page(path, status),
                is_quiet,
                "{path} {status:?}"
            );
        }
    }
}
