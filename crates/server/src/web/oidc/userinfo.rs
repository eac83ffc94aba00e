//! The userinfo endpoint (OpenID Connect Core §5.3, RFC 6750).

use axum::Json;
use axum::http::header::{CONTENT_TYPE, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use protocol::oidc::{Code, OAuthError};

use super::super::client::Client;
use super::super::hosts::Here;
use super::open_to_all;
use super::tokens::{authorization, form, trouble};
use crate::journey::oidc::exchange::ExchangeError;
use crate::journey::oidc::userinfo::{self, Told};

/// `GET` and `POST /persona/oidc/userinfo`: who is it?
pub(crate) async fn userinfo(
    Here(house): Here,
    Client(client): Client,
    headers: HeaderMap,
    body: String,
) -> Response {
    let told = match bearer(&headers, &body) {
        Ok(Some(token)) => userinfo::tell(&house.app, &token, client).await,
        // Who shows nothing is told what to show, and no error (RFC 6750 §3.1).
        Ok(None) => return open_to_all(challenge(StatusCode::UNAUTHORIZED, None)),
        Err(error) => Err(error.into()),
    };
    open_to_all(match told {
        Ok(Told::Plain(claims)) => Json(claims).into_response(),
        Ok(Told::Signed(token)) => ([(CONTENT_TYPE, "application/jwt")], token).into_response(),
        Err(ExchangeError::Trouble(error)) => trouble(&error),
        Err(ExchangeError::Refused(error)) => {
            let status = if error.code() == Code::InvalidRequest {
                StatusCode::BAD_REQUEST
            } else if error.code() == Code::InsufficientScope {
                StatusCode::FORBIDDEN
            } else {
                StatusCode::UNAUTHORIZED
            };
            challenge(status, Some(&error))
        }
    })
}

/// Reads the token from the header or from a form, never from the address, which is in logs
/// (RFC 6750 §2.3).
fn bearer(headers: &HeaderMap, body: &str) -> Result<Option<String>, OAuthError> {
    let header = authorization(headers)?;
    let posted = if body.is_empty() {
        None
    } else {
        let parameters = form(headers, body)?;
        parameters.one("access_token").map(str::to_owned)
    };
    let Some(header) = header else {
        return Ok(posted);
    };
    let bad = |sentence| Err(OAuthError::new(Code::InvalidRequest, sentence));
    match header.split_once(' ') {
        Some(_) if posted.is_some() => bad("the token is shown in one way, not in two"),
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("Bearer") => {
            Ok(Some(token.trim().to_owned()))
        }
        _ => bad("the header Authorization is not Bearer with a token"),
    }
}

/// Says what is wrong where clients look for it (RFC 6750 §3), and in the body for people.
fn challenge(status: StatusCode, error: Option<&OAuthError>) -> Response {
    let Some(error) = error else {
        return (status, [(WWW_AUTHENTICATE, "Bearer")]).into_response();
    };
    let (code, sentence) = (error.code().as_str(), error.sentence());
    let line = format!("Bearer error=\"{code}\", error_description=\"{sentence}\"");
    let body = serde_json::json!({ "error": code, "error_description": sentence });
    (status, [(WWW_AUTHENTICATE, line)], Json(body)).into_response()
}
