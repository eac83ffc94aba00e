//! §8.1, F1: a certificate is checked before anything is done with it. F13: an assertion is known
//! again however it is spelled.

use protocol::browserid::{Authority, BundleError, IssuerKeys, UncheckedCertificate};
use protocol::email::EmailAddress;
use protocol::jose::{PublicKey, Signer};
use protocol::time::Timestamp;
use serde_json::json;

use crate::forge::{DS128, DS256, Forgery, ISSUER, NOW, USER};

const DAY: i64 = 86_400_000;

fn reason_for(
    forgery: &Forgery,
    issuer: &str,
    wanted: &str,
    key: &PublicKey,
) -> Result<i64, String> {
    let text = forgery.text();
    let (certificate, _) = text.split_once('~').unwrap();
    let authority = Authority::parse(issuer).unwrap();
    let keys = IssuerKeys {
        issuer: &authority,
        keys: &forgery.keys,
    };
    let wanted = EmailAddress::parse(wanted).unwrap();
    UncheckedCertificate::read(certificate)
        .and_then(|read| read.verify(&keys, &wanted, key, Timestamp::from_millis(forgery.now)))
        .map(|checked| {
            assert_eq!(*checked.issuer(), authority);
            checked.expires().as_millis()
        })
        .map_err(|error| error.to_string())
}

fn checked(forgery: &Forgery) -> Result<i64, String> {
    reason_for(
        forgery,
        "idp.example",
        "alice@idp.example",
        USER.public_key(),
    )
}

fn refused(forgery: &Forgery) -> String {
    checked(forgery).unwrap_err()
}

#[test]
fn f1_the_certificate_that_was_asked_for_is_taken() {
    assert_eq!(checked(&Forgery::new()), Ok(NOW + 3_600_000));
    assert!(checked(&Forgery::new().issued_by(&*DS256)).is_ok());
    for key in [DS128.public_key(), DS256.public_key()] {
        let forgery = Forgery::new().certifying("public-key", key.to_browserid());
        assert!(reason_for(&forgery, "idp.example", "alice@idp.example", key).is_ok());
    }
}

#[test]
fn f1_what_it_says_can_be_read_before_it_is_believed() {
    let text = Forgery::new().text();
    let (certificate, _) = text.split_once('~').unwrap();

    let read = UncheckedCertificate::read(certificate).unwrap();

    assert_eq!(read.email().to_string(), "alice@idp.example");
    assert_eq!(read.issuer().as_str(), "idp.example");
}

#[test]
fn f1_a_certificate_for_another_address_is_refused() {
    for address in [
        "mallory@idp.example",
        "alice@other.example",
        "alice@a.idp.example",
    ] {
        let forgery = Forgery::new().certifying("principal", json!({"email": address}));
        assert_eq!(refused(&forgery), "the certificate is for another address");
    }
}

#[test]
fn f1_another_spelling_of_the_same_account_is_the_same_address() {
    let forgery = Forgery::new().certifying("principal", json!({"email": "Alice@idp.example"}));

    assert!(checked(&forgery).is_ok());
}

#[test]
fn f1_a_certificate_for_another_key_is_refused() {
    for key in [ISSUER.public_key(), DS128.public_key()] {
        let forgery = Forgery::new().certifying("public-key", key.to_browserid());
        assert_eq!(refused(&forgery), "the certificate is for another key");
    }
}

#[test]
fn f1_a_certificate_of_another_issuer_is_refused() {
    let forgery = Forgery::new().certifying("iss", json!("evil.example"));
    assert_eq!(
        refused(&forgery),
        "untrusted issuer, expected 'idp.example', got 'evil.example'"
    );
    assert_eq!(
        reason_for(
            &Forgery::new(),
            "evil.example",
            "alice@idp.example",
            USER.public_key()
        )
        .unwrap_err(),
        "untrusted issuer, expected 'evil.example', got 'idp.example'"
    );
}

#[test]
fn f1_a_certificate_with_another_signature_is_refused() {
    let mut forgery = Forgery::new();
    forgery.issuer = &*USER;
    assert_eq!(refused(&forgery), "invalid signature");
    forgery.keys.clear();
    assert_eq!(refused(&forgery), "algorithms do not match");
}

#[test]
fn f1_a_certificate_of_another_time_is_refused() {
    let until = |moment: i64| Forgery::new().certifying("exp", json!(moment));
    assert!(checked(&until(NOW)).is_ok());
    assert_eq!(refused(&until(NOW - 1)), "expired");
    assert!(checked(&until(NOW + DAY + 60_000)).is_ok());
    let too_long = "the certificate is valid for too long";
    assert_eq!(refused(&until(NOW + DAY + 60_001)), too_long);
    assert_eq!(refused(&until(i64::MAX)), too_long);
    let from = Forgery::new().certifying("iat", json!(NOW + 60_001));
    assert_eq!(refused(&from), "issued later than verification date");
}

#[test]
fn f1_anything_but_a_certificate_is_none() {
    let bundle = Forgery::new().text();
    let (_, assertion) = bundle.split_once('~').unwrap();
    let reason = |text: &str| UncheckedCertificate::read(text).unwrap_err().to_string();

    assert_eq!(reason(assertion), "malformed backed assertion");
    assert_eq!(reason(&"a".repeat(10_241)), "malformed backed assertion");
    assert_eq!(
        reason(&bundle),
        "signed object must have three parts, this one has 5"
    );
    assert_eq!(
        reason(""),
        "signed object must have three parts, this one has 1"
    );
}

#[test]
fn f13_a_fingerprint_is_of_what_was_said_and_not_of_how_it_was_spelled() {
    let print = |forgery: &Forgery| forgery.judged().unwrap().fingerprint();
    let first = print(&Forgery::new());

    assert_eq!(print(&Forgery::new()), first);
    // Another certificate of the same person, and the header of the certificate spelled otherwise.
    let renewed = Forgery::new().certifying("exp", json!(NOW + 7_200_000));
    assert_eq!(print(&renewed), first);
    let mut respelled = Forgery::new();
    respelled.certificate_header = r#"{ "alg":"RS256"}"#.to_owned();
    assert_eq!(print(&respelled), first);

    let bob = Forgery::new().certifying("principal", json!({"email": "bob@idp.example"}));
    assert_ne!(print(&bob), first);
    assert_ne!(
        print(&Forgery::new().asserting("exp", json!(NOW + 1))),
        first
    );
    assert_ne!(print(&Forgery::new().asserting("x", json!(1))), first);
}

#[test]
fn f13_leading_zeros_of_a_signature_make_no_other_assertion() {
    // One RSA signature in 256 may be sent a byte shorter (§3.3).
    let (long, short) = (0..2000)
        .find_map(|count| {
            let text = Forgery::new().asserting("exp", json!(NOW + count)).text();
            let (rest, signature) = text.rsplit_once('.')?;
            let bytes = protocol::jose::base64url::decode(signature).ok()?;
            let shorter = bytes.strip_prefix(&[0])?;
            let shorter = format!("{rest}.{}", protocol::jose::base64url::encode(shorter));
            Some((text, shorter))
        })
        .unwrap();
    let print = |text: &str| {
        let keys = [ISSUER.public_key().clone()];
        let verified = crate::forge::judge(text, &keys, "https://rp.example", NOW);
        verified.map(|verified| verified.fingerprint())
    };

    assert_ne!(long, short);
    assert!(print(&long).is_ok());
    assert_eq!(print(&long), print(&short));
    assert_ne!(print(&long), Err(BundleError::Malformed));
}
