//! What holds for every bundle: nothing panics, and no change goes unseen.

use proptest::prelude::*;
use protocol::browserid::UncheckedBundle;
use protocol::jose::Signer;
use serde_json::{Value, json};

use crate::forge::{Forgery, ISSUER, NOW, USER, judge, seal};

fn accepted(bundle: &str) -> bool {
    let keys = [ISSUER.public_key().clone()];
    judge(bundle, &keys, "https://rp.example", NOW).is_ok()
}

#[test]
fn any_flipped_bit_is_refused() {
    let good = Forgery::new().text();
    assert!(accepted(&good));

    for place in 0..good.len() {
        for bit in 0..8 {
            let mut bytes = good.clone().into_bytes();
            bytes[place] ^= 1 << bit;
            // What is no text cannot even be asked about.
            let Ok(flipped) = String::from_utf8(bytes) else {
                continue;
            };
            assert!(!accepted(&flipped), "bit {bit} of character {place}");
        }
    }
}

/// Values of every kind that could stand in a claim, good ones among them.
fn claim() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(json!(null)),
        Just(json!("https://rp.example")),
        Just(json!("idp.example")),
        Just(json!({"email": "alice@idp.example"})),
        Just(USER.public_key().to_browserid()),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,20}".prop_map(Value::from),
        prop::collection::vec(".{0,5}", 0..3).prop_map(Value::from),
        ("[a-z]{0,6}", ".{0,9}").prop_map(|(name, value)| json!({ name: value })),
    ]
}

fn claims() -> impl Strategy<Value = String> {
    let name = prop::sample::select(vec![
        "iss",
        "iat",
        "exp",
        "aud",
        "public-key",
        "principal",
        "email",
        "x",
    ]);
    prop::collection::btree_map(name, claim(), 0..7).prop_map(|members| json!(members).to_string())
}

proptest! {
    #[test]
    fn no_text_makes_the_reader_panic(text in ".{0,400}") {
        drop(UncheckedBundle::read(&text));
    }

    #[test]
    fn no_text_of_the_right_alphabet_makes_the_reader_panic(text in "[A-Za-z0-9_.~-]{0,400}") {
        drop(UncheckedBundle::read(&text));
    }

    #[test]
    fn no_claims_are_believed_but_the_right_ones(certificate in claims(), assertion in claims()) {
        let header = r#"{"alg":"RS256"}"#;
        let bundle = format!(
            "{}~{}",
            seal(header, &certificate, &*ISSUER),
            seal(header, &assertion, &*USER)
        );

        if accepted(&bundle) {
            let read: Value = serde_json::from_str(&certificate).unwrap();
            prop_assert_eq!(&read["iss"], "idp.example");
            prop_assert_eq!(&read["principal"], &json!({"email": "alice@idp.example"}));
            prop_assert_eq!(&read["public-key"], &USER.public_key().to_browserid());
            prop_assert!(read["exp"].as_i64().unwrap() >= NOW);
            let read: Value = serde_json::from_str(&assertion).unwrap();
            prop_assert_eq!(&read["aud"], "https://rp.example");
            prop_assert!(read["exp"].as_i64().unwrap() >= NOW);
        }
    }

    #[test]
    fn a_cut_a_gap_or_an_insertion_is_refused(place in any::<prop::sample::Index>(), more in "[A-Za-z0-9_.~-]") {
        let good = Forgery::new().text();
        let place = place.index(good.len());
        let (before, after) = good.split_at(place);

        let shorter = format!("{before}{}", after.get(1..).unwrap_or_default());
        let longer = format!("{before}{more}{after}");

        prop_assert!(!accepted(before));
        prop_assert!(!accepted(&shorter));
        prop_assert!(!accepted(&longer));
    }
}
