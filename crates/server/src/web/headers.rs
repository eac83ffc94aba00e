//! What stands on every answer.
//!
//! The defaults are the strict ones. An answer that needs less sets its own header first, and keeps
//! it (`browserid.md` §8.1 F7, F16, §8.2; `fedcm.md` §10).

use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use protocol::origin::Origin;

/// Adds the headers that an answer does not have yet.
pub(crate) fn complete(headers: &mut HeaderMap) {
    for (name, value) in DEFAULTS {
        headers.entry(name).or_insert(value);
    }
    // Framing is forbidden in the old words too, unless the answer is made for a frame.
    let nobody = headers
        .get(CONTENT_SECURITY_POLICY)
        .and_then(|policy| policy.to_str().ok())
        .is_none_or(|policy| policy.contains("frame-ancestors 'none'"));
    if nobody {
        headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    }
}

/// The policy of pages. Scripts, styles and calls are our own; nobody may frame them.
pub(crate) const PAGE_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
     connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
);

/// The policy of the page that posts an answer to a site, which may send the browser on from there.
pub(crate) const ONWARD_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
     base-uri 'none'; frame-ancestors 'none'",
);

/// The policy of the dialog: it shows other issuers' provisioning pages in a hidden frame, and sends
/// its window to their hand-off pages.
pub(crate) const DIALOG_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
     connect-src 'self'; frame-src https:; form-action 'self' https:; base-uri 'none'; \
     frame-ancestors 'none'",
);

/// The dialog tells other issuers its own origin and nothing more: without that, a browser writes
/// `Origin: null` into the hand-off's form.
pub(crate) const DIALOG_REFERRER_POLICY: HeaderValue = HeaderValue::from_static("strict-origin");

/// Makes the policy of the provisioning page, which lives in a frame of our own dialog and of those
/// of the trusted brokers, and nowhere else (`browserid.md` §8.1 F16).
pub(crate) fn framed_policy(trusted: &[Origin]) -> HeaderValue {
    let own = "default-src 'none'; script-src 'self'; connect-src 'self'; base-uri 'none'; \
               form-action 'none'; frame-ancestors 'self'";
    let policy = trusted.iter().fold(own.to_owned(), |policy, origin| {
        format!("{policy} {origin}")
    });
    HeaderValue::try_from(policy).unwrap_or(HeaderValue::from_static(
        "default-src 'none'; frame-ancestors 'none'",
    ))
}

/// Says which other sites' pages may load an answer.
pub(crate) const RESOURCE_POLICY: HeaderName =
    HeaderName::from_static("cross-origin-resource-policy");

const DEFAULTS: [(HeaderName, HeaderValue); 5] = [
    (CACHE_CONTROL, HeaderValue::from_static("no-store")),
    (
        CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'none'; base-uri 'none'; frame-ancestors 'none'"),
    ),
    // Not `no-referrer`: with that a browser sends `Origin: null` from our own forms.
    (REFERRER_POLICY, HeaderValue::from_static("same-origin")),
    (RESOURCE_POLICY, HeaderValue::from_static("same-origin")),
    (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
];
