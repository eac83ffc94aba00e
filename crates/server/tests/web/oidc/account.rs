//! The mailbox owner's page: which sites know them, and how they change their mind.

use serde_json::json;
use testkit::http::Answer;
use testkit::world::{ALICE, Browser};

use super::stage::{
    CLOUD, SECRET, answer_for_alice, ask, code, hidden, redeem, tokens, with, world,
};

const PAGE: &str = "/persona/account/";

async fn withdraw(browser: &Browser<'_>, page: &Answer, client: &str) -> Answer {
    let mut fields = hidden(page);
    fields.retain(|(name, _)| name != "client");
    fields.push(("client".into(), client.into()));
    let fields: Vec<(&str, &str)> = fields
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    browser.post("/persona/account/withdraw/", &fields).await
}

#[tokio::test]
async fn somebody_sees_which_sites_know_them_and_what() {
    let other = json!({
        "id": "a-second", "secret": SECRET, "redirect_uris": ["https://other.example.org/in"],
    });
    let world = world(&[other]).await;
    let browser = world.alice().await;
    let page = browser.get(PAGE).await;
    assert_eq!(page.status, 200);
    assert!(page.text().contains("id=\"none\""), "{page:?}");

    answer_for_alice(&browser, &with(&[])).await;
    let second = [
        ("client_id", "a-second"),
        ("redirect_uri", "https://other.example.org/in"),
        ("scope", "openid"),
    ];
    answer_for_alice(&browser, &with(&second)).await;
    let text = browser.get(PAGE).await.text();

    assert!(!text.contains("id=\"none\""));
    let at = |words: &str| {
        text.find(words)
            .unwrap_or_else(|| panic!("{words}: {text}"))
    };
    assert!(at("<strong>a-second</strong>") < at("recognises you"));
    assert!(at("recognises you") < at("<strong>Our cloud</strong>"));
    assert!(at("<strong>Our cloud</strong>") < at("your email address, your user name"));
    assert!(at(ALICE) < at("a-second"));
    assert!(text.contains("aria-label=\"Withdraw from Our cloud\""));
    let signed_in = browser.get("/persona/login/").await.text();
    assert!(signed_in.contains("href=\"/persona/account/\""));
}

#[tokio::test]
async fn who_withdraws_ends_what_the_site_was_given_and_is_asked_anew() {
    let world = world(&[]).await;
    let browser = world.alice().await;
    let code = code(&browser, &with(&[("scope", "openid email offline_access")])).await;
    let given = tokens(&redeem(&world, &code).await);
    let line = format!("Bearer {}", given["access_token"].as_str().unwrap());
    let headers = [("authorization", line.as_str())];
    let page = browser.get(PAGE).await;

    let answer = withdraw(&browser, &page, CLOUD).await;

    assert_eq!(answer.status, 303);
    assert_eq!(answer.header("location"), Some(PAGE));
    let told = browser.get_with("/persona/oidc/userinfo", &headers).await;
    assert_eq!(told.status, 401);
    assert!(browser.get(PAGE).await.text().contains("id=\"none\""));
    let asked = ask(&browser, &with(&[])).await;
    assert!(asked.text().contains("id=\"consent\""));
    assert!(browser.is_signed_in_as(ALICE).await);
}

#[tokio::test]
async fn nobody_withdraws_for_somebody_else() {
    let world = super::stage::cast(&[])
        .with("bob@example.org", "another good password")
        .open()
        .await;
    let browser = world.alice().await;
    answer_for_alice(&browser, &with(&[])).await;
    let page = browser.get(PAGE).await;
    let bob = world
        .signed_in("bob@example.org", "another good password")
        .await;

    // Another browser's form; and a form that says whose page it was.
    let answer = withdraw(&bob, &page, CLOUD).await;
    assert_eq!(answer.header("location"), Some(PAGE));
    let csrf = bob.form_token().await;
    let fields = [("csrf", csrf.as_str()), ("email", ALICE), ("client", CLOUD)];
    let answer = bob.post("/persona/account/withdraw/", &fields).await;
    assert_eq!(answer.header("location"), Some(PAGE));

    assert!(browser.get(PAGE).await.text().contains("Our cloud"));
}

#[tokio::test]
async fn who_is_not_signed_in_comes_to_the_login_page() {
    let world = world(&[]).await;

    let answer = world.browser().get(PAGE).await;

    assert_eq!(answer.status, 303);
    assert_eq!(answer.header("location"), Some("/persona/login/"));
}
