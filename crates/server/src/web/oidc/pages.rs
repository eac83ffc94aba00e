//! The pages on the way between a site's request and its answer.
//!
//! A browser does not follow a redirect to another site out of one of our forms, since our policy says
//! `form-action 'self'`. So what comes after a form is a page that goes on by itself.

use axum::http::header::{CONTENT_SECURITY_POLICY, REFRESH};
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use protocol::email::EmailAddress;
use protocol::oidc::{Reply, Scope, Scopes};

use super::super::answer;
use super::super::headers::ONWARD_POLICY;
use super::super::hosts::House;
use crate::pages::{ConsentPage, ErrorPage, GoOnPage, Onward, PostPage};
use crate::places;

/// Answers a site.
pub(super) fn reply(house: &House, reply: &Reply) -> Response {
    match reply {
        Reply::Redirect(to) => answer::see_other(to),
        Reply::FormPost { to, fields } => post(house, to, fields),
    }
}

/// Answers a site after one of our own forms.
pub(super) fn reply_to_form(house: &House, reply: &Reply) -> Response {
    match reply {
        Reply::Redirect(to) => refresh(house, to),
        Reply::FormPost { to, fields } => post(house, to, fields),
    }
}

/// Lets a request begin anew, after one of our own forms. It comes back to us whatever it says.
pub(crate) fn go_on(house: &House, query: &str, since: &str) -> Response {
    refresh(house, &format!("{}?{query}{SINCE}{since}", path(house)))
}

/// Sends the browser on without a redirect.
pub(super) fn refresh(house: &House, to: &str) -> Response {
    let page = GoOnPage {
        assets: &house.assets,
        domain: house.app.settings().issuer.host(),
        to,
    };
    let mut response = answer::page(StatusCode::OK, &page);
    if let Ok(value) = HeaderValue::try_from(format!("0;url={to}")) {
        response.headers_mut().insert(REFRESH, value);
    }
    response
}

/// Asks whether a site may know somebody, or says that it may not.
pub(super) fn consent(
    house: &House,
    onward: &Onward<'_>,
    csrf: &str,
    who: &EmailAddress,
    scopes: Option<&Scopes>,
) -> Response {
    let page = ConsentPage {
        assets: &house.assets,
        domain: &who.domain().to_unicode(),
        email: &who.to_string(),
        onward: *onward,
        csrf,
        told: scopes.map(told),
    };
    answer::page(StatusCode::OK, &page)
}

/// Says that a form is too old, or another browser's.
pub(super) fn expired(house: &House) -> Response {
    let page = ErrorPage {
        assets: &house.assets,
        domain: house.app.settings().issuer.host(),
        title: "This page is too old",
        sentence: "It was open for so long that this browser no longer knows it. Nothing was decided.",
        hint: "Go back to the site that you came from and sign in there again.",
        reference: None,
    };
    answer::page(StatusCode::FORBIDDEN, &page)
}

/// Gives the address of the authorization endpoint, as our own pages name it.
pub(super) fn path(house: &House) -> String {
    endpoint(house, "authorize")
}

/// Gives the address of an endpoint, as our own pages name it.
pub(super) fn endpoint(house: &House, name: &str) -> String {
    let settings = house.app.settings();
    let base = settings.base_path.of(&places::OPENID_CONNECT);
    format!("{base}{name}")
}

/// Says in words what a site would be told.
pub(crate) fn told(scopes: &Scopes) -> Vec<&'static str> {
    let words = |scope| match scope {
        // That somebody is there at all is what signing in means.
        Scope::OpenId => None,
        Scope::Email => Some("your email address"),
        Scope::Profile => Some("your user name"),
        Scope::Groups => Some("the groups that you belong to"),
        Scope::OfflineAccess => {
            Some("whether your mailbox is still yours, also while you are away")
        }
    };
    scopes.iter().filter_map(words).collect()
}

fn post(house: &House, to: &str, fields: &[(String, String)]) -> Response {
    let page = PostPage {
        assets: &house.assets,
        domain: house.app.settings().issuer.host(),
        to,
        fields,
    };
    let mut response = answer::page(StatusCode::OK, &page);
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, ONWARD_POLICY);
    response
}

/// Characters of a request that came as a form.
pub(super) const LONGEST_QUERY: usize = 8192;
/// What stands in front of the sealed time at which a request came first.
pub(super) const SINCE: &str = "&persona_since=";
