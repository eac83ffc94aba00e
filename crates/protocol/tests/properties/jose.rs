//! base64url, JSON, keys and signed objects.

use std::sync::LazyLock;

use crypto_bigint::U2048;
use proptest::prelude::*;
use protocol::jose::{Algorithm, PublicKey, RsaSigner, Signer, base64url, json, jws};
use serde_json::Value;

static SIGNER: LazyLock<RsaSigner> = LazyLock::new(|| RsaSigner::generate().unwrap().0);

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        ".{0,10}".prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 60, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map(".{0,5}", inner, 0..5)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

fn object() -> impl Strategy<Value = Value> {
    prop::collection::btree_map(".{0,5}", value(), 0..5)
        .prop_map(|members| Value::Object(members.into_iter().collect()))
}

proptest! {
    #[test]
    fn bytes_survive_base64url(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        prop_assert_eq!(base64url::decode(&base64url::encode(&bytes)).unwrap(), bytes);
    }

    #[test]
    fn a_base64url_text_is_the_only_one_of_its_bytes(text in "[A-Za-z0-9_-]{0,40}|.{0,10}") {
        if let Ok(bytes) = base64url::decode(&text) {
            prop_assert_eq!(base64url::encode(&bytes), text);
        }
    }

    #[test]
    fn an_object_survives_json(object in object()) {
        let read = json::read_object(object.to_string().as_bytes()).unwrap();

        prop_assert_eq!(Value::Object(read), object);
    }

    #[test]
    fn no_bytes_make_the_json_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        drop(json::read_object(&bytes));
    }

    #[test]
    fn whatever_is_read_as_json_is_what_another_reader_reads(
        text in "\\{(\"[ab]{1,2}\":([0-9]{1,3}|\"x\"|null|\\{\\}|\\[1\\]),?){0,4}\\}?",
    ) {
        if let Ok(read) = json::read_object(text.as_bytes()) {
            let names = read.len();
            let other: Value = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(Value::Object(read), other);
            // Each name stands once: none was lost.
            prop_assert_eq!(text.matches("\":").count(), names);
        }
    }

    #[test]
    fn a_key_is_printed_as_it_was_read(
        mut modulus in prop::collection::vec(any::<u8>(), 256),
        exponent in 1_u64..1 << 32,
    ) {
        modulus[0] |= 0x80;
        modulus[255] |= 1;
        let number = U2048::from_be_slice(&modulus).to_string_radix_vartime(10);
        let text = format!(
            r#"{{"algorithm":"RS","n":"{number}","e":"{}"}}"#,
            exponent * 2 + 1
        );

        let key = PublicKey::from_browserid_text(&text).unwrap();

        prop_assert_eq!(key.to_browserid_text(), text);
        prop_assert_eq!(&key.to_jwk()["n"], &Value::from(base64url::encode(&modulus)));
        prop_assert_eq!(PublicKey::from_browserid(&key.to_browserid()).unwrap(), key);
    }

    #[test]
    fn no_text_makes_the_key_reader_panic_and_every_key_is_printed_as_it_was(
        algorithm in "RS|DS|R?D?S?",
        names in prop::collection::vec("[nedxypqg]", 0..6),
        number in "[0-9]{0,700}|[0-9a-f]{0,300}|.{0,9}",
    ) {
        let mut object = serde_json::json!({ "algorithm": algorithm });
        for name in names {
            object[name] = number.clone().into();
        }
        if let Ok(key) = PublicKey::from_browserid_text(&object.to_string()) {
            prop_assert_eq!(PublicKey::from_browserid_text(&key.to_browserid_text()).unwrap(), key);
        }
    }

    #[test]
    fn what_was_signed_is_read_and_holds(name in "[ -~]{0,9}", number in any::<i64>()) {
        let payload = serde_json::json!({ name: number });

        let text = jws::sign(&payload.to_string(), &*SIGNER).unwrap();
        let parts = jws::read(&text).unwrap();

        prop_assert_eq!(Value::Object(parts.payload), payload);
        prop_assert_eq!(parts.algorithm, Algorithm::Rs256);
        prop_assert!(SIGNER.public_key().verify(parts.signing_input, &parts.signature).is_ok());
    }

    #[test]
    fn no_text_makes_the_reader_of_signed_objects_panic(
        text in "\\PC{0,60}|eyJhbGciOiJSUzI1NiJ9\\.[A-Za-z0-9_-]{0,60}\\.[A-Za-z0-9_-]{0,60}",
    ) {
        drop(jws::read(&text));
    }
}
