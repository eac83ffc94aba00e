//! The request: what a site may ask, and what it may not.

use std::time::Duration;

use serde_json::json;
use testkit::world::ALICE;

use super::super::stage::{CALLBACK, answer_for_alice, ask, at_once, follow, with, world};
use super::{Given, PLANS, arrived, sign_in, silently};

#[tokio::test]
async fn response_type_missing() {
    let world = world(&[]).await;
    for plan in PLANS {
        let page = ask(&world.browser(), &with(&[plan, ("response_type", "")])).await;
        let told = arrived(&page, plan);
        assert_eq!(told["error"], "invalid_request");
        assert_eq!(told["state"], "st/a te");
    }
}

/// The order of the parameters does not count either.
#[tokio::test]
async fn alternate_happy_flow() {
    let world = world(&[]).await;
    for plan in PLANS {
        let mut parameters = with(&[plan, ("scope", "email openid")]);
        parameters.reverse();
        let answer = answer_for_alice(&world.browser(), &parameters).await;
        Given::by(&world, &answer).await;
    }
}

#[tokio::test]
async fn display_locales_acr_values_and_unknown_parameters_do_no_harm() {
    let world = world(&[]).await;
    for plan in PLANS {
        for asked in [
            ("display", "page"),
            ("display", "popup"),
            ("ui_locales", "se"),
            ("claims_locales", "se"),
            ("acr_values", "1 2"),
            ("extra", "foobar"),
        ] {
            let page = ask(&world.browser(), &with(&[plan, asked])).await;
            assert!(page.text().contains("id=\"login\""), "{asked:?}: {page:?}");
            sign_in(&world, &world.browser(), &[plan, asked]).await;
        }
    }
}

#[tokio::test]
async fn prompt_login() {
    let world = world(&[]).await;
    for plan in PLANS {
        let browser = world.browser();
        let first = sign_in(&world, &browser, &[plan]).await;
        world.clock.advance(Duration::from_secs(2));

        let page = ask(&browser, &with(&[plan, ("prompt", "login")])).await;

        assert!(page.text().contains("id=\"login\""), "{page:?}");
        let second = Given::by(&world, &follow(&browser, page).await).await;
        let since = |given: &Given| given.claims["auth_time"].as_i64().unwrap();
        assert_eq!(since(&second), since(&first) + 2);
        assert_eq!(second.claims["sub"], first.claims["sub"]);
    }
}

#[tokio::test]
async fn prompt_none_not_logged_in() {
    let world = world(&[]).await;
    for plan in PLANS {
        let page = ask(&world.browser(), &with(&[plan, ("prompt", "none")])).await;
        let told = arrived(&page, plan);
        assert_eq!(told["error"], "login_required");
        assert_eq!(told["state"], "st/a te");
    }
}

#[tokio::test]
async fn prompt_none_logged_in_max_age_10000_and_id_token_hint() {
    let world = world(&[]).await;
    for plan in PLANS {
        let browser = world.browser();
        let first = sign_in(&world, &browser, &[plan, ("max_age", "15000")]).await;
        world.clock.advance(Duration::from_secs(2));
        let hint = first.tokens["id_token"].as_str().unwrap();

        for changes in [
            vec![plan, ("prompt", "none")],
            vec![plan, ("max_age", "10000")],
            vec![plan, ("prompt", "none"), ("id_token_hint", hint)],
        ] {
            let second = silently(&world, &browser, &changes).await;
            for same in ["sub", "auth_time"] {
                assert_eq!(second.claims[same], first.claims[same], "{changes:?}");
            }
        }
    }
}

#[tokio::test]
async fn max_age_1() {
    let world = world(&[]).await;
    for plan in PLANS {
        let browser = world.browser();
        let first = sign_in(&world, &browser, &[plan]).await;
        world.clock.advance(Duration::from_secs(2));

        let page = ask(&browser, &with(&[plan, ("max_age", "1")])).await;

        assert!(page.text().contains("id=\"login\""), "{page:?}");
        let second = Given::by(&world, &follow(&browser, page).await).await;
        assert_ne!(second.claims["auth_time"], first.claims["auth_time"]);
    }
}

#[tokio::test]
async fn login_hint() {
    let world = world(&[]).await;
    for plan in PLANS {
        for hint in [ALICE, "buffy@id.example.org"] {
            let page = ask(&world.browser(), &with(&[plan, ("login_hint", hint)])).await;
            let shown = format!("value=\"{hint}\"");
            assert!(page.text().contains(&shown), "{hint}: {page:?}");
            sign_in(&world, &world.browser(), &[plan, ("login_hint", hint)]).await;
        }
    }
}

#[tokio::test]
async fn ensure_registered_redirect_uri() {
    let world = world(&[]).await;
    for plan in PLANS {
        let other = format!("{CALLBACK}/XyZ");
        let page = ask(&world.browser(), &with(&[plan, ("redirect_uri", &other)])).await;
        assert_eq!(page.status, 400);
        assert_eq!(at_once(&page), None);
        assert!(page.text().contains("redirect_uri"), "{page:?}");
    }
}

#[tokio::test]
async fn ensure_post_request_succeeds() {
    let world = world(&[]).await;
    for plan in PLANS {
        let browser = world.browser();
        let headers = [
            ("host", "id.example.org"),
            ("origin", "https://cloud.example.org"),
            ("sec-fetch-site", "cross-site"),
        ];
        let place = "/persona/oidc/authorize";
        let sent = browser.post_with(place, &headers, &with(&[plan])).await;
        let page = browser.get(sent.header("location").unwrap()).await;
        Given::by(&world, &follow(&browser, page).await).await;
    }
}

/// Neither is left unread: that would be another request than the one that was meant.
#[tokio::test]
async fn request_uri_and_unsigned_request_objects_are_refused_and_not_overlooked() {
    let world = world(&[]).await;
    let header = data_encoding::BASE64URL_NOPAD.encode(br#"{"alg":"none"}"#);
    let inside = json!({"redirect_uri": "https://cloud.example.org/other", "scope": "openid"});
    let inside = data_encoding::BASE64URL_NOPAD.encode(inside.to_string().as_bytes());
    let object = format!("{header}.{inside}.");
    for plan in PLANS {
        for (name, value, error) in [
            (
                "request_uri",
                "https://cloud.example.org/request",
                "request_uri_not_supported",
            ),
            ("request", object.as_str(), "invalid_request_object"),
        ] {
            let page = ask(&world.browser(), &with(&[plan, (name, value)])).await;
            let told = arrived(&page, plan);
            assert_eq!(told["error"], error);
            assert_eq!(told["to"], CALLBACK);
        }
    }
}
