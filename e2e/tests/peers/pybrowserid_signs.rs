//! `PyBrowserID` 0.14 signs for our verifier: keys DS128 on both sides, which is what it can make.

use serde_json::{Value, json};

use super::judge::judge;
use super::peer::Peer;
use super::scene::{AUDIENCE, flipped_bits};

#[test]
fn our_verifier_accepts_what_it_signs() {
    let made = made();

    let issuer = (ISSUER, &made["issuerKey"]);
    let bundle = made["bundle"].as_str().unwrap();
    let last = judge(bundle, issuer, AUDIENCE, ENDS);
    let over = judge(bundle, issuer, AUDIENCE, ENDS + 1);

    let accepted = json!({"accepted": {
        "email": EMAIL, "issuer": ISSUER, "audience": AUDIENCE, "expires": ENDS,
    }});
    assert_eq!(last, accepted);
    assert_eq!(over, json!({"refused": "expired"}));
}

#[test]
fn our_verifier_refuses_every_flipped_bit_of_it() {
    let made = made();

    for (place, forged) in flipped_bits(made["bundle"].as_str().unwrap()) {
        let verdict = judge(&forged, (ISSUER, &made["issuerKey"]), AUDIENCE, ENDS);

        assert!(verdict["refused"].is_string(), "{place}: {verdict}");
    }
}

fn made() -> Value {
    Peer::python().ask(&json!({
        "do": "bundle", "issuer": ISSUER, "email": EMAIL, "audience": AUDIENCE, "ends": ENDS,
    }))
}

const ISSUER: &str = "idp.example";
const EMAIL: &str = "alice@idp.example";

/// The end of both parts, in milliseconds.
const ENDS: u64 = 1_795_300_120_000;
