//! A person has answered whether a site may know them.

use axum::http::HeaderMap;
use axum::response::Response;
use protocol::email::EmailAddress;
use serde::Deserialize;

use super::super::answer;
use super::super::bound::form_binding;
use super::super::client::Client;
use super::super::guard::{TokenBody, TokenRefusal, Tokened, Visitor};
use super::super::hosts::{Here, House};
use super::authorize::{refuse, show};
use super::pages;
use crate::chance;
use crate::journey::Kind;
use crate::journey::oidc::authorize::{self, Asked, Next};
use crate::journey::oidc::consent::{self, Decided, Decision};

/// `POST /persona/oidc/consent`: what the person has said.
pub(crate) async fn consent(
    Here(house): Here,
    visitor: Visitor,
    Client(client): Client,
    headers: HeaderMap,
    body: Result<TokenBody<ConsentBody>, TokenRefusal>,
) -> Response {
    let TokenBody(body) = match body {
        Ok(body) => body,
        Err(TokenRefusal::Answer(answer)) => return *answer,
        Err(TokenRefusal::Expired) => return pages::expired(&house),
    };
    let Some((browser, _)) = form_binding(&house, &headers) else {
        return answer::trouble(&house, Kind::Bug, &chance::NoRandomness);
    };
    let asked = Asked {
        query: &body.onward,
        since: Some(&body.since),
        browser: &browser,
        session: visitor.session.as_ref(),
        client,
    };
    let shown = body.email.as_deref().map(EmailAddress::parse);
    let shown = shown.and_then(Result::ok);
    let decision = match body.decision {
        Said::Switch => return switch(&house, &asked).await,
        Said::Allow => Decision::Allow,
        Said::Deny => Decision::Deny,
    };
    match consent::decide(&house.app, &asked, shown.as_ref(), decision).await {
        Ok(Decided::Reply(reply)) => pages::reply_to_form(&house, &reply),
        Ok(Decided::Remembered | Decided::SomebodyElse) => {
            pages::go_on(&house, asked.query, &asked.waiting_since(&house.app))
        }
        Err(refusal) => refuse(&house, &refusal),
    }
}

/// What the question's buttons send.
#[derive(Debug, Deserialize)]
pub(crate) struct ConsentBody {
    csrf: String,
    /// The site's request, as it came.
    onward: String,
    /// The sealed time at which it came.
    since: String,
    /// Who was asked; on the login page, whatever was typed.
    email: Option<String>,
    decision: Said,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Said {
    Allow,
    Deny,
    /// The person has another address.
    Switch,
}

impl Tokened for ConsentBody {
    fn token(&self) -> &str {
        &self.csrf
    }
}

/// Lets somebody else sign in for the same request.
async fn switch(house: &House, asked: &Asked<'_>) -> Response {
    match authorize::site_name(&house.app, asked.query).await {
        Ok(site) => show(house, asked, &Next::SignIn { hint: None, site }).await,
        Err(refusal) => refuse(house, &refusal),
    }
}
