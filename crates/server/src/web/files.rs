//! Files: the assets of our pages, the scripts for other people's, and the sign of life.

use axum::extract::Path;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri};
use axum::response::{IntoResponse, Response};

use super::answer;
use super::headers::RESOURCE_POLICY;
use super::hosts::Here;
use crate::assets::Asset;

/// `GET /persona/assets/<hash>/<name>`: a file of this build, to be kept for ever.
pub(crate) async fn asset(
    Here(house): Here,
    Path((hash, name)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    match house.assets.find(&hash, &name) {
        Some(asset) => send(
            asset,
            &headers,
            "public, max-age=31536000, immutable",
            "same-origin",
        ),
        None => missing(),
    }
}

/// `GET /persona/include.js` and its like: what other sites' pages name.
pub(crate) async fn fixed(Here(house): Here, uri: Uri, headers: HeaderMap) -> Response {
    let name = uri
        .path()
        .trim_end_matches('/')
        .rsplit('/')
        .next()
        .unwrap_or_default();
    match house.assets.fixed(name) {
        Some(asset) => send(asset, &headers, "public, max-age=3600", "cross-origin"),
        None => missing(),
    }
}

/// `GET /persona/auth/ping`: are you there?
pub(crate) async fn ping() -> &'static str {
    "PONG"
}

fn send(
    asset: Asset<'_>,
    headers: &HeaderMap,
    cache: &'static str,
    reach: &'static str,
) -> Response {
    let Ok(etag) = HeaderValue::from_str(asset.etag) else {
        return missing();
    };
    let known = headers
        .get(IF_NONE_MATCH)
        .is_some_and(|known| *known == etag);
    let headers = [
        (ETAG, etag),
        (CACHE_CONTROL, HeaderValue::from_static(cache)),
        (RESOURCE_POLICY, HeaderValue::from_static(reach)),
        (CONTENT_TYPE, HeaderValue::from_static(asset.content_type)),
    ];
    if known {
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    (headers, asset.bytes.to_vec()).into_response()
}

fn missing() -> Response {
    answer::problem(
        StatusCode::NOT_FOUND,
        "not-found",
        "this file belongs to another version of the page; load the page again",
    )
}
