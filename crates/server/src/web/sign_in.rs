//! Signing in and out: the login page, and the calls behind it.
//!
//! There is one login page. The dialog goes to it and comes back, as classic `BrowserID` did, so a
//! wrong password is explained in one place, and without scripts.

use axum::Json;
use axum::extract::Query;
use axum::extract::rejection::QueryRejection;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use protocol::email::EmailAddress;
use protocol::secret::Secret;
use serde::Deserialize;
use serde_json::json;

use super::bound::{form_binding, with_cookies};
use super::client::Client;
use super::cookies;
use super::guard::{TokenBody, TokenRefusal, Tokened, Visitor, form_token};
use super::hosts::Here;
use super::login_answer::{self, Form};
use super::login_status::{SIGNED_IN, set_login, sign_out};
use super::{House, answer, oidc};
use crate::chance;
use crate::journey::Kind;
use crate::journey::login::{self, Attempt};
use crate::journey::oidc::authorize;
use crate::journey::session::{Computer, Opened};
use crate::pages::{Onward, SignedInPage};
use crate::places;

/// `GET /persona/login/?email=A`: the form, or "you are signed in".
pub(crate) async fn login_page(
    Here(house): Here,
    visitor: Visitor,
    Client(client): Client,
    query: Result<Query<LoginQuery>, QueryRejection>,
    headers: HeaderMap,
) -> Response {
    let Ok(Query(query)) = query else {
        return password_in_query();
    };
    let Some((secret, cookie)) = form_binding(&house, &headers) else {
        return answer::trouble(&house, Kind::Bug, &chance::NoRandomness);
    };
    let csrf = form_token(&house, &secret);
    let typed = query.email.as_deref().map(str::trim).unwrap_or_default();
    let asked = EmailAddress::parse(typed)
        .ok()
        .map(|asked| asked.canonical());
    let signed_in = match (&asked, visitor.who()) {
        (Some(asked), _) => visitor.may_be(&house, asked).await.then_some(asked),
        (None, Some(who)) if typed.is_empty() => Some(who.address()),
        (None, _) => None,
    };
    let response = if let Some(address) = signed_in {
        let email = address.to_string();
        let domain = address.domain().to_unicode();
        let assets = &house.assets;
        let page = SignedInPage {
            assets,
            domain: &domain,
            email: &email,
            csrf: &csrf,
            brokers: &house.brokers,
        };
        set_login(answer::page(StatusCode::OK, &page), SIGNED_IN)
    } else {
        let form = Form {
            email: typed,
            locked: asked.is_some(),
            csrf: &csrf,
            onward: None,
        };
        login_answer::first_page(&house, &form, client).await
    };
    with_cookies(response, [cookie])
}

/// The question to the login page. A password in it is refused, not ignored: it would be in the
/// history and in logs.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LoginQuery {
    email: Option<String>,
}

/// `GET /` and `GET /persona/`: whoever comes in by the front door wants to sign in.
pub(crate) async fn front_door(Here(house): Here) -> Response {
    answer::see_other(&login_page_of(&house))
}

/// `POST /persona/auth/login/`: checks a password with the mail server.
pub(crate) async fn login(
    Here(house): Here,
    visitor: Visitor,
    Client(client): Client,
    Query(query): Query<Vec<(String, String)>>,
    headers: HeaderMap,
    body: Result<TokenBody<LoginBody>, TokenRefusal>,
) -> Response {
    if !query.is_empty() {
        return password_in_query();
    }
    let TokenBody(body) = match body {
        Ok(body) => body,
        Err(refusal) => return refuse_body(&house, &headers, refusal).await,
    };
    let Some((secret, cookie)) = form_binding(&house, &headers) else {
        return answer::trouble(&house, Kind::Bug, &chance::NoRandomness);
    };
    let csrf = form_token(&house, &secret);
    let site = match &body.onward {
        Some(query) => authorize::site_name(&house.app, query).await.ok(),
        None => None,
    };
    let fields = body.onward.as_deref().zip(body.since.as_deref());
    let onward = fields
        .zip(site.as_ref())
        .map(|((query, since), site)| Onward { query, since, site });
    let form = Form {
        email: body.email.trim(),
        locked: body.locked.is_some(),
        csrf: &csrf,
        onward,
    };
    let attempt = Attempt {
        address: &body.email,
        password: body.password,
        client,
        former: visitor.token,
        computer: match body.shared {
            Some(_) => Computer::Shared,
            None => Computer::Own,
        },
    };
    match login::log_in(&house.app, attempt).await {
        Ok(opened) => welcome(&house, &headers, &opened, onward.as_ref()),
        Err(error) => with_cookies(
            login_answer::refuse(&house, &headers, &form, &error).await,
            [cookie],
        ),
    }
}

/// What the login form sends.
#[derive(Debug, Deserialize)]
pub(crate) struct LoginBody {
    email: String,
    password: Secret<String>,
    csrf: String,
    locked: Option<String>,
    /// Present when somebody has said that others use this computer too.
    shared: Option<String>,
    /// The request of a site that waits for the sign-in, as it came.
    onward: Option<String>,
    /// The sealed time at which that came.
    since: Option<String>,
}

/// `POST /persona/auth/logout/`: ends the session.
pub(crate) async fn logout(
    Here(house): Here,
    visitor: Visitor,
    headers: HeaderMap,
    body: Result<TokenBody<LogoutBody>, TokenRefusal>,
) -> Response {
    if let Err(refusal) = body {
        return refuse_body(&house, &headers, refusal).await;
    }
    let response = answer::see_other(&login_page_of(&house));
    sign_out(&house, &visitor, response).await
}

/// What the sign-out form sends.
#[derive(Debug, Deserialize)]
pub(crate) struct LogoutBody {
    csrf: String,
}

impl Tokened for LoginBody {
    fn token(&self) -> &str {
        &self.csrf
    }
}

impl Tokened for LogoutBody {
    fn token(&self) -> &str {
        &self.csrf
    }
}

/// Answers a form that was not let through; an expired one with a new form to go on with.
async fn refuse_body(house: &House, headers: &HeaderMap, refusal: TokenRefusal) -> Response {
    match refusal {
        TokenRefusal::Answer(answer) => *answer,
        TokenRefusal::Expired => {
            let Some((secret, cookie)) = form_binding(house, headers) else {
                return answer::trouble(house, Kind::Bug, &chance::NoRandomness);
            };
            let csrf = form_token(house, &secret);
            let form = Form {
                email: "",
                locked: false,
                csrf: &csrf,
                onward: None,
            };
            with_cookies(login_answer::expired(house, headers, &form).await, [cookie])
        }
    }
}

/// Sends the browser on with its new session: to the site that waits for it, else back to the login page
/// as the first ancestor did.
fn welcome(
    house: &House,
    headers: &HeaderMap,
    opened: &Opened,
    onward: Option<&Onward<'_>>,
) -> Response {
    let settings = house.app.settings();
    let email = opened.address.to_string();
    let location = format!("{}?email={}", login_page_of(house), query_value(&email));
    let response = if answer::wants_json(headers) {
        Json(json!({ "email": email, "location": location })).into_response()
    } else if let Some(onward) = onward {
        oidc::go_on(house, onward.query, onward.since)
    } else {
        answer::see_other(&location)
    };
    let cookies = cookies::begin(&settings.session.cookie, &settings.base_path, opened);
    with_cookies(set_login(response, SIGNED_IN), cookies)
}

fn login_page_of(house: &House) -> String {
    let base_path = &house.app.settings().base_path;
    base_path.of(&places::AUTHENTICATION).to_string()
}

fn password_in_query() -> Response {
    answer::problem(
        StatusCode::BAD_REQUEST,
        "query",
        "nothing but an email belongs into this address; a password least of all",
    )
}

/// Writes a text so that it can stand in a query.
fn query_value(text: &str) -> String {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~@".contains(byte);
    let write = |byte: u8| {
        if plain(&byte) {
            char::from(byte).to_string()
        } else {
            format!("%{byte:02X}")
        }
    };
    text.bytes().map(write).collect()
}
