//! The hand-off: a broker's dialog sends its window here with a public key, and the window goes back
//! with a certificate (`docs/handoff.md`).
//!
//! Who asks is what the browser itself says in `Origin`: it is neither a parameter nor the
//! referrer, and no page can write it. The certificate can go back to that origin and to no other.

use axum::extract::Request;
use axum::http::header::ORIGIN;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use protocol::browserid::PagePath;
use protocol::email::EmailAddress;
use protocol::jose::PublicKey;
use protocol::origin::Origin;
use serde::Deserialize;

use super::client::Client;
use super::hosts::Here;
use super::{House, answer, body};
use crate::journey::Kind;
use crate::pages::{ErrorPage, HandoffPage, HandoffRequest};

/// `POST /persona/handoff/`: a broker asks for a certificate.
pub(crate) async fn receive(
    Here(house): Here,
    Client(client): Client,
    request: Request,
) -> Response {
    let broker = asking_origin(request.headers());
    let Some(broker) = broker.filter(|broker| broker.is_https() || broker.is_loopback()) else {
        return refuse(&house, StatusCode::FORBIDDEN, NO_ORIGIN);
    };
    let Ok(wanted) = body::read_form::<Wanted>(request).await else {
        return refuse(&house, StatusCode::BAD_REQUEST, UNREADABLE);
    };
    let address = EmailAddress::parse(&wanted.email).map(|email| email.canonical());
    let key = PublicKey::from_browserid_text(&wanted.public_key);
    let dialog = wanted.dialog.as_deref().map_or(Ok(DIALOG), PagePath::parse);
    let (Ok(address), Ok(key), Ok(dialog), true) = (address, key, dialog, is_state(&wanted.state))
    else {
        return refuse(&house, StatusCode::BAD_REQUEST, UNREADABLE);
    };
    match house.app.door(address.domain(), client).await {
        Ok(Some(_)) => {}
        Ok(None) => return refuse(&house, StatusCode::BAD_REQUEST, NOT_OURS),
        Err(unknown) => return answer::trouble(&house, Kind::of_door(&unknown), &unknown),
    }
    let settings = house.app.settings();
    let (email, key) = (address.to_string(), key.to_browserid_text());
    let request = HandoffRequest {
        broker: broker.as_str(),
        dialog: dialog.as_str(),
        trusted: settings.broker.trusted.contains(&broker),
        email: &email,
        public_key: &key,
        duration_seconds: wanted.duration,
        state: &wanted.state,
        shared: wanted.shared.is_some(),
    };
    page(&house, Some(request))
}

/// `GET /persona/handoff/`: the same page, when the person comes back from the login page.
pub(crate) async fn resume(Here(house): Here) -> Response {
    page(&house, None)
}

/// Reads which page's origin sent a form, as browsers say it. `null`, two of them, or none at all
/// is nobody.
pub(super) fn asking_origin(headers: &HeaderMap) -> Option<Origin> {
    let mut values = headers.get_all(ORIGIN).iter();
    let only = values.next().filter(|_| values.next().is_none())?;
    Origin::parse(only.to_str().ok()?).ok()
}

/// Is this what the other side recognises our answer by?
pub(super) fn is_state(text: &str) -> bool {
    let belongs = |b: u8| b.is_ascii_alphanumeric() || b"-_".contains(&b);
    (1..=LONGEST_STATE).contains(&text.len()) && text.bytes().all(belongs)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wanted {
    email: String,
    public_key: String,
    duration: u64,
    state: String,
    dialog: Option<String>,
    shared: Option<String>,
}

fn page(house: &House, request: Option<HandoffRequest<'_>>) -> Response {
    let page = HandoffPage {
        assets: &house.assets,
        domain: house.app.settings().issuer.host(),
        request,
        brokers: &house.brokers,
    };
    answer::page(StatusCode::OK, &page)
}

fn refuse(house: &House, status: StatusCode, (sentence, hint): (&str, &str)) -> Response {
    let page = ErrorPage {
        assets: &house.assets,
        domain: house.app.settings().issuer.host(),
        title: "This request cannot be answered",
        sentence,
        hint,
        reference: None,
    };
    answer::page(status, &page)
}

const NO_ORIGIN: (&str, &str) = (
    "Your browser did not say which site sent you here, so nobody can be told who you are.",
    "Close this window and start again at the site. If it stays so, tell the site: its page must let the browser send its origin.",
);
const UNREADABLE: (&str, &str) = (
    "The page that sent you here asked for something that cannot be read.",
    "Close this window and start again at the site that you wanted to sign in to.",
);
const NOT_OURS: (&str, &str) = (
    "The page that sent you here asked about an address that is not kept here.",
    "Close this window and start again at the site that you wanted to sign in to.",
);
/// Where a broker's dialog is, if it does not say.
const DIALOG: PagePath = PagePath::constant("/persona/dialog");
/// Characters of a state.
const LONGEST_STATE: usize = 64;
