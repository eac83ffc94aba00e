//! How long an answer may take.

use std::time::Duration;

use axum::http::StatusCode;
use axum::response::Response;

use super::answer;

/// Gives up on an answer that takes longer than any honest one.
pub(crate) async fn within(answer: impl Future<Output = Response>) -> Response {
    match tokio::time::timeout(ANSWER_LIMIT, answer).await {
        Ok(response) => response,
        Err(_) => answer::problem(
            StatusCode::REQUEST_TIMEOUT,
            "too-slow",
            "the request did not arrive, or could not be answered, in time; send it again",
        ),
    }
}

/// How long an answer may take: longer than the longest question to a mail server.
const ANSWER_LIMIT: Duration = Duration::from_secs(30);
