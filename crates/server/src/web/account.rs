//! The mailbox owner's page: the sites that know them.

use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use protocol::email::{EmailAddress, ProvenEmail};
use serde::Deserialize;

use super::bound::{form_binding, with_cookies};
use super::guard::{TokenBody, TokenRefusal, Tokened, Visitor, form_token};
use super::hosts::Here;
use super::{House, answer, oidc};
use crate::chance;
use crate::journey::Kind;
use crate::journey::oidc::sites;
use crate::pages::{AccountPage, AgreedSite};
use crate::places;

/// `GET /persona/account/`: the sites that somebody has let know who they are.
pub(crate) async fn account(Here(house): Here, visitor: Visitor, headers: HeaderMap) -> Response {
    let Some(who) = visitor.who() else {
        let base_path = &house.app.settings().base_path;
        return answer::see_other(&base_path.of(&places::AUTHENTICATION).to_string());
    };
    let Some((browser, cookie)) = form_binding(&house, &headers) else {
        return answer::trouble(&house, Kind::Bug, &chance::NoRandomness);
    };
    let address = who.address();
    let agreed = match sites::agreed(&house.app, address).await {
        Ok(agreed) => agreed,
        Err(error) => return answer::trouble(&house, error.kind(), &error),
    };
    let shown = agreed.iter().map(|site| AgreedSite {
        client: &site.client,
        name: &site.name,
        told: oidc::told(&site.scopes).join(", "),
    });
    let page = AccountPage {
        assets: &house.assets,
        domain: &address.domain().to_unicode(),
        email: &address.to_string(),
        csrf: &form_token(&house, &browser),
        sites: &shown.collect::<Vec<_>>(),
    };
    with_cookies(answer::page(StatusCode::OK, &page), [cookie])
}

/// `POST /persona/account/withdraw/`: a site shall not know them any more.
pub(crate) async fn withdraw(
    Here(house): Here,
    visitor: Visitor,
    body: Result<TokenBody<WithdrawBody>, TokenRefusal>,
) -> Response {
    let TokenBody(body) = match body {
        Ok(body) => body,
        Err(TokenRefusal::Answer(answer)) => return *answer,
        // Nothing was done, and the page has a new form.
        Err(TokenRefusal::Expired) => return back(&house),
    };
    let shown = EmailAddress::parse(&body.email).ok();
    let who = visitor.who().map(ProvenEmail::address);
    // Somebody else may have signed in since the page was shown.
    if let Some(who) = who.filter(|who| Some(*who) == shown.as_ref())
        && let Err(error) = sites::withdraw(&house.app, who, &body.client).await
    {
        return answer::trouble(&house, error.kind(), &error);
    }
    back(&house)
}

/// What the button beside a site sends.
#[derive(Debug, Deserialize)]
pub(crate) struct WithdrawBody {
    csrf: String,
    /// Whose page it was.
    email: String,
    client: String,
}

impl Tokened for WithdrawBody {
    fn token(&self) -> &str {
        &self.csrf
    }
}

fn back(house: &House) -> Response {
    let base_path = &house.app.settings().base_path;
    answer::see_other(&base_path.of(&places::ACCOUNT).to_string())
}
