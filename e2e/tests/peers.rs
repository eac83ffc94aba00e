//! Code that is not ours accepts what our server signs, and refuses what it must.
//!
//! Mozilla's `browserid-local-verify` is installed by `npm ci` into `target/peers`; the person's key
//! and assertion are made by node (`e2e/peers/site.mjs`). The certificate comes from the real
//! program, in front of a real Postfix, over HTTP as a browser asks for it.

#![cfg(test)]

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::OnceLock;

use data_encoding::BASE64URL_NOPAD;
use e2e::servers::MailServer as _;
use e2e::servers::accounts::{ALICE, ALICE_PASSWORD};
use e2e::servers::dovecot::Failures;
use e2e::servers::packages::workspace;
use e2e::servers::persona::Persona;
use e2e::servers::ports::Entrance;
use e2e::servers::postfix::Postfix;
use serde_json::{Value, json};
use testkit::http::Client;

#[tokio::test]
async fn a_foreign_verifier_accepts_what_we_sign() {
    let mut scene = Scene::begin().await;
    let bundle = scene.bundle();

    let verdict = scene.verify(&bundle, AUDIENCE, scene.now);

    assert_eq!(
        verdict,
        json!({"accepted": {
            "audience": AUDIENCE,
            "email": ALICE,
            "expires": scene.expires,
            "issuer": "id.example.test",
        }})
    );
}

#[tokio::test]
async fn a_foreign_verifier_refuses_another_audience() {
    let mut scene = Scene::begin().await;
    let bundle = scene.bundle();

    for audience in [
        "https://other.example",
        "http://shop.example",
        "https://shop.example:8443",
        "https://sub.shop.example",
    ] {
        let verdict = scene.verify(&bundle, audience, scene.now);

        let reason = verdict["refused"].as_str().unwrap();
        assert!(
            reason.starts_with("audience mismatch: "),
            "{audience}: {verdict}"
        );
    }
}

#[tokio::test]
async fn a_foreign_verifier_refuses_what_has_expired() {
    let mut scene = Scene::begin().await;
    let bundle = scene.bundle();

    let last = scene.verify(&bundle, AUDIENCE, scene.expires);
    let over = scene.verify(&bundle, AUDIENCE, scene.expires + 1);

    assert_eq!(last["accepted"]["email"], ALICE);
    assert_eq!(over, json!({"refused": "expired"}));
}

/// An assertion that lives longer than the certificate does not outlive it.
#[tokio::test]
async fn a_foreign_verifier_refuses_an_expired_certificate() {
    let mut scene = Scene::begin().await;
    let end = claims(&scene.certificate, 1)["exp"].as_u64().unwrap();
    scene.expires = end + 120_000;
    let bundle = scene.bundle();

    let last = scene.verify(&bundle, AUDIENCE, end);
    let over = scene.verify(&bundle, AUDIENCE, end + 1);

    assert_eq!(last["accepted"]["email"], ALICE);
    assert_eq!(over, json!({"refused": "expired"}));
}

/// No verifier forgives a certificate of the future, so ours are dated back by the settings' skew.
#[tokio::test]
async fn a_foreign_verifier_whose_clock_is_slow_accepts_it() {
    let mut scene = Scene::begin().await;
    let start = claims(&scene.certificate, 1)["iat"].as_u64().unwrap();
    let bundle = scene.bundle();

    let slow = scene.verify(&bundle, AUDIENCE, start);
    let slower = scene.verify(&bundle, AUDIENCE, start - 1);

    assert!(
        start + 10_000 <= scene.now,
        "{start} is not 10 s before {}",
        scene.now
    );
    assert_eq!(slow["accepted"]["email"], ALICE);
    assert!(slower["refused"].is_string(), "{slower}");
}

/// The issuer speaks for a domain only because the domain says so.
#[tokio::test]
async fn a_foreign_verifier_asks_the_domain_itself() {
    let mut scene = Scene::begin().await;
    let bundle = scene.bundle();
    let here = scene.persona.behind_the_proxy();

    let verdict = scene.site.ask(&json!({
        "do": "verify", "bundle": bundle, "audience": AUDIENCE, "now": scene.now,
        "hosts": { "id.example.test": here },
    }));

    let reason = "untrusted issuer, expected 'undefined', got 'id.example.test'";
    assert_eq!(verdict, json!({ "refused": reason }));
}

/// One bit in each of the bundle's parts, at places spread over all of it.
#[tokio::test]
async fn a_foreign_verifier_refuses_every_flipped_bit() {
    let mut scene = Scene::begin().await;
    let bundle = scene.bundle();
    assert!(scene.verify(&bundle, AUDIENCE, scene.now)["accepted"].is_object());

    for (segment, text) in segments(&bundle).iter().enumerate() {
        let octets = BASE64URL_NOPAD.decode(text.as_bytes()).unwrap();
        for octet in (0..octets.len()).step_by(octets.len().div_ceil(FLIPS)) {
            let forged = flipped(&bundle, segment, octet, octet % 8);

            let verdict = scene.verify(&forged, AUDIENCE, scene.now);

            assert!(
                verdict["refused"].is_string(),
                "part {segment}, octet {octet}: {verdict}"
            );
        }
    }
}

/// The certificate is for the key that asked: another key's assertion is worth nothing with it.
#[tokio::test]
async fn a_foreign_verifier_refuses_another_persons_key() {
    let mut scene = Scene::begin().await;
    let mut thief = Site::start();
    thief.ask(&json!({"do": "key"}));

    let stolen = thief.ask(&json!({
        "do": "assert", "certificate": scene.certificate,
        "audience": AUDIENCE, "expires": scene.expires,
    }));
    let verdict = scene.verify(stolen["bundle"].as_str().unwrap(), AUDIENCE, scene.now);

    assert!(verdict["refused"].is_string(), "{verdict}");
}

/// A running server, somebody signed in to it, and a certificate for the key in their browser.
struct Scene {
    persona: Persona,
    site: Site,
    certificate: String,
    now: u64,
    expires: u64,
    _mail: Postfix,
}

impl Scene {
    async fn begin() -> Self {
        let mail = Postfix::start(Failures::Quick).unwrap();
        let mailbox = mail.url("smtp", Entrance::Submission);
        let persona =
            Persona::running("https://id.example.test", &["example.test"], &mailbox).unwrap();
        let mut site = Site::start();
        let key = site.ask(&json!({"do": "key"}))["publicKey"].to_string();

        let client = Client::with_cookies();
        let signed_in = persona
            .sign_in(&client, ALICE, ALICE_PASSWORD)
            .await
            .unwrap();
        assert_eq!(signed_in.status, 303, "{}", signed_in.text());
        let fields = [
            ("email", ALICE),
            ("publicKey", &key),
            ("certDuration", "3600"),
        ];
        let answer = persona
            .post(&client, "/persona/auth/certificate/", &fields)
            .await
            .unwrap();
        assert_eq!(answer.status, 200, "{}", answer.text());

        // The dialog goes by the issuer's clock, and lets an assertion live for two minutes.
        let look = format!("/persona/auth/address/?email={ALICE}");
        let look = persona.get(&client, &look).await.unwrap().text();
        let look: Value = serde_json::from_str(&look).unwrap();
        let now = look["server_time"].as_u64().unwrap();
        Self {
            persona,
            site,
            certificate: answer.text(),
            now,
            expires: now + 120_000,
            _mail: mail,
        }
    }

    fn bundle(&mut self) -> String {
        let order = json!({
            "do": "assert", "certificate": self.certificate,
            "audience": AUDIENCE, "expires": self.expires,
        });
        self.site.ask(&order)["bundle"].as_str().unwrap().to_owned()
    }

    /// Has the bundle verified. The verifier finds the issuer and the domain's delegation at our
    /// server alone; every other host does not answer.
    fn verify(&mut self, bundle: &str, audience: &str, now: u64) -> Value {
        let here = self.persona.behind_the_proxy();
        self.site.ask(&json!({
            "do": "verify", "bundle": bundle, "audience": audience, "now": now,
            "hosts": { "id.example.test": here, "example.test": here },
        }))
    }
}

/// The foreign code, running in node.
struct Site {
    child: Child,
    orders: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Site {
    fn start() -> Self {
        let mut child = Command::new("node")
            .arg(workspace().join("e2e/peers/site.mjs"))
            .current_dir(installed())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("node is Debian's nodejs");
        let orders = child.stdin.take().unwrap();
        let answers = BufReader::new(child.stdout.take().unwrap());
        Self {
            child,
            orders,
            answers,
        }
    }

    fn ask(&mut self, order: &Value) -> Value {
        writeln!(self.orders, "{order}").unwrap();
        let mut line = String::new();
        self.answers.read_line(&mut line).unwrap();
        serde_json::from_str(&line).expect("the peer answers (its error is printed)")
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Installs the verifier once for each content of its lock file, and gives the folder.
///
/// Nothing that a package brings is run on installation, but one: the library under the verifier
/// puts its parts together by a script, and its own hook for that fails on a node of today
/// (`browserid.md` §9.2).
fn installed() -> &'static PathBuf {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let wanted = workspace().join("e2e/peers");
        let folder = workspace().join("target/peers");
        let lock = fs::read(wanted.join("package-lock.json")).unwrap();
        let done = folder.join("installed.lock");
        if fs::read(&done).is_ok_and(|installed| installed == lock) {
            return folder;
        }
        fs::create_dir_all(&folder).unwrap();
        for file in ["package.json", "package-lock.json", ".npmrc"] {
            fs::copy(wanted.join(file), folder.join(file)).unwrap();
        }
        let mut npm = Command::new("npm");
        succeed(
            npm.args(["ci", "--ignore-scripts", "--omit=optional"])
                .current_dir(&folder),
        );
        let mut assemble = Command::new("node");
        let script = "node_modules/browserid-crypto/scripts/package.js";
        succeed(assemble.arg(script).current_dir(&folder));
        fs::write(&done, &lock).unwrap();
        folder
    })
}

fn succeed(command: &mut Command) {
    let output = command
        .output()
        .expect("node and npm are Debian's nodejs and npm");
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {complaint}");
}

/// The six parts of a bundle: header, claims and signature of certificate and assertion.
fn segments(bundle: &str) -> Vec<&str> {
    bundle.split(['.', '~']).collect()
}

fn claims(token: &str, segment: usize) -> Value {
    let octets = BASE64URL_NOPAD
        .decode(segments(token)[segment].as_bytes())
        .unwrap();
    serde_json::from_slice(&octets).unwrap()
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
const AUDIENCE: &str = "https://shop.example";

/// Bits that are flipped in each part of the bundle.
const FLIPS: usize = 12;
