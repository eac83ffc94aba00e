//! `POST /persona/auth/logout/`

use testkit::world::{ALICE, World};

#[tokio::test]
async fn signing_out_ends_the_session_and_takes_the_cookies_away() {
    let world = World::open().await;
    let alice = world.alice().await;
    let token = alice.session_cookie().unwrap();
    let csrf = alice.form_token().await;

    let answer = alice
        .post("/persona/auth/logout/", &[("csrf", &csrf)])
        .await;

    assert_eq!(answer.status, 303);
    assert_eq!(answer.header("location"), Some("/persona/login/"));
    assert_eq!(answer.header("set-login"), Some("logged-out"));
    let cookies: Vec<&str> = answer.all("set-cookie").collect();
    assert_eq!(
        cookies,
        [
            "__Host-persona=; Path=/; Max-Age=0; SameSite=Lax; Secure; HttpOnly",
            "__Secure-persona-frame=; Path=/persona/auth/; Max-Age=0; SameSite=None; Secure; HttpOnly",
        ]
    );
    let cookie = format!("__Host-persona={token}");
    let path = format!("/persona/auth/has-session/?email={ALICE}");
    assert_eq!(
        alice.get_with(&path, &[("cookie", &cookie)]).await.status,
        404
    );
}

#[tokio::test]
async fn another_site_cannot_sign_anybody_out() {
    let world = World::open().await;
    let alice = world.alice().await;
    let csrf = alice.form_token().await;
    let evil = [("origin", "https://evil.example")];

    let forged = alice
        .post("/persona/auth/logout/", &[("csrf", "guess")])
        .await;
    let foreign = alice
        .post_with("/persona/auth/logout/", &evil, &[("csrf", &csrf)])
        .await;
    let by_link = alice.get("/persona/auth/logout/").await;

    assert_eq!(
        (forged.status, foreign.status, by_link.status),
        (403, 403, 405)
    );
    assert!(alice.is_signed_in_as(ALICE).await);
}
