//! Five bundles that were recorded in November 2013, of persona.org and of issuers of the day. They
//! come with `browserid-local-verify` 0.5.2, which wants them to stay good.

use serde_json::{Value, json};

use super::judge::judge;
use super::peer::Peer;
use super::scene::claims;

/// Four are accepted: two of persona.org, one of an issuer with DS128 keys, one of Mozilla's. The
/// fifth says that nobody has shown the mailbox to be theirs, which proves nothing.
#[test]
fn our_verifier_accepts_those_that_prove_an_address() {
    let recorded = Peer::signer().ask(&json!({"do": "recorded"}));
    let verdicts: Vec<Value> = recorded["cases"]
        .as_array()
        .unwrap()
        .iter()
        .map(|case| at_its_time(case, 0))
        .map(|verdict| match verdict.get("accepted") {
            Some(accepted) => json!([accepted["email"], accepted["issuer"]]),
            None => verdict,
        })
        .collect();

    assert_eq!(
        verdicts,
        [
            json!(["lloyd@hilaiel.com", "login.persona.org"]),
            json!(["llooyd@gmail.com", "gmail.login.persona.org"]),
            json!(["lloyd@mockmyid.com", "mockmyid.com"]),
            json!(["lloyd@mozilla.com", "login.mozilla.org"]),
            json!({"refused": NO_EMAIL}),
        ]
    );
}

#[test]
fn our_verifier_refuses_them_a_millisecond_after_their_end() {
    let recorded = Peer::signer().ask(&json!({"do": "recorded"}));

    for case in &recorded["cases"].as_array().unwrap()[..4] {
        assert_eq!(
            at_its_time(case, 1),
            json!({"refused": "expired"}),
            "{}",
            case["name"]
        );
    }
}

/// Verifies a bundle so long after the end of its assertion.
fn at_its_time(case: &Value, milliseconds: u64) -> Value {
    let text = |name: &str| case[name].as_str().unwrap();
    let bundle = text("assertion");
    let (_, assertion) = bundle.split_once('~').unwrap();
    let now = claims(assertion)["exp"].as_u64().unwrap() + milliseconds;
    judge(
        bundle,
        (text("issuer"), &case["pubKey"]),
        text("audience"),
        now,
    )
}

/// As the verifier of the day said it, with the space at its end.
const NO_EMAIL: &str = "untrusted assertion, doesn't contain an email, and issuer is untrusted ";
