//! Tokens and names that are used for what they are not: by another program, in another place, for more
//! than they were given for.

use serde_json::{Value, json};
use testkit::http::Answer;
use testkit::world::{ALICE, Browser, World};

use super::stage::{
    CALLBACK, CHALLENGE, CLOUD, SECRET, VERIFIER, answer_for_alice, answered, ask, body, call,
    code, exchange_as, redeem, tokens, with, world,
};

const DOVECOT: (&str, &str) = ("dovecot", "dovecot-secret-of-forty-three-characters-01");

fn asked_by<'a>(redirect: &'a str, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut changes = vec![
        ("client_id", "app"),
        ("redirect_uri", redirect),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    changes.extend(more);
    with(&changes)
}

async fn world_with_app(redirect: &str, consent: &str) -> World {
    let app = json!({ "id": "app", "redirect_uris": [redirect], "consent": consent });
    world(&[app]).await
}

/// What the application hears that asks quietly, after the person has agreed to it once.
async fn quiet_answer(browser: &Browser<'_>, redirect: &str) -> Value {
    let first = answer_for_alice(browser, &asked_by(redirect, &[])).await;
    assert!(first.contains_key("code"), "{first:?}");
    let answer = ask(browser, &asked_by(redirect, &[("prompt", "none")])).await;
    Value::Object(answered(answer.header("location").unwrap()))
}

/// RFC 8252 §8.6: any program on the machine can take a scheme or a port, and the name of the application.
#[tokio::test]
async fn a_program_that_calls_itself_an_application_is_not_answered_unseen() {
    for redirect in [
        "app.example:/cb",
        "http://127.0.0.1/cb",
        "http://localhost/cb",
    ] {
        let world = world_with_app(redirect, "once").await;
        let browser = world.alice().await;

        let said = quiet_answer(&browser, redirect).await;

        assert_eq!(said["error"], "consent_required", "{redirect}");
        let page = ask(&browser, &asked_by(redirect, &[])).await;
        assert!(page.text().contains("id=\"consent\""), "{redirect}");
    }
}

#[tokio::test]
async fn an_address_that_is_one_sites_alone_or_the_operators_word_is_enough_not_to_ask_again() {
    for (redirect, consent) in [
        ("https://app.example/cb", "once"),
        ("http://127.0.0.1/cb", "never"),
    ] {
        let world = world_with_app(redirect, consent).await;
        let browser = world.alice().await;

        let said = quiet_answer(&browser, redirect).await;

        assert!(said["code"].is_string(), "{redirect} {consent}: {said}");
    }
}

async fn introspect(world: &World, token: &Value) -> Value {
    let fields = [("token", token.as_str().unwrap())];
    body(&call(world, "/persona/oidc/introspect", Some(DOVECOT), &fields).await)
}

/// A mail server lets in whoever shows what is active. A refresh token is for its own client, which proves
/// who it is; shown elsewhere, it would be an access token of thirty days.
#[tokio::test]
async fn a_refresh_token_opens_nothing_at_a_mail_server() {
    let (id, secret) = DOVECOT;
    let dovecot =
        json!({ "id": id, "secret": secret, "redirect_uris": [CALLBACK], "introspects": [CLOUD] });
    let world = world(&[dovecot]).await;
    let browser = world.alice().await;
    let code = code(&browser, &with(&[("scope", "openid email offline_access")])).await;
    let given = tokens(&redeem(&world, &code).await);

    let told = introspect(&world, &given["refresh_token"]).await;

    assert_eq!(told, json!({ "active": false }));
    assert_eq!(
        introspect(&world, &given["access_token"]).await["active"],
        true
    );
}

/// RFC 9700 §2.3, §4.10.2: a token of a site that the mail server did not name opens nothing there, or each site
/// could open the mailbox of whoever signs in to it.
#[tokio::test]
async fn a_token_of_a_site_that_is_not_named_opens_nothing_at_a_mail_server() {
    let (id, secret) = DOVECOT;
    let dovecot = json!({ "id": id, "secret": secret, "redirect_uris": [CALLBACK], "introspects": ["webmail"] });
    let world = world(&[dovecot]).await;
    let browser = world.alice().await;
    let code = code(&browser, &with(&[])).await;
    let given = tokens(&redeem(&world, &code).await);

    let told = introspect(&world, &given["access_token"]).await;

    assert_eq!(told, json!({ "active": false }));
}

async fn userinfo(world: &World, token: &Value) -> Answer {
    let line = format!("Bearer {}", token.as_str().unwrap());
    let headers = [("authorization", line.as_str())];
    world
        .browser()
        .get_with("/persona/oidc/userinfo", &headers)
        .await
}

/// RFC 9700 §2.3: who asks for a token that tells less, to hand it on, gets one that tells less, whether it is
/// random text or can be read.
#[tokio::test]
async fn an_access_token_for_less_tells_no_more() {
    let reader = json!({
        "id": "reader", "secret": SECRET, "redirect_uris": [CALLBACK], "access_token": "jwt",
    });
    let world = world(&[reader]).await;
    let browser = world.alice().await;
    let claims = json!({ "userinfo": { "groups": null } }).to_string();
    for id in [CLOUD, "reader"] {
        let who = Some((id, SECRET));
        let asked = [
            ("client_id", id),
            ("scope", "openid email offline_access"),
            ("claims", &claims),
        ];
        let code = code(&browser, &with(&asked)).await;
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", &code),
            ("redirect_uri", CALLBACK),
        ];
        let first = tokens(&exchange_as(&world, who, &fields).await);
        let refresh = async |token: &Value, scope: &str| {
            let fields = [
                ("grant_type", "refresh_token"),
                ("refresh_token", token.as_str().unwrap()),
                ("scope", scope),
            ];
            tokens(&exchange_as(&world, who, &fields).await)
        };

        let less = refresh(&first["refresh_token"], "openid").await;

        let told = body(&userinfo(&world, &less["access_token"]).await);
        assert_eq!(told.get("email"), None, "{id}: {told}");
        // What was asked for by name was not given up.
        assert_eq!(told["groups"], json!([]), "{id}");
        let fields = [("token", less["access_token"].as_str().unwrap())];
        let told = body(&call(&world, "/persona/oidc/introspect", who, &fields).await);
        assert_eq!(told["scope"], "openid", "{id}");
        assert_eq!(told.get("username"), None, "{id}");
        // The refresh token is worth what it was (RFC 6749 §6).
        let whole = refresh(&less["refresh_token"], "openid email").await;
        let told = body(&userinfo(&world, &whole["access_token"]).await);
        assert_eq!(told["email"], ALICE, "{id}");
        // Whoever has the token cannot make more of it.
        let text = less["access_token"].as_str().unwrap();
        let random = text.split('~').next().unwrap();
        for forged in [random.replace('.', ""), format!("{random}~openid+email")] {
            assert_eq!(userinfo(&world, &json!(forged)).await.status, 401, "{id}");
        }
    }
}

/// Whom the list names by address comes in, whatever happens to the file of groups; whom only a group could
/// let in waits, and is neither let in nor barred.
#[tokio::test]
async fn a_group_file_that_breaks_bars_nobody_who_is_named() {
    for (allow, is_open) in [
        (json!(["@admins", ALICE]), true),
        (json!(["@admins"]), false),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let groups = folder.path().join("groups");
        std::fs::write(&groups, "admins: alice@example.org\n").unwrap();
        let app = json!({
            "id": "app", "secret": SECRET, "redirect_uris": [CALLBACK], "allow": allow,
            "scopes": ["openid", "email"],
        });
        let mut world = world(&[app]).await;
        world.reload_with(|settings| {
            for domain in &mut settings.domain {
                domain.groups = Some(groups.clone());
            }
        });
        let browser = world.alice().await;
        let asked = with(&[("client_id", "app")]);
        std::fs::remove_file(&groups).unwrap();

        let page = ask(&browser, &asked).await;

        let expected = if is_open { 200 } else { 503 };
        assert_eq!(page.status, expected, "{allow}");
        assert_eq!(page.text().contains("id=\"allow\""), is_open, "{allow}");
    }
}

/// RFC 7636 §1: what a program intercepts on the machine is worth nothing without the verifier.
#[tokio::test]
async fn a_code_that_another_program_took_is_worth_nothing_to_it() {
    let redirect = "app.example:/cb";
    let world = world_with_app(redirect, "once").await;
    let browser = world.alice().await;
    let taken = code(&browser, &asked_by(redirect, &[])).await;
    let redeem = async |verifier: &str| {
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", taken.as_str()),
            ("redirect_uri", redirect),
            ("client_id", "app"),
            ("code_verifier", verifier),
        ];
        call(&world, "/persona/oidc/token", None, &fields).await
    };

    let stolen = redeem(&VERIFIER.replace('d', "e")).await;

    assert_eq!(body(&stolen)["error"], "invalid_grant");
    tokens(&redeem(VERIFIER).await);
}
