//! What believing a bundle costs beside its two signatures.
//!
//! A bundle is read and verified with the issuer's key at hand, as a verifier does that has asked
//! before; in turn with it, the same library checks the same two signatures, the issuer's with a key
//! that is ready and the user's with one that is not. Processor time of this thread, in paired rounds;
//! only the ratio means anything on a machine that others use too. Prints rows of the table in
//! `docs/performance.md`, and fails if a promise is not kept.
//!
//! Run by `cargo x bench`.
#![expect(clippy::print_stdout, reason = "a benchmark prints its table")]
#![expect(
    clippy::expect_used,
    reason = "a benchmark that cannot run should say so and stop"
)]

use std::hint::black_box;
use std::process::ExitCode;
use std::time::Duration;

use aws_lc_rs::signature::{ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use protocol::browserid::{Authority, IssuerKeys, UncheckedBundle};
use protocol::jose::{Algorithm, PublicKey, base64url};
use protocol::origin::Origin;
use protocol::time::Timestamp;
use serde_json::Value;

fn main() -> ExitCode {
    let mut kept = true;
    for user in [Algorithm::Rs256, Algorithm::Ds128, Algorithm::Ds256] {
        let case = Case::new(user);
        let figures = case.measure();
        println!(
            "| verifications per CPU-second in process, RS256 certificate, {user} user key | {:.0} |",
            figures.per_second
        );
        println!(
            "| **the same as a share of the two signatures alone** (paired rounds) | **{:.2}** |",
            figures.share
        );
        if figures.share < FLOOR {
            println!(
                "missed: verifying with a {user} user key is at least {FLOOR} of its signatures"
            );
            kept = false;
        }
    }
    if kept {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// A bundle, and its two signatures taken out of it.
struct Case {
    bundle: String,
    issuer: Authority,
    keys: [PublicKey; 1],
    audience: Origin,
    now: Timestamp,
    certificate: Signed,
    issuer_key: ParsedPublicKey,
    assertion: Signed,
    user_key: UserKey,
}

struct Signed {
    text: Vec<u8>,
    signature: Vec<u8>,
}

/// The user's key before anything was made of it.
enum UserKey {
    Rsa { n: Vec<u8>, e: Vec<u8> },
    Dsa(PublicKey),
}

struct Figures {
    per_second: f64,
    share: f64,
}

impl Case {
    fn new(user: Algorithm) -> Self {
        let vectors: Vec<Value> =
            serde_json::from_str(include_str!("../tests/vectors/browserid.json")).expect("vectors");
        let name = format!("RS256-{user}");
        let vector = vectors
            .iter()
            .find(|vector| text_at(vector, "name") == name)
            .expect("its vector");
        let text = |name: &str| text_at(vector, name);
        let bundle = text("bundle").to_owned();
        let (certificate, assertion) = bundle.split_once('~').expect("two parts");
        let payload = certificate.split('.').nth(1).expect("a payload");
        let payload: Value =
            serde_json::from_slice(&base64url::decode(payload).expect("base64url")).expect("JSON");
        let issuer_key = key_at(vector, "/supportDocument/public-key");
        let user_key = key_at(&payload, "/public-key");
        let (n, e) = numbers(&issuer_key);
        let components = RsaPublicKeyComponents { n: &n, e: &e };
        Self {
            issuer: Authority::parse(text("issuer")).expect("an authority"),
            audience: Origin::parse(text("audience")).expect("an origin"),
            now: Timestamp::from_millis(
                vector
                    .get("verifyAtMs")
                    .and_then(Value::as_i64)
                    .expect("a time"),
            ),
            certificate: Signed::of(certificate),
            issuer_key: components
                .to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256)
                .expect("a key"),
            assertion: Signed::of(assertion),
            user_key: match user {
                Algorithm::Rs256 => {
                    let (n, e) = numbers(&user_key);
                    UserKey::Rsa { n, e }
                }
                Algorithm::Ds128 | Algorithm::Ds256 => UserKey::Dsa(user_key),
            },
            keys: [issuer_key],
            bundle,
        }
    }

    fn measure(&self) -> Figures {
        // The first ones make what is made once.
        per_verification(|| self.verify());
        per_verification(|| self.check_signatures());
        let (mut whole, mut shares) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            let raw = per_verification(|| self.check_signatures());
            let verified = per_verification(|| self.verify());
            whole.push(verified);
            shares.push(raw / verified);
        }
        Figures {
            per_second: 1.0 / median(whole),
            share: median(shares),
        }
    }

    fn verify(&self) {
        let keys = IssuerKeys {
            issuer: &self.issuer,
            keys: &self.keys,
        };
        let verified = UncheckedBundle::read(black_box(&self.bundle))
            .and_then(|bundle| bundle.verify(&keys, &self.audience, self.now));
        black_box(verified).expect("a good bundle");
    }

    fn check_signatures(&self) {
        let Signed { text, signature } = black_box(&self.certificate);
        self.issuer_key
            .verify_sig(text, signature)
            .expect("a good signature");
        let Signed { text, signature } = black_box(&self.assertion);
        match black_box(&self.user_key) {
            UserKey::Rsa { n, e } => RsaPublicKeyComponents { n, e }
                .verify(&RSA_PKCS1_2048_8192_SHA256, text, signature)
                .expect("a good signature"),
            UserKey::Dsa(key) => key.verify(text, signature).expect("a good signature"),
        }
    }
}

impl Signed {
    fn of(part: &str) -> Self {
        let (text, signature) = part.rsplit_once('.').expect("a signature");
        Self {
            text: text.as_bytes().to_vec(),
            signature: base64url::decode(signature).expect("base64url"),
        }
    }
}

fn key_at(object: &Value, place: &str) -> PublicKey {
    let key = object.pointer(place).expect("a key object");
    PublicKey::from_browserid(key).expect("a key")
}

fn text_at<'a>(object: &'a Value, name: &str) -> &'a str {
    object.get(name).and_then(Value::as_str).expect("a text")
}

fn numbers(key: &PublicKey) -> (Vec<u8>, Vec<u8>) {
    let jwk = key.to_jwk();
    let number = |name: &str| base64url::decode(text_at(&jwk, name)).expect("bytes");
    (number("n"), number("e"))
}

/// Gives the processor time of one run in seconds, after running it many times.
fn per_verification(mut run: impl FnMut()) -> f64 {
    let before = cpu_time();
    for _ in 0..RUNS {
        run();
    }
    cpu_time().saturating_sub(before).as_secs_f64() / f64::from(RUNS)
}

/// The time that this thread has been on a processor (`proc_pid_schedstat(5)`, nanoseconds).
fn cpu_time() -> Duration {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").expect("Linux");
    let nanoseconds = text.split(' ').next().and_then(|text| text.parse().ok());
    Duration::from_nanos(nanoseconds.expect("a number"))
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures
        .get(figures.len() / 2)
        .copied()
        .expect("some figures")
}

/// The promise: a bundle costs at most so much more than its signatures.
const FLOOR: f64 = 0.85;
const ROUNDS: usize = 41;
/// Verifications in one half of a round: about 20 ms of RSA.
const RUNS: u32 = 500;
