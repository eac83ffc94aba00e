//! OpenID Connect Core §3.1.2.1 and RFC 6749 §4.1.1: what a site asks, and where the answer may go.

use protocol::oidc::{Client, Code, Distrust, Flow, Pkce, Reply, Scope, Scopes, TrustedRequest};

use super::scene::{CHALLENGE, ISSUER, REDIRECT, now, public_client, request, secret_client};

fn trusted(client: &Client, changes: &[(&str, &str)]) -> TrustedRequest {
    request(changes).trust(client, ISSUER, now()).unwrap()
}

fn error_of(client: &Client, changes: &[(&str, &str)]) -> Code {
    trusted(client, changes).read(client).unwrap_err().code()
}

#[test]
fn a_request_is_read_whole() {
    let client = secret_client();
    let asked = trusted(
        &client,
        &[
            ("nonce", "n-0S6_WzA2Mj"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
            ("prompt", "login consent"),
            ("max_age", "600"),
            ("login_hint", "alice@example.org"),
            ("ui_locales", "de-CH de en"),
            ("acr_values", "0"),
            ("display", "page"),
            ("claims", r#"{"userinfo":{"name":null},"id_token":{"sub":{"value":"x"},"groups":{"essential":true}}}"#),
            ("unknown", "is passed over"),
        ],
    )
    .read(&client)
    .unwrap();

    assert_eq!(asked.scopes, Scopes::of(&[Scope::OpenId, Scope::Email]));
    assert_eq!(asked.nonce.as_deref(), Some("n-0S6_WzA2Mj"));
    assert!(asked.challenge.is_some());
    assert!(asked.prompts.login && asked.prompts.consent && !asked.prompts.none);
    assert_eq!(asked.max_age_seconds, Some(600));
    assert_eq!(asked.login_hint.as_deref(), Some("alice@example.org"));
    assert_eq!(asked.ui_locales, ["de-CH", "de", "en"]);
    assert_eq!(asked.claims.subject.as_deref(), Some("x"));
    assert_eq!(asked.claims.id_token.len(), 1);
    assert_eq!(asked.claims.userinfo.len(), 1);
    assert_eq!(asked.flow, Flow::Code);
}

#[test]
fn an_answer_goes_to_a_registered_address_or_nowhere() {
    for (changes, expected) in [
        (vec![("client_id", "")], Distrust::NoClient),
        (vec![("client_id", "other")], Distrust::NoClient),
        (vec![("redirect_uri", "")], Distrust::NoRedirect),
        (
            vec![("redirect_uri", "https://evil.example/cb")],
            Distrust::UnregisteredRedirect,
        ),
        (
            vec![("redirect_uri", "https://rp.example/cb/")],
            Distrust::UnregisteredRedirect,
        ),
        (
            vec![("redirect_uri", "https://rp.example/cb?x")],
            Distrust::UnregisteredRedirect,
        ),
        (
            vec![("redirect_uri", "https://rp.example@evil.example/cb")],
            Distrust::UnregisteredRedirect,
        ),
        (
            vec![("redirect_uri", "//rp.example/cb")],
            Distrust::UnregisteredRedirect,
        ),
    ] {
        let refusal = request(&changes).trust(&secret_client(), ISSUER, now());

        assert_eq!(refusal.unwrap_err(), expected, "{changes:?}");
    }
}

#[test]
fn what_is_wrong_with_the_rest_has_its_own_code() {
    let client = secret_client();
    for (changes, expected) in [
        (vec![("response_type", "")], Code::InvalidRequest),
        (
            vec![("response_type", "token")],
            Code::UnsupportedResponseType,
        ),
        (
            vec![("response_type", "code id_token")],
            Code::UnsupportedResponseType,
        ),
        (
            vec![("response_type", "id_token"), ("nonce", "n")],
            Code::UnauthorizedClient,
        ),
        (vec![("response_mode", "web_message")], Code::InvalidRequest),
        (vec![("prompt", "none login")], Code::InvalidRequest),
        (vec![("prompt", "dance")], Code::InvalidRequest),
        (vec![("max_age", "-1")], Code::InvalidRequest),
        (vec![("max_age", "+1")], Code::InvalidRequest),
        (
            vec![("max_age", "99999999999999999999")],
            Code::InvalidRequest,
        ),
        (vec![("claims", "[]")], Code::InvalidRequest),
        (vec![("claims", r#"{"id_token":[]}"#)], Code::InvalidRequest),
        (vec![("code_challenge", CHALLENGE)], Code::InvalidRequest),
        (
            vec![
                ("code_challenge", CHALLENGE),
                ("code_challenge_method", "plain"),
            ],
            Code::InvalidRequest,
        ),
        (
            vec![("request_uri", "https://rp.example/r")],
            Code::RequestUriNotSupported,
        ),
        (vec![("request", "e30.e30.")], Code::InvalidRequestObject),
        (vec![("registration", "{}")], Code::RegistrationNotSupported),
    ] {
        assert_eq!(error_of(&client, &changes), expected, "{changes:?}");
    }
}

#[test]
fn a_challenge_is_needed_where_the_client_is_public_or_says_so() {
    let mut strict = secret_client();
    strict.pkce = Pkce::Required;
    let with = [
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];

    for client in [public_client(), strict] {
        assert_eq!(error_of(&client, &[]), Code::InvalidRequest);
        assert!(trusted(&client, &with).read(&client).is_ok());
    }
    assert!(
        trusted(&secret_client(), &[])
            .read(&secret_client())
            .is_ok()
    );
}

#[test]
fn nobody_asks_for_more_than_the_client_may() {
    let mut client = secret_client();
    client.scopes = Scopes::of(&[Scope::OpenId, Scope::Email]);

    let asked = trusted(
        &client,
        &[("scope", "openid email groups offline_access other")],
    )
    .read(&client)
    .unwrap();

    assert_eq!(asked.scopes.to_string(), "openid email");
}

#[test]
fn an_answer_travels_as_it_was_asked_for_and_says_whose_it_is() {
    let client = secret_client();
    let reply = |changes: &[(&str, &str)]| {
        trusted(&client, changes)
            .reply_to()
            .with("code", "a/b", ISSUER)
    };
    let pairs = "code=a%2Fb&state=af0ifjsldkj&iss=https%3A%2F%2Fid.example.org";

    assert_eq!(reply(&[]), Reply::Redirect(format!("{REDIRECT}?{pairs}")));
    assert_eq!(
        reply(&[("response_mode", "fragment")]),
        Reply::Redirect(format!("{REDIRECT}#{pairs}"))
    );
    assert_eq!(
        reply(&[("response_mode", "form_post"), ("state", "")]),
        Reply::FormPost {
            to: REDIRECT.to_owned(),
            fields: vec![
                ("code".to_owned(), "a/b".to_owned()),
                ("iss".to_owned(), ISSUER.to_owned()),
            ],
        }
    );
}

#[test]
fn an_error_travels_the_same_way() {
    let client = secret_client();
    let request = trusted(&client, &[("prompt", "none login")]);
    let error = request.read(&client).unwrap_err();

    assert_eq!(
        request.reply_to().with_error(&error, ISSUER),
        Reply::Redirect(format!(
            "{REDIRECT}?error=invalid_request&error_description=prompt%3Dnone+stands+alone\
             &state=af0ifjsldkj&iss=https%3A%2F%2Fid.example.org"
        ))
    );
}

#[test]
fn a_token_in_the_answer_needs_a_nonce_and_never_stands_in_a_query() {
    let mut broker = public_client();
    broker.flow = Flow::IdToken;
    broker.pkce = Pkce::Optional;
    let implicit = ("response_type", "id_token");

    assert_eq!(error_of(&broker, &[implicit]), Code::InvalidRequest);
    assert_eq!(
        error_of(
            &broker,
            &[implicit, ("nonce", "n"), ("response_mode", "query")]
        ),
        Code::InvalidRequest
    );
    assert_eq!(error_of(&broker, &[]), Code::UnauthorizedClient);
    let good = trusted(
        &broker,
        &[implicit, ("nonce", "n"), ("response_mode", "form_post")],
    );
    assert_eq!(good.read(&broker).unwrap().flow, Flow::IdToken);
    let usual = trusted(&broker, &[implicit])
        .reply_to()
        .with("id_token", "x", ISSUER);
    assert!(matches!(usual, Reply::Redirect(to) if to.starts_with(&format!("{REDIRECT}#"))));
}
