//! Bundles: whatever is believed was made by us, and says what the signed text says.
//!
//! An input of four lines is signed with our keys: header and claims of the certificate, header and
//! claims of the assertion. Any other is taken as the bundle itself. So the engine reaches the claims
//! without having to guess a signature, and may still break everything around them.

use protocol::browserid::{Authority, IssuerKeys, UncheckedBundle, VerifiedAssertion};
use protocol::email::EmailAddress;
use protocol::jose::{PublicKey, Signer};
use protocol::origin::Origin;
use protocol::time::Timestamp;
use serde_json::Value;

use crate::bounds;
use crate::made::{
    AUDIENCE, ISSUER, ISSUER_KEY, NOW, USER_KEY, VECTORS, require_certificate, require_times, seal,
    unsealed, with_key,
};

/// Reads the bytes as a bundle or as the claims of one.
pub fn check(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let lines: Vec<&str> = text.split('\n').collect();
    if let [header, claims, assertion_header, assertion] = lines.as_slice() {
        check_claims([header, claims], [assertion_header, assertion]);
    } else {
        check_text(text);
    }
}

/// Nothing is believed under the vectors' keys but the vectors.
fn check_text(text: &str) {
    let keys: Vec<PublicKey> = VECTORS.iter().map(|v| v.issuer_key.clone()).collect();
    bounds::within(text.len(), || {
        if believed(text, &keys).is_none() {
            return;
        }
        let is_vector = VECTORS
            .iter()
            .any(|v| signed_texts(&v.bundle) == signed_texts(text));
        assert!(is_vector, "believed, and made by nobody: {text}");
    });
}

/// Claims that we sign are believed only if they are those of our issuer, person, key and site.
fn check_claims([header, claims]: [&str; 2], [assertion_header, assertion]: [&str; 2]) {
    let claims = &with_key(claims);
    let unsigned = format!(
        "{}.AA~{}.AA",
        unsealed(header, claims),
        unsealed(assertion_header, assertion)
    );
    bounds::within(unsigned.len(), || drop(read(&unsigned)));
    if read(&unsigned).is_none() {
        return;
    }
    let certificate = seal(header, claims, &*ISSUER_KEY);
    let bundle = format!(
        "{certificate}~{}",
        seal(assertion_header, assertion, &*USER_KEY)
    );
    let keys = [ISSUER_KEY.public_key().clone()];
    bounds::within(bundle.len(), || {
        if let Some(verified) = believed(&bundle, &keys) {
            require_good_claims(&verified, claims, assertion);
        }
        assert!(believed(&bundle, &[USER_KEY.public_key().clone()]).is_none());
    });
}

fn require_good_claims(verified: &VerifiedAssertion, claims: &str, assertion: &str) {
    let claims: Value = serde_json::from_str(claims).expect("believed without being JSON");
    require_certificate(&claims, verified.email());

    let assertion: Value = serde_json::from_str(assertion).expect("believed without being JSON");
    let audience = assertion["aud"].as_str().map(Origin::parse);
    assert_eq!(audience, Some(Ok(verified.audience().clone())));
    assert_eq!(verified.audience().as_str(), AUDIENCE);
    assert_eq!(
        assertion["exp"].as_i64(),
        Some(verified.expires().as_millis())
    );
    require_times(&assertion);
    assert_eq!(assertion.get("public-key"), None);
    assert_eq!(assertion.get("principal"), None);
}

fn believed(bundle: &str, keys: &[PublicKey]) -> Option<VerifiedAssertion> {
    let read = read(bundle)?;
    let authority = IssuerKeys {
        issuer: &ISSUER,
        keys,
    };
    let audience = Origin::parse(AUDIENCE).expect("an origin");
    let verified = read
        .verify(&authority, &audience, Timestamp::from_millis(NOW))
        .ok()?;
    assert_eq!(verified.email(), read.email());
    assert_eq!(verified.issuer(), read.issuer());
    Some(verified)
}

/// Reads a bundle; what can be seen of it before it is believed reads as it is printed.
fn read(bundle: &str) -> Option<UncheckedBundle> {
    let read = UncheckedBundle::read(bundle).ok()?;
    let email = read.email().to_string();
    assert_eq!(EmailAddress::parse(&email).as_ref(), Ok(read.email()));
    assert_eq!(
        Authority::parse(read.issuer().as_str()).as_ref(),
        Ok(read.issuer())
    );
    assert_eq!(
        Origin::parse(read.audience().as_str()).as_ref(),
        Ok(read.audience())
    );
    Some(read)
}

/// The parts of a bundle that are signed. DSA has two spellings of each signature, and RSA's may
/// have lost its zeros.
fn signed_texts(bundle: &str) -> Vec<&str> {
    let parts = bundle.split(['.', '~']).enumerate();
    parts
        .filter(|(at, _)| at % 3 != 2)
        .map(|(_, part)| part)
        .collect()
}
