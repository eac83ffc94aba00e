//! Certificates, as a dialog has them checked before it keeps them (`browserid.md` §8.1, F1).
//!
//! An input of two lines is signed with our issuer's key: header and claims. Any other is taken as
//! the certificate itself.

use protocol::browserid::{Authority, CheckedCertificate, IssuerKeys, UncheckedCertificate};
use protocol::email::EmailAddress;
use protocol::jose::{PublicKey, Signer};
use protocol::time::Timestamp;
use serde_json::Value;

use crate::bounds;
use crate::made::{
    EMAIL, ISSUER, ISSUER_KEY, NOW, USER_KEY, require_certificate, seal, unsealed, with_key,
};

/// Reads the bytes as a certificate or as its header and claims.
pub fn check(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    match text.split_once('\n') {
        Some((header, claims)) => check_claims(header, claims),
        // Nobody has signed what the engine writes.
        None => bounds::within(text.len(), || {
            let believed = believed(text, ISSUER_KEY.public_key());
            assert!(believed.is_none(), "believed, and made by nobody: {text}");
        }),
    }
}

fn check_claims(header: &str, claims: &str) {
    let claims = &with_key(claims);
    let unsigned = format!("{}.AA", unsealed(header, claims));
    bounds::within(unsigned.len(), || drop(read(&unsigned)));
    if read(&unsigned).is_none() {
        return;
    }
    let certificate = seal(header, claims, &*ISSUER_KEY);
    bounds::within(certificate.len(), || {
        if let Some(checked) = believed(&certificate, ISSUER_KEY.public_key()) {
            require_good_claims(&checked, claims);
        }
        assert!(believed(&certificate, USER_KEY.public_key()).is_none());
    });
}

fn require_good_claims(checked: &CheckedCertificate, claims: &str) {
    let claims: Value = serde_json::from_str(claims).expect("believed without being JSON");
    let email = claims["principal"]["email"]
        .as_str()
        .map(EmailAddress::parse);
    let Some(Ok(email)) = email else {
        panic!("believed about nobody: {claims}");
    };
    assert_eq!(email.canonical(), wanted().canonical());
    require_certificate(&claims, &email);
    assert_eq!(checked.issuer(), &*ISSUER);
    let ends = checked.expires().as_millis();
    assert_eq!(claims["exp"].as_i64(), Some(ends));
    assert!(
        ends <= NOW + (24 * 60 + 1) * 60_000,
        "believed for too long: {ends}"
    );
}

fn believed(certificate: &str, issuer_key: &PublicKey) -> Option<CheckedCertificate> {
    let authority = IssuerKeys {
        issuer: &ISSUER,
        keys: std::slice::from_ref(issuer_key),
    };
    let now = Timestamp::from_millis(NOW);
    let certificate = read(certificate)?;
    certificate
        .verify(&authority, &wanted(), USER_KEY.public_key(), now)
        .ok()
}

/// Reads a certificate; what can be seen of it before it is believed reads as it is printed.
fn read(certificate: &str) -> Option<UncheckedCertificate> {
    let read = UncheckedCertificate::read(certificate).ok()?;
    let email = read.email().to_string();
    assert_eq!(EmailAddress::parse(&email).as_ref(), Ok(read.email()));
    assert_eq!(
        Authority::parse(read.issuer().as_str()).as_ref(),
        Ok(read.issuer())
    );
    Some(read)
}

fn wanted() -> EmailAddress {
    EmailAddress::parse(EMAIL).expect("an address")
}
