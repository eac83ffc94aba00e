//! Makes bundles, right ones and wrong ones, all of them honestly signed.

use std::sync::LazyLock;

use protocol::browserid::{
    Authority, BundleError, CertificateMemory, IssuerKeys, UncheckedBundle, VerifiedAssertion,
};
use protocol::jose::{PublicKey, RsaSigner, Signer, base64url};
use protocol::origin::Origin;
use protocol::time::Timestamp;
use serde_json::{Value, json};

use crate::dsa::DsaSigner;

pub(crate) const NOW: i64 = 1_795_300_000_000;

pub(crate) static ISSUER: LazyLock<RsaSigner> = LazyLock::new(|| RsaSigner::generate().unwrap().0);
/// Users of old dialogs and an issuer of the other kind.
pub(crate) static DS128: LazyLock<DsaSigner> = LazyLock::new(|| DsaSigner::new("DS128", 1));
pub(crate) static DS256: LazyLock<DsaSigner> = LazyLock::new(|| DsaSigner::new("DS256", 2));

pub(crate) static USER: LazyLock<RsaSigner> = LazyLock::new(|| RsaSigner::generate().unwrap().0);

/// A DSA key object in one of the known groups, taken from the vectors.
pub(crate) fn dsa_key(algorithm: &str) -> Value {
    let vectors: Value = serde_json::from_str(include_str!("../vectors/browserid.json")).unwrap();
    let name = format!("RS256-{algorithm}");
    let vector = vectors
        .as_array()
        .unwrap()
        .iter()
        .find(|v| v["name"] == *name)
        .unwrap();
    let payload = vector["bundle"]
        .as_str()
        .unwrap()
        .split('.')
        .nth(1)
        .unwrap();
    let payload: Value = serde_json::from_slice(&base64url::decode(payload).unwrap()).unwrap();
    payload["public-key"].clone()
}

pub(crate) fn seal(header: &str, payload: &str, signer: &dyn Signer) -> String {
    let input = format!(
        "{}.{}",
        base64url::encode(header.as_bytes()),
        base64url::encode(payload.as_bytes())
    );
    let signature = signer.sign(input.as_bytes()).unwrap();
    format!("{input}.{}", base64url::encode(&signature))
}

/// A bundle in the making. As it is made, it is good.
pub(crate) struct Forgery {
    pub(crate) certificate_header: String,
    pub(crate) certificate: Value,
    pub(crate) assertion_header: String,
    pub(crate) assertion: Value,
    pub(crate) issuer: &'static dyn Signer,
    pub(crate) user: &'static dyn Signer,
    pub(crate) keys: Vec<PublicKey>,
    pub(crate) now: i64,
}

impl Forgery {
    pub(crate) fn new() -> Self {
        Self {
            certificate_header: r#"{"alg":"RS256"}"#.to_owned(),
            certificate: json!({
                "public-key": USER.public_key().to_browserid(),
                "principal": {"email": "alice@idp.example"},
                "iat": NOW - 60_000,
                "exp": NOW + 3_600_000,
                "iss": "idp.example",
            }),
            assertion_header: r#"{"alg":"RS256"}"#.to_owned(),
            assertion: json!({"exp": NOW + 120_000, "aud": "https://rp.example"}),
            issuer: &*ISSUER,
            user: &*USER,
            keys: vec![ISSUER.public_key().clone()],
            now: NOW,
        }
    }

    /// Lets this key sign the certificate, and be published.
    pub(crate) fn issued_by(mut self, issuer: &'static dyn Signer) -> Self {
        self.certificate_header = header(issuer);
        self.keys = vec![issuer.public_key().clone()];
        self.issuer = issuer;
        self
    }

    /// Certifies this key, and lets it sign the assertion.
    pub(crate) fn used_by(mut self, user: &'static dyn Signer) -> Self {
        self.certificate["public-key"] = user.public_key().to_browserid();
        self.assertion_header = header(user);
        self.user = user;
        self
    }

    /// Sets a member of the certificate's payload.
    pub(crate) fn certifying(mut self, name: &str, value: Value) -> Self {
        self.certificate[name] = value;
        self
    }

    /// Sets a member of the assertion's payload.
    pub(crate) fn asserting(mut self, name: &str, value: Value) -> Self {
        self.assertion[name] = value;
        self
    }

    /// Leaves out a member of the certificate's payload.
    pub(crate) fn without_certified(mut self, name: &str) -> Self {
        self.certificate
            .as_object_mut()
            .unwrap()
            .remove(name)
            .unwrap();
        self
    }

    /// Leaves out a member of the assertion's payload.
    pub(crate) fn without_asserted(mut self, name: &str) -> Self {
        self.assertion
            .as_object_mut()
            .unwrap()
            .remove(name)
            .unwrap();
        self
    }

    pub(crate) fn at(mut self, now: i64) -> Self {
        self.now = now;
        self
    }

    pub(crate) fn text(&self) -> String {
        let certificate = seal(
            &self.certificate_header,
            &self.certificate.to_string(),
            self.issuer,
        );
        let assertion = seal(
            &self.assertion_header,
            &self.assertion.to_string(),
            self.user,
        );
        format!("{certificate}~{assertion}")
    }

    pub(crate) fn judged(&self) -> Result<VerifiedAssertion, BundleError> {
        judge(&self.text(), &self.keys, "https://rp.example", self.now)
    }

    pub(crate) fn reason(&self) -> String {
        self.judged().unwrap_err().to_string()
    }
}

fn header(signer: &dyn Signer) -> String {
    json!({"alg": signer.public_key().algorithm().as_str()}).to_string()
}

/// Judges a bundle, and finds that it makes no difference whether its certificate is known.
pub(crate) fn judge(
    bundle: &str,
    keys: &[PublicKey],
    audience: &str,
    now: i64,
) -> Result<VerifiedAssertion, BundleError> {
    let memory = CertificateMemory::default();
    let unknown = judge_with(&memory, bundle, keys, audience, now);
    let known = judge_with(&memory, bundle, keys, audience, now);
    assert_eq!(unknown, known);
    let authority = authority();
    let verdict = UncheckedBundle::read(bundle)?.verify(
        &IssuerKeys {
            issuer: &authority,
            keys,
        },
        &Origin::parse(audience).unwrap(),
        Timestamp::from_millis(now),
    );
    assert_eq!(verdict, known);
    verdict
}

pub(crate) fn judge_with(
    memory: &CertificateMemory,
    bundle: &str,
    keys: &[PublicKey],
    audience: &str,
    now: i64,
) -> Result<VerifiedAssertion, BundleError> {
    let authority = authority();
    UncheckedBundle::read(bundle)?.verify_with_memory(
        &IssuerKeys {
            issuer: &authority,
            keys,
        },
        &Origin::parse(audience).unwrap(),
        Timestamp::from_millis(now),
        memory,
    )
}

fn authority() -> Authority {
    Authority::parse("idp.example").unwrap()
}
