//! What clients post: the token endpoint (RFC 6749 §3.2, §5), revocation (RFC 7009) and introspection
//! (RFC 7662).

use std::net::IpAddr;

use axum::Json;
use axum::http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use protocol::oidc::{Code, OAuthError, Parameters};
use serde_json::{Map, Value, json};

use super::super::body::{Shape, shape};
use super::super::client::Client;
use super::super::hosts::{Here, House};
use super::{documents, open_to_all};
use crate::chance;
use crate::journey::Kind;
use crate::journey::oidc::exchange::{self, ExchangeError, Posted, Tokens};
use crate::journey::oidc::{OidcError, introspect, revoke};

/// `POST /persona/oidc/token`: a code or a refresh token for tokens.
pub(crate) async fn token(
    Here(house): Here,
    Client(client): Client,
    headers: HeaderMap,
    body: String,
) -> Response {
    let posted = Form::read(&house, &headers, &body, "token");
    let exchanged = match &posted {
        Ok(form) => exchange::exchange(&house.app, &form.posted(client)).await,
        Err(error) => Err(error.clone().into()),
    };
    open_to_all(match exchanged {
        Ok(tokens) => given(&tokens),
        Err(error) => refuse(&headers, &error),
    })
}

/// `POST /persona/oidc/revoke`: a token is given back.
pub(crate) async fn revoke(
    Here(house): Here,
    Client(client): Client,
    headers: HeaderMap,
    body: String,
) -> Response {
    let posted = Form::read(&house, &headers, &body, "revoke");
    let revoked = match &posted {
        Ok(form) => revoke::revoke(&house.app, &form.posted(client)).await,
        Err(error) => Err(error.clone().into()),
    };
    open_to_all(match revoked {
        Ok(()) => StatusCode::OK.into_response(),
        Err(error) => refuse(&headers, &error),
    })
}

/// `POST /persona/oidc/introspect`: what is a token good for?
pub(crate) async fn introspect(
    Here(house): Here,
    Client(client): Client,
    headers: HeaderMap,
    body: String,
) -> Response {
    let posted = Form::read(&house, &headers, &body, "introspect");
    let told = match &posted {
        Ok(form) => introspect::introspect(&house.app, &form.posted(client)).await,
        Err(error) => Err(error.clone().into()),
    };
    match told {
        Ok(Some(claims)) => Json(claims).into_response(),
        Ok(None) => Json(json!({ "active": false })).into_response(),
        Err(error) => refuse(&headers, &error),
    }
}

/// What a client has posted.
struct Form<'r> {
    authorization: Option<&'r str>,
    parameters: Parameters,
    endpoint: String,
}

impl<'r> Form<'r> {
    fn read(
        house: &House,
        headers: &'r HeaderMap,
        body: &str,
        endpoint: &str,
    ) -> Result<Self, OAuthError> {
        Ok(Self {
            parameters: form(headers, body)?,
            authorization: authorization(headers)?,
            endpoint: format!("{}{endpoint}", documents::base(house)),
        })
    }

    fn posted(&self, client: IpAddr) -> Posted<'_> {
        Posted {
            authorization: self.authorization,
            parameters: &self.parameters,
            endpoint: &self.endpoint,
            client,
        }
    }
}

/// Reads the parameters of a form.
pub(super) fn form(headers: &HeaderMap, body: &str) -> Result<Parameters, OAuthError> {
    if shape(headers) != Some(Shape::Form) {
        let sentence = "send a form: application/x-www-form-urlencoded";
        return Err(OAuthError::new(Code::InvalidRequest, sentence));
    }
    Parameters::read(body)
}

/// Reads the header by which a client shows who it is.
pub(super) fn authorization(headers: &HeaderMap) -> Result<Option<&str>, OAuthError> {
    let mut lines = headers.get_all(AUTHORIZATION).iter();
    let line = lines.next().map(HeaderValue::to_str).transpose();
    match (line, lines.next()) {
        (Ok(line), None) => Ok(line),
        _ => Err(OAuthError::new(
            Code::InvalidRequest,
            "the header Authorization stands there twice, or is no text",
        )),
    }
}

/// Says no as RFC 6749 §5.2 has it, or that it is not known.
fn refuse(headers: &HeaderMap, error: &ExchangeError) -> Response {
    match error {
        ExchangeError::Refused(error) => refused(headers, error),
        ExchangeError::Trouble(error) => trouble(error),
    }
}

fn refused(headers: &HeaderMap, error: &OAuthError) -> Response {
    let (code, sentence) = (error.code(), error.sentence());
    tracing::info!(outcome = "refused", error = %code, reason = sentence, "tokens");
    let body = Json(json!({ "error": code.as_str(), "error_description": sentence }));
    if code != Code::InvalidClient {
        return (StatusCode::BAD_REQUEST, body).into_response();
    }
    if !headers.contains_key(AUTHORIZATION) {
        return (StatusCode::UNAUTHORIZED, body).into_response();
    }
    let challenge = [(WWW_AUTHENTICATE, "Basic realm=\"clients\"")];
    (StatusCode::UNAUTHORIZED, challenge, body).into_response()
}

/// Says that it is not known what to answer, with a reference that is in the log.
pub(super) fn trouble(error: &OidcError) -> Response {
    let reference = chance::reference();
    let (status, word) = match error.kind() {
        Kind::Bug => {
            tracing::error!(outcome = "bug", reference, cause = %error, "tokens");
            (StatusCode::INTERNAL_SERVER_ERROR, Code::ServerError)
        }
        Kind::Upstream | Kind::Busy | Kind::Caller | Kind::Refused => {
            tracing::warn!(outcome = "unavailable", reference, cause = %error, "tokens");
            (
                StatusCode::SERVICE_UNAVAILABLE,
                Code::TemporarilyUnavailable,
            )
        }
    };
    let sentence = format!("not known just now; the operator finds {reference} in the log");
    let body = json!({ "error": word.as_str(), "error_description": sentence });
    (status, Json(body)).into_response()
}

fn given(tokens: &Tokens) -> Response {
    let mut body = Map::new();
    let mut say = |name: &str, value: Value| drop(body.insert(name.to_owned(), value));
    say("access_token", json!(tokens.access.expose()));
    say("token_type", json!("Bearer"));
    say("expires_in", json!(tokens.access_lifetime.as_secs()));
    say("scope", json!(tokens.scopes.to_string()));
    if let Some(id) = &tokens.id {
        say("id_token", json!(id));
    }
    if let Some(refresh) = &tokens.refresh {
        say("refresh_token", json!(refresh.expose()));
    }
    Json(body).into_response()
}
