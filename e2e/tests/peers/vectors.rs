//! The fixed data that `browserid-crypto` 0.9.1 is tested with itself: bundles and a certificate of
//! 2012, and keys in both notations.

use protocol::browserid::{Authority, IssuerKeys, UncheckedCertificate};
use protocol::email::EmailAddress;
use protocol::jose::PublicKey;
use protocol::time::Timestamp;
use serde_json::{Value, json};

use super::judge::judge;
use super::peer::Peer;

/// Of July 2012. Its payloads stand in the order of the old signers, as the specification has it.
#[test]
fn our_verifier_accepts_the_bundle_of_july_2012() {
    let vector = &vectors()["BACKED_ASSERTIONS"][0];
    let issuer = ("exampleidp.com", &vector["certifyingKey"]);
    let bundle = vector["assertion"].as_str().unwrap();
    let (issued, expires) = times(vector);

    let first = judge(bundle, issuer, "https://example.com", issued);
    let last = judge(bundle, issuer, "https://example.com", expires);
    let over = judge(bundle, issuer, "https://example.com", expires + 1);

    assert_eq!(first["accepted"]["email"], vector["email"]);
    assert_eq!(last, first);
    assert_eq!(over, json!({"refused": "expired"}));
}

/// Of April 2012, from somebody's own machine: an address of the network is no issuer here, since
/// nobody could ask it for its keys over TLS.
#[test]
fn our_verifier_refuses_the_issuer_of_the_bundle_of_april_2012() {
    let vector = &vectors()["ASSERTIONS"][0];
    let bundle = vector["assertion"].as_str().unwrap();

    let verdict = judge(
        bundle,
        ("idp.example", &vector["root"]),
        "http://localhost:10001",
        1_335_559_414_733,
    );

    assert_eq!(verdict, json!({"refused": "invalid domain: 127.0.0.1"}));
}

#[test]
fn our_check_accepts_the_certificate_of_july_2012() {
    let vector = &vectors()["CERTS"][0];
    let key = |name: &str| PublicKey::from_published(&vector[name]).unwrap();
    let issuer = Authority::parse(vector["issuer"].as_str().unwrap()).unwrap();
    let authority = IssuerKeys {
        issuer: &issuer,
        keys: &[key("certifierPublicKey")],
    };
    let certificate = UncheckedCertificate::read(vector["cert"].as_str().unwrap()).unwrap();
    let wanted = EmailAddress::parse(vector["email"].as_str().unwrap()).unwrap();
    let (_, expires) = times(vector);

    let last = Timestamp::from_millis(i64::try_from(expires).unwrap());
    let checked = certificate
        .verify(&authority, &wanted, &key("containedPublicKey"), last)
        .unwrap();

    assert_eq!(checked.expires(), last);
    assert_eq!(checked.issuer(), &issuer);
}

/// Both notations of both kinds of key are read, and mean the numbers that the library says.
#[test]
fn our_reader_reads_the_public_keys() {
    let vectors = vectors();
    let read: Vec<Value> = vectors["PUBLIC_KEYS"]
        .as_array()
        .unwrap()
        .iter()
        .map(|vector| {
            let key = PublicKey::from_published(&vector["key"]);
            key.map_or_else(
                |why| json!(why.to_string()),
                |key| json!(key.algorithm().as_str()),
            )
        })
        .collect();

    assert_eq!(read, ["RS256", "DS256", "RS256", "DS128"]);
}

/// Whoever publishes the secret half has lost it.
#[test]
fn our_reader_refuses_the_secret_keys() {
    let vectors = vectors();

    for vector in vectors["SECRET_KEYS"].as_array().unwrap() {
        assert!(
            PublicKey::from_published(&vector["key"]).is_err(),
            "{vector}"
        );
    }
}

fn vectors() -> Value {
    Peer::signer().ask(&json!({"do": "vectors"}))
}

fn times(vector: &Value) -> (u64, u64) {
    let time = |name: &str| vector[name].as_u64().unwrap();
    (time("issued_at"), time("expires_at"))
}
