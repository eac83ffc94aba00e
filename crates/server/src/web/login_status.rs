//! Signing a browser out, and telling it whether somebody is signed in.

use axum::http::{HeaderName, HeaderValue};
use axum::response::Response;

use super::bound::with_cookies;
use super::guard::Visitor;
use super::{House, answer, cookies};
use crate::journey::session;

/// Ends the visitor's session, and lets the answer take its cookies away.
pub(super) async fn sign_out(house: &House, visitor: &Visitor, response: Response) -> Response {
    if let Some(token) = &visitor.token
        && let Err(error) = session::end(&house.app, token).await
    {
        return answer::trouble(house, error.kind(), &error);
    }
    let settings = house.app.settings();
    let cookies = cookies::end(&settings.session.cookie, &settings.base_path);
    with_cookies(set_login(response, SIGNED_OUT), cookies)
}

/// Tells the browser's own log-in status (`fedcm.md` §9).
pub(super) fn set_login(mut response: Response, status: &'static str) -> Response {
    let name = HeaderName::from_static("set-login");
    response
        .headers_mut()
        .insert(name, HeaderValue::from_static(status));
    response
}

pub(super) const SIGNED_IN: &str = "logged-in";
const SIGNED_OUT: &str = "logged-out";
