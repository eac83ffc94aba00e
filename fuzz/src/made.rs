//! What we made ourselves, and nothing else may be believed: two fixed keys, and the bundles of the
//! test vectors.

use std::sync::LazyLock;

use protocol::browserid::Authority;
use protocol::email::EmailAddress;
use protocol::jose::{PublicKey, RsaSigner, Signer, base64url};
use serde_json::{Value, json};

/// The moment at which everything is verified: all vectors are valid then.
pub(crate) const NOW: i64 = 1_795_302_530_173;

/// The site that everything is for.
pub(crate) const AUDIENCE: &str = "https://rp.example";

/// Whom a certificate is wanted for.
pub(crate) const EMAIL: &str = "alice@idp.example";

/// The issuer of everything.
pub(crate) static ISSUER: LazyLock<Authority> =
    LazyLock::new(|| Authority::parse("idp.example").expect("an authority"));

/// The issuer that signs what the engine writes.
pub(crate) static ISSUER_KEY: LazyLock<RsaSigner> =
    LazyLock::new(|| signer(include_bytes!("../keys/issuer.der")));

/// The person's browser that signs what the engine writes.
pub(crate) static USER_KEY: LazyLock<RsaSigner> =
    LazyLock::new(|| signer(include_bytes!("../keys/user.der")));

/// A bundle of the vectors, and the key that its issuer publishes.
pub(crate) struct Vector {
    pub(crate) bundle: String,
    pub(crate) issuer_key: PublicKey,
}

/// The vectors of the protocol's own tests (`browserid.md` §9.2).
pub(crate) static VECTORS: LazyLock<Vec<Vector>> = LazyLock::new(|| {
    let text = include_str!("../../crates/protocol/tests/vectors/browserid.json");
    let vectors: Value = serde_json::from_str(text).expect("the vectors are JSON");
    let vectors = vectors.as_array().expect("the vectors are a list");
    vectors.iter().map(vector).collect()
});

/// Requires of claims that were believed that they are those of a certificate for our key.
pub(crate) fn require_certificate(claims: &Value, email: &EmailAddress) {
    let key = PublicKey::from_browserid(&claims["public-key"]);
    assert_eq!(key.as_ref(), Ok(USER_KEY.public_key()));
    assert_eq!(claims["iss"], json!(ISSUER.as_str()));
    assert_eq!(claims["principal"]["email"], json!(email.to_string()));
    assert_eq!(claims["principal"].get("unverified-email"), None);
    assert_eq!(claims.get("aud"), None);
    require_times(claims);
}

/// Requires of claims that were believed that this is their time.
pub(crate) fn require_times(claims: &Value) {
    let ends = claims["exp"].as_i64().expect("believed without an end");
    assert!(ends >= NOW, "believed after its end: {ends}");
    let begins = claims["iat"].as_i64().unwrap_or(NOW);
    assert!(begins <= NOW + 60_000, "believed too early: {begins}");
}

/// Writes our user's key for the word `USER`, so that the engine need not change one of 600 digits at
/// a time, which all lead to the same refusal.
pub(crate) fn with_key(claims: &str) -> String {
    claims.replace("\"USER\"", &USER_KEY.public_key().to_browserid_text())
}

/// Signs header and payload as they are written.
pub(crate) fn seal(header: &str, payload: &str, signer: &dyn Signer) -> String {
    let input = unsealed(header, payload);
    let signature = signer.sign(input.as_bytes()).expect("a signature");
    format!("{input}.{}", base64url::encode(&signature))
}

/// Puts header and payload into the form in which they are signed.
pub(crate) fn unsealed(header: &str, payload: &str) -> String {
    let header = base64url::encode(header.as_bytes());
    format!("{header}.{}", base64url::encode(payload.as_bytes()))
}

fn signer(der: &[u8]) -> RsaSigner {
    RsaSigner::from_pkcs1(der).expect("a key that openssl has made")
}

fn vector(vector: &Value) -> Vector {
    let key = &vector["supportDocument"]["public-key"];
    Vector {
        bundle: vector["bundle"].as_str().expect("a bundle").to_owned(),
        issuer_key: PublicKey::from_browserid(key).expect("a key"),
    }
}
