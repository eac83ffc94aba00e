//! §9.2: four bundles that `browserid-local-verify` 0.5.2 and `PyBrowserID` 0.14.0 accept, with
//! the moments at which they cease to.

use protocol::browserid::{Authority, BundleError, IssuerKeys, UncheckedBundle, VerifiedAssertion};
use protocol::jose::PublicKey;
use protocol::origin::Origin;
use protocol::time::Timestamp;
use serde_json::Value;

fn vectors() -> Vec<Value> {
    serde_json::from_str(include_str!("../vectors/browserid.json")).unwrap()
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
fn each_bundle_is_believed_for_what_it_says() {
    for vector in vectors() {
        let verified = judged(&vector, vector["verifyAtMs"].as_i64().unwrap()).unwrap();

        assert_eq!(*verified.email().to_string(), vector["email"]);
        assert_eq!(*verified.issuer().as_str(), vector["issuer"]);
        assert_eq!(*verified.audience().as_str(), vector["audience"]);
        assert_eq!(verified.expires().as_millis(), vector["assertionExpMs"]);
        assert!(verified.idp_claims().is_empty() && verified.user_claims().is_empty());
    }
}

#[test]
fn each_is_believed_at_its_last_millisecond_and_not_at_the_next() {
    for vector in vectors() {
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
}

#[test]
fn the_vectors_are_of_all_four_kinds() {
    for name in ["RS256-RS256", "RS256-DS128", "RS256-DS256", "DS256-DS128"] {
        assert!(
            vectors().iter().any(|vector| vector["name"] == name),
            "{name}"
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
