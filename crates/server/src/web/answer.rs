//! Answers that several handlers give: problems for programs, and pages for people.

use askama::Template;
use axum::http::header::{ACCEPT, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION, RETRY_AFTER};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{AppendHeaders, Html, IntoResponse, Response};
use serde_json::{Value, json};

use super::House;
use super::headers::PAGE_POLICY;
use super::hosts::Here;
use crate::chance;
use crate::journey::Kind;
use crate::pages::ErrorPage;

/// Chooses the status for an error.
pub(crate) const fn status(kind: Kind) -> StatusCode {
    match kind {
        Kind::Caller => StatusCode::BAD_REQUEST,
        Kind::Refused => StatusCode::UNAUTHORIZED,
        Kind::Busy => StatusCode::TOO_MANY_REQUESTS,
        Kind::Upstream => StatusCode::SERVICE_UNAVAILABLE,
        Kind::Bug => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// Says what is wrong to a program: RFC 9457 problem details, with a word that does not change.
pub(crate) fn problem(status: StatusCode, word: &str, sentence: &str) -> Response {
    problem_with(status, word, sentence, [])
}

/// As [`problem`], with members of its own (RFC 9457 §3.2).
pub(crate) fn problem_with<const N: usize>(
    status: StatusCode,
    word: &str,
    sentence: &str,
    members: [(&str, Value); N],
) -> Response {
    let title = status.canonical_reason().unwrap_or("error");
    let known = [
        ("type", json!("about:blank")),
        ("title", json!(title)),
        ("status", json!(status.as_u16())),
        ("error", json!(word)),
        ("detail", json!(sentence)),
    ];
    let members = known.into_iter().chain(members);
    let body: Value = members
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    let kind = HeaderValue::from_static("application/problem+json");
    (status, [(CONTENT_TYPE, kind)], body.to_string()).into_response()
}

/// Sends a page.
pub(crate) fn page(status: StatusCode, template: &impl Template) -> Response {
    match template.render() {
        Ok(text) => (status, [(CONTENT_SECURITY_POLICY, PAGE_POLICY)], Html(text)).into_response(),
        Err(error) => {
            let reference = chance::reference();
            tracing::error!(outcome = "bug", reference, %error, "a page could not be made");
            problem(
                StatusCode::INTERNAL_SERVER_ERROR,
                "bug",
                &format!("this page could not be made; the operator finds {reference} in the log"),
            )
        }
    }
}

/// Says to a person that something on our side or behind us did not work, with a reference that is
/// in the log beside the cause.
pub(crate) fn trouble(house: &House, kind: Kind, cause: &dyn std::error::Error) -> Response {
    let reference = chance::reference();
    match kind {
        Kind::Bug => tracing::error!(outcome = "bug", reference, %cause, "request"),
        Kind::Upstream => tracing::warn!(outcome = "unavailable", reference, %cause, "request"),
        Kind::Caller | Kind::Refused | Kind::Busy => {
            tracing::info!(outcome = "refused", reference, %cause, "request");
        }
    }
    let error = ErrorPage {
        assets: &house.assets,
        domain: house.app.settings().issuer.host(),
        title: "This did not work",
        sentence: "Something on this server is not working just now. It is not your fault.",
        hint: "Try again in a few minutes. If it stays so, tell the operator this reference:",
        reference: Some(&reference),
    };
    page(status(kind), &error)
}

/// Sends a browser on.
pub(crate) fn see_other(location: &str) -> Response {
    // Our own paths and percent-encoded texts can all stand in a header.
    let location = HeaderValue::try_from(location).ok();
    let headers = AppendHeaders(location.map(|location| (LOCATION, location)));
    (StatusCode::SEE_OTHER, headers).into_response()
}

/// Adds the time after which to come back, in whole seconds and at least one.
pub(crate) fn retry_after(mut response: Response, wait: std::time::Duration) -> Response {
    let seconds = HeaderValue::from(wait.as_secs().max(1));
    response.headers_mut().insert(RETRY_AFTER, seconds);
    response
}

/// There is nothing at this address.
pub(crate) async fn not_found(Here(house): Here, headers: HeaderMap) -> Response {
    if !accepts(&headers, "text/html") {
        return problem(
            StatusCode::NOT_FOUND,
            "not-found",
            "there is nothing at this address",
        );
    }
    let error = ErrorPage {
        assets: &house.assets,
        domain: house.app.settings().issuer.host(),
        title: "There is nothing here",
        sentence: "This address belongs to a sign-in service, but no page of it is here.",
        hint: "Go back to the site that you came from.",
        reference: None,
    };
    page(StatusCode::NOT_FOUND, &error)
}

/// There is something at this address, but not for this method.
pub(crate) async fn method_not_allowed() -> Response {
    problem(
        StatusCode::METHOD_NOT_ALLOWED,
        "method-not-allowed",
        "there is something at this address, but not for this method; see Allow",
    )
}

/// Does the caller read JSON and no pages?
pub(crate) fn wants_json(headers: &HeaderMap) -> bool {
    accepts(headers, "application/json") && !accepts(headers, "text/html")
}

fn accepts(headers: &HeaderMap, kind: &str) -> bool {
    let mut lines = headers
        .get_all(ACCEPT)
        .iter()
        .filter_map(|line| line.to_str().ok());
    lines.any(|line| line.split(',').any(|item| item.trim().starts_with(kind)))
}
