//! A client, a person and a moment, as the tests of this folder need them.

use protocol::email::{ClaimedEmail, EmailAddress, ProvenEmail};
use protocol::jose::token::{SigningKey, TokenAlgorithm};
use protocol::oidc::{
    ClaimsRequest, Client, ClientId, ClientProof, Grant, Parameters, RedirectUri, Scopes,
    SecretHash, UntrustedRequest,
};
use protocol::secret::Secret;
use protocol::time::UnixSeconds;

pub(crate) const ISSUER: &str = "https://id.example.org";
pub(crate) const REDIRECT: &str = "https://rp.example/cb";
pub(crate) const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

pub(crate) fn now() -> UnixSeconds {
    UnixSeconds::from_seconds(1_800_000_000)
}

pub(crate) fn id() -> ClientId {
    ClientId::parse("cloud").unwrap()
}

pub(crate) fn client(proof: ClientProof) -> Client {
    Client::new(id(), proof, vec![RedirectUri::parse(REDIRECT).unwrap()])
}

pub(crate) fn secret_client() -> Client {
    client(ClientProof::Secret(SecretHash::of(&Secret::new(
        "s3cret~-._".to_owned(),
    ))))
}

pub(crate) fn public_client() -> Client {
    client(ClientProof::Public)
}

pub(crate) fn key(algorithm: TokenAlgorithm) -> SigningKey {
    SigningKey::generate(algorithm).unwrap().0
}

pub(crate) fn alice() -> ClaimedEmail {
    let address = EmailAddress::parse("alice@example.org").unwrap();
    let proven = ProvenEmail::the_mailbox_was_opened(&address);
    ClaimedEmail::the_settings_allow(&proven, &address).unwrap()
}

/// The parameters of a good request, with some of them said otherwise, or left out by an empty value.
pub(crate) fn request(changes: &[(&str, &str)]) -> UntrustedRequest {
    let mut pairs = vec![
        ("client_id", "cloud"),
        ("redirect_uri", REDIRECT),
        ("response_type", "code"),
        ("scope", "openid email"),
        ("state", "af0ifjsldkj"),
    ];
    pairs.retain(|(name, _)| changes.iter().all(|(changed, _)| changed != name));
    pairs.extend(changes);
    let text: Vec<String> = pairs
        .iter()
        .map(|(name, value)| format!("{name}={}", encoded(value)))
        .collect();
    UntrustedRequest::new(Parameters::read(&text.join("&")).unwrap())
}

pub(crate) fn encoded(text: &str) -> String {
    let octets: Vec<String> = text.bytes().map(|b| format!("%{b:02X}")).collect();
    octets.concat()
}

pub(crate) fn grant(scopes: &str) -> Grant {
    Grant {
        client_id: id(),
        who: EmailAddress::parse("alice@example.org").unwrap(),
        scopes: Scopes::read(scopes),
        claims: ClaimsRequest::default(),
        nonce: Some("n-0S6_WzA2Mj".to_owned()),
        authenticated: UnixSeconds::from_seconds(1_799_999_000),
        session: "sid-1".to_owned(),
    }
}
