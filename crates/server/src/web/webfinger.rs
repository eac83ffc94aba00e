//! `/.well-known/webfinger`: which issuer speaks for an address (RFC 7033).

use axum::extract::RawQuery;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use protocol::webfinger::Question;

use super::answer;
use super::browserid::door_unknown;
use super::client::Client;
use super::hosts::Here;
use super::oidc::open_to_all;
use crate::journey::webfinger;

/// `GET /.well-known/webfinger?resource=acct:A`.
pub(crate) async fn finger(
    Here(house): Here,
    Client(client): Client,
    RawQuery(query): RawQuery,
) -> Response {
    let question = match Question::read(query.as_deref().unwrap_or_default()) {
        Ok(question) => question,
        Err(error) => {
            let sentence = error.to_string();
            let answer = answer::problem(StatusCode::BAD_REQUEST, "unreadable", &sentence);
            return open_to_all(answer);
        }
    };
    open_to_all(
        match webfinger::answer(&house.app, &question, client).await {
            Ok(Some(text)) => (HEADERS, text).into_response(),
            Ok(None) => answer::problem(StatusCode::NOT_FOUND, "not-served", NOT_SERVED),
            Err(unknown) => door_unknown(&unknown),
        },
    )
}

/// Said by the issuer that was asked, of which a process may have several.
const NOT_SERVED: &str =
    "this issuer does not speak for that domain; each domain is asked at its own host";

const HEADERS: [(HeaderName, HeaderValue); 2] = [
    (
        CONTENT_TYPE,
        HeaderValue::from_static("application/jrd+json"),
    ),
    (
        CACHE_CONTROL,
        HeaderValue::from_static("public, max-age=3600"),
    ),
];
