//! `base_path`: an installation whose pages are below a path of its own, and where its addresses come
//! from.

use protocol::jose::Signer as _;
use server::settings::BasePath;
use testkit::world::{ALICE, Cast, PASSWORD, World, user};

async fn world_below_sso() -> World {
    Cast::usual()
        .settings(|settings| settings.base_path = BasePath::parse("/sso").unwrap())
        .open()
        .await
}

fn form_token(page: &str) -> String {
    let (_, rest) = page.split_once("name=\"csrf\" value=\"").unwrap();
    rest.split('"').next().unwrap().to_owned()
}

#[tokio::test]
async fn everything_of_ours_is_below_the_base_path() {
    let world = world_below_sso().await;
    let browser = world.browser();

    for (path, status) in [
        ("/sso/persona/login/", 200),
        ("/sso/persona/provisioning", 200),
        ("/sso/persona/dialog", 200),
        ("/sso/persona/auth/ping", 200),
        ("/sso/persona/include.js", 200),
        ("/.well-known/browserid", 200),
        ("/include.js", 200),
        ("/sign_in", 200),
        ("/persona/login/", 404),
        ("/persona/auth/ping", 404),
        ("/sso/.well-known/browserid", 404),
        ("/sso/include.js", 404),
        ("/sso", 404),
    ] {
        assert_eq!(browser.get(path).await.status, status, "{path}");
    }
    for path in ["/", "/sso/persona/"] {
        let answer = browser.get(path).await;
        assert_eq!(answer.header("location"), Some("/sso/persona/login/"));
    }
    let document = browser.get("/.well-known/browserid").await.json().unwrap();
    assert_eq!(document["authentication"], "/sso/persona/login/");
    assert_eq!(document["provisioning"], "/sso/persona/provisioning/");
    assert_eq!(document["handoff"], "/sso/persona/handoff/");
}

#[tokio::test]
async fn pages_and_scripts_name_nothing_at_the_root() {
    let world = world_below_sso().await;
    let browser = world.browser();

    for path in [
        "/sso/persona/login/",
        "/sso/persona/dialog",
        "/sso/persona/provisioning/",
    ] {
        let page = browser.get(path).await.text();
        let names_root = ["\"/persona/", "'/persona/", "=/persona/"];
        assert!(!names_root.iter().any(|name| page.contains(name)), "{page}");
        let (_, script) = page.split_once("src=\"").unwrap();
        let script = script.split('"').next().unwrap();
        assert!(script.starts_with("/sso/persona/assets/"), "{script}");
        assert_eq!(browser.get(script).await.status, 200, "{script}");
    }
    for path in [
        "/include.js",
        "/sso/persona/include.js",
        "/authentication_api.js",
    ] {
        let script = browser.get(path).await.text();
        assert!(script.contains("const base = \"/sso\";"), "{path}");
    }
}

#[tokio::test]
async fn a_sign_in_goes_all_the_way_below_the_base_path() {
    let world = world_below_sso().await;
    let browser = world.browser();
    let csrf = form_token(&browser.get("/sso/persona/login/").await.text());
    let fields = [("email", ALICE), ("password", PASSWORD), ("csrf", &csrf)];

    let answer = browser.post("/sso/persona/auth/login/", &fields).await;

    assert_eq!(answer.status, 303, "{}", answer.text());
    let page = format!("/sso/persona/login/?email={ALICE}");
    assert_eq!(answer.header("location"), Some(page.as_str()));
    let frame = answer
        .all("set-cookie")
        .find(|line| line.contains("-frame="));
    let is_below = frame.is_some_and(|line| line.contains("; Path=/sso/persona/auth/;"));
    assert!(is_below, "{frame:?}");
    assert!(
        browser
            .get(&page)
            .await
            .text()
            .contains("action=\"/sso/persona/auth/logout/\"")
    );
    let wanted =
        serde_json::json!({"email": ALICE, "publicKey": user().public_key().to_browserid()});
    let certificate = browser
        .post_json("/sso/persona/auth/certificate/", &wanted)
        .await;
    assert_eq!(certificate.status, 200, "{}", certificate.text());
}

#[tokio::test]
async fn no_address_comes_from_the_host_that_was_asked() {
    let world = World::open().await;
    let forged = [
        ("host", "evil.example"),
        ("x-forwarded-host", "evil.example"),
        ("x-forwarded-proto", "gopher"),
        ("forwarded", "host=evil.example;proto=gopher"),
    ];

    for path in [
        "/",
        "/persona/login/",
        "/persona/dialog",
        "/include.js",
        "/persona/handoff/",
    ] {
        let answer = world.browser().get_with(path, &forged).await;

        let headers = format!("{:?}", answer.headers);
        assert!(!headers.contains("evil"), "{path}: {headers}");
        assert!(!answer.text().contains("evil"), "{path}");
    }
}

#[tokio::test]
async fn a_broker_says_where_at_its_own_origin_its_dialog_is() {
    let world = World::open().await;
    let key = user().public_key().to_browserid_text();
    let asked = async |dialog: Option<&str>| {
        let mut fields = vec![
            ("email", ALICE),
            ("publicKey", &key),
            ("duration", "3600"),
            ("state", "a-state"),
        ];
        fields.extend(dialog.map(|dialog| ("dialog", dialog)));
        let headers = [
            ("origin", "https://broker.example"),
            ("accept", "text/html"),
        ];
        world
            .browser()
            .post_with("/persona/handoff/", &headers, &fields)
            .await
    };

    for (dialog, expected) in [
        (None, "data-dialog=\"/persona/dialog\""),
        (
            Some("/sso/persona/dialog"),
            "data-dialog=\"/sso/persona/dialog\"",
        ),
    ] {
        let answer = asked(dialog).await;
        assert_eq!(answer.status, 200);
        assert!(answer.text().contains(expected), "{dialog:?}");
    }
    for dialog in [
        "",
        ".evil.example/",
        "@evil.example/",
        "//evil.example/",
        "/\\evil.example/",
        "https://evil.example/",
        "/persona/dialog#state=x",
        "/persona/dialog?x",
    ] {
        assert_eq!(asked(Some(dialog)).await.status, 400, "{dialog}");
    }
}
