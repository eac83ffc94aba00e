//! What everybody may read: what this issuer supports, and with which keys it signs.

use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderName, HeaderValue};
use axum::response::{IntoResponse, Response};
use protocol::oidc::{Endpoints, document};

use super::super::answer;
use super::super::hosts::{Here, House};
use super::open_to_all;
use crate::journey::oidc::OidcError;
use crate::places;

/// `GET /.well-known/openid-configuration` (OpenID Connect Discovery §4).
pub(crate) async fn configuration(Here(house): Here) -> Response {
    if house.app.token_keys().is_none() {
        return without_keys(&house);
    }
    let issuer = house.app.settings().issuer.as_str().to_owned();
    let endpoints = Endpoints {
        base: base(&house),
        issuer,
        registration: false,
    };
    json(document(&endpoints))
}

/// `GET /persona/oidc/jwks.json` (RFC 7517 §5).
pub(crate) async fn keys(Here(house): Here) -> Response {
    let now = house.app.now().to_seconds();
    match house.app.token_keys() {
        Some(keys) => json(keys.key_set(now)),
        None => without_keys(&house),
    }
}

/// Gives what stands in front of each endpoint's name: `https://id.example.org/persona/oidc/`.
pub(crate) fn base(house: &House) -> String {
    let settings = house.app.settings();
    let path = settings.base_path.of(&places::OPENID_CONNECT);
    format!("{}{path}", settings.issuer)
}

fn without_keys(house: &House) -> Response {
    let error = OidcError::NoKeys;
    answer::trouble(house, error.kind(), &error)
}

fn json(text: String) -> Response {
    open_to_all((HEADERS, text).into_response())
}

/// Short enough that a new key, which is published a day before it signs, is known by then.
const HEADERS: [(HeaderName, HeaderValue); 2] = [
    (CONTENT_TYPE, HeaderValue::from_static("application/json")),
    (
        CACHE_CONTROL,
        HeaderValue::from_static("public, max-age=3600"),
    ),
];
