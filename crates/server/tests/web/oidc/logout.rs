//! RP-Initiated Logout 1.0: a site signs somebody out here, or only asks.

use std::time::Duration;

use protocol::jose::token::{SigningKey, TokenAlgorithm, sign};
use serde_json::{Value, json};
use testkit::http::Answer;
use testkit::world::{ALICE, Browser, World};
use url::form_urlencoded;

use super::stage::{
    CLOUD, SECRET, believed, body, code, exchange_as, hidden, onward, redeem, tokens, with, world,
};

const BYE: &str = "https://cloud.example.org/bye";

/// Another site that alice signs in to.
fn other() -> Value {
    json!({
        "id": "other",
        "secret": SECRET,
        "redirect_uris": ["https://other.example.org/callback"],
        "post_logout_redirect_uris": ["https://other.example.org/bye"],
    })
}

fn path(parameters: &[(&str, &str)]) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    let query = query.extend_pairs(parameters).finish();
    format!("/persona/oidc/logout?{query}")
}

async fn leave(browser: &Browser<'_>, parameters: &[(&str, &str)]) -> Answer {
    browser.get(&path(parameters)).await
}

/// Signs alice in to the usual site, and gives her ID token.
async fn id_token(world: &World, browser: &Browser<'_>) -> String {
    let code = code(browser, &with(&[])).await;
    let given = tokens(&redeem(world, &code).await);
    given["id_token"].as_str().unwrap().to_owned()
}

async fn is_signed_in(browser: &Browser<'_>) -> bool {
    browser.is_signed_in_as(ALICE).await
}

/// Asserts that a page asks, and that nothing has happened yet.
async fn assert_asks(browser: &Browser<'_>, answer: &Answer) {
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.header("location"), None);
    assert_eq!(answer.header("refresh"), None);
    assert!(answer.text().contains("id=\"sign-out\""), "{answer:?}");
    assert!(is_signed_in(browser).await);
}

/// Asserts that a request is answered on our own page, and that nothing has happened.
async fn assert_refused(browser: &Browser<'_>, parameters: &[(&str, &str)], words: &str) {
    let answer = leave(browser, parameters).await;
    assert_eq!(answer.status, 400, "{parameters:?}");
    assert_eq!(answer.header("location"), None, "{parameters:?}");
    assert_eq!(answer.header("refresh"), None, "{parameters:?}");
    let text = answer.text();
    assert!(text.contains(words), "{parameters:?}: {text}");
    assert!(text.contains("class=\"reference\""), "{text}");
    assert!(!text.contains("evil.example"), "{text}");
    assert!(is_signed_in(browser).await, "{parameters:?}");
}

async fn confirm(browser: &Browser<'_>, page: &Answer) -> Answer {
    let fields = hidden(page);
    let fields: Vec<(&str, &str)> = fields
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    browser.post("/persona/oidc/sign-out/", &fields).await
}

/// §2: any page can send a browser here; without a hint the person is asked, whatever else it says.
#[tokio::test]
async fn a_page_that_sends_a_browser_here_signs_nobody_out() {
    let world = world(&[]).await;
    let browser = world.alice().await;
    for parameters in [
        vec![],
        vec![("client_id", CLOUD)],
        vec![("client_id", CLOUD), ("post_logout_redirect_uri", BYE)],
        vec![("logout_hint", ALICE)],
        vec![("state", "x"), ("ui_locales", "de fr")],
    ] {
        let answer = leave(&browser, &parameters).await;
        assert_asks(&browser, &answer).await;
    }
}

#[tokio::test]
async fn a_site_that_shows_its_id_token_signs_the_person_out_and_gets_them_back() {
    let world = world(&[]).await;
    let browser = world.alice().await;
    let token = id_token(&world, &browser).await;

    let answer = leave(
        &browser,
        &[
            ("id_token_hint", &token),
            ("post_logout_redirect_uri", BYE),
            ("state", "a b&c"),
        ],
    )
    .await;

    assert_eq!(answer.status, 303);
    assert_eq!(
        answer.header("location"),
        Some("https://cloud.example.org/bye?state=a+b%26c")
    );
    assert_eq!(answer.header("set-login"), Some("logged-out"));
    assert!(!is_signed_in(&browser).await);
    assert_eq!(browser.session_cookie(), None);
}

#[tokio::test]
async fn without_an_address_to_go_on_to_our_own_page_says_that_it_is_done() {
    let world = world(&[]).await;
    let browser = world.alice().await;
    let token = id_token(&world, &browser).await;

    let answer = leave(&browser, &[("id_token_hint", &token), ("client_id", CLOUD)]).await;

    assert_eq!(answer.status, 200);
    assert!(answer.text().contains("You are signed out"));
    assert_eq!(answer.header("refresh"), None);
    assert!(!is_signed_in(&browser).await);
}

/// §2: the token may be old, since a session at a site may be.
#[tokio::test]
async fn an_id_token_that_has_expired_is_as_good_as_a_new_one() {
    let world = world(&[]).await;
    let browser = world.alice().await;
    let token = id_token(&world, &browser).await;
    world.clock.advance(Duration::from_secs(7 * 24 * 3600));
    assert!(is_signed_in(&browser).await);

    let answer = leave(&browser, &[("id_token_hint", &token)]).await;

    assert_eq!(answer.status, 200);
    assert!(!is_signed_in(&browser).await);
}

#[tokio::test]
async fn an_id_token_that_is_not_ours_signs_nobody_out() {
    let world = world(&[]).await;
    let browser = world.alice().await;
    let token = id_token(&world, &browser).await;
    let claims = Value::Object(believed(&world, &token).await);
    let (stranger, _) = SigningKey::generate(TokenAlgorithm::Es256).unwrap();
    let forged = sign("JWT", &claims, &stranger).unwrap();
    let (head, rest) = token.split_once('.').unwrap();
    let (_, signature) = rest.split_once('.').unwrap();
    let mut changed = claims.clone();
    changed["exp"] = json!(0);
    let changed = data_encoding::BASE64URL_NOPAD.encode(changed.to_string().as_bytes());
    let changed = format!("{head}.{changed}.{signature}");
    let unsigned = format!("eyJhbGciOiJub25lIn0.{}.", rest.split_once('.').unwrap().0);

    for hint in [&forged, &changed, &unsigned, "x", "a.b.c"] {
        let parameters = [
            ("id_token_hint", hint),
            ("client_id", CLOUD),
            ("post_logout_redirect_uri", BYE),
        ];
        assert_refused(&browser, &parameters, "id_token_hint is not an ID token").await;
    }
}

/// An access token is signed with the same key where others read it (RFC 9068), for the same person.
#[tokio::test]
async fn an_access_token_is_no_hint() {
    let mut client = other();
    client["access_token"] = json!("jwt");
    let world = world(&[client]).await;
    let browser = world.alice().await;
    let callback = ("redirect_uri", "https://other.example.org/callback");
    let code = code(&browser, &with(&[("client_id", "other"), callback])).await;
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        callback,
    ];
    let given = tokens(&exchange_as(&world, Some(("other", SECRET)), &fields).await);
    let access = given["access_token"].as_str().unwrap();
    believed(&world, access).await;

    let parameters = [("id_token_hint", access)];
    assert_refused(&browser, &parameters, "id_token_hint is not an ID token").await;
}

#[tokio::test]
async fn a_client_cannot_use_the_id_token_of_another() {
    let world = world(&[other()]).await;
    let browser = world.alice().await;
    let token = id_token(&world, &browser).await;

    let parameters = [
        ("id_token_hint", token.as_str()),
        ("client_id", "other"),
        ("post_logout_redirect_uri", "https://other.example.org/bye"),
    ];
    assert_refused(&browser, &parameters, "given to another client").await;
    let parameters = [
        ("id_token_hint", token.as_str()),
        ("post_logout_redirect_uri", "https://other.example.org/bye"),
    ];
    assert_refused(&browser, &parameters, "is none of those").await;
}

/// Somebody else is signed in by now: it is theirs to say.
#[tokio::test]
async fn the_id_token_of_somebody_else_only_asks() {
    let world = super::stage::cast(&[])
        .with("bob@example.org", "another good password")
        .open()
        .await;
    let browser = world.alice().await;
    let token = id_token(&world, &browser).await;
    let bob = world
        .signed_in("bob@example.org", "another good password")
        .await;

    let answer = leave(
        &bob,
        &[("id_token_hint", &token), ("post_logout_redirect_uri", BYE)],
    )
    .await;

    assert_eq!(answer.status, 200);
    assert!(answer.text().contains("id=\"sign-out\""));
    assert!(answer.text().contains("bob@example.org"));
    assert!(answer.text().contains("Our cloud"));
    assert!(bob.is_signed_in_as("bob@example.org").await);
    assert!(is_signed_in(&browser).await);
}

#[tokio::test]
async fn no_trick_with_the_address_sends_a_browser_elsewhere_after_signing_out() {
    let world = world(&[other()]).await;
    let browser = world.alice().await;
    let token = id_token(&world, &browser).await;
    for redirect in [
        "https://evil.example/",
        "https://cloud.example.org/bye/",
        "https://cloud.example.org/bye?x=1",
        "https://cloud.example.org/bye#x",
        "https://cloud.example.org/bye/../evil",
        "https://cloud.example.org/callback",
        "https://cloud.example.org@evil.example/bye",
        "https://cloud.example.org.evil.example/bye",
        "https://cloud.example.org\\@evil.example/bye",
        "https://CLOUD.example.org/bye",
        "https://cloud.example.org:443/bye",
        "http://cloud.example.org/bye",
        "https://other.example.org/bye",
        "//evil.example/bye",
        "/bye",
        "javascript:alert(1)",
        "https://cloud.example.org/bye\r\nlocation: https://evil.example",
    ] {
        let pair = ("post_logout_redirect_uri", redirect);
        let words = "is none of those";
        assert_refused(&browser, &[("id_token_hint", &token), pair], words).await;
        assert_refused(&browser, &[("client_id", CLOUD), pair], words).await;
    }
    // Without a client no address is anybody's.
    assert_refused(
        &browser,
        &[("post_logout_redirect_uri", BYE)],
        "names no client",
    )
    .await;
    let parameters = [("client_id", "nobody"), ("post_logout_redirect_uri", BYE)];
    assert_refused(&browser, &parameters, "no client with this client_id").await;
    let twice = "/persona/oidc/logout?client_id=cloud&client_id=other";
    assert_eq!(browser.get(twice).await.status, 400);
}

#[tokio::test]
async fn who_says_yes_is_signed_out_and_goes_back_to_the_site() {
    let world = world(&[]).await;
    let browser = world.alice().await;
    let parameters = [
        ("client_id", CLOUD),
        ("post_logout_redirect_uri", BYE),
        ("state", "s"),
    ];
    let page = leave(&browser, &parameters).await;
    assert_asks(&browser, &page).await;

    let answer = confirm(&browser, &page).await;

    assert_eq!(answer.header("location"), None);
    assert_eq!(onward(&answer), "https://cloud.example.org/bye?state=s");
    assert!(!is_signed_in(&browser).await);

    let page = leave(&world.alice().await, &[]).await;
    assert!(page.text().contains("id=\"sign-out\""));
}

#[tokio::test]
async fn a_form_that_is_not_this_browsers_signs_nobody_out() {
    let world = world(&[]).await;
    let browser = world.alice().await;
    let stranger = world.alice().await;
    let theirs = leave(&stranger, &[]).await;
    leave(&browser, &[]).await;

    let answer = confirm(&browser, &theirs).await;

    assert_eq!(answer.status, 403);
    assert!(is_signed_in(&browser).await);
    let fields = [("csrf", ""), ("onward", "")];
    let answer = browser.post("/persona/oidc/sign-out/", &fields).await;
    assert_eq!(answer.status, 403);
    assert!(is_signed_in(&browser).await);
}

/// The field comes back from the browser, so it is looked at again.
#[tokio::test]
async fn a_form_whose_request_was_changed_sends_nobody_elsewhere() {
    let world = world(&[]).await;
    let browser = world.alice().await;
    let page = leave(&browser, &[]).await;
    let csrf = hidden(&page)
        .into_iter()
        .find(|(name, _)| name == "csrf")
        .unwrap()
        .1;
    let request = "client_id=cloud&post_logout_redirect_uri=https%3A%2F%2Fevil.example%2F";
    let fields = [("csrf", csrf.as_str()), ("onward", request)];

    let answer = browser.post("/persona/oidc/sign-out/", &fields).await;

    assert_eq!(answer.status, 400);
    assert_eq!(answer.header("refresh"), None);
    assert!(is_signed_in(&browser).await);
}

#[tokio::test]
async fn who_is_not_signed_in_goes_on_at_once() {
    let world = world(&[]).await;
    let browser = world.browser();

    let parameters = [("client_id", CLOUD), ("post_logout_redirect_uri", BYE)];
    let answer = leave(&browser, &parameters).await;
    assert_eq!(answer.status, 303);
    assert_eq!(answer.header("location"), Some(BYE));
    let answer = leave(&browser, &[]).await;
    assert_eq!(answer.status, 200);
    assert!(answer.text().contains("You are signed out"));
}

/// §2: both GET and POST. A site's form arrives without our cookies, so it becomes a link.
#[tokio::test]
async fn a_request_that_is_posted_is_asked_again_as_a_link() {
    let world = world(&[]).await;
    let browser = world.alice().await;
    let token = id_token(&world, &browser).await;
    let parameters = [
        ("id_token_hint", token.as_str()),
        ("post_logout_redirect_uri", BYE),
    ];

    let posted = browser.post("/persona/oidc/logout", &parameters).await;
    assert_eq!(posted.status, 303);
    let to = posted.header("location").unwrap();
    assert_eq!(to, path(&parameters));
    assert!(is_signed_in(&browser).await);
    let answer = browser.get(to).await;

    assert_eq!(answer.header("location"), Some(BYE));
    assert!(!is_signed_in(&browser).await);
    let long = "x".repeat(9000);
    let posted = browser
        .post("/persona/oidc/logout", &[("state", long.as_str())])
        .await;
    assert_eq!(posted.status, 400);
}

#[tokio::test]
async fn what_the_site_was_given_ends_with_the_session() {
    let world = world(&[]).await;
    let browser = world.alice().await;
    let code = code(&browser, &with(&[])).await;
    let given = tokens(&redeem(&world, &code).await);
    let hint = given["id_token"].as_str().unwrap();
    let line = format!("Bearer {}", given["access_token"].as_str().unwrap());
    let headers = [("authorization", line.as_str())];
    let ask = async || browser.get_with("/persona/oidc/userinfo", &headers).await;
    assert_eq!(ask().await.status, 200);

    leave(&browser, &[("id_token_hint", hint)]).await;

    assert_eq!(ask().await.status, 401);
}

#[tokio::test]
async fn the_document_names_the_endpoint() {
    let world = World::open().await;
    let answer = world
        .browser()
        .get("/.well-known/openid-configuration")
        .await;

    let document = body(&answer);
    assert_eq!(
        document["end_session_endpoint"],
        "https://id.example.org/persona/oidc/logout"
    );
}
