//! `GET /persona/login/`

use testkit::world::{ALICE, World};

#[tokio::test]
async fn a_stranger_is_asked_for_address_and_password() {
    let world = World::open().await;

    for path in ["/persona/login/", "/persona/login"] {
        let page = world.browser().get(path).await;

        assert_eq!(page.status, 200);
        assert_eq!(
            page.header("content-type"),
            Some("text/html; charset=utf-8")
        );
        let text = page.text();
        assert!(text.contains("name=\"email\"") && text.contains("name=\"password\""));
        assert!(!text.contains("readonly"));
        assert_eq!(page.header("set-login"), None);
    }
}

#[tokio::test]
async fn an_address_that_was_asked_for_is_filled_in_and_fixed_under_its_own_domain() {
    let world = World::open().await;

    let page = world
        .browser()
        .get("/persona/login/?email=carol%40example.net")
        .await
        .text();

    assert!(page.contains("value=\"carol@example.net\""));
    assert!(page.contains("readonly"));
    assert!(page.contains("id=\"cancel\""));
    let heading = page
        .split("<h1")
        .nth(1)
        .unwrap()
        .split("</h1>")
        .next()
        .unwrap();
    assert!(heading.contains("example.net"), "{heading}");
}

#[tokio::test]
async fn a_live_session_needs_no_form() {
    let world = World::open().await;
    let alice = world.alice().await;

    for path in ["/persona/login/", "/persona/login/?email=alice@example.org"] {
        let page = alice.get(path).await;

        assert!(page.text().contains(ALICE), "{path}");
        assert!(!page.text().contains("type=\"password\""), "{path}");
        assert_eq!(page.header("set-login"), Some("logged-in"));
    }
}

#[tokio::test]
async fn a_session_of_somebody_else_does_not_skip_the_form() {
    let world = World::open().await;
    let alice = world.alice().await;

    let page = alice
        .get("/persona/login/?email=bob@example.org")
        .await
        .text();

    assert!(page.contains("type=\"password\"") && page.contains("value=\"bob@example.org\""));
}

#[tokio::test]
async fn a_failed_login_keeps_the_address_and_never_the_password() {
    let world = World::open().await;
    let browser = world.browser();
    let csrf = browser.form_token().await;
    let fields = [
        ("email", ALICE),
        ("password", "tYpEd-wrong"),
        ("csrf", &csrf),
        ("locked", "yes"),
    ];

    let page = browser.post("/persona/auth/login/", &fields).await;

    assert_eq!(page.status, 401);
    let text = page.text();
    assert!(text.contains("value=\"alice@example.org\"") && text.contains("readonly"));
    assert!(!text.contains("tYpEd-wrong"));
}

#[tokio::test]
async fn what_was_typed_is_shown_as_text_and_never_as_markup() {
    let world = World::open().await;
    let attack = "\"><script>alert(1)</script>";

    let shown = world
        .browser()
        .get("/persona/login/?email=%22%3E%3Cscript%3Ealert(1)%3C/script%3E")
        .await;
    let posted = world.browser().log_in(attack, "x").await;

    for page in [shown, posted] {
        assert!(!page.text().contains("<script>alert"), "{page:?}");
    }
}
