//! What the modules of the `OpenID` provider certification ask, in their order (docs/conformance.md).
//!
//! Each is asked twice, as the plans Basic and Form Post do: with the answer in the address, and as a form.

mod asking;
mod given;

use serde_json::{Map, Value};
use testkit::http::Answer;
use testkit::world::{Browser, ISSUER, World};

use super::stage::{
    CALLBACK, CLOUD, answer_for_alice, ask, at_once, believed, redeem, tokens, with,
};

/// The two plans: what is added to each request.
const PLANS: [(&str, &str); 2] = [("response_mode", ""), ("response_mode", "form_post")];

/// What a site has after a sign-in: the answer of the token endpoint, and the ID token's claims.
struct Given {
    tokens: Value,
    claims: Map<String, Value>,
}

impl Given {
    async fn by(world: &World, answer: &Map<String, Value>) -> Self {
        assert_eq!(answer["to"], CALLBACK, "{answer:?}");
        assert_eq!(answer["iss"], ISSUER, "{answer:?}");
        assert_eq!(answer["state"], "st/a te", "{answer:?}");
        let code = answer["code"].as_str();
        let code = code.unwrap_or_else(|| panic!("{answer:?}"));
        let tokens = tokens(&redeem(world, code).await);
        let claims = believed(world, tokens["id_token"].as_str().unwrap()).await;
        assert_eq!(claims["aud"], CLOUD);
        Self { tokens, claims }
    }

    fn line(&self) -> String {
        format!("Bearer {}", self.tokens["access_token"].as_str().unwrap())
    }
}

/// Signs alice in with these changes to the plain request.
async fn sign_in(world: &World, browser: &Browser<'_>, changes: &[(&str, &str)]) -> Given {
    let answer = answer_for_alice(browser, &with(changes)).await;
    Given::by(world, &answer).await
}

/// Asks again in the same browser, where nobody may be asked anything.
async fn silently(world: &World, browser: &Browser<'_>, changes: &[(&str, &str)]) -> Given {
    let page = ask(browser, &with(changes)).await;
    let answer = arrived(&page, changes[0]);
    Given::by(world, &answer).await
}

/// Reads what the site is told at once, which comes as the plan wants it.
fn arrived(page: &Answer, plan: (&str, &str)) -> Map<String, Value> {
    assert_eq!(page.status == 200, plan == PLANS[1], "{page:?}");
    at_once(page).unwrap_or_else(|| panic!("somebody is asked: {page:?}"))
}

async fn userinfo(world: &World, given: &Given) -> Answer {
    let line = given.line();
    let headers = [("authorization", line.as_str())];
    let path = "/persona/oidc/userinfo";
    world.browser().get_with(path, &headers).await
}
