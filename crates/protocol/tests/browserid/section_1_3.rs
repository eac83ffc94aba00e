//! §1.2 and §1.3: the members of a support document, published and read.

use protocol::browserid::{Authority, PagePath, SupportDocument};
use protocol::jose::{PublicKey, Signer, base64url};
use serde_json::{Value, json};

use crate::forge::{DS128, DS256, ISSUER, USER};

fn path(text: &str) -> PagePath {
    PagePath::parse(text).unwrap()
}

fn idp(keys: &[&dyn Signer]) -> SupportDocument {
    SupportDocument::Idp {
        keys: keys.iter().map(|key| key.public_key().clone()).collect(),
        authentication: path("/persona/login/"),
        provisioning: path("/persona/provision/"),
        handoff: None,
    }
}

/// The members of a good document with one key.
fn good() -> Value {
    json!({
        "public-key": ISSUER.public_key().to_browserid(),
        "authentication": "/persona/login/",
        "provisioning": "/persona/provision/",
    })
}

fn with(name: &str, value: Value) -> Value {
    let mut document = good();
    document[name] = value;
    document
}

fn without(name: &str) -> Value {
    let mut document = good();
    document.as_object_mut().unwrap().remove(name).unwrap();
    document
}

fn read(document: &Value) -> SupportDocument {
    SupportDocument::parse(document.to_string().as_bytes()).unwrap()
}

fn reason(document: &Value) -> String {
    let refusal = SupportDocument::parse(document.to_string().as_bytes());
    refusal.unwrap_err().to_string()
}

fn keys(document: &Value) -> Vec<PublicKey> {
    match read(document) {
        SupportDocument::Idp { keys, .. } => keys,
        other @ (SupportDocument::Disabled | SupportDocument::Delegation { .. }) => {
            panic!("{other:?}")
        }
    }
}

#[test]
fn the_document_of_an_idp_has_its_key_and_two_paths_and_always_the_same_bytes() {
    let document = idp(&[&*ISSUER]);

    let text = document.to_json();

    let key = ISSUER.public_key().to_browserid();
    let (n, e) = (key["n"].as_str().unwrap(), key["e"].as_str().unwrap());
    assert_eq!(
        text,
        format!(
            "{{\"public-key\":{{\"algorithm\":\"RS\",\"n\":\"{n}\",\"e\":\"{e}\"}},\
             \"authentication\":\"/persona/login/\",\"provisioning\":\"/persona/provision/\"}}"
        )
    );
    assert_eq!(text, document.clone().to_json());
}

#[test]
fn a_delegation_has_its_authority_alone() {
    let document = SupportDocument::Delegation {
        authority: Authority::parse("id.example:8443").unwrap(),
    };

    assert_eq!(document.to_json(), r#"{"authority":"id.example:8443"}"#);
    assert_eq!(SupportDocument::Disabled.to_json(), r#"{"disabled":true}"#);
}

#[test]
fn several_keys_are_published_for_old_peers_and_new_ones() {
    let members: Value = serde_json::from_str(&idp(&[&*ISSUER, &*USER]).to_json()).unwrap();

    assert_eq!(members["public-key"], ISSUER.public_key().to_browserid());
    assert_eq!(
        members["keys"],
        json!([ISSUER.public_key().to_jwk(), USER.public_key().to_jwk()])
    );
}

#[test]
fn whatever_is_published_is_read_again() {
    let with_handoff = SupportDocument::Idp {
        keys: vec![ISSUER.public_key().clone()],
        authentication: path("/a"),
        provisioning: path("/"),
        handoff: Some(path("/persona/handoff/")),
    };
    assert!(
        with_handoff
            .to_json()
            .ends_with(r#","handoff":"/persona/handoff/"}"#)
    );
    for document in [
        idp(&[&*ISSUER]),
        idp(&[&*DS256]),
        idp(&[&*DS128, &*ISSUER, &*USER]),
        with_handoff,
        SupportDocument::Disabled,
        SupportDocument::Delegation {
            authority: Authority::parse("id.example").unwrap(),
        },
    ] {
        assert_eq!(
            SupportDocument::parse(document.to_json().as_bytes()),
            Ok(document)
        );
    }
}

#[test]
fn a_document_is_one_json_object_of_at_most_64_kib() {
    let text = good().to_string();
    let padded = |length: usize| format!("{text}{}", " ".repeat(length - text.len()));
    assert!(SupportDocument::parse(padded(65_536).as_bytes()).is_ok());

    let json = "declaration of support is malformed (invalid json)";
    for bad in [
        padded(65_537),
        String::new(),
        "<html>".to_owned(),
        format!("{text}{text}"),
        format!("\u{FEFF}{text}"),
        text.replacen("{\"", "{\"authentication\":\"/x\",\"", 1),
    ] {
        let refusal = SupportDocument::parse(bad.as_bytes()).unwrap_err();
        assert_eq!(refusal.to_string(), json, "{bad}");
    }
    assert!(SupportDocument::parse(b"{\"disabled\":true,\"x\":\"\xff\"}").is_err());
    for other in ["null", "[]", "\"disabled\"", "1"] {
        let refusal = SupportDocument::parse(other.as_bytes()).unwrap_err();
        assert_eq!(
            refusal.to_string(),
            "support document must contain a json object"
        );
    }
}

#[test]
fn disabled_goes_before_everything_and_is_true_or_false() {
    let mut all = with("disabled", json!(true));
    all["authority"] = json!("id.example");
    assert_eq!(read(&all), SupportDocument::Disabled);
    assert_eq!(
        read(&json!({"disabled": true, "authority": 1})),
        SupportDocument::Disabled
    );
    assert_eq!(read(&with("disabled", json!(false))), idp(&[&*ISSUER]));

    for odd in [json!("true"), json!(1), json!(0), json!(null), json!("")] {
        assert_eq!(
            reason(&with("disabled", odd)),
            "disabled must be either true or false"
        );
    }
}

#[test]
fn an_authority_goes_before_the_rest_unless_it_says_nothing() {
    let delegation = |text: &str| SupportDocument::Delegation {
        authority: Authority::parse(text).unwrap(),
    };
    for (written, read_as) in [
        ("id.example", "id.example"),
        ("ID.Example", "id.example"),
        ("id.example:443", "id.example"),
        ("id.example:8443", "id.example:8443"),
    ] {
        let bare = json!({"authority": written});
        assert_eq!(read(&bare), delegation(read_as));
        assert_eq!(
            read(&with("authority", json!(written))),
            delegation(read_as)
        );
    }
    for nothing in [json!(""), json!(null), json!(false), json!(0)] {
        assert_eq!(read(&with("authority", nothing)), idp(&[&*ISSUER]));
    }
    for odd in [json!(1), json!(true), json!([]), json!({})] {
        assert_eq!(reason(&with("authority", odd)), "malformed authority");
    }
    for host in [
        "https://id.example",
        "id.example/",
        "id.example?x",
        "u@id.example",
        "127.0.0.1",
        "[::1]",
        "id.example:0",
        "id example",
    ] {
        assert_eq!(
            reason(&with("authority", json!(host))),
            "the authority is not a valid hostname",
            "{host}"
        );
    }
}

#[test]
fn both_pages_are_absolute_paths() {
    for name in ["authentication", "provisioning"] {
        let missing = format!("support document missing required property: '{name}'");
        assert_eq!(reason(&without(name)), missing);
        for odd in [json!(null), json!(1), json!(["/a"])] {
            assert_eq!(reason(&with(name, odd)), missing);
        }
        for relative in ["", "a", "https://idp.example/a", "?a"] {
            assert_eq!(
                reason(&with(name, json!(relative))),
                "paths must start with a slash"
            );
        }
        for odd in [
            "//evil.example/a",
            "/a?b",
            "/a#b",
            "/a/../b",
            "/a b",
            "/\\evil",
        ] {
            assert_eq!(
                reason(&with(name, json!(odd))),
                "paths must have no query and no fragment, and survive URL parsing unchanged",
                "{odd}"
            );
        }
    }
}

#[test]
fn the_page_of_the_extension_is_a_path_or_not_there() {
    let handoff = |value: Value| match read(&with("handoff", value)) {
        SupportDocument::Idp { handoff, .. } => handoff,
        other @ (SupportDocument::Disabled | SupportDocument::Delegation { .. }) => {
            panic!("{other:?}")
        }
    };

    assert_eq!(handoff(json!("/h/")), Some(path("/h/")));
    // Whoever means something else by that name is an issuer all the same.
    for other in [json!(true), json!("https://x"), json!("//x"), json!(null)] {
        assert_eq!(handoff(other), None);
    }
}

#[test]
fn unknown_members_mean_nothing() {
    let mut document = with("x", json!({"y": [1]}));
    document["kid"] = json!(null);

    assert_eq!(read(&document), idp(&[&*ISSUER]));
}

#[test]
fn keys_stand_in_public_key_or_keys_or_both_and_each_once() {
    let (issuer, user) = (ISSUER.public_key(), USER.public_key());
    let with_keys = |keys: Value| with("keys", keys);
    let only_keys = |keys: Value| {
        let mut document = without("public-key");
        document["keys"] = keys;
        document
    };

    assert_eq!(keys(&good()), std::slice::from_ref(issuer));
    assert_eq!(
        keys(&with_keys(json!([user.to_jwk(), issuer.to_jwk()]))),
        [issuer.clone(), user.clone()]
    );
    assert_eq!(
        keys(&only_keys(json!([user.to_jwk(), issuer.to_browserid()]))),
        [user.clone(), issuer.clone()]
    );
    assert_eq!(
        keys(&with("public-key", issuer.to_jwk())),
        std::slice::from_ref(issuer)
    );
    for nothing in [json!([]), json!(null), json!(false), json!("")] {
        assert_eq!(
            keys(&with_keys(nothing.clone())),
            std::slice::from_ref(issuer)
        );
        assert_eq!(
            reason(&only_keys(nothing)),
            "support document missing required property 'keys' and/or 'public-key'"
        );
    }
    for odd in [json!({}), json!("x"), json!(1), json!(true)] {
        assert_eq!(
            reason(&with_keys(odd)),
            "mal-formed list of public keys in support doc"
        );
    }
    assert_eq!(
        reason(&with_keys(json!(vec![issuer.to_jwk(); 5]))),
        "too many public keys in support doc"
    );
}

#[test]
fn a_key_for_another_use_is_left_out_and_any_malformed_one_spoils_the_document() {
    let user = USER.public_key();
    let jwk = |name: &str, value: Value| {
        let mut jwk = user.to_jwk();
        jwk[name] = value;
        json!([jwk])
    };

    let both = [ISSUER.public_key().clone(), user.clone()];
    assert_eq!(keys(&with("keys", jwk("use", json!("sig")))), both);
    assert_eq!(keys(&with("keys", jwk("kid", json!(7)))), both);
    for other_use in [json!({"use": "enc"}), json!({"use": "enc", "kty": "EC"})] {
        assert_eq!(keys(&with("keys", json!([other_use]))), both[..1]);
    }
    assert_eq!(keys(&with("keys", jwk("use", json!("enc")))), both[..1]);
    for bad in [
        json!([{}]),
        json!([null]),
        json!([user.to_jwk(), "x"]),
        jwk("kty", json!("EC")),
        jwk("kty", json!("rsa")),
        jwk("kty", json!(null)),
        jwk("n", json!(1)),
        jwk("n", json!("")),
        jwk("n", json!("AQAB")),
        jwk("e", json!("AQ")),
        jwk("d", json!("AQAB")),
        json!([{"algorithm": "RS", "n": "15", "e": "3"}]),
    ] {
        let reason = reason(&with("keys", bad.clone()));
        assert!(
            reason.starts_with("mal-formed public key in support doc: "),
            "{bad}: {reason}"
        );
    }
    for bad in [
        json!({}),
        json!("x"),
        json!([1]),
        json!({"algorithm": "RS"}),
    ] {
        let reason = reason(&with("public-key", bad.clone()));
        assert!(
            reason.starts_with("mal-formed public key in support doc: "),
            "{bad}: {reason}"
        );
    }
}

#[test]
fn the_numbers_of_a_jwk_may_be_padded_and_have_zeros_in_front() {
    for key in [ISSUER.public_key(), DS128.public_key(), DS256.public_key()] {
        let spelled = |respell: &dyn Fn(&str) -> String| {
            let mut jwk = key.to_jwk();
            for name in ["n", "e", "y", "p", "q", "g"] {
                if let Some(number) = jwk.get(name) {
                    jwk[name] = json!(respell(number.as_str().unwrap()));
                }
            }
            PublicKey::from_published(&jwk)
        };
        let padded = |text: &str| format!("{text}{}", "=".repeat((4 - text.len() % 4) % 4));
        let zero_in_front =
            |text: &str| base64url::encode(&[&[0], &*base64url::decode(text).unwrap()].concat());

        assert_eq!(spelled(&str::to_owned).as_ref(), Ok(key));
        assert_eq!(spelled(&padded).as_ref(), Ok(key));
        assert_eq!(spelled(&zero_in_front).as_ref(), Ok(key));
        for bad in ["====", "===", "\n", "+", "A"] {
            assert!(
                spelled(&|text: &str| format!("{text}{bad}")).is_err(),
                "{bad:?}"
            );
        }
    }
}
