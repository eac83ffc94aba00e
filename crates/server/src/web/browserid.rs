//! `BrowserID` as an identity provider: support document, provisioning page, certificate
//! (`browserid.md` §1, §2.2, §4.1).

use std::time::Duration;

use askama::Template;
use axum::extract::{Query, Request};
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri};
use axum::response::{Html, IntoResponse, Response};
use protocol::email::EmailAddress;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::body::{self, Shape};
use super::client::Client;
use super::guard::{FrameVisitor, SameOrigin};
use super::headers::RESOURCE_POLICY;
use super::hosts::{Here, asked_host};
use super::{House, answer};
use crate::journey::Kind;
use crate::journey::claim;
use crate::journey::fallback::FallbackError;
use crate::journey::provision::{self, ProvisionError, Wanted};
use crate::journey::support::Asked;
use crate::pages::ProvisioningPage;
use crate::wildcard::DoorUnknown;

/// `GET /.well-known/browserid`: who speaks for a domain, and with which key.
pub(crate) async fn support(
    Here(house): Here,
    Client(client): Client,
    query: Result<Query<AboutDomain>, axum::extract::rejection::QueryRejection>,
    headers: HeaderMap,
    uri: Uri,
) -> Response {
    let Ok(Query(about)) = query else {
        return answer::problem(
            StatusCode::BAD_REQUEST,
            "unreadable",
            "there is at most one domain in the question",
        );
    };
    let host = match asked_host(&headers, &uri) {
        Ok(host) => host,
        Err(unclear) => return unclear.into_response(),
    };
    let asked = Asked {
        host,
        domain: about.domain.as_deref().filter(|name| !name.is_empty()),
        client,
    };
    let document = match house.documents.choose(&house.app, &asked).await {
        Ok(Some(document)) => document,
        Ok(None) => return not_served(&house, host),
        Err(unknown) => return door_unknown(&unknown),
    };
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("application/json")),
        // Bounds how long an old key is believed after it had to be changed (`browserid.md` §12).
        (
            CACHE_CONTROL,
            HeaderValue::from_static("public, max-age=3600"),
        ),
        (ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*")),
        (RESOURCE_POLICY, HeaderValue::from_static("cross-origin")),
    ];
    (headers, document.to_owned()).into_response()
}

/// Says that nobody knows just now whether there is a document. Why is in the log, from whoever asked.
pub(crate) fn door_unknown(unknown: &DoorUnknown) -> Response {
    let status = answer::status(Kind::of_door(unknown));
    let response = answer::problem(
        status,
        "could-not-ask",
        "whether this domain is served here could not be found out just now; try again",
    );
    answer::retry_after(response, A_MOMENT)
}

/// When to ask again about a domain of which nothing is known.
const A_MOMENT: Duration = Duration::from_secs(5);

/// Says for which host there is no document. Where the web server in front does not pass the host on,
/// this is what everybody gets, so the operator must be able to see it.
fn not_served(house: &House, host: &str) -> Response {
    let host: String = host.chars().take(MAX_HOST).collect();
    let issuer = house.app.settings().issuer.authority();
    tracing::warn!(outcome = "not-served", ?host, "support document");
    answer::problem(
        StatusCode::NOT_FOUND,
        "not-served",
        &format!(
            "asked as {host:?}; addresses are vouched for at {issuer} and at the domains of its \
             settings, so either the domain is not served here, or the web server in front does \
             not pass the Host header on"
        ),
    )
}

/// Characters of a host that are repeated.
const MAX_HOST: usize = 100;

/// The question to a support document.
#[derive(Debug, Deserialize)]
pub(crate) struct AboutDomain {
    domain: Option<String>,
}

/// `GET /persona/provisioning/`: the page in a dialog's hidden frame.
pub(crate) async fn provisioning_page(Here(house): Here) -> Response {
    match (ProvisioningPage {
        assets: &house.assets,
        brokers: &house.brokers,
    })
    .render()
    {
        Ok(text) => (
            [(CONTENT_SECURITY_POLICY, house.framed_policy.clone())],
            Html(text),
        )
            .into_response(),
        Err(error) => answer::trouble(&house, Kind::Bug, &error),
    }
}

/// `GET /persona/auth/has-session/?email=A`: is somebody signed in here who may be called this address?
pub(crate) async fn has_session(
    _: SameOrigin,
    Here(house): Here,
    FrameVisitor(who): FrameVisitor,
    query: Result<Query<AboutAddress>, axum::extract::rejection::QueryRejection>,
) -> Response {
    let asked = query
        .ok()
        .and_then(|Query(about)| EmailAddress::parse(&about.email).ok());
    let claimed = match who.zip(asked) {
        Some((who, asked)) => claim::claim(&house.app, &who, &asked).await,
        None => Ok(None),
    };
    match claimed {
        Ok(Some(_)) => (StatusCode::OK, "OK").into_response(),
        Ok(None) => (StatusCode::NOT_FOUND, "no live session for this address").into_response(),
        Err(error) => answer::trouble(&house, error.kind(), &error),
    }
}

/// A question about one address.
#[derive(Debug, Deserialize)]
pub(crate) struct AboutAddress {
    /// The address, as it was typed.
    pub(crate) email: String,
}

/// `POST /persona/auth/certificate/`: certifies the browser's key for an address of the session's person.
pub(crate) async fn certificate(
    Here(house): Here,
    _: SameOrigin,
    FrameVisitor(who): FrameVisitor,
    Client(client): Client,
    request: Request,
) -> Response {
    let wanted = match body::shape(request.headers()) {
        Some(Shape::Form) => body::read_form::<FormCertificate>(request)
            .await
            .map(Into::into),
        Some(Shape::Json) | None => body::read::<JsonCertificate>(request)
            .await
            .and_then(TryInto::try_into),
    };
    let wanted: CertificateBody = match wanted {
        Ok(wanted) => wanted,
        Err(refusal) => return refusal,
    };
    let Ok(duration_seconds) = wanted.duration.as_deref().map(str::parse).transpose() else {
        return answer::problem(
            StatusCode::BAD_REQUEST,
            "bad-duration",
            "certDuration is a whole number of seconds, at least 1",
        );
    };
    let wanted = Wanted {
        email: &wanted.email,
        public_key: &wanted.public_key,
        duration_seconds,
    };
    match provision::certify(&house.app, who.as_ref(), &wanted, client).await {
        Ok(certificate) => certificate.into_string().into_response(),
        Err(error) => refuse(&house, &error),
    }
}

/// What both shapes of the body say.
#[derive(Debug)]
struct CertificateBody {
    email: String,
    public_key: String,
    duration: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct FormCertificate {
    email: String,
    public_key: String,
    cert_duration: Option<String>,
}

/// The key is an object or its JSON text; both are kept as they were written, so that the key's own
/// reader sees members that are there twice.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct JsonCertificate {
    email: String,
    public_key: Box<RawValue>,
    cert_duration: Option<Box<RawValue>>,
}

impl From<FormCertificate> for CertificateBody {
    fn from(form: FormCertificate) -> Self {
        Self {
            email: form.email,
            public_key: form.public_key,
            duration: form.cert_duration,
        }
    }
}

impl TryFrom<JsonCertificate> for CertificateBody {
    type Error = Response;

    fn try_from(json: JsonCertificate) -> Result<Self, Response> {
        let text = |raw: &RawValue| match raw.get() {
            quoted if quoted.starts_with('"') => serde_json::from_str(quoted),
            bare => Ok(bare.to_owned()),
        };
        let bad = |_| answer::problem(StatusCode::BAD_REQUEST, "unreadable", "a text is not one");
        Ok(Self {
            email: json.email,
            public_key: text(&json.public_key).map_err(bad)?,
            duration: json
                .cert_duration
                .as_deref()
                .map(text)
                .transpose()
                .map_err(bad)?,
        })
    }
}

fn refuse(house: &House, error: &ProvisionError) -> Response {
    let word = match error {
        ProvisionError::NotAnAddress(_) => "not-an-address",
        ProvisionError::NotSignedIn => "not-signed-in",
        ProvisionError::Key(_) => "bad-key",
        ProvisionError::Duration(_) => "bad-duration",
        ProvisionError::Door(unknown) => return door_unknown(unknown),
        ProvisionError::Fallback(FallbackError::CouldNotDiscover(_)) => "could-not-ask",
        ProvisionError::Fallback(_) => "not-served",
        // Where the file is, and what is the matter with it, is for the log.
        ProvisionError::CannotTell(_) | ProvisionError::Sign(_) => {
            return answer::trouble(house, error.kind(), error);
        }
    };
    answer::problem(answer::status(error.kind()), word, &error.to_string())
}
