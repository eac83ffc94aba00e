//! `POST /persona/auth/login/`

use std::time::Duration;

use store::Store;
use testkit::smtp::Mood;

use testkit::world::{ALICE, ISSUER, PASSWORD, World};

#[tokio::test]
async fn the_right_password_opens_a_session_and_leads_back_to_the_login_page() {
    let world = World::open().await;
    let browser = world.browser();

    let answer = browser.log_in(" Alice@Example.org ", PASSWORD).await;

    assert_eq!(answer.status, 303);
    assert_eq!(
        answer.header("location"),
        Some("/persona/login/?email=alice@example.org")
    );
    assert_eq!(answer.header("set-login"), Some("logged-in"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let token = browser.session_cookie().unwrap();
    let cookies: Vec<&str> = answer.all("set-cookie").collect();
    assert_eq!(
        cookies,
        [
            format!(
                "__Host-persona={token}; Path=/; Max-Age=2592000; SameSite=Lax; Secure; HttpOnly"
            ),
            format!(
                "__Secure-persona-frame={token}; Path=/persona/auth/; Max-Age=2592000; \
                 SameSite=None; Secure; HttpOnly"
            ),
        ]
    );
    assert!(browser.is_signed_in_as(ALICE).await);
}

#[tokio::test]
async fn each_domain_asks_for_its_own_addresses() {
    let world = World::open().await;

    let carol = world.browser();
    assert_eq!(
        carol
            .log_in("carol@example.net", "carol's own password")
            .await
            .status,
        303
    );
    assert!(carol.is_signed_in_as("carol@example.net").await);
    assert_eq!(
        world
            .browser()
            .log_in("alice@example.net", PASSWORD)
            .await
            .status,
        401
    );
}

#[tokio::test]
async fn only_the_mail_servers_no_is_a_wrong_password() {
    let world = World::open().await;

    let refused = world.browser().log_in(ALICE, "wrong").await;
    assert_eq!(refused.status, 401);
    assert!(
        refused
            .text()
            .contains("This password did not open the mailbox"),
        "{}",
        refused.text()
    );

    for mood in [Mood::Forgetful, Mood::Dropping, Mood::Confused] {
        world.mail.feel(mood);
        let answer = world.browser().log_in(ALICE, PASSWORD).await;

        assert_eq!(answer.status, 503, "{mood:?}");
        assert!(answer.header("retry-after").is_some(), "{mood:?}");
        assert!(
            answer.text().contains("Your mail server is not answering"),
            "{mood:?}"
        );
        assert!(
            !answer
                .text()
                .contains("This password did not open the mailbox"),
            "{mood:?}"
        );
        assert!(
            !answer.text().contains("mail.example.test"),
            "what a server says is for the log"
        );
        assert_eq!(
            answer
                .all("set-cookie")
                .filter(|c| c.starts_with("__Host-persona="))
                .count(),
            0
        );
    }
}

#[tokio::test]
async fn a_stopped_mail_server_is_no_wrong_password_and_does_not_count_as_one() {
    let world = World::open().await;
    let browser = world.browser();

    world.mail.feel(Mood::Forgetful);
    for _ in 0..12 {
        assert_eq!(browser.log_in(ALICE, PASSWORD).await.status, 503);
    }
    world.mail.feel(Mood::Open);

    assert_eq!(browser.log_in(ALICE, PASSWORD).await.status, 303);
}

#[tokio::test]
async fn programs_are_answered_in_json() {
    let world = World::open().await;
    let browser = world.browser();
    let csrf = browser.form_token().await;
    let body =
        |password: &str| serde_json::json!({ "email": ALICE, "password": password, "csrf": csrf });

    let wrong = browser
        .post_json("/persona/auth/login/", &body("wrong"))
        .await;
    let right = browser
        .post_json("/persona/auth/login/", &body(PASSWORD))
        .await;

    assert_eq!(wrong.status, 401);
    assert_eq!(
        wrong.header("content-type"),
        Some("application/problem+json")
    );
    assert_eq!(wrong.json().unwrap()["error"], "refused");
    assert_eq!(right.status, 200);
    assert_eq!(right.json().unwrap()["email"], ALICE);
    assert!(browser.is_signed_in_as(ALICE).await);
}

#[tokio::test]
async fn the_session_id_changes_at_login_and_the_old_one_is_dead() {
    let world = World::open().await;
    let browser = world.alice().await;
    let first = browser.session_cookie().unwrap();

    assert_eq!(browser.log_in(ALICE, PASSWORD).await.status, 303);

    let second = browser.session_cookie().unwrap();
    assert_ne!(first, second);
    let cookie = format!("__Host-persona={first}");
    let path = format!("/persona/auth/has-session/?email={ALICE}");
    assert_eq!(
        world
            .browser()
            .get_with(&path, &[("cookie", &cookie)])
            .await
            .status,
        404
    );
}

#[tokio::test]
async fn a_planted_cookie_is_replaced_and_creates_nothing() {
    let store = std::sync::Arc::new(store::SqliteStore::open_in_memory().unwrap());
    let world = World::with_store(std::sync::Arc::clone(&store) as _, |_| {}).await;
    let browser = world.browser();
    let csrf = browser.form_token().await;
    let planted = "A".repeat(43);
    let bound = browser
        .client
        .cookie("127.0.0.1", "__Host-persona-form")
        .unwrap();
    let cookie = format!("__Host-persona={planted}; __Host-persona-form={bound}");
    let path = format!("/persona/login/?email={ALICE}");

    let page = browser.get_with(&path, &[("cookie", &cookie)]).await;
    assert!(
        page.text().contains("type=\"password\""),
        "nobody is signed in by it"
    );
    assert!(
        store.sessions().await.unwrap().is_empty(),
        "it creates nothing"
    );
    let headers = [
        ("origin", ISSUER),
        ("accept", "text/html"),
        ("cookie", &cookie),
    ];
    let fields = [
        ("email", ALICE),
        ("password", PASSWORD),
        ("csrf", csrf.as_str()),
    ];
    let answer = browser
        .post_with("/persona/auth/login/", &headers, &fields)
        .await;

    assert_eq!(answer.status, 303);
    let sessions = store.sessions().await.unwrap();
    assert_eq!(sessions.len(), 1);
    let planted_id = store::SessionId::from_sha256(protocol::jose::sha256(planted.as_bytes()));
    assert!(
        store.session(&planted_id).await.unwrap().is_none(),
        "it does not become the session"
    );
    assert_ne!(browser.session_cookie().unwrap(), planted);
}

#[tokio::test]
async fn a_login_without_this_browsers_token_is_refused_and_asks_nobody() {
    let world = World::open().await;
    let browser = world.browser();
    let of_another_browser = world.browser().form_token().await;
    browser.form_token().await;

    for token in ["", "x", of_another_browser.as_str()] {
        let fields = [("email", ALICE), ("password", PASSWORD), ("csrf", token)];
        let answer = browser.post("/persona/auth/login/", &fields).await;

        assert_eq!(answer.status, 403, "{token}");
        assert!(
            answer.text().contains("This page was open for too long"),
            "{}",
            answer.text()
        );
    }
    assert!(world.mail.sessions().await.unwrap().is_empty());
    assert!(browser.session_cookie().is_none());
}

#[tokio::test]
async fn a_login_from_another_sites_page_is_refused_and_asks_nobody() {
    let world = World::open().await;
    let browser = world.browser();
    let csrf = browser.form_token().await;
    let fields = [
        ("email", ALICE),
        ("password", PASSWORD),
        ("csrf", csrf.as_str()),
    ];

    for headers in [
        [
            ("origin", "https://evil.example"),
            ("sec-fetch-site", "cross-site"),
        ],
        [("origin", "null"), ("sec-fetch-site", "cross-site")],
        [
            ("origin", "https://www.example.org"),
            ("sec-fetch-site", "same-site"),
        ],
        [("origin", ISSUER), ("sec-fetch-site", "cross-site")],
    ] {
        assert_eq!(
            browser
                .post_with("/persona/auth/login/", &headers, &fields)
                .await
                .status,
            403
        );
    }
    assert!(world.mail.sessions().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_login_is_a_post_and_a_password_in_the_address_is_refused() {
    let world = World::open().await;
    let browser = world.browser();
    let csrf = browser.form_token().await;
    let query = format!("?email={ALICE}&password=secret&csrf={csrf}");

    let get = browser.get(&format!("/persona/auth/login/{query}")).await;
    let post = browser
        .post(
            &format!("/persona/auth/login/{query}"),
            &[("email", ALICE), ("password", "x"), ("csrf", &csrf)],
        )
        .await;
    let page = browser
        .get(&format!("/persona/login/?email={ALICE}&password=secret"))
        .await;

    assert_eq!((get.status, post.status, page.status), (405, 400, 400));
    assert!(world.mail.sessions().await.unwrap().is_empty());
}

#[tokio::test]
async fn what_cannot_be_an_address_of_ours_is_said_before_anybody_is_asked() {
    let world = World::open().await;

    for (email, problem) in [
        ("alice", NOT_AN_ADDRESS),
        ("alice@example.org\r\nQUIT", NOT_AN_ADDRESS),
        ("alice\0@example.org", NOT_AN_ADDRESS),
        ("alice*master@example.org", UNUSABLE),
        ("\"alice\"@example.org", NOT_AN_ADDRESS),
        ("alice@elsewhere.example", NOT_OURS),
        ("alice@example.org.evil.example", NOT_OURS),
    ] {
        let answer = world.browser().log_in(email, PASSWORD).await;

        assert_eq!(answer.status, 400, "{email:?}");
        assert!(
            answer.text().contains(problem),
            "{email:?}: {}",
            answer.text()
        );
    }
    for password in ["", "with\0nul", "with\r\nline", &"x".repeat(1025)] {
        let answer = world.browser().log_in(ALICE, password).await;

        assert_eq!(answer.status, 400, "{password:?}");
        assert!(
            answer
                .text()
                .contains("This password cannot be sent to a mail server"),
            "{}",
            answer.text()
        );
    }
    assert!(world.mail.sessions().await.unwrap().is_empty());
}

#[tokio::test]
async fn the_cookies_name_can_be_set() {
    let store = std::sync::Arc::new(store::SqliteStore::open_in_memory().unwrap());
    let world = World::with_store(store, |settings| {
        settings.session.cookie = server::settings::CookieName::parse("mail-id").unwrap();
    })
    .await;
    let browser = world.browser();

    assert_eq!(browser.log_in(ALICE, PASSWORD).await.status, 303);

    assert!(browser.session_cookie().is_none());
    for name in [
        "__Host-mail-id",
        "__Secure-mail-id-frame",
        "__Host-mail-id-form",
    ] {
        assert!(browser.client.cookie("127.0.0.1", name).is_some(), "{name}");
    }
    assert!(browser.is_signed_in_as(ALICE).await);
}

#[tokio::test]
async fn on_a_shared_computer_the_sign_in_ends_with_the_browser_or_after_an_hour() {
    let world = World::open().await;
    let browser = world.browser();
    let csrf = browser.form_token().await;
    let fields = [
        ("email", ALICE),
        ("password", PASSWORD),
        ("csrf", &csrf),
        ("shared", "yes"),
    ];

    let answer = browser.post("/persona/auth/login/", &fields).await;

    assert_eq!(answer.status, 303);
    let token = browser.session_cookie().unwrap();
    let cookies: Vec<&str> = answer.all("set-cookie").collect();
    assert_eq!(
        cookies,
        [
            format!("__Host-persona={token}; Path=/; SameSite=Lax; Secure; HttpOnly"),
            format!(
                "__Secure-persona-frame={token}; Path=/persona/auth/; SameSite=None; Secure; \
                 HttpOnly"
            ),
        ]
    );
    world.clock.advance(Duration::from_secs(3599));
    assert!(browser.is_signed_in_as(ALICE).await);
    world.clock.advance(Duration::from_secs(1));
    assert!(!browser.is_signed_in_as(ALICE).await);
}

const NOT_AN_ADDRESS: &str = "This is not an email address yet";
const NOT_OURS: &str = "We cannot sign in";
const UNUSABLE: &str = "This address cannot be signed in here";
