//! The remote verifier: a site posts an assertion and its own origin, and is told whose it is
//! (`browserid.md` §5.5).
//!
//! Status codes, texts and the order of members are those of Mozilla's verifier, versions 1 and 2, so
//! that a site written for it changes the host and nothing else. One parameter is ours: `once`. What
//! sites could say there about whom to believe is read, and changes nothing (§8.1 F21).

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, FromRequest, Request};
use axum::http::header::{ALLOW, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post};
use serde::Deserialize;
use serde_json::Value;

use super::House;
use super::answer;
use super::body::{self, Shape};
use super::client::Client;
use super::form;
use super::hosts::{Here, Hosts};
use crate::journey::Kind;
use crate::journey::verify_assertion::{self, Question, Use};

/// `POST` of the first version, and what a `GET` is told.
pub(crate) fn first() -> MethodRouter<Arc<Hosts>> {
    posted_first().merge(get(not_allowed))
}

/// `POST` of the first version alone, for a path that has a page.
pub(crate) fn posted_first() -> MethodRouter<Arc<Hosts>> {
    post(verify).layer(DefaultBodyLimit::max(MAX_BODY))
}

/// `POST` of the second version, and what a `GET` is told.
pub(crate) fn second() -> MethodRouter<Arc<Hosts>> {
    post(verify_second)
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .merge(get(not_allowed))
}

/// `POST /persona/verify`: a form or JSON; what is in the query wins.
async fn verify(Here(house): Here, Client(client): Client, request: Request) -> Response {
    let Some(query) = Parameters::of_form(request.uri().query().unwrap_or_default()) else {
        return failure(StatusCode::BAD_REQUEST, "malformed request");
    };
    let kind = ContentType::of(request.headers());
    let body = match kind.shape {
        Some(Shape::Form) => read_form(request).await,
        Some(Shape::Json) => read_json(request).await,
        None => Ok(Parameters::default()),
    };
    let parameters = match body {
        Ok(body) => query.or(body),
        Err(refusal) => return refusal,
    };
    let refusal = match parameters.question() {
        Ok(question) => return respond(&house, &question, client).await,
        Err(missing) => missing,
    };
    if kind.shape.is_none() {
        return kind.refuse("application/x-www-form-urlencoded or application/json");
    }
    failure(StatusCode::BAD_REQUEST, refusal)
}

/// `POST /v2`: JSON alone.
async fn verify_second(Here(house): Here, Client(client): Client, request: Request) -> Response {
    let kind = ContentType::of(request.headers());
    if kind.shape != Some(Shape::Json) {
        return kind.refuse("application/json");
    }
    let parameters = match read_json(request).await {
        Ok(parameters) => parameters,
        Err(refusal) => return refusal,
    };
    let question = match parameters.question() {
        Ok(question) => question,
        Err(missing) => return failure(StatusCode::BAD_REQUEST, missing),
    };
    // Whom to believe is for the settings; of the parameter only the form is looked at.
    if let Some(reason) = no_texts(parameters.trusted_issuers.as_ref()) {
        return failure(StatusCode::BAD_REQUEST, reason);
    }
    let question = Question {
        forced_issuer: None,
        ..question
    };
    respond(&house, &question, client).await
}

async fn not_allowed() -> Response {
    let allow = (ALLOW, HeaderValue::from_static("POST"));
    (
        StatusCode::METHOD_NOT_ALLOWED,
        [allow],
        "Method Not Allowed",
    )
        .into_response()
}

async fn respond(house: &House, question: &Question<'_>, client: IpAddr) -> Response {
    let verdict = verify_assertion::verify(&house.app, question, client).await;
    let text = verify_assertion::answer(&verdict, question.audience);
    let status = match &verdict {
        // A bad assertion is an answer, not an error of the protocol: 200, as it always was.
        Ok(_) => StatusCode::OK,
        Err(error) => match error.kind() {
            Kind::Refused | Kind::Caller => StatusCode::OK,
            // Not 429: who is too busy is the verifier, as sites know it (§5.5).
            Kind::Busy | Kind::Upstream => StatusCode::SERVICE_UNAVAILABLE,
            kind @ Kind::Bug => answer::status(kind),
        },
    };
    let response = json(status, text);
    if status.is_success() {
        return response;
    }
    answer::retry_after(response, COME_BACK)
}

fn json(status: StatusCode, text: String) -> Response {
    let kind = HeaderValue::from_static("application/json");
    (status, [(CONTENT_TYPE, kind)], text).into_response()
}

fn failure(status: StatusCode, reason: &str) -> Response {
    json(status, verify_assertion::failure(reason))
}

async fn read_form(request: Request) -> Result<Parameters, Response> {
    let body = Bytes::from_request(request, &()).await;
    let body = body.map_err(|refusal| refusal.status().into_response())?;
    let form = std::str::from_utf8(&body)
        .ok()
        .and_then(Parameters::of_form);
    form.ok_or_else(|| failure(StatusCode::BAD_REQUEST, "malformed request"))
}

/// Reads JSON. What is none has an empty answer, as it had.
async fn read_json(request: Request) -> Result<Parameters, Response> {
    let body = Bytes::from_request(request, &()).await;
    let body = body.map_err(|refusal| refusal.status().into_response())?;
    if body.is_empty() {
        return Ok(Parameters::default());
    }
    // An array would be read as the members in their order.
    if body.trim_ascii_start().first() != Some(&b'{') {
        return Err(StatusCode::BAD_REQUEST.into_response());
    }
    serde_json::from_slice(&body).map_err(|error| {
        if error.is_data() {
            return failure(StatusCode::BAD_REQUEST, "malformed request");
        }
        StatusCode::BAD_REQUEST.into_response()
    })
}

/// What is in a query or a body. A parameter that is there twice is an error.
#[derive(Debug, Default, Deserialize)]
struct Parameters {
    assertion: Option<String>,
    audience: Option<String>,
    #[serde(rename = "experimental_forceIssuer")]
    force_issuer: Option<String>,
    #[serde(rename = "trustedIssuers")]
    trusted_issuers: Option<Value>,
    once: Option<Value>,
}

impl Parameters {
    /// Reads a form, or a query. Parameters that mean nothing here are passed over.
    fn of_form(text: &str) -> Option<Self> {
        let mut read = Self::default();
        for (name, value) in form::pairs(text) {
            match &*name {
                "assertion" => fill(&mut read.assertion, value.into_owned())?,
                "audience" => fill(&mut read.audience, value.into_owned())?,
                "experimental_forceIssuer" => fill(&mut read.force_issuer, value.into_owned())?,
                "once" => fill(&mut read.once, value.into())?,
                _ => {}
            }
        }
        Some(read)
    }

    /// Takes from `other` what is not here.
    fn or(self, other: Self) -> Self {
        Self {
            assertion: self.assertion.or(other.assertion),
            audience: self.audience.or(other.audience),
            force_issuer: self.force_issuer.or(other.force_issuer),
            trusted_issuers: other.trusted_issuers,
            once: self.once.or(other.once),
        }
    }

    /// Makes the question, or says what is missing. A text of no characters is as good as none.
    fn question(&self) -> Result<Question<'_>, &'static str> {
        Ok(Question {
            bundle: present(self.assertion.as_ref()).ok_or("missing assertion parameter")?,
            audience: present(self.audience.as_ref()).ok_or("missing audience parameter")?,
            use_of_it: if self.once.as_ref().is_some_and(is_wish) {
                Use::Once
            } else {
                Use::Often
            },
            forced_issuer: present(self.force_issuer.as_ref()),
        })
    }
}

/// Fills a place that is still empty.
fn fill<T>(place: &mut Option<T>, value: T) -> Option<()> {
    place.replace(value).is_none().then_some(())
}

fn present(text: Option<&String>) -> Option<&str> {
    text.map(String::as_str).filter(|text| !text.is_empty())
}

/// Does somebody ask for it? Whatever is no clear no is a yes, which is the safe side.
fn is_wish(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => false,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !["", "0", "false"].contains(&text.as_str()),
        Value::Bool(true) | Value::Array(_) | Value::Object(_) => true,
    }
}

/// Says in what a parameter differs from a list of texts.
fn no_texts(value: Option<&Value>) -> Option<&'static str> {
    let Some(list) = value?.as_array() else {
        return Some("trusted issuers must be an array");
    };
    let texts = list.iter().all(Value::is_string);
    (!texts).then_some("trusted issuers must be an array of strings")
}

/// What a request says that its body is.
struct ContentType {
    shape: Option<Shape>,
    name: String,
}

impl ContentType {
    fn of(headers: &HeaderMap) -> Self {
        let name = headers
            .get(CONTENT_TYPE)
            .and_then(|name| name.to_str().ok());
        let name = name
            .and_then(|name| name.split(';').next())
            .unwrap_or("none");
        Self {
            shape: body::shape(headers),
            name: name.trim().chars().take(MAX_NAME).collect(),
        }
    }

    fn refuse(&self, expected: &str) -> Response {
        let name = &self.name;
        failure(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            &format!("Unsupported Content-Type: {name} (expected {expected})"),
        )
    }
}

/// Octets of a body, as with the verifiers of old.
const MAX_BODY: usize = 10 * 1024;
/// Characters of a content type that are repeated.
const MAX_NAME: usize = 100;
/// When to ask again what could not be answered just now.
const COME_BACK: Duration = Duration::from_secs(1);
