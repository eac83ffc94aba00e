//! §5.1, §5.2 and §5.5: what is believed, what is not, and in which words.

use protocol::browserid::{CertificateMemory, UncheckedBundle};
use protocol::jose::{PublicKey, Signer};
use protocol::origin::Origin;
use protocol::time::Timestamp;
use serde_json::json;

use crate::forge::{DS128, DS256, Forgery, ISSUER, NOW, USER, dsa_key, judge, judge_with, seal};

#[test]
fn a_good_bundle_is_believed() {
    let verified = Forgery::new().judged().unwrap();

    assert_eq!(verified.email().to_string(), "alice@idp.example");
    assert_eq!(verified.issuer().as_str(), "idp.example");
    assert_eq!(verified.audience().as_str(), "https://rp.example");
    assert_eq!(verified.expires().as_millis(), NOW + 120_000);
}

#[test]
fn every_pair_of_algorithms_is_believed() {
    let signers: [&'static dyn Signer; 3] = [&*ISSUER, &*DS128, &*DS256];
    for issuer in signers {
        for user in signers {
            let forgery = Forgery::new().issued_by(issuer).used_by(user);

            assert!(forgery.judged().is_ok(), "{issuer:?} {user:?}");
        }
    }
}

#[test]
fn step_2_an_algorithm_is_named_exactly() {
    for (alg, expected) in [
        (json!("none"), "no such algorithm: none"),
        (json!("rs256"), "no such algorithm: rs256"),
        (json!("RS128"), "no such algorithm: RS128"),
        (json!("HS256"), "no such algorithm: HS256"),
        (json!("a\nb<ü"), "no such algorithm: a?b<?"),
        (
            json!("x".repeat(100)),
            "no such algorithm: xxxxxxxxxxxxxxxx",
        ),
        (json!(1), "no such algorithm: undefined"),
        (json!(["RS256"]), "no such algorithm: undefined"),
    ] {
        let header = json!({ "alg": alg }).to_string();
        let mut forgery = Forgery::new();
        forgery.certificate_header.clone_from(&header);
        assert_eq!(forgery.reason(), expected, "{header}");
        let mut forgery = Forgery::new();
        forgery.assertion_header.clone_from(&header);
        assert_eq!(forgery.reason(), expected, "{header}");
    }
    let mut forgery = Forgery::new();
    forgery.assertion_header = "{}".to_owned();
    assert_eq!(forgery.reason(), "no such algorithm: undefined");
}

#[test]
fn step_3_the_shapes_are_strict() {
    let key = USER.public_key().to_browserid();
    let principal = json!({"email": "alice@idp.example"});
    for forgery in [
        Forgery::new().without_certified("iss"),
        Forgery::new().without_certified("exp"),
        Forgery::new().without_certified("public-key"),
        Forgery::new().without_certified("principal"),
        Forgery::new().certifying("aud", json!("https://rp.example")),
        Forgery::new().certifying("aud", json!(null)),
        Forgery::new().certifying("iss", json!(1)),
        Forgery::new().certifying("iss", json!(null)),
        Forgery::new().certifying("public-key", json!(key.to_string())),
        Forgery::new().certifying("public-key", json!(null)),
        Forgery::new().certifying("principal", json!("alice@idp.example")),
        Forgery::new().certifying("principal", json!(null)),
        Forgery::new().without_asserted("exp"),
        Forgery::new().without_asserted("aud"),
        Forgery::new().asserting("public-key", key),
        Forgery::new().asserting("principal", principal),
        Forgery::new().asserting("principal", json!(null)),
        Forgery::new().asserting("aud", json!(["https://rp.example"])),
        Forgery::new().asserting("aud", json!(null)),
    ] {
        assert_eq!(
            forgery.reason(),
            "malformed backed assertion",
            "{} {}",
            forgery.certificate,
            forgery.assertion
        );
    }
}

#[test]
fn what_else_is_said_is_passed_on() {
    let verified = Forgery::new()
        .certifying("fxa-generation", json!(1))
        .certifying("uuid", json!("certificate"))
        .certifying(
            "principal",
            json!({"email": "alice@idp.example", "host": "h", "uuid": "principal"}),
        )
        .asserting("https://example.org/claim", json!({"a": [1]}))
        .judged()
        .unwrap();

    assert_eq!(
        json!(verified.idp_claims()),
        json!({"fxa-generation": 1, "uuid": "certificate", "host": "h"})
    );
    assert_eq!(
        json!(verified.user_claims()),
        json!({"https://example.org/claim": {"a": [1]}})
    );
}

#[test]
fn step_3_an_unverified_address_is_none_whatever_stands_beside_it() {
    let principal = json!({"unverified-email": "alice@idp.example", "uuid": 1});
    assert_eq!(
        Forgery::new().certifying("principal", principal).reason(),
        "untrusted assertion, doesn't contain an email, and issuer is untrusted "
    );
    for value in [json!("alice@idp.example"), json!(null), json!(false)] {
        let principal = json!({"email": "alice@idp.example", "unverified-email": value});
        assert_eq!(
            Forgery::new().certifying("principal", principal).reason(),
            "malformed backed assertion"
        );
    }
}

#[test]
fn steps_5_and_6_need_no_key() {
    let check = |forgery: &Forgery, audience: &str| {
        let bundle = UncheckedBundle::read(&forgery.text()).unwrap();
        bundle
            .check_before_asking(
                &Origin::parse(audience).unwrap(),
                Timestamp::from_millis(forgery.now),
            )
            .map_err(|error| error.to_string())
    };

    assert_eq!(check(&Forgery::new(), "https://rp.example"), Ok(()));
    for (forgery, audience, expected) in [
        (
            Forgery::new(),
            "https://other.example",
            "audience mismatch: domain mismatch",
        ),
        (
            Forgery::new().asserting("exp", json!(NOW - 1)),
            "https://rp.example",
            "expired",
        ),
        (
            Forgery::new().certifying("iat", json!(NOW + 60_001)),
            "https://rp.example",
            "issued later than verification date",
        ),
    ] {
        assert_eq!(check(&forgery, audience), Err(expected.to_owned()));
    }
}

#[test]
fn step_3_a_time_is_an_integer() {
    for time in [
        json!(null),
        json!(false),
        json!(NOW.to_string()),
        json!(1_795_400_000_000.5),
        json!(1e15),
        json!(u64::MAX),
        json!([NOW]),
    ] {
        for forgery in [
            Forgery::new().certifying("exp", time.clone()),
            Forgery::new().certifying("iat", time.clone()),
            Forgery::new().asserting("exp", time.clone()),
            Forgery::new().asserting("iat", time.clone()),
        ] {
            assert_eq!(forgery.reason(), "malformed backed assertion", "{time}");
        }
    }
}

#[test]
fn step_4_the_address_is_one_and_written_as_we_would() {
    for principal in [
        json!({}),
        json!({"unverified-email": "alice@idp.example"}),
        json!({"email": null}),
        json!({"email": ["alice@idp.example"]}),
        json!({"host": "idp.example"}),
    ] {
        assert_eq!(
            Forgery::new().certifying("principal", principal).reason(),
            "untrusted assertion, doesn't contain an email, and issuer is untrusted "
        );
    }
    for address in [
        "",
        "alice",
        "alice@IDP.example",
        "alice@idp.example\n",
        "a@b@idp.example",
        "alice@bücher.example",
        "\"alice\"@idp.example",
        "alice@idp.example.",
    ] {
        let forgery = Forgery::new().certifying("principal", json!({ "email": address }));
        assert_eq!(forgery.reason(), "invalid email", "{address:?}");
    }
    let forgery = Forgery::new().certifying("principal", json!({"email": "Alice@idp.example"}));
    let verified = forgery.judged().unwrap();
    assert_eq!(verified.email().to_string(), "Alice@idp.example");
}

#[test]
fn step_4_the_issuer_is_a_host_name() {
    for (issuer, expected) in [
        ("", "invalid domain: "),
        ("IDP.example", "invalid domain: IDP.example"),
        ("https://idp.example", "invalid domain: https://idp.example"),
        ("idp.example/\n<b>", "invalid domain: idp.example/?<b>"),
    ] {
        let forgery = Forgery::new().certifying("iss", json!(issuer));
        assert_eq!(forgery.reason(), expected);
    }
    let forgery = Forgery::new().certifying("iss", json!("x/".repeat(500)));
    assert_eq!(forgery.reason().len(), "invalid domain: ".len() + 80);
}

#[test]
fn step_6_the_last_millisecond_counts_and_the_next_does_not() {
    let good = |forgery: Forgery| assert!(forgery.judged().is_ok());
    let expired = |forgery: Forgery| assert_eq!(forgery.reason(), "expired");

    good(Forgery::new().at(NOW + 120_000));
    expired(Forgery::new().at(NOW + 120_001));
    good(Forgery::new().certifying("exp", json!(NOW)));
    expired(Forgery::new().certifying("exp", json!(NOW - 1)));
    good(Forgery::new().asserting("exp", json!(NOW)));
    expired(Forgery::new().asserting("exp", json!(NOW - 1)));
    expired(Forgery::new().asserting("exp", json!(0)));
    expired(Forgery::new().asserting("exp", json!(-1)));
    expired(Forgery::new().certifying("exp", json!(i64::MIN)));
    good(Forgery::new().certifying("exp", json!(i64::MAX)));
    // Seconds in the place of milliseconds are long past.
    expired(Forgery::new().asserting("exp", json!(NOW / 1000 + 120)));
}

#[test]
fn step_6_a_minute_of_the_future_is_forgiven_and_no_more() {
    let later = "issued later than verification date";

    for moment in [NOW, NOW + 60_000, 0, -1] {
        assert!(
            Forgery::new()
                .certifying("iat", json!(moment))
                .judged()
                .is_ok()
        );
        assert!(
            Forgery::new()
                .asserting("iat", json!(moment))
                .judged()
                .is_ok()
        );
    }
    for moment in [NOW + 60_001, i64::MAX] {
        assert_eq!(
            Forgery::new().certifying("iat", json!(moment)).reason(),
            later
        );
        assert_eq!(
            Forgery::new().asserting("iat", json!(moment)).reason(),
            later
        );
    }
    assert!(Forgery::new().without_certified("iat").judged().is_ok());
}

#[test]
fn step_7_the_issuer_is_the_authority() {
    for issuer in [
        "other.example",
        "idp.example:8443",
        "a.idp.example",
        "example",
    ] {
        assert_eq!(
            Forgery::new().certifying("iss", json!(issuer)).reason(),
            format!("untrusted issuer, expected 'idp.example', got '{issuer}'")
        );
    }
}

#[test]
fn step_8_any_key_of_the_issuer_may_have_signed() {
    let dsa = PublicKey::from_browserid(&dsa_key("DS256")).unwrap();
    let (issuer, stranger) = (ISSUER.public_key().clone(), USER.public_key().clone());
    let judged = |keys: Vec<PublicKey>| {
        let mut forgery = Forgery::new();
        forgery.keys = keys;
        forgery.judged().map_err(|error| error.to_string())
    };

    assert!(judged(vec![stranger.clone(), dsa.clone(), issuer]).is_ok());
    assert_eq!(judged(vec![stranger]).unwrap_err(), "invalid signature");
    assert_eq!(judged(vec![dsa]).unwrap_err(), "algorithms do not match");
    assert_eq!(judged(vec![]).unwrap_err(), "algorithms do not match");
}

#[test]
fn step_8_is_done_once_for_a_certificate_and_every_other_step_each_time() {
    let memory = CertificateMemory::default();
    let text = Forgery::new().text();
    let judged = |keys: &[PublicKey], audience: &str, now: i64| {
        let verdict = judge_with(&memory, &text, keys, audience, now);
        verdict.map(drop).map_err(|error| error.to_string())
    };
    let keys = [ISSUER.public_key().clone()];
    let site = "https://rp.example";
    assert_eq!(judged(&keys, site, NOW), Ok(()));

    assert_eq!(judged(&keys, site, NOW), Ok(()));
    assert_eq!(
        judged(&keys, site, NOW + 120_001),
        Err("expired".to_owned())
    );
    assert_eq!(
        judged(&keys, "https://other.example", NOW),
        Err("audience mismatch: domain mismatch".to_owned())
    );
    let others = [USER.public_key().clone()];
    assert_eq!(
        judged(&others, site, NOW),
        Err("invalid signature".to_owned()),
        "the issuer has withdrawn its key"
    );
}

#[test]
fn a_remembered_certificate_does_not_help_another_one() {
    let memory = CertificateMemory::default();
    let keys = [ISSUER.public_key().clone()];
    let judged = |text: &str| judge_with(&memory, text, &keys, "https://rp.example", NOW);
    let text = Forgery::new().text();
    assert!(judged(&text).is_ok());

    let of_bob = Forgery::new().certifying("principal", json!({"email": "bob@idp.example"}));
    let (alices, _) = text.split_once('~').unwrap();
    let (_, alices_signature) = alices.rsplit_once('.').unwrap();
    let bobs_text = of_bob.text();
    let (bobs, assertion) = bobs_text.split_once('~').unwrap();
    let (bobs, _) = bobs.rsplit_once('.').unwrap();
    let mixed = format!("{bobs}.{alices_signature}~{assertion}");

    assert_eq!(judged(&mixed).unwrap_err().to_string(), "invalid signature");
    assert!(judged(&bobs_text).is_ok());
}

#[test]
fn step_8_comes_before_step_9() {
    let mut forgery = Forgery::new().certifying("public-key", json!({"algorithm": "RS"}));
    forgery.keys = vec![USER.public_key().clone()];

    assert_eq!(forgery.reason(), "invalid signature");
}

#[test]
fn step_9_the_users_key_is_one_that_we_would_certify() {
    for (key, expected) in [
        (json!({}), "the key's algorithm is neither RS nor DS"),
        (
            json!({"algorithm": "RS", "n": "15", "e": "3"}),
            "bad key size: 4",
        ),
        (
            json!({"algorithm": "RS", "n": 2048, "e": 3}),
            "the member \"n\" of the key is not a number in the expected notation",
        ),
    ] {
        assert_eq!(
            Forgery::new().certifying("public-key", key).reason(),
            expected
        );
    }
}

#[test]
fn step_9_the_assertion_is_signed_by_the_certified_key() {
    let certifying = |key: &PublicKey| Forgery::new().certifying("public-key", key.to_browserid());

    assert_eq!(
        certifying(ISSUER.public_key()).reason(),
        "invalid signature"
    );
    let dsa = PublicKey::from_browserid(&dsa_key("DS128")).unwrap();
    assert_eq!(certifying(&dsa).reason(), "algorithms do not match");
    let mut forgery = certifying(&dsa);
    forgery.assertion_header = r#"{"alg":"DS128"}"#.to_owned();
    assert_eq!(forgery.reason(), "invalid signature");
    let mut forgery = Forgery::new();
    forgery.assertion_header = r#"{"alg":"DS128"}"#.to_owned();
    assert_eq!(forgery.reason(), "algorithms do not match");
}

#[test]
fn a_certificate_and_an_assertion_of_two_users_make_no_bundle() {
    let alice = Forgery::new().text();
    let (certificate, _) = alice.split_once('~').unwrap();
    let mallory = seal(
        r#"{"alg":"RS256"}"#,
        &json!({"exp": NOW + 120_000, "aud": "https://rp.example"}).to_string(),
        &*ISSUER,
    );

    let refusal = judge(
        &format!("{certificate}~{mallory}"),
        &[ISSUER.public_key().clone()],
        "https://rp.example",
        NOW,
    );

    assert_eq!(refusal.unwrap_err().to_string(), "invalid signature");
}
