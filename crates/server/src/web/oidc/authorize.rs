//! The authorization endpoint: a site sends a browser here (OpenID Connect Core §3.1.2).

use axum::extract::RawQuery;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use protocol::oidc::Distrust;

use super::super::answer;
use super::super::bound::{form_binding, with_cookies};
use super::super::client::Client;
use super::super::guard::{Visitor, form_token};
use super::super::hosts::{Here, House};
use super::super::login_answer::{self, Form};
use super::pages::{self, SINCE, path};
use crate::chance;
use crate::journey::Kind;
use crate::journey::oidc::authorize::{self, Asked, Next, Refusal};
use crate::pages::{ErrorPage, Onward};

/// `GET /persona/oidc/authorize`: who is there?
pub(crate) async fn authorize(
    Here(house): Here,
    visitor: Visitor,
    Client(client): Client,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let Some((browser, cookie)) = form_binding(&house, &headers) else {
        return answer::trouble(&house, Kind::Bug, &chance::NoRandomness);
    };
    let (query, since) = without_since(query.as_deref().unwrap_or_default());
    let asked = Asked {
        query,
        since,
        browser: &browser,
        session: visitor.session.as_ref(),
        client,
    };
    let answer = match authorize::authorize(&house.app, &asked).await {
        Ok(next) => show(&house, &asked, &next).await,
        Err(refusal) => refuse(&house, &refusal),
    };
    with_cookies(answer, [cookie])
}

/// `POST /persona/oidc/authorize`: the same as a form of the site's. Browsers keep our cookies from
/// it, so it is asked again as a link.
pub(crate) async fn posted(Here(house): Here, body: String) -> Response {
    if body.len() > pages::LONGEST_QUERY {
        let refusal = Refusal::TooLong;
        return refuse(&house, &refusal);
    }
    answer::see_other(&format!("{}?{body}", path(&house)))
}

/// Shows what comes next.
pub(super) async fn show(house: &House, asked: &Asked<'_>, next: &Next) -> Response {
    let since = asked.waiting_since(&house.app);
    let csrf = form_token(house, asked.browser);
    let onward = |site| Onward {
        query: asked.query,
        since: &since,
        site,
    };
    match next {
        Next::Reply(reply) => pages::reply(house, reply),
        Next::SignIn { hint, site } => {
            let email = hint.as_ref().map(ToString::to_string);
            let form = Form {
                email: email.as_deref().unwrap_or_default(),
                locked: false,
                csrf: &csrf,
                onward: Some(onward(site)),
            };
            login_answer::first_page(house, &form, asked.client).await
        }
        Next::Ask { who, scopes, site } => {
            pages::consent(house, &onward(site), &csrf, who, Some(scopes))
        }
        Next::Bar { who, site } => pages::consent(house, &onward(site), &csrf, who, None),
    }
}

/// Says on our own page what is wrong with a request, to the person and to whoever made the site.
pub(super) fn refuse(house: &House, refusal: &Refusal) -> Response {
    if let Refusal::Trouble(error) = refusal {
        return answer::trouble(house, error.kind(), error);
    }
    let reference = chance::reference();
    tracing::warn!(outcome = "refused", reference, cause = %refusal, "authorize");
    let page = ErrorPage {
        assets: &house.assets,
        domain: house.app.settings().issuer.host(),
        title: "This site asks in a way that cannot be answered",
        sentence: "Nobody was told who you are. The site that sent you here, or its setting-up here, has to be mended; you can do nothing wrong.",
        hint: for_developers(refusal),
        reference: Some(&reference),
    };
    answer::page(StatusCode::BAD_REQUEST, &page)
}

/// Takes our own parameter from the end of a request.
fn without_since(query: &str) -> (&str, Option<&str>) {
    match query.rsplit_once(SINCE) {
        Some((query, since)) => (query, Some(since)),
        None => (query, None),
    }
}

const fn for_developers(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::Unreadable(_) => {
            "For the site's developer: a parameter stands twice, is no UTF-8 text, or there are too many."
        }
        Refusal::TooLong => {
            "For the site's developer: a request that is posted may have 8192 characters."
        }
        Refusal::UnknownClient => {
            "For the site's developer: no client with this client_id is registered here. The operator adds one with “persona client add”."
        }
        Refusal::Distrust(Distrust::NoClient) => {
            "For the site's developer: the parameter client_id is missing."
        }
        Refusal::Distrust(Distrust::NoRedirect) => {
            "For the site's developer: the parameter redirect_uri is missing."
        }
        Refusal::Distrust(Distrust::UnregisteredRedirect) => {
            "For the site's developer: this redirect_uri is none of those that are registered for this client_id. They are compared character by character; “persona client show” lists them."
        }
        Refusal::Trouble(_) => "",
    }
}
