//! Guards: what a request must be before a handler sees it. Each is a parameter, so that it cannot
//! be forgotten by leaving out a call.

use std::sync::Arc;

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::header::ORIGIN;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use protocol::email::{EmailAddress, ProvenEmail};
use protocol::secret::Secret;
use serde::de::DeserializeOwned;

use super::client::Client;
use super::cookies::{self, Reach};
use super::hosts::{Here, Hosts};
use super::{House, answer, body};
use crate::hashed::hex_of;
use crate::journey::claim;
use crate::journey::session::{self, LiveSession, SessionToken};

/// Lets requests through that our own pages make, or that no page makes at all.
///
/// Browsers say where a request comes from, in `Sec-Fetch-Site` and, unless it is a plain GET, in
/// `Origin`. A program that says neither has no cookies but its own.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SameOrigin;

/// Who the browser at the other end is signed in as, if anybody. Top-level cookie only.
#[derive(Debug)]
pub(crate) struct Visitor {
    /// The session that the browser named, live or not.
    pub(crate) token: Option<SessionToken>,
    /// The live session.
    pub(crate) session: Option<LiveSession>,
}

/// As [`Visitor`], but the cookie for broker's frames speaks as well. Only for calls that are
/// [`SameOrigin`] and give nothing to anybody but the session's own person.
#[derive(Debug)]
pub(crate) struct FrameVisitor(pub(crate) Option<ProvenEmail>);

/// A body whose form token belongs to the browser that sends it, from one of our own pages.
#[derive(Debug)]
pub(crate) struct TokenBody<T>(pub(crate) T);

/// A body that carries a form's token.
pub(crate) trait Tokened {
    /// The token, as it was sent.
    fn token(&self) -> &str;
}

/// Why a [`TokenBody`] was not let through.
#[derive(Debug)]
pub(crate) enum TokenRefusal {
    /// It cannot be read, or comes from another site: the answer is ready.
    Answer(Box<Response>),
    /// The token is missing, old or another browser's.
    Expired,
}

impl Visitor {
    /// Whose live session it is.
    pub(crate) fn who(&self) -> Option<&ProvenEmail> {
        self.session.as_ref().map(|session| &session.who)
    }

    /// May the visitor be called `address`? Where that is not known they are asked for the password,
    /// which proves the address itself; so it is a no here.
    pub(crate) async fn may_be(&self, house: &House, address: &EmailAddress) -> bool {
        let Some(who) = self.who() else { return false };
        let claimed = claim::claim(&house.app, who, address).await;
        claimed.map_or_else(
            |error| {
                tracing::warn!(outcome = "unavailable", cause = %error, "claim");
                false
            },
            |claimed| claimed.is_some(),
        )
    }
}

impl FromRequestParts<Arc<Hosts>> for SameOrigin {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, hosts: &Arc<Hosts>) -> Result<Self, Response> {
        let house = here(parts, hosts).await?;
        let issuer = house.app.settings().issuer.as_str();
        if is_same_origin(&parts.method, &parts.headers, issuer) {
            return Ok(Self);
        }
        Err(answer::problem(
            StatusCode::FORBIDDEN,
            "other-origin",
            "this call is for the pages of this server only",
        ))
    }
}

impl FromRequestParts<Arc<Hosts>> for Visitor {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, hosts: &Arc<Hosts>) -> Result<Self, Response> {
        let house = here(parts, hosts).await?;
        let cookie = &house.app.settings().session.cookie;
        let token = cookies::session(&parts.headers, cookie, Reach::TopLevel);
        let session = live(hosts, token.as_ref(), parts).await?;
        Ok(Self { token, session })
    }
}

impl FromRequestParts<Arc<Hosts>> for FrameVisitor {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, hosts: &Arc<Hosts>) -> Result<Self, Response> {
        let house = here(parts, hosts).await?;
        let cookie = &house.app.settings().session.cookie;
        let token = cookies::session(&parts.headers, cookie, Reach::TopLevelOrFrame);
        let session = live(hosts, token.as_ref(), parts).await?;
        Ok(Self(session.map(|session| session.who)))
    }
}

impl<T> FromRequest<Arc<Hosts>> for TokenBody<T>
where
    T: DeserializeOwned + Tokened + Send,
{
    type Rejection = TokenRefusal;

    async fn from_request(request: Request, hosts: &Arc<Hosts>) -> Result<Self, TokenRefusal> {
        let (mut parts, rest) = request.into_parts();
        let refuse = |answer| TokenRefusal::Answer(Box::new(answer));
        let house = here(&mut parts, hosts).await.map_err(refuse)?;
        SameOrigin::from_request_parts(&mut parts, hosts)
            .await
            .map_err(refuse)?;
        let bound = cookies::form(&parts.headers, &house.app.settings().session.cookie);
        let content: T = body::read(Request::from_parts(parts, rest))
            .await
            .map_err(refuse)?;
        let expected = bound
            .map(|secret| form_token(&house, &secret))
            .ok_or(TokenRefusal::Expired)?;
        if !is_equal(content.token(), &expected) {
            return Err(TokenRefusal::Expired);
        }
        Ok(Self(content))
    }
}

impl IntoResponse for TokenRefusal {
    fn into_response(self) -> Response {
        match self {
            Self::Answer(answer) => *answer,
            Self::Expired => answer::problem(
                StatusCode::FORBIDDEN,
                "form-expired",
                "the form's token is not this browser's; load the page again",
            ),
        }
    }
}

/// Makes the token for a form, from the secret that the browser keeps in its cookie.
///
/// A page of another site can neither read that cookie nor, thanks to the `__Host-` in front of its
/// name, set it. The token is good for the pages of one issuer.
pub(crate) fn form_token(house: &House, secret: &Secret<String>) -> String {
    let issuer = house.app.settings().issuer.as_str();
    hex_of(&["form token", issuer, secret.expose()])
}

async fn here(parts: &mut Parts, hosts: &Arc<Hosts>) -> Result<Arc<House>, Response> {
    let here = Here::from_request_parts(parts, hosts).await;
    here.map(|Here(house)| house)
        .map_err(IntoResponse::into_response)
}

async fn live(
    hosts: &Arc<Hosts>,
    token: Option<&SessionToken>,
    parts: &mut Parts,
) -> Result<Option<LiveSession>, Response> {
    let Some(token) = token else { return Ok(None) };
    let house = here(parts, hosts).await?;
    let Ok(Client(client)) = Client::from_request_parts(parts, hosts).await;
    session::live(&house.app, token, client)
        .await
        .map_err(|error| answer::trouble(&house, error.kind(), &error))
}

fn is_same_origin(method: &Method, headers: &HeaderMap, issuer: &str) -> bool {
    let one = |name: &str| {
        let mut values = headers.get_all(name).iter();
        let first = values.next().map(|value| value.to_str().unwrap_or("?"));
        // Two of them is one too many to know which is meant.
        if values.next().is_some() {
            Some("?")
        } else {
            first
        }
    };
    let site = match one("sec-fetch-site") {
        None | Some("same-origin") => true,
        // Somebody typed the address of a call into the browser.
        Some("none") => method.is_safe(),
        Some(_) => false,
    };
    site && one(ORIGIN.as_str()).is_none_or(|origin| origin == issuer)
}

/// Compares without stopping at the first difference.
fn is_equal(one: &str, other: &str) -> bool {
    let difference = one
        .bytes()
        .zip(other.bytes())
        .fold(0, |sum, (a, b)| sum | (a ^ b));
    one.len() == other.len() && difference == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_pages_and_programs_are_same_origin() {
        let own = "https://id.example.org";
        for (method, headers, expected) in [
            (Method::POST, vec![], true),
            (Method::POST, vec![("origin", own)], true),
            (
                Method::POST,
                vec![("origin", own), ("sec-fetch-site", "same-origin")],
                true,
            ),
            (
                Method::POST,
                vec![("origin", own), ("sec-fetch-site", "same-site")],
                false,
            ),
            (
                Method::POST,
                vec![("origin", "https://evil.example")],
                false,
            ),
            (
                Method::POST,
                vec![("origin", "https://id.example.org.evil.example")],
                false,
            ),
            (Method::POST, vec![("origin", "null")], false),
            (
                Method::POST,
                vec![("origin", own), ("origin", "https://evil.example")],
                false,
            ),
            (Method::POST, vec![("sec-fetch-site", "cross-site")], false),
            (Method::POST, vec![("sec-fetch-site", "none")], false),
            (Method::GET, vec![("sec-fetch-site", "none")], true),
            (Method::GET, vec![("sec-fetch-site", "cross-site")], false),
        ] {
            let mut map = HeaderMap::new();
            for (name, value) in &headers {
                map.append(*name, value.parse().unwrap());
            }

            assert_eq!(
                is_same_origin(&method, &map, own),
                expected,
                "{method} {headers:?}"
            );
        }
    }

    #[test]
    fn tokens_are_compared_whole() {
        assert!(is_equal("abc", "abc"));
        for other in ["", "ab", "abcd", "abd"] {
            assert!(!is_equal("abc", other), "{other}");
        }
    }
}
