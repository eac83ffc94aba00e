//! `POST` and `GET /persona/handoff/`, and the dialog of a site that has no popup.

use protocol::jose::Signer;
use serde_json::json;
use testkit::http::Answer;
use testkit::world::{ALICE, World, user};

const BROKER: &str = "https://broker.example";

async fn hand_off(world: &World, headers: &[(&str, &str)], fields: &[(&str, &str)]) -> Answer {
    let mut all = vec![("sec-fetch-site", "cross-site"), ("accept", "text/html")];
    all.extend_from_slice(headers);
    world
        .browser()
        .post_with("/persona/handoff/", &all, fields)
        .await
}

fn attribute<'a>(page: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = page.split_once(&format!(" {name}=\""))?;
    rest.split('"').next()
}

fn fields(key: &str) -> [(&str, &str); 4] {
    [
        ("email", ALICE),
        ("publicKey", key),
        ("duration", "3600"),
        ("state", "a-state_of-64"),
    ]
}

#[tokio::test]
async fn the_broker_is_who_the_browser_says_and_no_parameter() {
    let world = World::open().await;
    let key = user().public_key().to_browserid_text();
    let mut fields = fields(&key).to_vec();
    fields.extend([
        ("origin", "https://evil.example"),
        ("broker", "https://evil.example"),
        ("return", "https://evil.example/"),
        ("redirect_uri", "https://evil.example/"),
    ]);
    let headers = [("origin", BROKER), ("referer", "https://evil.example/page")];

    let answer = hand_off(&world, &headers, &fields).await;

    let page = answer.text();
    assert_eq!(answer.status, 200, "{page}");
    assert_eq!(attribute(&page, "data-broker"), Some(BROKER));
    assert_eq!(attribute(&page, "data-trusted"), Some("no"));
    assert_eq!(attribute(&page, "data-email"), Some(ALICE));
    assert_eq!(attribute(&page, "data-state"), Some("a-state_of-64"));
    assert!(!page.contains("evil"), "{page}");
    assert_eq!(answer.header("x-frame-options"), Some("DENY"));
    assert_eq!(answer.all("set-cookie").count(), 0);
}

#[tokio::test]
async fn a_request_without_one_honest_origin_gets_nothing() {
    let world = World::open().await;
    let key = user().public_key().to_browserid_text();

    for origins in [
        vec![],
        vec![("origin", "null")],
        vec![("origin", "http://broker.example")],
        vec![("origin", "https://broker.example/path")],
        vec![("origin", "")],
        vec![("origin", BROKER), ("origin", "https://other.example")],
    ] {
        let answer = hand_off(&world, &origins, &fields(&key)).await;

        assert_eq!(answer.status, 403, "{origins:?}");
        assert_eq!(attribute(&answer.text(), "data-broker"), None);
    }
}

#[tokio::test]
async fn what_cannot_be_certified_is_not_asked_about() {
    let world = World::open().await;
    let key = user().public_key().to_browserid_text();
    let cases = [
        ("email", "alice"),
        ("email", "alice@elsewhere.example"),
        ("publicKey", "{}"),
        ("publicKey", "null"),
        ("duration", "soon"),
        ("duration", "-1"),
        ("state", ""),
        ("state", "<script>"),
        ("state", &"s".repeat(65)),
    ];

    for (name, value) in cases {
        let mut fields = fields(&key).to_vec();
        fields.retain(|(other, _)| *other != name);
        fields.push((name, value));
        let answer = hand_off(&world, &[("origin", BROKER)], &fields).await;

        assert_eq!(answer.status, 400, "{name}={value}");
        assert_eq!(attribute(&answer.text(), "data-broker"), None);
    }
}

#[tokio::test]
async fn a_trusted_broker_is_one_of_the_settings() {
    let store = std::sync::Arc::new(store::SqliteStore::open_in_memory().unwrap());
    let world = World::with_store(store, |settings| {
        settings.broker.trusted = vec![BROKER.parse().unwrap()];
    })
    .await;
    let key = user().public_key().to_browserid_text();

    for (origin, trusted) in [
        (BROKER, "yes"),
        ("https://broker.example:8443", "no"),
        ("https://sub.broker.example", "no"),
    ] {
        let answer = hand_off(&world, &[("origin", origin)], &fields(&key)).await;

        assert_eq!(
            attribute(&answer.text(), "data-trusted"),
            Some(trusted),
            "{origin}"
        );
    }
    let framed = world.browser().get("/persona/provisioning/").await;
    let policy = framed.header("content-security-policy").unwrap();
    assert!(
        policy.ends_with("frame-ancestors 'self' https://broker.example"),
        "{policy}"
    );
    assert_eq!(framed.header("x-frame-options"), None);
}

#[tokio::test]
async fn the_page_that_is_come_back_to_knows_nobody() {
    let world = World::open().await;

    let answer = world.alice().await.get("/persona/handoff/").await;

    assert_eq!(answer.status, 200);
    assert_eq!(attribute(&answer.text(), "data-broker"), None);
    assert!(!answer.text().contains(ALICE));
}

#[tokio::test]
async fn a_site_without_a_popup_is_who_the_browser_says() {
    let world = World::open().await;
    let request = json!({ "siteName": "<b>Shop</b>\"", "returnTo": "/after" }).to_string();
    let fields = [
        ("request", request.as_str()),
        ("state", "s1"),
        ("audience", "https://evil.example"),
    ];
    let send = |origin: &'static str| {
        let world = &world;
        async move {
            let headers = [("origin", origin), ("sec-fetch-site", "cross-site")];
            let browser = world.browser();
            browser
                .post_with("/persona/dialog", &headers, &fields)
                .await
        }
    };

    let answer = send("https://shop.example").await;
    let nobody = send("null").await;

    let page = answer.text();
    assert_eq!(answer.status, 200);
    assert_eq!(
        attribute(&page, "data-audience"),
        Some("https://shop.example")
    );
    assert!(
        !page.contains("evil.example") && !page.contains("<b>Shop"),
        "{page}"
    );
    assert_eq!(nobody.status, 400);
    assert_eq!(attribute(&nobody.text(), "data-audience"), None);
}

#[tokio::test]
async fn the_dialog_may_frame_and_send_itself_to_other_issuers_and_names_its_origin_alone() {
    let world = World::open().await;

    for path in ["/persona/dialog", "/sign_in"] {
        let answer = world.browser().get(path).await;

        assert_eq!(answer.header("referrer-policy"), Some("strict-origin"));
        let policy = answer.header("content-security-policy").unwrap();
        assert!(policy.contains("frame-src https:;"), "{policy}");
        assert!(policy.contains("form-action 'self' https:;"), "{policy}");
        assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
        assert!(policy.contains("script-src 'self';"), "{policy}");
        assert_eq!(answer.header("x-frame-options"), Some("DENY"));
        // It would cut the dialog off from the site that opened it (`docs/handoff.md`).
        assert_eq!(answer.header("cross-origin-opener-policy"), None);
    }
}
