//! What holds for every bundle: nothing panics, and no change goes unseen.

use proptest::prelude::*;
use protocol::browserid::{
    Authority, PagePath, SupportDocument, UncheckedBundle, UncheckedCertificate,
};
use protocol::jose::{PublicKey, Signer};
use serde_json::{Value, json};

use crate::forge::{DS128, DS256, Forgery, ISSUER, NOW, USER, judge, seal};

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

/// Documents of strangers: members that mean something, with values of every kind.
fn document() -> impl Strategy<Value = String> {
    let name = prop::sample::select(vec![
        "disabled",
        "authority",
        "public-key",
        "keys",
        "authentication",
        "provisioning",
        "handoff",
        "x",
    ]);
    let value = prop_oneof![
        claim(),
        Just(json!(false)),
        Just(json!(true)),
        "(/[a-z?#.%/]{0,4}){0,3}".prop_map(Value::from),
        "[a-zA-Z0-9.:-]{0,12}".prop_map(Value::from),
        Just(ISSUER.public_key().to_jwk()),
        Just(json!([
            USER.public_key().to_jwk(),
            DS256.public_key().to_jwk()
        ])),
    ];
    prop::collection::btree_map(name, value, 0..7).prop_map(|members| json!(members).to_string())
}

proptest! {
    #[test]
    fn no_bytes_make_the_reader_of_support_documents_panic(
        bytes in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        drop(SupportDocument::parse(&bytes));
    }

    #[test]
    fn whatever_is_read_as_a_support_document_is_printed_as_one_and_read_again(text in document()) {
        if let Ok(document) = SupportDocument::parse(text.as_bytes()) {
            prop_assert_eq!(SupportDocument::parse(document.to_json().as_bytes()), Ok(document));
        }
    }

    #[test]
    fn whatever_is_an_authority_or_a_path_is_read_again_from_its_print(text in "\\PC{0,30}|/?[a-z./%?#:0-9-]{0,30}") {
        if let Ok(authority) = Authority::parse(&text) {
            prop_assert_eq!(Authority::parse(authority.as_str()), Ok(authority));
        }
        if let Ok(path) = PagePath::parse(&text) {
            prop_assert_eq!(path.as_str(), &text);
            let whole = format!("https://idp.example{path}");
            prop_assert!(url::Url::parse(&whole).unwrap().host_str() == Some("idp.example"));
        }
    }

    #[test]
    fn no_published_key_makes_the_reader_panic_and_every_key_is_printed_as_it_was(
        kind in "RSA|DSA|RS|DS|.{0,4}",
        names in prop::collection::vec("kty|algorithm|[nedxypqg]", 0..8),
        number in "[A-Za-z0-9_-]{0,350}={0,3}|[0-9a-f]{0,300}|.{0,9}",
    ) {
        let mut object = json!({ "kty": kind });
        for name in names {
            object[name] = number.clone().into();
        }
        if let Ok(key) = PublicKey::from_published(&object) {
            prop_assert_eq!(PublicKey::from_published(&key.to_jwk()).unwrap(), key);
        }
    }

    #[test]
    fn no_text_makes_the_reader_of_certificates_panic(
        text in ".{0,200}|eyJhbGciOiJSUzI1NiJ9\\.[A-Za-z0-9_-]{0,200}\\.[A-Za-z0-9_-]{0,60}",
        claims in claims(),
    ) {
        drop(UncheckedCertificate::read(&text));
        drop(UncheckedCertificate::read(&seal(r#"{"alg":"RS256"}"#, &claims, &*ISSUER)));
    }

    #[test]
    fn a_flipped_bit_is_refused_whoever_signed(
        place in any::<prop::sample::Index>(),
        bit in 0..7_u8,
        issuer in 0..3_usize,
        user in 0..3_usize,
    ) {
        let signers: [&'static dyn Signer; 3] = [&*ISSUER, &*DS128, &*DS256];
        let mut forgery = Forgery::new().issued_by(signers[issuer]).used_by(signers[user]);
        forgery.now = NOW;
        let mut bytes = forgery.text().into_bytes();
        let place = place.index(bytes.len());
        bytes[place] ^= 1_u8 << bit;
        let flipped = String::from_utf8(bytes).unwrap();

        prop_assert!(judge(&flipped, &forgery.keys, "https://rp.example", NOW).is_err());
    }

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
