//! The dialog, and what it asks us: whose an address is, and whether a certificate is good.

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, Request};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_SECURITY_POLICY, REFERRER_POLICY};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::json;
use serde_json::value::RawValue;

use super::browserid::AboutAddress;
use super::client::Client;
use super::guard::{SameOrigin, Visitor};
use super::handoff::{asking_origin, is_state};
use super::headers::{DIALOG_POLICY, DIALOG_REFERRER_POLICY};
use super::hosts::Here;
use super::{House, answer, body};
use crate::journey::address::{self, LookUpError, Place};
use crate::journey::authority::NoAuthority;
use crate::journey::check_certificate::{self, CheckError, Shown};
use crate::pages::{DialogPage, ErrorPage, RedirectRequest};

/// `GET /persona/dialog`: the window that a site's button opens.
pub(crate) async fn window(Here(house): Here) -> Response {
    page(&house, None)
}

/// `POST /persona/dialog`: a site has sent its own window here, because a popup would be cut off.
/// The site is what the browser says in `Origin`, and that is what its assertion will be for.
pub(crate) async fn redirected(Here(house): Here, request: Request) -> Response {
    let site = asking_origin(request.headers());
    let asked = body::read_form::<Redirected>(request).await.ok();
    let asked = asked.filter(|asked| is_state(&asked.state));
    let (Some(site), Some(asked)) = (site, asked) else {
        let page = ErrorPage {
            assets: &house.assets,
            domain: house.app.settings().issuer.host(),
            title: "This request cannot be answered",
            sentence: "Your browser did not say which site sent you here, or the site asked for something that cannot be read.",
            hint: "Go back to the site and start again. If it stays so, tell the site: its page must let the browser send its origin.",
            reference: None,
        };
        return answer::page(StatusCode::BAD_REQUEST, &page);
    };
    let redirect = RedirectRequest {
        audience: site.as_str(),
        request: &asked.request,
        state: &asked.state,
    };
    page(&house, Some(redirect))
}

/// `GET /persona/auth/address/?email=A`: what the dialog must know before it goes on.
pub(crate) async fn address(
    Here(house): Here,
    _: SameOrigin,
    visitor: Visitor,
    Client(client): Client,
    query: Result<Query<AboutAddress>, QueryRejection>,
) -> Response {
    let typed = query.map(|Query(about)| about.email).unwrap_or_default();
    let known = match address::look_up(&house.app, &typed, client).await {
        Ok(known) => known,
        Err(LookUpError::NotAnAddress(_)) => {
            return answer::problem(
                StatusCode::BAD_REQUEST,
                "not-an-address",
                "this is no e-mail address",
            );
        }
        Err(error @ LookUpError::TooMany { retry_after }) => {
            let status = StatusCode::TOO_MANY_REQUESTS;
            let response = answer::problem(status, "too-many", &error.to_string());
            return answer::retry_after(response, retry_after);
        }
    };
    let signed_in = matches!(known.place, Place::Ours | Place::Mailed)
        && visitor.may_be(&house, &known.address).await;
    let mut answer = json!({
        "email": known.address.to_string(),
        "domain": known.address.domain().to_unicode(),
        "server_time": house.app.now().as_millis(),
        "kind": kind(&known.place),
        "signed_in": signed_in,
    });
    if let (Place::Issuer(issuer), Some(members)) = (&known.place, answer.as_object_mut()) {
        let issuer = json!({
            "authority": issuer.authority.as_str(),
            "authentication": issuer.authentication,
            "provisioning": issuer.provisioning,
            "handoff": issuer.handoff,
        });
        members.insert("issuer".to_owned(), issuer);
    }
    Json(answer).into_response()
}

/// `POST /persona/auth/check/`: may the dialog keep and use this certificate? (`browserid.md` §8.1 F1)
pub(crate) async fn check(
    Here(house): Here,
    _: SameOrigin,
    Client(client): Client,
    request: Request,
) -> Response {
    let shown: CheckBody = match body::read(request).await {
        Ok(shown) => shown,
        Err(refusal) => return refusal,
    };
    let shown = Shown {
        email: &shown.email,
        public_key: shown.public_key.get(),
        certificate: &shown.certificate,
    };
    match check_certificate::check(&house.app, &shown, client).await {
        Ok(good) => Json(json!({
            "expires": good.expires().as_millis(),
            "issuer": good.issuer().as_str(),
        }))
        .into_response(),
        Err(error) => {
            let word = match error {
                CheckError::Authority(NoAuthority::CouldNotDiscover(_)) => "could-not-ask",
                CheckError::TooMany => "too-many",
                CheckError::NotAnAddress(_)
                | CheckError::Key(_)
                | CheckError::Authority(NoAuthority::Nobody(_))
                | CheckError::Bad(_) => "bad-certificate",
            };
            answer::problem(answer::status(error.kind()), word, &error.to_string())
        }
    }
}

#[derive(Debug, Deserialize)]
struct Redirected {
    request: String,
    state: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct CheckBody {
    email: String,
    public_key: Box<RawValue>,
    certificate: String,
}

fn page(house: &House, redirect: Option<RedirectRequest<'_>>) -> Response {
    let page = DialogPage {
        assets: &house.assets,
        domain: house.app.settings().issuer.host(),
        redirect,
    };
    let mut response = answer::page(StatusCode::OK, &page);
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, DIALOG_POLICY);
    headers.insert(REFERRER_POLICY, DIALOG_REFERRER_POLICY);
    response
}

const fn kind(place: &Place) -> &'static str {
    match place {
        Place::Ours => "ours",
        Place::Issuer(_) => "issuer",
        Place::Mailed => "mailed",
        Place::Nobody => "none",
        Place::Unreachable => "unreachable",
    }
}
