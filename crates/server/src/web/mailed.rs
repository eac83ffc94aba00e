//! The mailed code and link: for addresses whose domain has no issuer.

use std::net::IpAddr;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, Request};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::json;

use super::bound::{form_binding, with_cookies};
use super::client::Client;
use super::guard::{SameOrigin, TokenBody, TokenRefusal, Tokened, Visitor, form_token};
use super::hosts::Here;
use super::login_status::{SIGNED_IN, set_login};
use super::{House, answer, body, cookies};
use crate::chance;
use crate::journey::Kind;
use crate::journey::fallback::FallbackError;
use crate::journey::mailed_code::{self, AnswerError, AskError, CODE_DIGITS, Returned, Whose};
use crate::journey::session::{Computer, Opened};
use crate::pages::{MailedPage, MailedState};

/// `POST /persona/auth/mail/`: mails a code and a link.
pub(crate) async fn ask(
    Here(house): Here,
    _: SameOrigin,
    Client(client): Client,
    request: Request,
) -> Response {
    let wanted: AskBody = match body::read(request).await {
        Ok(wanted) => wanted,
        Err(refusal) => return refusal,
    };
    match mailed_code::ask(&house.app, &wanted.email, computer(wanted.shared), client).await {
        Ok(asked) => {
            let answer =
                json!({ "expires": asked.expires.as_seconds() * 1000, "digits": CODE_DIGITS });
            let cookie = cookies::bind_challenge(&house.app.settings().session.cookie, &asked);
            with_cookies(
                (StatusCode::ACCEPTED, Json(answer)).into_response(),
                [cookie],
            )
        }
        Err(error) => refuse_ask(&house, &error),
    }
}

/// `POST /persona/auth/mail/code/`: the code, typed.
pub(crate) async fn code(
    Here(house): Here,
    _: SameOrigin,
    Client(client): Client,
    visitor: Visitor,
    headers: HeaderMap,
    request: Request,
) -> Response {
    let typed: CodeBody = match body::read(request).await {
        Ok(typed) => typed,
        Err(refusal) => return refusal,
    };
    let attempt = Attempt {
        returned: Returned::Code(&typed.code),
        computer: computer(typed.shared),
        client,
    };
    match confirm(&house, &headers, &visitor, &attempt).await {
        Ok(opened) => {
            let answer = Json(json!({ "email": opened.address.to_string() })).into_response();
            signed_in(&house, answer, &opened)
        }
        Err(error) => refuse_answer(&house, &error),
    }
}

/// `GET /persona/mailed/?k=TOKEN`: where the link leads. Mail servers open links too, so this page
/// does nothing but ask.
pub(crate) async fn link_page(
    Here(house): Here,
    query: Result<Query<LinkQuery>, QueryRejection>,
    headers: HeaderMap,
) -> Response {
    let token = query
        .ok()
        .map(|Query(query)| query.k)
        .filter(|k| chance::is_token(k));
    let Some(token) = token else {
        return page(&house, StatusCode::NOT_FOUND, MailedState::Gone);
    };
    let name = &house.app.settings().session.cookie;
    let Some(challenge) = cookies::challenge(&headers, name) else {
        return page(&house, StatusCode::OK, MailedState::OtherBrowser);
    };
    let address = match mailed_code::whose(&house.app, &challenge, &token).await {
        Ok(Whose::Of(address)) => address.to_string(),
        Ok(Whose::AnotherLetters) => {
            return page(&house, StatusCode::OK, MailedState::OtherLetter);
        }
        Ok(Whose::Nobodys) => return page(&house, StatusCode::GONE, MailedState::Gone),
        Err(error) => return answer::trouble(&house, Kind::Upstream, &error),
    };
    let Some((secret, cookie)) = form_binding(&house, &headers) else {
        return answer::trouble(&house, Kind::Bug, &chance::NoRandomness);
    };
    let csrf = form_token(&house, &secret);
    let state = MailedState::Confirm {
        email: Some(&address),
        csrf: &csrf,
        token: &token,
    };
    with_cookies(page(&house, StatusCode::OK, state), [cookie])
}

/// `POST /persona/auth/mail/link/`: the link, confirmed by its button.
pub(crate) async fn link(
    Here(house): Here,
    Client(client): Client,
    visitor: Visitor,
    headers: HeaderMap,
    body: Result<TokenBody<LinkBody>, TokenRefusal>,
) -> Response {
    let TokenBody(body) = match body {
        Ok(body) => body,
        Err(TokenRefusal::Answer(answer)) => return *answer,
        Err(TokenRefusal::Expired) => {
            return page(&house, StatusCode::FORBIDDEN, MailedState::OtherBrowser);
        }
    };
    let attempt = Attempt {
        returned: Returned::Link(&body.k),
        // Whether the computer is shared was said when the letter was asked for.
        computer: Computer::Own,
        client,
    };
    match confirm(&house, &headers, &visitor, &attempt).await {
        Ok(opened) => {
            let answer = page(&house, StatusCode::OK, MailedState::Done);
            signed_in(&house, answer, &opened)
        }
        Err(error @ AnswerError::Wrong { .. }) => page(
            &house,
            answer::status(error.kind()),
            MailedState::OtherLetter,
        ),
        Err(error @ AnswerError::Gone) => {
            page(&house, answer::status(error.kind()), MailedState::Gone)
        }
        Err(error) => answer::trouble(&house, error.kind(), &error),
    }
}

#[derive(Debug, Deserialize)]
struct AskBody {
    email: String,
    #[serde(default)]
    shared: bool,
}

#[derive(Debug, Deserialize)]
struct CodeBody {
    code: String,
    #[serde(default)]
    shared: bool,
}

/// The question to the link's page.
#[derive(Debug, Deserialize)]
pub(crate) struct LinkQuery {
    k: String,
}

/// What the link's button sends.
#[derive(Debug, Deserialize)]
pub(crate) struct LinkBody {
    csrf: String,
    k: String,
}

impl Tokened for LinkBody {
    fn token(&self) -> &str {
        &self.csrf
    }
}

/// What came back, from where.
struct Attempt<'a> {
    returned: Returned<'a>,
    computer: Computer,
    client: IpAddr,
}

async fn confirm(
    house: &House,
    headers: &HeaderMap,
    visitor: &Visitor,
    attempt: &Attempt<'_>,
) -> Result<Opened, AnswerError> {
    let token = cookies::challenge(headers, &house.app.settings().session.cookie);
    let former = visitor.token.as_ref();
    let Attempt {
        returned,
        computer,
        client,
    } = attempt;
    mailed_code::answer(
        &house.app,
        token.as_ref(),
        returned,
        former,
        *computer,
        *client,
    )
    .await
}

const fn computer(shared: bool) -> Computer {
    if shared {
        Computer::Shared
    } else {
        Computer::Own
    }
}

fn signed_in(house: &House, response: Response, opened: &Opened) -> Response {
    let settings = house.app.settings();
    let name = &settings.session.cookie;
    let response = with_cookies(response, [cookies::end_challenge(name)]);
    let cookies = cookies::begin(name, &settings.base_path, opened);
    with_cookies(set_login(response, SIGNED_IN), cookies)
}

fn refuse_ask(house: &House, error: &AskError) -> Response {
    let say = |status, word| answer::problem(status, word, &error.to_string());
    match error {
        AskError::NotAnAddress(_) | AskError::UnsuitableName(_) => {
            say(StatusCode::BAD_REQUEST, "not-an-address")
        }
        AskError::Fallback(FallbackError::Off) => say(StatusCode::NOT_FOUND, "no-fallback"),
        AskError::Fallback(FallbackError::HasIssuer(_)) => say(StatusCode::CONFLICT, "has-issuer"),
        AskError::Fallback(FallbackError::CouldNotDiscover(_)) => {
            say(StatusCode::SERVICE_UNAVAILABLE, "could-not-ask")
        }
        AskError::TooMany { retry_after } => {
            let response = say(StatusCode::TOO_MANY_REQUESTS, "too-many");
            answer::retry_after(response, *retry_after)
        }
        AskError::MailboxRefused => say(StatusCode::UNPROCESSABLE_ENTITY, "mailbox-refused"),
        // What the relay said is for the log.
        AskError::NotSent { reference, .. } => answer::problem(
            StatusCode::SERVICE_UNAVAILABLE,
            "mail-not-sent",
            &format!("the letter could not be sent; the operator finds {reference} in the log"),
        ),
        AskError::Store(_) | AskError::NoRandomness(_) => {
            answer::trouble(house, error.kind(), error)
        }
    }
}

fn refuse_answer(house: &House, error: &AnswerError) -> Response {
    match error {
        AnswerError::Wrong { left } => {
            let status = StatusCode::UNAUTHORIZED;
            answer::problem_with(
                status,
                "wrong-code",
                &error.to_string(),
                [("left", json!(left))],
            )
        }
        AnswerError::Gone => answer::problem(StatusCode::GONE, "gone", &error.to_string()),
        AnswerError::Fallback(cause) => answer::problem(
            answer::status(cause.kind()),
            "could-not-ask",
            &error.to_string(),
        ),
        AnswerError::Store(_) | AnswerError::Session(_) => {
            answer::trouble(house, error.kind(), error)
        }
    }
}

fn page(house: &House, status: StatusCode, state: MailedState<'_>) -> Response {
    let page = MailedPage {
        assets: &house.assets,
        domain: house.app.settings().issuer.host(),
        state,
    };
    answer::page(status, &page)
}
