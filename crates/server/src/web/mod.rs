//! The web: requests in, answers out. The whole site is on this screen.
//!
//! A handler's parameters are its policy: [`hosts::Here`] for the issuer that was asked, [`guard::SameOrigin`] for our own pages only,
//! [`guard::Visitor`] and [`guard::FrameVisitor`] for who is signed in, [`guard::TokenBody`] for a
//! form with its token. A handler without one is public, and looks it. Decisions are in the journeys; what is here reads
//! and writes HTTP.

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::routing::{MethodRouter, get, post};

use self::hosts::{Hosts, House};
use crate::app::Issuers;

pub(crate) mod account;
pub(crate) mod answer;
pub(crate) mod body;
pub(crate) mod bound;
pub(crate) mod browserid;
pub(crate) mod client;
pub(crate) mod cookies;
pub(crate) mod current;
pub(crate) mod dialog;
pub(crate) mod files;
pub(crate) mod form;
pub(crate) mod guard;
pub(crate) mod handoff;
pub(crate) mod headers;
pub(crate) mod hosts;
pub(crate) mod impatient;
pub(crate) mod listen;
pub(crate) mod login_answer;
pub(crate) mod login_status;
pub(crate) mod mailed;
pub(crate) mod oidc;
pub(crate) mod request_log;
pub(crate) mod rounds;
pub(crate) mod sign_in;
pub(crate) mod time_limit;
pub(crate) mod verifier;
pub(crate) mod webfinger;

/// Makes the router of all issuers.
pub(crate) fn router(issuers: Issuers) -> Router {
    let base = issuers.main().settings().base_path.prefix().to_owned();
    let hosts = Arc::new(Hosts::new(issuers));
    let (site, ours) = (Router::new(), Router::new());

    // What other sites' browsers and servers read.
    let site = both(site, "/.well-known/browserid", get(browserid::support));
    let ours = both(ours, "/persona/verify", verifier::first());
    let site = both(site, "/verify", verifier::first());
    let ours = both(ours, "/persona/v2", verifier::second());
    let site = both(site, "/v2", verifier::second());
    let ours = both(ours, "/persona/include.js", get(files::fixed));
    let site = both(site, "/include.js", get(files::fixed));
    let ours = both(ours, "/persona/include.d.ts", get(files::fixed));
    let site = both(site, "/include.d.ts", get(files::fixed));
    let site = both(site, "/provisioning_api.js", get(files::fixed));
    let site = both(site, "/authentication_api.js", get(files::fixed));

    // What applications speak.
    let configuration = get(oidc::documents::configuration);
    let site = both(site, "/.well-known/openid-configuration", configuration);
    let site = both(site, "/.well-known/webfinger", get(webfinger::finger));
    let ours = ours.merge(open_id_connect());

    // Pages for people.
    let front = get(sign_in::front_door).merge(verifier::posted_first());
    let site = site.route("/", front);
    let ours = both(ours, "/persona", get(sign_in::front_door));
    let ours = both(ours, "/persona/login", get(sign_in::login_page));
    let dialog = get(dialog::window)
        .merge(post(dialog::redirected).layer(DefaultBodyLimit::max(MAX_REDIRECTED)));
    let ours = both(ours, "/persona/dialog", dialog.clone());
    let site = both(site, "/sign_in", dialog);
    let handoff = get(handoff::resume).post(handoff::receive);
    let ours = both(ours, "/persona/handoff", handoff);
    let ours = both(ours, "/persona/mailed", get(mailed::link_page));
    let ours = both(ours, "/persona/account", get(account::account));
    let ours = both(ours, "/persona/account/withdraw", post(account::withdraw));
    let ours = both(
        ours,
        "/persona/provisioning",
        get(browserid::provisioning_page),
    );
    let ours = ours.route("/persona/assets/{hash}/{*name}", get(files::asset));

    // The calls behind the pages.
    let ours = both(ours, "/persona/auth/address", get(dialog::address));
    let ours = both(ours, "/persona/auth/check", post(dialog::check));
    let ours = both(ours, "/persona/auth/mail", post(mailed::ask));
    let ours = both(ours, "/persona/auth/mail/code", post(mailed::code));
    let ours = both(ours, "/persona/auth/mail/link", post(mailed::link));
    let ours = both(
        ours,
        "/persona/auth/has-session",
        get(browserid::has_session),
    );
    let ours = both(ours, "/persona/auth/login", post(sign_in::login));
    let ours = both(
        ours,
        "/persona/auth/certificate",
        post(browserid::certificate),
    );
    let ours = both(ours, "/persona/auth/logout", post(sign_in::logout));
    let ours = both(ours, "/persona/auth/ping", get(files::ping));

    let site = match base.as_str() {
        "" => site.merge(ours),
        base => site.nest(base, ours),
    };
    let site = site
        .fallback(answer::not_found)
        .method_not_allowed_fallback(answer::method_not_allowed);
    site.layer(from_fn_with_state(Arc::clone(&hosts), around))
        .with_state(hosts)
}

/// OpenID Connect, each path as clients find it in the discovery document.
fn open_id_connect() -> Site {
    let authorize = get(oidc::authorize::authorize).post(oidc::authorize::posted);
    let userinfo = get(oidc::userinfo::userinfo)
        .post(oidc::userinfo::userinfo)
        .options(oidc::preflight);
    let token = post(oidc::tokens::token).options(oidc::preflight);
    let ours = Router::new();
    let ours = both(ours, "/persona/oidc/authorize", authorize);
    let ours = both(ours, "/persona/oidc/token", token);
    let ours = both(ours, "/persona/oidc/userinfo", userinfo);
    let revoke = post(oidc::tokens::revoke).options(oidc::preflight);
    let ours = both(ours, "/persona/oidc/revoke", revoke);
    let introspect = post(oidc::tokens::introspect);
    let ours = both(ours, "/persona/oidc/introspect", introspect);
    let ours = both(ours, "/persona/oidc/consent", post(oidc::consent::consent));
    let logout = get(oidc::logout::logout).post(oidc::logout::posted);
    let ours = both(ours, "/persona/oidc/logout", logout);
    let ours = both(
        ours,
        "/persona/oidc/sign-out",
        post(oidc::logout::confirmed),
    );
    both(ours, "/persona/oidc/jwks.json", get(oidc::documents::keys))
}

/// What happens around every answer: limits on the body and on the time, the headers that stand on
/// all of them, those that came too late included, and a line in the log.
///
/// One layer and not one for each: a layer copies all that lies within it, for each request.
async fn around(State(hosts): State<Arc<Hosts>>, mut request: Request, next: Next) -> Response {
    let mut line = request_log::Line::begin(hosts.listen(), &request);
    DefaultBodyLimit::max(MAX_BODY).apply(&mut request);
    let response = in_time_and_with_headers(next.run(request)).await;
    line.answered(response.status());
    response
}

async fn in_time_and_with_headers(answer: impl Future<Output = Response>) -> Response {
    let mut response = time_limit::within(answer).await;
    headers::complete(response.headers_mut());
    response
}

type Site = Router<Arc<Hosts>>;

/// Serves a path with and without the last slash, as the first ancestor did.
fn both(site: Site, path: &str, handler: MethodRouter<Arc<Hosts>>) -> Site {
    site.route(path, handler.clone())
        .route(&format!("{path}/"), handler)
}

/// Octets of a site's request that comes by a form: its picture alone may have 128 KiB (`browserid.md` §6.2).
const MAX_REDIRECTED: usize = 256 * 1024;
/// Octets of a request's body. An assertion has at most 10,240 characters; nothing is larger.
const MAX_BODY: usize = 32 * 1024;

#[cfg(test)]
mod tests {
    use axum::http::StatusCode;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn an_answer_that_comes_too_late_has_the_headers_of_all_answers() {
        let answer = in_time_and_with_headers(std::future::pending()).await;

        assert_eq!(answer.status(), StatusCode::REQUEST_TIMEOUT);
        let headers = answer.headers();
        assert_eq!(headers["x-content-type-options"], "nosniff");
        assert_eq!(headers["x-frame-options"], "DENY");
    }
}
