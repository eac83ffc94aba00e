//! OpenID Connect over HTTP: a file for what people's browsers come for, one for what clients post, one
//! for what everybody may read.

pub(crate) mod authorize;
pub(crate) mod consent;
pub(crate) mod documents;
pub(crate) mod logout;
mod pages;
pub(crate) mod tokens;
pub(crate) mod userinfo;

use axum::http::header::ACCESS_CONTROL_ALLOW_ORIGIN;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

pub(crate) use self::pages::{go_on, told};
use super::headers::RESOURCE_POLICY;

/// Lets the pages of any site read an answer: it depends on no cookie.
pub(crate) fn open_to_all(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(RESOURCE_POLICY, HeaderValue::from_static("cross-origin"));
    response
}

/// Tells a browser what pages of other sites may send here (Fetch §3.2.2).
pub(crate) async fn preflight() -> Response {
    let answer = (StatusCode::NO_CONTENT, PREFLIGHT).into_response();
    open_to_all(answer)
}

const PREFLIGHT: [(HeaderName, &str); 3] = [
    (
        HeaderName::from_static("access-control-allow-methods"),
        "GET, POST",
    ),
    (
        HeaderName::from_static("access-control-allow-headers"),
        "authorization, content-type",
    ),
    (HeaderName::from_static("access-control-max-age"), "86400"),
];
