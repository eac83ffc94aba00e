//! A site sends a browser to be signed out (OpenID Connect RP-Initiated Logout 1.0 §2).

use axum::extract::RawQuery;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Deserialize;

use super::super::answer;
use super::super::bound::{form_binding, with_cookies};
use super::super::guard::{TokenBody, TokenRefusal, Tokened, Visitor, form_token};
use super::super::hosts::{Here, House};
use super::super::login_status::sign_out;
use super::pages;
use crate::chance;
use crate::journey::Kind;
use crate::journey::oidc::logout::{self, LogoutRefusal, Next};
use crate::pages::{ErrorPage, SignOutPage, SignOutQuestion};

/// `GET /persona/oidc/logout`: a site has signed somebody out.
pub(crate) async fn logout(
    Here(house): Here,
    visitor: Visitor,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let query = query.unwrap_or_default();
    match logout::consider(&house.app, &query, visitor.session.as_ref()).await {
        Ok(Next::Leave { onward }) => {
            let response = match onward {
                Some(to) => answer::see_other(&to),
                None => signed_out(&house),
            };
            sign_out(&house, &visitor, response).await
        }
        Ok(Next::Ask { who, site }) => {
            let Some((browser, cookie)) = form_binding(&house, &headers) else {
                return answer::trouble(&house, Kind::Bug, &chance::NoRandomness);
            };
            let question = SignOutQuestion {
                email: &who.to_string(),
                site: site.as_deref(),
                csrf: &form_token(&house, &browser),
                query: &query,
            };
            with_cookies(page(&house, Some(question)), [cookie])
        }
        Err(refusal) => refuse(&house, &refusal),
    }
}

/// `POST /persona/oidc/logout`: the same as a form of the site's. Browsers keep our cookies from it, so
/// it is asked again as a link.
pub(crate) async fn posted(Here(house): Here, body: String) -> Response {
    if body.len() > pages::LONGEST_QUERY {
        return refuse(&house, &LogoutRefusal::TooLong);
    }
    let path = pages::endpoint(&house, "logout");
    answer::see_other(&format!("{path}?{body}"))
}

/// `POST /persona/oidc/sign-out`: the person has said yes.
pub(crate) async fn confirmed(
    Here(house): Here,
    visitor: Visitor,
    body: Result<TokenBody<SignOutBody>, TokenRefusal>,
) -> Response {
    let TokenBody(body) = match body {
        Ok(body) => body,
        Err(TokenRefusal::Answer(answer)) => return *answer,
        Err(TokenRefusal::Expired) => return pages::expired(&house),
    };
    let response = match logout::onward(&house.app, &body.onward).await {
        Ok(Some(to)) => pages::refresh(&house, &to),
        Ok(None) => signed_out(&house),
        Err(refusal) => return refuse(&house, &refusal),
    };
    sign_out(&house, &visitor, response).await
}

/// What the question's button sends.
#[derive(Debug, Deserialize)]
pub(crate) struct SignOutBody {
    csrf: String,
    /// The site's request, as it came.
    onward: String,
}

impl Tokened for SignOutBody {
    fn token(&self) -> &str {
        &self.csrf
    }
}

fn signed_out(house: &House) -> Response {
    page(house, None)
}

fn page(house: &House, asked: Option<SignOutQuestion<'_>>) -> Response {
    let page = SignOutPage {
        assets: &house.assets,
        domain: house.app.settings().issuer.host(),
        asked,
    };
    answer::page(StatusCode::OK, &page)
}

/// Says on our own page what is wrong with a request, to the person and to whoever made the site.
fn refuse(house: &House, refusal: &LogoutRefusal) -> Response {
    if let LogoutRefusal::Trouble(error) = refusal {
        return answer::trouble(house, error.kind(), error);
    }
    let reference = chance::reference();
    tracing::warn!(outcome = "refused", reference, cause = %refusal, "sign-out for a site");
    let page = ErrorPage {
        assets: &house.assets,
        domain: house.app.settings().issuer.host(),
        title: "You are not signed out here",
        sentence: "The site that sent you here asks in a way that cannot be answered. To sign out here, open this server's first page.",
        hint: for_developers(refusal),
        reference: Some(&reference),
    };
    answer::page(StatusCode::BAD_REQUEST, &page)
}

const fn for_developers(refusal: &LogoutRefusal) -> &'static str {
    match refusal {
        LogoutRefusal::Unreadable(_) => {
            "For the site's developer: a parameter stands twice, is no UTF-8 text, or there are too many."
        }
        LogoutRefusal::TooLong => {
            "For the site's developer: a request that is posted may have 8192 characters."
        }
        LogoutRefusal::ForeignHint => {
            "For the site's developer: id_token_hint is not an ID token of this issuer, or its key is no longer published. It may be left out; then the person is asked."
        }
        LogoutRefusal::OtherClient => {
            "For the site's developer: id_token_hint was given to another client than client_id names."
        }
        LogoutRefusal::UnknownClient => {
            "For the site's developer: no client with this client_id is registered here."
        }
        LogoutRefusal::Redirect(_) => {
            "For the site's developer: this post_logout_redirect_uri is none of those that are registered for the client, or the request names no client (client_id or id_token_hint). They are compared character by character."
        }
        LogoutRefusal::Trouble(_) => "",
    }
}
