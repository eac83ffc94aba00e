//! The remote verifier, version 1: a site posts an assertion and its own origin
//! (`browserid.md` §5.5).

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::{Json, http::HeaderValue};
use serde::Deserialize;
use serde_json::json;

use super::{House, body};
use crate::journey::verify_assertion;

/// `POST /persona/verify`: is this assertion good, and is it for this site?
pub(crate) async fn verify(State(house): State<Arc<House>>, request: Request) -> Response {
    let question = match body::read::<Question>(request).await {
        Ok(question) => question,
        Err(refusal) if refusal.status() == StatusCode::BAD_REQUEST => {
            return failure(StatusCode::BAD_REQUEST, "malformed request");
        }
        Err(refusal) => return refusal,
    };
    let Some(assertion) = question.assertion else {
        return failure(StatusCode::BAD_REQUEST, "missing assertion parameter");
    };
    let Some(audience) = question.audience else {
        return failure(StatusCode::BAD_REQUEST, "missing audience parameter");
    };
    match verify_assertion::verify(&house.app, &assertion, &audience) {
        Ok(good) => {
            // The members stand in the order in which the old verifier wrote them.
            let text = format!(
                "{{\"audience\":{},\"expires\":{},\"issuer\":{},\"email\":{},\"status\":\"okay\"}}",
                json!(audience),
                good.expires().as_millis(),
                json!(good.issuer().as_str()),
                json!(good.email().to_string()),
            );
            (
                [(CONTENT_TYPE, HeaderValue::from_static("application/json"))],
                text,
            )
                .into_response()
        }
        // A bad assertion is an answer, not an error of the protocol: 200, as it always was.
        Err(error) => failure(StatusCode::OK, &error.to_string()),
    }
}

#[derive(Debug, Deserialize)]
struct Question {
    assertion: Option<String>,
    audience: Option<String>,
}

fn failure(status: StatusCode, reason: &str) -> Response {
    (
        status,
        Json(json!({ "status": "failure", "reason": reason })),
    )
        .into_response()
}
