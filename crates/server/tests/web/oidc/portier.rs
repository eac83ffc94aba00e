//! Portier's brokers: they find us by an address, ask whose it is, and get an ID token in a form (Portier
//! Authentication Protocol).

use serde_json::Value;
use testkit::http::Answer;
use testkit::world::{ALICE, Browser, Cast, ISSUER, PASSWORD, World};

use super::stage::{answered, ask, believed, go_on, hidden, press, sign_in};

const BROKER: &str = "https://broker.example";
const CALLBACK: &str = "https://broker.example/callback";

/// The usual world, where this one broker may ask.
async fn world() -> World {
    let cast = Cast::usual().settings(|settings| {
        settings.oidc.portier_brokers = vec![BROKER.parse().unwrap()];
        settings.domain[0].plus_tags = true;
    });
    cast.open().await
}

/// What a broker asks about this address, with some of it changed (a new value) or left out (an empty
/// one).
fn request<'a>(about: &'a str, changes: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut all = vec![
        ("login_hint", about),
        ("scope", "openid email"),
        ("nonce", "n-0S6_WzA2Mj"),
        ("state", "a session"),
        ("response_type", "id_token"),
        ("client_id", BROKER),
        ("redirect_uri", CALLBACK),
        ("response_mode", "form_post"),
    ];
    for change in changes {
        all.retain(|(name, _)| *name != change.0);
        all.push(*change);
    }
    all.retain(|(_, value)| !value.is_empty());
    all
}

/// Agrees, and gives the page that posts the answer.
async fn agree(browser: &Browser<'_>, question: &Answer) -> Answer {
    assert!(question.text().contains("id=\"consent\""), "{question:?}");
    let page = press(browser, question, "allow").await;
    go_on(browser, &page).await
}

/// Reads what a page posts to the broker.
fn posted(page: &Answer) -> Value {
    let action = format!("<form id=\"post\" method=\"post\" action=\"{CALLBACK}\">");
    assert!(page.text().contains(&action), "{page:?}");
    let fields = hidden(page).into_iter();
    Value::Object(fields.map(|(name, value)| (name, value.into())).collect())
}

#[tokio::test]
async fn a_broker_learns_whose_address_it_is() {
    let world = world().await;
    let path = format!(
        "/.well-known/webfinger?resource=acct:{ALICE}&rel=https://portier.io/specs/auth/1.0/idp"
    );
    let found = world.browser().get(&path).await.json().unwrap();
    assert_eq!(found["links"][0]["href"], ISSUER);
    let browser = world.browser();

    let login = ask(&browser, &request(ALICE, &[])).await;
    let page = sign_in(&browser, &login, ALICE, PASSWORD).await;
    let question = go_on(&browser, &page).await;
    assert!(question.text().contains("broker.example"), "{question:?}");
    let answer = posted(&agree(&browser, &question).await);

    assert_eq!(
        (&answer["state"], &answer["iss"]),
        (&"a session".into(), &ISSUER.into())
    );
    let token = believed(&world, answer["id_token"].as_str().unwrap()).await;
    for (name, expected) in [
        ("iss", ISSUER),
        ("aud", BROKER),
        ("nonce", "n-0S6_WzA2Mj"),
        ("email", ALICE),
        ("email_original", ALICE),
    ] {
        assert_eq!(token[name], expected, "{name}");
    }
    assert_eq!(token["email_verified"], true);
    for more in ["preferred_username", "groups", "name"] {
        assert_eq!(token.get(more), None, "{more}");
    }
}

#[tokio::test]
async fn each_sign_in_is_asked_about_since_the_broker_asks_for_others() {
    let world = world().await;
    let browser = world.alice().await;

    for _ in 0..2 {
        let question = ask(&browser, &request(ALICE, &[])).await;
        assert!(posted(&agree(&browser, &question).await)["id_token"].is_string());
    }
    let silent = ask(&browser, &request(ALICE, &[("prompt", "none")])).await;
    assert_eq!(posted(&silent)["error"], "consent_required");
}

#[tokio::test]
async fn whoever_may_be_called_so_is_told_as_the_broker_wrote_it() {
    let world = world().await;
    let browser = world.alice().await;

    for (asked, email) in [
        ("alice+shop@example.org", "alice+shop@example.org"),
        ("Alice@EXAMPLE.org", ALICE),
    ] {
        let question = ask(&browser, &request(asked, &[])).await;
        let answer = posted(&agree(&browser, &question).await);

        let token = believed(&world, answer["id_token"].as_str().unwrap()).await;
        assert_eq!(token["email"], email);
        assert_eq!(token["email_original"], asked);
    }
    let question = ask(&browser, &request("", &[])).await;
    let answer = posted(&agree(&browser, &question).await);
    let token = believed(&world, answer["id_token"].as_str().unwrap()).await;
    assert_eq!(
        (token["email"].as_str(), token.get("email_original")),
        (Some(ALICE), None)
    );
}

/// The attack: whoever is signed in here passes for somebody else at the broker.
#[tokio::test]
async fn nobody_is_called_by_the_address_of_somebody_else() {
    let world = world().await;

    for about in ["bob@example.org", "alice@elsewhere.example", "nonsense"] {
        let browser = world.alice().await;
        let mut page = ask(&browser, &request(about, &[])).await;
        if page.text().contains("name=\"password\"") {
            // Perhaps they have another mailbox; alice insists on hers.
            let signed_in = sign_in(&browser, &page, ALICE, PASSWORD).await;
            page = go_on(&browser, &signed_in).await;
        }

        let answer = posted(&page);
        assert_eq!(answer["error"], "login_required", "{about}");
        assert_eq!(answer.get("id_token"), None, "{about}");
    }
}

/// The attack: anybody calls themselves a broker, or has the answer sent elsewhere.
#[tokio::test]
async fn only_a_broker_that_is_named_is_answered_and_only_at_its_own_origin() {
    let world = world().await;
    let browser = world.alice().await;

    for changes in [
        &[
            ("client_id", "https://evil.example"),
            ("redirect_uri", "https://evil.example/callback"),
        ][..],
        &[("client_id", "https://broker.example/")],
        &[("client_id", "https://broker.example:443")],
        &[("redirect_uri", "https://evil.example/callback")],
        &[(
            "redirect_uri",
            "https://broker.example.evil.example/callback",
        )],
        &[(
            "redirect_uri",
            "https://broker.example@evil.example/callback",
        )],
        &[("redirect_uri", "https://broker.example:8443/callback")],
        &[("redirect_uri", "http://broker.example/callback")],
        &[("redirect_uri", "https://broker.example/callback#x")],
        &[("redirect_uri", "https://broker.example\\@evil.example/")],
        &[("redirect_uri", "")],
    ] {
        let answer = ask(&browser, &request(ALICE, changes)).await;

        assert_eq!(answer.status, 400, "{changes:?}");
        assert_eq!(answer.header("location"), None);
        assert!(!answer.text().contains("id=\"post\""), "{changes:?}");
    }
}

#[tokio::test]
async fn a_broker_gets_id_tokens_for_one_sign_in_and_nothing_else() {
    let world = world().await;
    let browser = world.alice().await;

    for (change, error) in [
        (("nonce", ""), "invalid_request"),
        (("scope", "email"), "invalid_scope"),
        (("response_type", "code"), "unauthorized_client"),
        (
            ("response_type", "id_token token"),
            "unsupported_response_type",
        ),
        (("response_mode", "query"), "invalid_request"),
    ] {
        let answer = ask(&browser, &request(ALICE, &[change])).await;
        let answer = match answer.header("location") {
            Some(location) => Value::Object(answered(location)),
            None => posted(&answer),
        };

        assert_eq!(answer["error"], error, "{change:?}");
    }
}

#[tokio::test]
async fn without_a_broker_in_the_settings_none_is_led_here_or_answered() {
    let world = World::open().await;
    let path = format!("/.well-known/webfinger?resource=acct:{ALICE}");
    let browser = world.alice().await;

    let found = browser.get(&path).await.text();
    let answer = ask(&browser, &request(ALICE, &[])).await;

    assert!(!found.contains("portier"), "{found}");
    assert_eq!(answer.status, 400);
}
