//! RFC 6749 §4.1.3 and §6, RFC 7636 §4.6: what a code is good for, and for whom.

use protocol::oidc::{
    Challenge, Claim, ClientId, Code, CodeGrant, Parameters, Scopes, TokenRequest,
};
use protocol::time::UnixSeconds;

use super::scene::{CHALLENGE, REDIRECT, VERIFIER, grant, id, now};

fn code(challenge: Option<Challenge>) -> CodeGrant {
    CodeGrant {
        grant: grant("openid email offline_access"),
        redirect_uri: REDIRECT.to_owned(),
        challenge,
        expires: UnixSeconds::from_seconds(now().as_seconds() + 60),
    }
}

fn challenge() -> Option<Challenge> {
    Challenge::read(Some(CHALLENGE), Some("S256")).unwrap()
}

#[test]
fn a_code_is_good_for_whom_it_was_made() {
    let redeemed = code(challenge()).redeem(&id(), Some(REDIRECT), Some(VERIFIER), now());

    assert_eq!(redeemed, Ok(grant("openid email offline_access")));
}

#[test]
fn a_code_is_good_for_nobody_else() {
    let other = ClientId::parse("other").unwrap();
    let late = UnixSeconds::from_seconds(now().as_seconds() + 60);
    for (challenge, client, redirect, verifier, at) in [
        (challenge(), &other, Some(REDIRECT), Some(VERIFIER), now()),
        (challenge(), &id(), None, Some(VERIFIER), now()),
        (
            challenge(),
            &id(),
            Some("https://rp.example/other"),
            Some(VERIFIER),
            now(),
        ),
        (challenge(), &id(), Some(REDIRECT), Some(CHALLENGE), now()),
        (challenge(), &id(), Some(REDIRECT), None, now()),
        (None, &id(), Some(REDIRECT), Some(VERIFIER), now()),
        (challenge(), &id(), Some(REDIRECT), Some(VERIFIER), late),
    ] {
        let refusal = code(challenge)
            .redeem(client, redirect, verifier, at)
            .unwrap_err();

        assert_eq!(refusal.code(), Code::InvalidGrant, "{}", refusal.sentence());
    }
}

#[test]
fn a_refresh_asks_for_as_much_or_less() {
    let whole = grant("openid email offline_access");

    assert_eq!(whole.clone().narrowed(None), Ok(whole.clone()));
    let less = whole
        .clone()
        .narrowed(Some(Scopes::read("openid")))
        .unwrap();
    assert_eq!(less.scopes.to_string(), "openid");
    // What was asked for by name goes with the scope that was given up, and only with that.
    let mut named = whole.clone();
    named.claims.userinfo = [Claim::Email, Claim::Groups].into();
    let less = named.clone().narrowed(Some(Scopes::read("openid")));
    assert_eq!(less.unwrap().claims.userinfo, [Claim::Groups].into());
    assert_eq!(
        named.clone().narrowed(Some(named.scopes.clone())),
        Ok(named)
    );
    let more = whole
        .narrowed(Some(Scopes::read("openid groups")))
        .unwrap_err();
    assert_eq!(more.code(), Code::InvalidScope);
}

#[test]
fn a_token_request_is_of_one_of_two_kinds() {
    let read = |text: &str| TokenRequest::read(&Parameters::read(text).unwrap());

    assert!(matches!(
        read("grant_type=authorization_code&code=c&redirect_uri=https%3A%2F%2Frp.example%2Fcb"),
        Ok(TokenRequest::Code { .. })
    ));
    assert!(matches!(
        read("grant_type=refresh_token&refresh_token=r&scope=openid"),
        Ok(TokenRequest::Refresh {
            scopes: Some(_),
            ..
        })
    ));
    for (text, expected) in [
        ("", Code::InvalidRequest),
        ("grant_type=authorization_code", Code::InvalidRequest),
        ("grant_type=refresh_token", Code::InvalidRequest),
        (
            "grant_type=password&username=alice&password=x",
            Code::UnsupportedGrantType,
        ),
        ("grant_type=client_credentials", Code::UnsupportedGrantType),
        ("grant_type=implicit", Code::UnsupportedGrantType),
    ] {
        assert_eq!(read(text).unwrap_err().code(), expected, "{text}");
    }
}
