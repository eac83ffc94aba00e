//! Forms that belong to a browser, and answers with its cookies.

use axum::http::HeaderMap;
use axum::http::header::SET_COOKIE;
use axum::response::{AppendHeaders, IntoResponse, Response};
use protocol::secret::Secret;

use super::House;
use super::cookies::{self, Cookie};
use crate::chance;

/// The secret that ties a form to this browser: its own, or a new one with the cookie to keep it.
pub(crate) fn form_binding(house: &House, headers: &HeaderMap) -> Option<(Secret<String>, Cookie)> {
    let name = &house.app.settings().session.cookie;
    if let Some(secret) = cookies::form(headers, name) {
        return Some((secret, None));
    }
    let secret = chance::token().ok()?;
    let cookie = cookies::bind_form(name, &secret);
    Some((secret, cookie))
}

pub(crate) fn with_cookies<const N: usize>(response: Response, cookies: [Cookie; N]) -> Response {
    let cookies = cookies.map(|cookie| cookie.map(|value| (SET_COOKIE, value)));
    let present: Vec<_> = cookies.into_iter().flatten().collect();
    (AppendHeaders(present), response).into_response()
}
