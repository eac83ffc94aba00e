//! §4.1 and §3.4: the bytes of a certificate.

use std::time::Duration;

use protocol::browserid::{Authority, Certificate, Lifetime, certify};
use protocol::email::{ClaimedEmail, EmailAddress, ProvenEmail};
use protocol::jose::{PublicKey, SignError, Signer, base64url, jws};
use protocol::time::Timestamp;
use serde_json::json;

use crate::forge::{Forgery, ISSUER, NOW, USER, dsa_key};

fn certified(address: &str, key: &PublicKey) -> Certificate {
    let lifetime = Lifetime::within(
        Some(Duration::from_secs(21_600)),
        Duration::from_secs(86_400),
    )
    .unwrap();
    let address = EmailAddress::parse(address).unwrap();
    let proven = ProvenEmail::the_mailbox_was_opened(&address);
    certify(
        &ClaimedEmail::the_settings_allow(&proven, &address).unwrap(),
        key,
        lifetime.backdated(Duration::from_secs(60)),
        Timestamp::from_millis(NOW),
        &Authority::parse("idp.example").unwrap(),
        &*ISSUER,
    )
    .unwrap()
}

fn segment(certificate: &Certificate, number: usize) -> String {
    let segment = certificate.as_str().split('.').nth(number).unwrap();
    String::from_utf8(base64url::decode(segment).unwrap()).unwrap()
}

#[test]
fn a_certificate_has_the_header_and_the_payload_of_the_old_signers() {
    for key in [
        USER.public_key().clone(),
        PublicKey::from_browserid(&dsa_key("DS128")).unwrap(),
        PublicKey::from_browserid(&dsa_key("DS256")).unwrap(),
    ] {
        let certificate = certified("Alice@IDP.example", &key);

        assert!(certificate.as_str().starts_with("eyJhbGciOiJSUzI1NiJ9."));
        assert_eq!(segment(&certificate, 0), r#"{"alg":"RS256"}"#);
        assert_eq!(
            segment(&certificate, 1),
            format!(
                "{{\"public-key\":{},\"principal\":{{\"email\":\"alice@idp.example\"}},\
                 \"iat\":1795299940000,\"exp\":1795321600000,\"iss\":\"idp.example\"}}",
                key.to_browserid_text()
            )
        );
    }
}

#[test]
fn a_certificate_is_signed_by_the_issuer_at_full_length() {
    let certificate = certified("alice@idp.example", USER.public_key());

    let (input, signature) = certificate.as_str().rsplit_once('.').unwrap();

    assert_eq!(signature.len(), 342);
    ISSUER
        .public_key()
        .verify(input.as_bytes(), &base64url::decode(signature).unwrap())
        .unwrap();
}

#[test]
fn an_address_beyond_ascii_is_escaped() {
    let certificate = certified("jörg😀@bücher.example", USER.public_key());

    let payload = segment(&certificate, 1);

    assert!(payload.is_ascii());
    assert!(
        payload.contains(r#"{"email":"j\u00f6rg\ud83d\ude00@xn--bcher-kva.example"}"#),
        "{payload}"
    );
}

#[test]
fn a_payload_beyond_ascii_is_not_signed() {
    assert_eq!(
        jws::sign("{\"a\":\"ü\"}", &*ISSUER),
        Err(SignError::NotAscii)
    );
}

#[test]
fn a_certificate_of_ours_is_believed_in_a_bundle() {
    let certificate = certified("alice@idp.example", USER.public_key());
    let assertion = jws::sign(
        &format!(
            "{{\"exp\":{},\"aud\":\"https://rp.example\"}}",
            NOW + 120_000
        ),
        &*USER,
    )
    .unwrap();
    let bundle = format!("{}~{assertion}", certificate.as_str());

    let verified = crate::forge::judge(
        &bundle,
        &[ISSUER.public_key().clone()],
        "https://rp.example",
        NOW,
    )
    .unwrap();

    assert_eq!(verified.email().to_string(), "alice@idp.example");
    assert_eq!(verified.issuer().as_str(), "idp.example");
    assert_eq!(verified.audience().as_str(), "https://rp.example");
    assert_eq!(verified.expires().as_millis(), NOW + 120_000);
}

#[test]
fn the_type_of_a_header_is_read_over_and_a_critical_extension_refused() {
    for header in [
        r#"{"typ":"JWT","alg":"RS256"}"#,
        r#"{"alg":"RS256","kid":"x"}"#,
        r#" {"alg":"RS256"} "#,
    ] {
        let mut forgery = Forgery::new();
        forgery.certificate_header = header.to_owned();
        forgery.assertion_header = header.to_owned();
        assert!(forgery.judged().is_ok(), "{header}");
    }
    for header in [
        r#"{"alg":"RS256","crit":["b64"],"b64":false}"#,
        r#"{"alg":"RS256","crit":[]}"#,
        r#"{"alg":"RS256","crit":null}"#,
    ] {
        let mut forgery = Forgery::new();
        forgery.certificate_header = header.to_owned();
        assert_eq!(forgery.reason(), "malformed signature", "{header}");
        let mut forgery = Forgery::new();
        forgery.assertion_header = header.to_owned();
        assert_eq!(forgery.reason(), "malformed signature", "{header}");
    }
}

#[test]
fn the_claims_of_other_issuers_are_read_over() {
    let forgery = Forgery::new()
        .certifying("fxa-generation", json!(1))
        .asserting("https://example.org/claim", json!({"a": [1]}));

    assert!(forgery.judged().is_ok());
}

#[test]
fn a_certificate_does_not_show_itself_in_a_log() {
    let certificate = certified("alice@idp.example", USER.public_key());

    let length = certificate.as_str().len();
    assert_eq!(
        format!("{certificate:?}"),
        format!("Certificate({length} characters)")
    );
    assert_eq!(certificate.clone().into_string(), certificate.as_str());
}
