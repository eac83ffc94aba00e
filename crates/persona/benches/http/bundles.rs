//! The bundles that are verified, and the two signatures in each, to be checked alone.

use std::sync::Arc;

use aws_lc_rs::signature::{ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use protocol::jose::{PublicKey, Signer, base64url, jws};
use serde_json::Value;

use crate::load::Request;
use crate::node::Node;
use crate::stranger::Stranger;

/// The site that all bundles are for.
pub(crate) const AUDIENCE: &str = "https://shop.example";

/// A bundle to be verified over HTTP.
#[derive(Debug)]
pub(crate) struct Case {
    /// Whose address it is about, and with which keys.
    pub(crate) name: &'static str,
    pub(crate) requests: Arc<[Request]>,
    certificate: Signed,
    issuer_key: ParsedPublicKey,
    assertion: Signed,
    user_key: UserKey,
}

/// More certificates than the server remembers.
const CERTIFICATES: usize = 9000;

#[derive(Debug)]
struct Signed {
    text: Vec<u8>,
    signature: Vec<u8>,
}

/// The user's key, before anything was made of it: each verification meets it for the first time.
#[derive(Debug)]
enum UserKey {
    Rsa { n: Vec<u8>, e: Vec<u8> },
    Dsa(PublicKey),
}

/// Makes the bundles: of the server's own domain with the keys of new and of old dialogs, and of a
/// domain of somebody else's.
///
/// A certificate is met for the first time, because there are more of them than the server remembers;
/// in the last case it is the same one again and again, as when a person goes on using it.
pub(crate) async fn make(node: &Node, stranger: &Stranger) -> [Case; 4] {
    let document = node.ask(&Request::support(node)).await;
    let document: Value = serde_json::from_str(&document).expect("JSON");
    let ours = key_of(member(&document, "public-key"));
    let theirs = stranger.key().public_key();

    let user = node.user.public_key();
    let claims = format!("{{\"exp\":4000000000000,\"aud\":\"{AUDIENCE}\"}}");
    let assertion = jws::sign(&claims, &node.user).expect("an assertion");
    let old: Value = serde_json::from_str(include_str!("ds128.json")).expect("JSON");
    let old_user = key_of(member(&old, "publicKey"));
    let old_assertion = member(&old, "assertion").as_str().expect("an assertion");

    let certificates = of_ours(node, user).await;
    let old_certificates = of_ours(node, &old_user).await;
    let key = user.to_browserid_text();
    let their_certificates: Vec<String> = (0..CERTIFICATES)
        .map(|number| stranger.certify(&key, number))
        .collect();
    let again = certificates.get(..1).expect("a certificate");
    [
        Case::new(
            "our domain, RS256 user key",
            (&certificates, &ours),
            (&assertion, user),
        ),
        Case::new(
            "our domain, DS128 user key",
            (&old_certificates, &ours),
            (old_assertion, &old_user),
        ),
        Case::new(
            "another issuer, RS256 user key",
            (&their_certificates, theirs),
            (&assertion, user),
        ),
        Case::new(
            "our domain, RS256 user key, a certificate met before",
            (again, &ours),
            (&assertion, user),
        ),
    ]
}

/// Has a key certified by the server, so often that it does not remember all the certificates.
async fn of_ours(node: &Node, key: &PublicKey) -> Vec<String> {
    let key = key.to_browserid_text();
    let mut certificates = Vec::with_capacity(CERTIFICATES);
    for number in 0..CERTIFICATES {
        let request = Request::certificate(node, &key, 7200 + number);
        certificates.push(node.ask(&request).await);
    }
    certificates
}

impl Case {
    fn new(
        name: &'static str,
        (certificates, issuer): (&[String], &PublicKey),
        (assertion, user): (&str, &PublicKey),
    ) -> Self {
        let (n, e) = numbers(issuer);
        let issuer_key = RsaPublicKeyComponents { n, e };
        let user_key = match user {
            PublicKey::Rsa(_) => {
                let (n, e) = numbers(user);
                UserKey::Rsa { n, e }
            }
            PublicKey::Dsa(_) => UserKey::Dsa(user.clone()),
        };
        let bundles = certificates
            .iter()
            .map(|certificate| format!("{certificate}~{assertion}"));
        Self {
            name,
            requests: bundles.map(|bundle| Request::verify(&bundle)).collect(),
            certificate: Signed::read(certificates.first().expect("a certificate")),
            issuer_key: issuer_key
                .to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256)
                .expect("a key"),
            assertion: Signed::read(assertion),
            user_key,
        }
    }

    /// Checks both signatures and does nothing else: the issuer's with a key that is ready, as the
    /// server has it, and the user's with one that is not.
    pub(crate) fn check_signatures(&self) {
        let Signed { text, signature } = &self.certificate;
        self.issuer_key
            .verify_sig(text, signature)
            .expect("a good signature");
        let Signed { text, signature } = &self.assertion;
        match &self.user_key {
            UserKey::Rsa { n, e } => RsaPublicKeyComponents { n, e }
                .verify(&RSA_PKCS1_2048_8192_SHA256, text, signature)
                .expect("a good signature"),
            UserKey::Dsa(key) => key.verify(text, signature).expect("a good signature"),
        }
    }
}

impl Signed {
    fn read(part: &str) -> Self {
        let (text, signature) = part.rsplit_once('.').expect("a signature");
        Self {
            text: text.as_bytes().to_vec(),
            signature: base64url::decode(signature).expect("base64url"),
        }
    }
}

fn member<'a>(object: &'a Value, name: &str) -> &'a Value {
    object.get(name).expect("a member")
}

fn key_of(object: &Value) -> PublicKey {
    PublicKey::from_browserid(object).expect("a key")
}

/// Gives modulus and exponent of an RSA key.
fn numbers(key: &PublicKey) -> (Vec<u8>, Vec<u8>) {
    let jwk = key.to_jwk();
    let number = |name: &str| {
        base64url::decode(member(&jwk, name).as_str().expect("a number")).expect("bytes")
    };
    (number("n"), number("e"))
}
