//! A running server, somebody signed in to it, and a certificate for the key in their browser.

use data_encoding::BASE64URL_NOPAD;
use e2e::servers::MailServer as _;
use e2e::servers::accounts::{ALICE, ALICE_PASSWORD};
use e2e::servers::dovecot::Failures;
use e2e::servers::persona::Persona;
use e2e::servers::ports::Entrance;
use e2e::servers::postfix::Postfix;
use serde_json::{Value, json};
use testkit::http::Client;

use super::peer::Peer;

/// What every test of this folder begins with.
pub(crate) struct Scene {
    persona: Persona,
    browser: Peer,
    verifier: Peer,
    /// What our server issued.
    pub(crate) certificate: String,
    /// The issuer's clock, just after that.
    pub(crate) now: u64,
    /// When the assertions expire that [`Scene::bundle`] makes.
    pub(crate) expires: u64,
    _mail: Postfix,
}

impl Scene {
    /// Signs in over HTTP and has a certificate issued for a key that node made.
    pub(crate) async fn with(verifier: Peer) -> Self {
        let mail = Postfix::start(Failures::Quick).unwrap();
        let mailbox = mail.url("smtp", Entrance::Submission);
        let persona = Persona::running(ISSUER, &["example.test"], &mailbox).unwrap();
        let mut browser = Peer::node();
        let key = browser.ask(&json!({"do": "key"}))["publicKey"].to_string();

        let client = Client::with_cookies();
        let signed_in = persona
            .sign_in(&client, ALICE, ALICE_PASSWORD)
            .await
            .unwrap();
        assert_eq!(signed_in.status, 303, "{}", signed_in.text());
        let path = "/persona/auth/certificate/";
        let fields = [
            ("email", ALICE),
            ("publicKey", &key),
            ("certDuration", "3600"),
        ];
        let answer = persona.post(&client, path, &fields).await.unwrap();
        assert_eq!(answer.status, 200, "{}", answer.text());

        // The dialog goes by the issuer's clock, and lets an assertion live for two minutes.
        let look = format!("/persona/auth/address/?email={ALICE}");
        let look = persona.get(&client, &look).await.unwrap().text();
        let look: Value = serde_json::from_str(&look).unwrap();
        let now = look["server_time"].as_u64().unwrap();
        Self {
            persona,
            browser,
            verifier,
            certificate: answer.text(),
            now,
            expires: now + 120_000,
            _mail: mail,
        }
    }

    /// Has the browser assert that this site is the one that is meant.
    pub(crate) fn bundle(&mut self) -> String {
        let order = self.assertion();
        asserted(&mut self.browser, &order)
    }

    /// Has a browser with another key assert it, with our certificate.
    pub(crate) fn stolen_bundle(&mut self) -> String {
        asserted(&mut Peer::node(), &self.assertion())
    }

    /// Has the bundle verified. The verifier finds the issuer and the domain's delegation at our
    /// server alone; every other host does not answer.
    pub(crate) fn verify(&mut self, bundle: &str, audience: &str, now: u64) -> Value {
        self.verify_among(&["id.example.test", "example.test"], bundle, audience, now)
    }

    /// Has the bundle verified where only some hosts can be reached.
    pub(crate) fn verify_among(
        &mut self,
        hosts: &[&str],
        bundle: &str,
        audience: &str,
        now: u64,
    ) -> Value {
        let here = self.persona.behind_the_proxy();
        let hosts = hosts.iter().map(|host| ((*host).to_owned(), json!(here)));
        let hosts: serde_json::Map<_, _> = hosts.collect();
        self.verifier.ask(&json!({
            "do": "verify", "bundle": bundle, "audience": audience, "now": now, "hosts": hosts,
        }))
    }

    /// Flips one bit at places spread over each of the bundle's six parts, and looks at what the
    /// verifier says.
    pub(crate) fn every_flipped_bit_is_refused(&mut self) {
        let bundle = self.bundle();
        let whole = self.verify(&bundle, AUDIENCE, self.now);
        assert!(whole["accepted"].is_object(), "{whole}");

        for (place, forged) in flipped_bits(&bundle) {
            let verdict = self.verify(&forged, AUDIENCE, self.now);

            assert!(verdict["refused"].is_string(), "{place}: {verdict}");
        }
    }

    fn assertion(&self) -> Value {
        json!({
            "do": "assert", "certificate": self.certificate,
            "audience": AUDIENCE, "expires": self.expires,
        })
    }
}

/// Reads the claims of a certificate.
pub(crate) fn claims(certificate: &str) -> Value {
    let octets = BASE64URL_NOPAD.decode(segments(certificate)[1].as_bytes());
    serde_json::from_slice(&octets.unwrap()).unwrap()
}

fn asserted(browser: &mut Peer, order: &Value) -> String {
    browser.ask(order)["bundle"].as_str().unwrap().to_owned()
}

/// The six parts of a bundle: header, claims and signature of certificate and assertion.
fn segments(bundle: &str) -> Vec<&str> {
    bundle.split(['.', '~']).collect()
}

/// Gives the bundle with one bit flipped, at places spread over each of its six parts.
pub(crate) fn flipped_bits(bundle: &str) -> Vec<(String, String)> {
    let mut forgeries = Vec::new();
    for (segment, text) in segments(bundle).iter().enumerate() {
        let octets = BASE64URL_NOPAD.decode(text.as_bytes()).unwrap();
        for octet in (0..octets.len()).step_by(octets.len().div_ceil(FLIPS)) {
            let forged = flipped(bundle, segment, octet, octet % 8);
            forgeries.push((format!("part {segment}, octet {octet}"), forged));
        }
    }
    forgeries
}

fn flipped(bundle: &str, segment: usize, octet: usize, bit: usize) -> String {
    let mut parts: Vec<String> = segments(bundle).into_iter().map(str::to_owned).collect();
    let mut octets = BASE64URL_NOPAD.decode(parts[segment].as_bytes()).unwrap();
    octets[octet] ^= 1 << bit;
    parts[segment] = BASE64URL_NOPAD.encode(&octets);
    let (certificate, assertion) = parts.split_at(3);
    format!("{}~{}", certificate.join("."), assertion.join("."))
}

/// The site's origin.
pub(crate) const AUDIENCE: &str = "https://shop.example";

/// Origins that are not the site's.
pub(crate) const OTHER_AUDIENCES: [&str; 4] = [
    "https://other.example",
    "http://shop.example",
    "https://shop.example:8443",
    "https://sub.shop.example",
];

const ISSUER: &str = "https://id.example.test";

/// Bits that are flipped in each part of the bundle.
const FLIPS: usize = 12;
