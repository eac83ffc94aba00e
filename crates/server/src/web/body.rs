//! Bodies: a form or JSON, read into a type, or refused with a sentence.
//!
//! What a serializer says about a body that it cannot read may repeat the body; a password could be
//! in it. So the sentences are ours.

use axum::Json;
use axum::extract::{Form, FromRequest, Request};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::de::DeserializeOwned;

use super::answer;

/// Which of the two forms a body has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// `application/x-www-form-urlencoded`.
    Form,
    /// `application/json`.
    Json,
}

/// Tells the shape of a request's body, if it is one that we read.
pub(crate) fn shape(headers: &HeaderMap) -> Option<Shape> {
    let kind = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    match kind
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase()
        .as_str()
    {
        "application/x-www-form-urlencoded" => Some(Shape::Form),
        "application/json" => Some(Shape::Json),
        _ => None,
    }
}

/// Reads a body that may be a form or JSON and says the same in both.
pub(crate) async fn read<T>(request: Request) -> Result<T, Response>
where
    T: DeserializeOwned + Send,
{
    match shape(request.headers()) {
        Some(Shape::Form) => read_form(request).await,
        Some(Shape::Json) => read_json(request).await,
        None => Err(answer::problem(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported-media-type",
            "send a form (application/x-www-form-urlencoded) or application/json",
        )),
    }
}

/// Reads a form.
pub(crate) async fn read_form<T>(request: Request) -> Result<T, Response>
where
    T: DeserializeOwned + Send,
{
    let form = Form::<T>::from_request(request, &()).await;
    form.map(|Form(body)| body)
        .map_err(|refusal| unreadable(&refusal.into_response()))
}

/// Reads JSON.
pub(crate) async fn read_json<T>(request: Request) -> Result<T, Response>
where
    T: DeserializeOwned + Send,
{
    let json = Json::<T>::from_request(request, &()).await;
    json.map(|Json(body)| body)
        .map_err(|refusal| unreadable(&refusal.into_response()))
}

fn unreadable(refusal: &Response) -> Response {
    if refusal.status() == StatusCode::PAYLOAD_TOO_LARGE {
        return answer::problem(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too-large",
            "the request is larger than anything that belongs here",
        );
    }
    answer::problem(
        StatusCode::BAD_REQUEST,
        "unreadable",
        "the request cannot be read: a field is missing, there twice, or not of its kind",
    )
}
