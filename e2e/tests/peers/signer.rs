//! `browserid-crypto` 0.9.1, the library of Mozilla's broker and issuers, signs for our verifier.

use serde_json::{Value, json};

use super::judge::judge;
use super::peer::Peer;
use super::scene::{AUDIENCE, OTHER_AUDIENCES, flipped_bits};

#[test]
fn our_verifier_accepts_what_it_signs_with_every_pair_of_keys() {
    let mut signer = Peer::signer();

    for issuer_key in KEYS {
        for user_key in KEYS {
            let made = made(&mut signer, issuer_key, user_key);

            let verdict = verdict(&made, AUDIENCE, NOW);

            let accepted = json!({"accepted": {
                "email": EMAIL, "issuer": ISSUER, "audience": AUDIENCE, "expires": ENDS,
            }});
            assert_eq!(verdict, accepted, "{issuer_key}, {user_key}");
        }
    }
}

#[test]
fn our_verifier_refuses_every_flipped_bit() {
    let mut signer = Peer::signer();

    for (issuer_key, user_key) in [("RS256", "DS128"), ("DS256", "DS256"), ("DS128", "RS256")] {
        let mut made = made(&mut signer, issuer_key, user_key);
        assert!(verdict(&made, AUDIENCE, NOW)["accepted"].is_object());

        for (place, forged) in flipped_bits(text(&made, "bundle")) {
            made["bundle"] = json!(forged);

            let verdict = verdict(&made, AUDIENCE, NOW);

            assert!(
                verdict["refused"].is_string(),
                "{issuer_key}, {user_key}, {place}: {verdict}"
            );
        }
    }
}

#[test]
fn our_verifier_refuses_rsa_keys_of_1024_bits() {
    let mut signer = Peer::signer();
    let user = made(&mut signer, "RS256", "RS128");
    let issuer = made(&mut signer, "RS128", "RS256");

    for (made, reason) in [
        (user, "no such algorithm: RS128"),
        (issuer, "no such algorithm: RS128"),
    ] {
        assert_eq!(verdict(&made, AUDIENCE, NOW), json!({"refused": reason}));
    }
}

#[test]
fn our_verifier_refuses_a_chain_of_certificates() {
    let mut signer = Peer::signer();
    let mut order = order("RS256", "DS128");
    order["chained"] = json!(true);
    let made = signer.ask(&order);

    let verdict = verdict(&made, AUDIENCE, NOW);

    let reason = "certificate chaining is not yet allowed";
    assert_eq!(verdict, json!({ "refused": reason }));
}

/// Each part is good for the whole of its last millisecond, and no longer.
#[test]
fn our_verifier_refuses_what_has_expired_a_millisecond_ago() {
    let mut signer = Peer::signer();
    let short = made(&mut signer, "RS256", "DS128");
    let mut order = order("RS256", "DS128");
    order["ends"] = json!(EXPIRES + 120_000);
    let long = signer.ask(&order);

    for (made, end) in [(short, ENDS), (long, EXPIRES)] {
        let last = verdict(&made, AUDIENCE, end);
        let over = verdict(&made, AUDIENCE, end + 1);

        assert_eq!(last["accepted"]["email"], EMAIL);
        assert_eq!(over, json!({"refused": "expired"}));
    }
}

#[test]
fn our_verifier_refuses_another_audience() {
    let mut signer = Peer::signer();
    let made = made(&mut signer, "RS256", "RS256");

    for audience in OTHER_AUDIENCES {
        let verdict = verdict(&made, audience, NOW);

        let reason = text(&verdict, "refused");
        assert!(
            reason.starts_with("audience mismatch: "),
            "{audience}: {verdict}"
        );
    }
}

/// The issuer's key is another's: the certificate is worth nothing.
#[test]
fn our_verifier_refuses_another_issuers_key() {
    let mut made_here = made(&mut Peer::signer(), "RS256", "RS256");
    made_here["issuerKey"] = made(&mut Peer::signer(), "RS256", "RS256")["issuerKey"].clone();

    let verdict = verdict(&made_here, AUDIENCE, NOW);

    assert_eq!(verdict, json!({"refused": "invalid signature"}));
}

fn made(signer: &mut Peer, issuer_key: &str, user_key: &str) -> Value {
    signer.ask(&order(issuer_key, user_key))
}

fn order(issuer_key: &str, user_key: &str) -> Value {
    json!({
        "do": "bundle", "issuerKey": issuer_key, "userKey": user_key, "issuer": ISSUER, "email": EMAIL,
        "audience": AUDIENCE, "issued": NOW - 10_000, "expires": EXPIRES, "ends": ENDS,
    })
}

fn verdict(made: &Value, audience: &str, now: u64) -> Value {
    let issuer = (ISSUER, &made["issuerKey"]);
    judge(text(made, "bundle"), issuer, audience, now)
}

fn text<'a>(members: &'a Value, name: &str) -> &'a str {
    members[name].as_str().unwrap()
}

const KEYS: [&str; 3] = ["RS256", "DS256", "DS128"];

const ISSUER: &str = "idp.example";
const EMAIL: &str = "alice@idp.example";

/// The moment of all this, in milliseconds, and the ends of certificate and assertion.
const NOW: u64 = 1_795_300_000_000;
const EXPIRES: u64 = NOW + 3_600_000;
const ENDS: u64 = NOW + 120_000;
