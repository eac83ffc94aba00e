//! §9.2: four bundles that `browserid-local-verify` 0.5.2 and `PyBrowserID` 0.14.0 accept, with
//! the moments at which they cease to.

use protocol::browserid::{Authority, BundleError, IssuerKeys, UncheckedBundle, VerifiedAssertion};
use protocol::jose::{Algorithm, PublicKey, SignatureError};
use protocol::origin::Origin;
use protocol::time::Timestamp;
use serde_json::Value;

fn vectors() -> Vec<Value> {
    serde_json::from_str(include_str!("../vectors/browserid.json")).unwrap()
}

fn named(name: &str) -> Value {
    vectors().into_iter().find(|v| v["name"] == name).unwrap()
}

fn judged(vector: &Value, now: i64) -> Result<VerifiedAssertion, BundleError> {
    let keys = [PublicKey::from_browserid(&vector["supportDocument"]["public-key"]).unwrap()];
    let authority = IssuerKeys {
        issuer: &Authority::parse(vector["issuer"].as_str().unwrap()).unwrap(),
        keys: &keys,
    };
    let audience = Origin::parse(vector["audience"].as_str().unwrap()).unwrap();
    UncheckedBundle::read(vector["bundle"].as_str().unwrap())
        .unwrap()
        .verify(&authority, &audience, Timestamp::from_millis(now))
}

#[test]
fn a_bundle_of_two_rsa_keys_is_believed() {
    let vector = named("RS256-RS256");

    let verified = judged(&vector, vector["verifyAtMs"].as_i64().unwrap()).unwrap();

    assert_eq!(verified.email().to_string(), "alice@idp.example");
    assert_eq!(verified.issuer().as_str(), "idp.example");
    assert_eq!(verified.audience().as_str(), "https://rp.example");
    assert_eq!(
        Some(verified.expires().as_millis()),
        vector["assertionExpMs"].as_i64()
    );
}

#[test]
fn it_is_believed_at_its_last_millisecond_and_not_at_the_next() {
    let vector = named("RS256-RS256");
    let end = vector["assertionExpMs"].as_i64().unwrap();
    let begin = vector["certificateIatMs"].as_i64().unwrap();

    assert!(judged(&vector, end).is_ok());
    assert_eq!(judged(&vector, end + 1), Err(BundleError::Expired));
    assert!(judged(&vector, begin - 60_000).is_ok());
    assert_eq!(
        judged(&vector, begin - 60_001),
        Err(BundleError::IssuedLater)
    );
}

#[test]
fn where_a_dsa_signature_would_have_to_be_checked_this_is_said() {
    for (name, algorithm) in [
        ("RS256-DS128", Algorithm::Ds128),
        ("RS256-DS256", Algorithm::Ds256),
        ("DS256-DS128", Algorithm::Ds256),
    ] {
        let vector = named(name);

        let refusal = judged(&vector, vector["verifyAtMs"].as_i64().unwrap()).unwrap_err();

        assert_eq!(
            refusal,
            BundleError::Signature(SignatureError::Unsupported(algorithm)),
            "{name}"
        );
        assert_eq!(
            refusal.to_string(),
            format!("no such algorithm: {algorithm}")
        );
    }
}

#[test]
fn every_vector_is_read_and_its_keys_are_printed_as_they_were() {
    assert_eq!(vectors().len(), 4);
    for vector in vectors() {
        let bundle = UncheckedBundle::read(vector["bundle"].as_str().unwrap()).unwrap();
        let document = &vector["supportDocument"]["public-key"];

        assert_eq!(*bundle.email().to_string(), vector["email"]);
        assert_eq!(*bundle.issuer().as_str(), vector["issuer"]);
        assert_eq!(
            PublicKey::from_browserid(document).unwrap().to_browserid(),
            *document
        );
    }
}
