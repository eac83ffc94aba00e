//! The threats of RFC 9700 §2 and §4, as far as this endpoint can meet them.

use serde_json::json;
use testkit::http::Answer;
use testkit::world::{ALICE, PASSWORD};

use super::stage::{
    CALLBACK, CHALLENGE, CLOUD, SECRET, VERIFIER, answer_for_alice, answered, ask, body, call,
    code, exchange, exchange_as, hidden, onward, redeem, sign_in, tokens, with, world,
};

fn refused(answer: &Answer) -> String {
    assert_ne!(answer.status, 200, "{answer:?}");
    body(answer)["error"].as_str().unwrap().to_owned()
}

/// §4.1: the answer goes to a registered address, character by character, or nowhere.
#[tokio::test]
async fn no_trick_with_the_redirect_address_sends_a_browser_elsewhere() {
    let world = world(&[]).await;
    let browser = world.alice().await;
    answer_for_alice(&browser, &with(&[])).await;

    for redirect in [
        "https://evil.example/",
        "https://cloud.example.org/callback/",
        "https://cloud.example.org/callback?x=1",
        "https://cloud.example.org/callback#",
        "https://cloud.example.org/callback#x",
        "https://cloud.example.org/callback/../evil",
        "https://cloud.example.org/callback/%2e%2e/evil",
        "https://cloud.example.org/%63allback",
        "https://cloud.example.org:443/callback",
        "https://cloud.example.org@evil.example/callback",
        "https://user@cloud.example.org/callback",
        "https://cloud.example.org.evil.example/callback",
        "https://CLOUD.example.org/callback",
        "http://cloud.example.org/callback",
        "//cloud.example.org/callback",
        "//evil.example/callback",
        "/callback",
        "https://cloud.example.org\\@evil.example/callback",
        "https://cloud.example.org/callback\r\nlocation: https://evil.example",
        "javascript:alert(1)",
    ] {
        let answer = ask(&browser, &with(&[("redirect_uri", redirect)])).await;
        assert_eq!(answer.status, 400, "{redirect}");
        assert_eq!(answer.header("location"), None, "{redirect}");
        assert_eq!(answer.header("refresh"), None, "{redirect}");
        assert!(!answer.text().contains("evil.example"), "{redirect}");
    }
}

/// §4.11: who asks badly is answered here, with a reference and a sentence for the developer.
#[tokio::test]
async fn an_untrusted_request_is_answered_on_our_own_page() {
    let world = world(&[]).await;
    let browser = world.alice().await;
    for (changes, words) in [
        (vec![("client_id", "")], "client_id is missing"),
        (
            vec![("client_id", "nobody")],
            "no client with this client_id",
        ),
        (
            vec![("client_id", "Cloud")],
            "no client with this client_id",
        ),
        (vec![("redirect_uri", "")], "redirect_uri is missing"),
    ] {
        let answer = ask(&browser, &with(&changes)).await;
        assert_eq!(answer.status, 400);
        let text = answer.text();
        assert!(text.contains(words), "{text}");
        assert!(text.contains("class=\"reference\""), "{text}");
        assert!(text.contains("For the site&#39;s developer"), "{text}");
    }
    let twice = "/persona/oidc/authorize?client_id=cloud&client_id=other";
    let answer = browser.get(twice).await;
    assert_eq!(answer.status, 400);
    assert!(answer.text().contains("stands twice"));
}

/// §2.1.1, RFC 6749 §4.1.2: a code that comes twice takes back what it gave.
#[tokio::test]
async fn a_code_that_comes_twice_ends_what_it_gave() {
    let world = world(&[]).await;
    let browser = world.alice().await;
    let code = code(&browser, &with(&[("scope", "openid offline_access")])).await;
    let given = tokens(&redeem(&world, &code).await);

    assert_eq!(refused(&redeem(&world, &code).await), "invalid_grant");

    let fields = [
        ("grant_type", "refresh_token"),
        ("refresh_token", given["refresh_token"].as_str().unwrap()),
    ];
    assert_eq!(refused(&exchange(&world, &fields).await), "invalid_grant");
    let line = format!("Bearer {}", given["access_token"].as_str().unwrap());
    let headers = [("authorization", line.as_str())];
    let answer = browser.get_with("/persona/oidc/userinfo", &headers).await;
    assert_eq!(answer.status, 401);
}

/// §4.5: a code is for the client that asked for it; another one neither gets nor ends anything.
#[tokio::test]
async fn a_stolen_code_is_good_for_no_other_client_and_is_not_burnt_by_it() {
    let other = json!({ "id": "other", "secret": "x".repeat(43), "redirect_uris": [CALLBACK] });
    let world = world(&[other]).await;
    let browser = world.alice().await;
    let code = code(&browser, &with(&[])).await;
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", CALLBACK),
    ];

    let stolen = exchange_as(&world, Some(("other", &"x".repeat(43))), &fields).await;
    assert_eq!(refused(&stolen), "invalid_grant");
    let elsewhere = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", "https://cloud.example.org/other"),
    ];
    assert_eq!(
        refused(&exchange(&world, &elsewhere).await),
        "invalid_grant"
    );
    tokens(&redeem(&world, &code).await);
}

/// §2.1.1, §4.8.2: neither a missing nor an invented challenge passes, nor one by `plain`.
#[tokio::test]
async fn a_challenge_cannot_be_taken_out_or_weakened() {
    let strict = json!({
        "id": "strict", "secret": SECRET, "redirect_uris": [CALLBACK], "pkce": "required",
    });
    let world = world(&[strict]).await;
    let browser = world.alice().await;
    let bound = [
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    let fields = |code: &str, verifier: &str| -> Vec<(String, String)> {
        [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", CALLBACK),
            ("code_verifier", verifier),
        ]
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
    };
    let send = async |fields: Vec<(String, String)>| {
        let fields: Vec<_> = fields
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        exchange(&world, &fields).await
    };

    let with_challenge = code(&browser, &with(&bound)).await;
    let another = VERIFIER.replace('d', "e");
    for verifier in ["", CHALLENGE, another.as_str()] {
        let answer = send(fields(&with_challenge, verifier)).await;
        assert_eq!(refused(&answer), "invalid_grant", "{verifier}");
    }
    tokens(&send(fields(&with_challenge, VERIFIER)).await);
    // Somebody took the challenge out of the request on its way.
    let without = code(&browser, &with(&[])).await;
    let answer = send(fields(&without, VERIFIER)).await;
    assert_eq!(refused(&answer), "invalid_grant");
    // And where it has to be, it has to be.
    for changes in [
        vec![("client_id", "strict")],
        vec![("client_id", "strict"), ("code_challenge", VERIFIER)],
        vec![
            ("code_challenge", VERIFIER),
            ("code_challenge_method", "plain"),
        ],
    ] {
        let answer = ask(&browser, &with(&changes)).await;
        let said = answered(answer.header("location").unwrap());
        assert_eq!(said["error"], "invalid_request");
    }
}

/// §4.4: each answer says whose it is, errors too (RFC 9207).
#[tokio::test]
async fn every_answer_names_the_issuer() {
    let world = world(&[]).await;
    let browser = world.alice().await;
    for changes in [
        vec![],
        vec![("response_type", "token")],
        vec![("prompt", "none"), ("scope", "openid groups")],
        vec![
            ("response_mode", "fragment"),
            ("request_uri", "https://x.example/"),
        ],
    ] {
        let said = answer_for_alice(&browser, &with(&changes)).await;
        assert_eq!(said["iss"], testkit::world::ISSUER, "{changes:?}");
        assert_eq!(said["state"], "st/a te");
    }
}

/// §4.7: neither signing in nor agreeing can be done by another site's page.
#[tokio::test]
async fn another_sites_page_cannot_agree_for_anybody() {
    let world = world(&[]).await;
    let browser = world.alice().await;
    let page = ask(&browser, &with(&[])).await;
    let fields = hidden(&page);
    let mut fields: Vec<(&str, &str)> = fields
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    fields.push(("decision", "allow"));
    let consent = "/persona/oidc/consent/";

    for headers in [
        vec![
            ("host", "id.example.org"),
            ("origin", "https://evil.example"),
        ],
        vec![("host", "id.example.org"), ("origin", "null")],
        vec![("host", "id.example.org"), ("sec-fetch-site", "cross-site")],
    ] {
        let answer = browser.post_with(consent, &headers, &fields).await;
        assert_eq!(answer.status, 403, "{headers:?}");
    }
    // With the token of the attacker's own browser.
    let attacker = world
        .signed_in("bob@example.org", "bob's own password")
        .await;
    let theirs = hidden(&ask(&attacker, &with(&[])).await);
    let csrf = &theirs.iter().find(|field| field.0 == "csrf").unwrap().1;
    fields.retain(|field| field.0 != "csrf");
    fields.push(("csrf", csrf));
    assert_eq!(browser.post(consent, &fields).await.status, 403);
    // Nothing of that counts as a yes.
    assert!(
        ask(&browser, &with(&[]))
            .await
            .text()
            .contains("id=\"allow\"")
    );
}

/// §4.11.2: the field that carries a request through the login page leads to ourselves alone.
#[tokio::test]
async fn the_login_page_sends_nobody_anywhere_but_back_to_us() {
    let world = world(&[]).await;
    let browser = world.browser();
    let page = ask(&browser, &with(&[])).await;
    for onward_to in [
        "https://evil.example/",
        "//evil.example/",
        "client_id=cloud#https://evil.example",
        "\r\nlocation: https://evil.example/",
    ] {
        let mut fields = hidden(&page);
        fields.retain(|(name, _)| name != "onward");
        fields.push(("onward".into(), onward_to.into()));
        fields.push(("email".into(), ALICE.into()));
        fields.push(("password".into(), PASSWORD.into()));
        let fields: Vec<_> = fields
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        let answer = browser.post("/persona/auth/login/", &fields).await;
        // It is no request of a site that we know, so there is nothing to go on to.
        assert_eq!(answer.status, 303, "{onward_to}");
        let location = answer.header("location").unwrap();
        assert_eq!(location, "/persona/login/?email=alice@example.org");
        assert_eq!(answer.header("refresh"), None, "{onward_to}");
    }
}

/// §4.13, RFC 6749 §10.10: what is not the secret is not the client.
#[tokio::test]
async fn nobody_passes_for_a_client() {
    let keyless = json!({ "id": "app", "redirect_uris": ["app.example:/cb"] });
    let world = world(&[keyless]).await;
    let browser = world.alice().await;
    let code = code(&browser, &with(&[])).await;
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", CALLBACK),
    ];
    let mut longer = SECRET.to_owned();
    longer.push('x');
    for who in [
        Some((CLOUD, "")),
        Some((CLOUD, "wrong")),
        Some((CLOUD, longer.as_str())),
        Some((CLOUD, SECRET.get(1..).unwrap())),
        Some(("nobody", SECRET)),
        Some(("app", SECRET)),
    ] {
        let answer = exchange_as(&world, who, &fields).await;
        assert_eq!(answer.status, 401, "{who:?}");
        assert!(
            answer
                .header("www-authenticate")
                .unwrap()
                .starts_with("Basic")
        );
        assert_eq!(refused(&answer), "invalid_client");
    }
    let mut named = fields.to_vec();
    named.push(("client_id", CLOUD));
    let answer = exchange_as(&world, None, &named).await;
    assert_eq!(
        (answer.status, refused(&answer).as_str()),
        (401, "invalid_client")
    );
    // In two ways at once.
    named.push(("client_secret", SECRET));
    let answer = exchange(&world, &named).await;
    assert_eq!(refused(&answer), "invalid_request");
    tokens(&redeem(&world, &code).await);
}

/// §4.3: a person's password is never taken by a site, and nothing else is a grant.
#[tokio::test]
async fn there_is_no_grant_by_password_and_no_token_in_an_answer() {
    let world = world(&[]).await;
    for kind in ["password", "client_credentials", "implicit", ""] {
        let fields = [
            ("grant_type", kind),
            ("username", ALICE),
            ("password", PASSWORD),
        ];
        let error = refused(&exchange(&world, &fields).await);
        let expected = if kind.is_empty() {
            "invalid_request"
        } else {
            "unsupported_grant_type"
        };
        assert_eq!(error, expected, "{kind}");
    }
    let browser = world.alice().await;
    for kind in ["token", "id_token token", "code token", "none"] {
        let answer = ask(&browser, &with(&[("response_type", kind)])).await;
        let said = answered(answer.header("location").unwrap());
        assert_eq!(said["error"], "unsupported_response_type", "{kind}");
    }
    // An ID token in the answer is for clients that are set up for it.
    let answer = ask(&browser, &with(&[("response_type", "id_token")])).await;
    let said = answered(answer.header("location").unwrap());
    assert_eq!(said["error"], "unauthorized_client");
}

/// §2.5, OpenID Connect Core §3.1.2.4: without a session nothing is given, whatever the request says.
#[tokio::test]
async fn nobody_is_signed_in_by_a_request() {
    let world = world(&[]).await;
    let browser = world.browser();
    let claimed = with(&[("login_hint", ALICE), ("id_token_hint", "x.y.z")]);

    let page = ask(&browser, &claimed).await;

    assert!(page.text().contains("id=\"login\""), "{}", page.text());
    let page = sign_in(&browser, &page, ALICE, "wrong").await;
    assert_eq!(page.status, 401);
    let forged = "persona_since=1.AAAA";
    let path = format!("{}&{forged}", super::stage::path(&with(&[])));
    assert!(browser.get(&path).await.text().contains("id=\"login\""));
}

/// The answer to a form is no redirect, so that the browser's rule for our forms holds.
#[tokio::test]
async fn no_form_of_ours_is_answered_by_a_redirect_to_a_site() {
    let world = world(&[]).await;
    let browser = world.browser();
    let page = ask(&browser, &with(&[])).await;
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains("form-action 'self'"), "{policy}");

    let page = sign_in(&browser, &page, ALICE, PASSWORD).await;
    assert_eq!(page.header("location"), None);
    assert!(onward(&page).starts_with("/persona/oidc/authorize?"));
    let page = super::stage::go_on(&browser, &page).await;
    let page = super::stage::press(&browser, &page, "deny").await;
    assert_eq!(page.header("location"), None);
    assert!(onward(&page).starts_with(CALLBACK));
}

/// A form that is read twice, or is none, says nothing.
#[tokio::test]
async fn a_token_request_that_two_readers_could_read_differently_is_refused() {
    let world = world(&[]).await;
    let twice = [
        ("grant_type", "authorization_code"),
        ("grant_type", "refresh_token"),
    ];
    let answer = call(&world, "/persona/oidc/token", Some((CLOUD, SECRET)), &twice).await;
    assert_eq!(refused(&answer), "invalid_request");
    let client = testkit::http::Client::new();
    let url = world.url("/persona/oidc/token");
    let json = json!({"grant_type": "authorization_code"});
    let answer = client.post_json(&url, &[], &json).await.unwrap();
    assert_eq!(refused(&answer), "invalid_request");
}
