//! `POST /persona/auth/certificate/`

use protocol::jose::Signer;
use serde_json::{Value, json};

use testkit::world::{ALICE, ISSUER, NOW, World, payload, user};

const DAY: i64 = 86_400_000;

#[tokio::test]
async fn a_signed_in_browser_gets_a_certificate_for_its_own_key() {
    let world = World::open().await;
    let alice = world.alice().await;
    let key = user().public_key().to_browserid();

    let answer = alice.certificate(ALICE, &key).await;

    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(
        answer.header("content-type"),
        Some("text/plain; charset=utf-8")
    );
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let certificate = answer.text();
    assert!(certificate.starts_with("eyJhbGciOiJSUzI1NiJ9."));
    assert_eq!(
        payload(&certificate),
        json!({
            "public-key": key,
            "principal": { "email": ALICE },
            "iat": NOW.as_millis() - 10_000,
            "exp": NOW.as_millis() + DAY,
            "iss": "id.example.org",
        })
    );
}

#[tokio::test]
async fn a_form_does_as_well_and_the_key_may_be_its_json_text() {
    let world = World::open().await;
    let alice = world.alice().await;
    let key = user().public_key().to_browserid();
    let fields = [
        ("email", ALICE),
        ("publicKey", &*key.to_string()),
        ("certDuration", "3600"),
    ];
    let text = json!({ "email": ALICE, "publicKey": key.to_string(), "certDuration": "3600" });

    for path in ["/persona/auth/certificate/", "/persona/auth/certificate"] {
        let by_form = alice.post(path, &fields).await;
        let by_json = alice.post_json(path, &text).await;

        for answer in [by_form, by_json] {
            assert_eq!(answer.status, 200, "{answer:?}");
            let claims = payload(&answer.text());
            assert_eq!(claims["public-key"], key);
            assert_eq!(claims["exp"], NOW.as_millis() + 3_600_000);
        }
    }
}

#[tokio::test]
async fn the_duration_is_honoured_up_to_the_maximum_and_nonsense_is_refused() {
    let world = World::open().await;
    let alice = world.alice().await;
    let key = user().public_key().to_browserid();
    let ask =
        |duration: Value| json!({ "email": ALICE, "publicKey": key, "certDuration": duration });

    for (duration, granted) in [
        (json!(60), 60_000),
        (json!("21600"), 21_600_000),
        (json!(999_999_999), DAY),
    ] {
        let answer = alice
            .post_json("/persona/auth/certificate/", &ask(duration))
            .await;
        assert_eq!(payload(&answer.text())["exp"], NOW.as_millis() + granted);
    }
    for duration in [
        json!(0),
        json!(-1),
        json!("-1"),
        json!(1.5),
        json!("1e9"),
        json!("soon"),
        json!(""),
        json!([60]),
        json!({}),
        json!(true),
        json!("99999999999999999999999"),
    ] {
        let answer = alice
            .post_json("/persona/auth/certificate/", &ask(duration.clone()))
            .await;

        assert_eq!(answer.status, 400, "{duration}: {answer:?}");
        assert_eq!(
            answer.json().unwrap()["error"],
            "bad-duration",
            "{duration}"
        );
    }
}

#[tokio::test]
async fn nobody_gets_a_certificate_without_a_session_for_that_address() {
    let world = World::open().await;
    let alice = world.alice().await;
    let key = user().public_key().to_browserid();

    assert_eq!(world.browser().certificate(ALICE, &key).await.status, 401);
    for other in [
        "bob@example.org",
        "alice@example.net",
        "alice@elsewhere.example",
        "alice+tag@example.org",
        "alice@sub.example.org",
    ] {
        let answer = alice.certificate(other, &key).await;

        assert_eq!(answer.status, 401, "{other}");
        assert_eq!(answer.json().unwrap()["error"], "not-signed-in", "{other}");
    }
}

#[tokio::test]
async fn a_bare_name_or_one_with_control_characters_is_no_address() {
    let world = World::open().await;
    let alice = world.alice().await;
    let key = user().public_key().to_browserid();

    for name in [
        "",
        "alice",
        "alice@",
        "@example.org",
        "alice@example.org\n",
        "alice\0@example.org",
        "a@b@example.org",
    ] {
        assert_eq!(alice.certificate(name, &key).await.status, 400, "{name:?}");
    }
}

#[tokio::test]
async fn a_session_of_a_domain_that_is_no_longer_served_is_worth_nothing() {
    let store: std::sync::Arc<dyn store::Store> =
        std::sync::Arc::new(store::SqliteStore::open_in_memory().unwrap());
    let before = World::with_store(std::sync::Arc::clone(&store), |_| {}).await;
    let carol = before.browser();
    carol
        .log_in("carol@example.net", "carol's own password")
        .await;
    let cookie = format!("__Host-persona={}", carol.session_cookie().unwrap());

    let after = World::with_store(store, |settings| settings.domain.truncate(1)).await;
    let body =
        json!({ "email": "carol@example.net", "publicKey": user().public_key().to_browserid() });
    let headers = [("origin", ISSUER), ("cookie", cookie.as_str())];
    let answer = testkit::http::Client::new()
        .post_json(&after.url("/persona/auth/certificate/"), &headers, &body)
        .await
        .unwrap();

    assert_eq!(answer.status, 401);
}

#[tokio::test]
async fn keys_are_parsed_and_bounded() {
    let world = World::open().await;
    let alice = world.alice().await;
    let good = user().public_key().to_browserid();
    let n = good["n"].as_str().unwrap();
    let rs = |n: Value, e: Value| json!({ "algorithm": "RS", "n": n, "e": e });

    for key in [
        json!(null),
        json!({}),
        json!([]),
        json!(""),
        json!("null"),
        json!("{}"),
        json!(5),
        json!("x".repeat(9000)),
        rs(json!(""), json!("65537")),
        rs(json!("0"), json!("65537")),
        rs(json!("15"), json!("65537")),
        rs(json!(n), json!("")),
        rs(json!(n), json!("0")),
        rs(json!(n), json!("1")),
        rs(json!(n), json!("2")),
        rs(json!(n), json!(65537)),
        rs(json!(12345), json!("65537")),
        rs(json!(format!("-{n}")), json!("65537")),
        rs(json!(format!("0{n}")), json!("65537")),
        rs(json!(n.repeat(2)), json!("65537")),
        rs(json!(format!("{n} ")), json!("65537")),
        rs(json!(null), json!("65537")),
        json!({ "algorithm": "HS", "n": n, "e": "65537" }),
        json!({ "algorithm": "RS", "n": n }),
        json!({ "kty": "RSA", "n": "AQAB", "e": "AQAB" }),
        json!({ "algorithm": "DS", "y": "2", "p": "17", "q": "b", "g": "4" }),
    ] {
        let answer = alice.certificate(ALICE, &key).await;

        assert_eq!(answer.status, 400, "{key}: {answer:?}");
        assert_eq!(answer.json().unwrap()["error"], "bad-key", "{key}");
    }
}

#[tokio::test]
async fn a_key_with_a_member_twice_is_refused_in_both_shapes() {
    let world = World::open().await;
    let alice = world.alice().await;
    let key = user().public_key().to_browserid_text();
    let twice = key.replacen('{', "{\"e\":\"3\",", 1);
    let body = format!("{{\"email\":\"{ALICE}\",\"publicKey\":{twice}}}");
    let headers = [("origin", ISSUER), ("content-type", "application/json")];

    let by_json = alice
        .client
        .request(
            "POST",
            &world.url("/persona/auth/certificate/"),
            &headers,
            body.as_bytes(),
        )
        .await
        .unwrap();
    let by_form = alice
        .post(
            "/persona/auth/certificate/",
            &[("email", ALICE), ("publicKey", &twice)],
        )
        .await;

    assert_eq!((by_json.status, by_form.status), (400, 400));
}

#[tokio::test]
async fn another_sites_page_gets_nothing_even_with_the_cookie() {
    let world = World::open().await;
    let alice = world.alice().await;
    let key = user().public_key().to_browserid_text();
    let fields = [("email", ALICE), ("publicKey", key.as_str())];

    for headers in [
        vec![("origin", "https://evil.example")],
        vec![("origin", "null")],
        vec![("sec-fetch-site", "cross-site")],
        vec![("origin", ISSUER), ("sec-fetch-site", "same-site")],
        vec![("origin", "https://id.example.org.evil.example")],
    ] {
        let answer = alice
            .post_with("/persona/auth/certificate/", &headers, &fields)
            .await;

        assert_eq!(answer.status, 403, "{headers:?}");
        assert_eq!(answer.json().unwrap()["error"], "other-origin");
    }
}
