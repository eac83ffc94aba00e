//! §3.1 and §3.2: key objects, and what is no key.

use protocol::jose::{Algorithm, KeyError, PublicKey, RsaSigner, Signer, base64url};
use serde_json::{Value, json};

use crate::forge::{ISSUER, dsa_key};

/// 2^exponent + addend, in decimal.
fn power_of_two(exponent: u32, addend: u64) -> String {
    let mut bytes = vec![0; 1024];
    let place = bytes.len() - 1 - exponent as usize / 8;
    bytes[place] = 1 << (exponent % 8);
    let number = crypto_bigint::BoxedUint::from_be_slice(&bytes, 8192).unwrap();
    (number + crypto_bigint::BoxedUint::from(addend)).to_string_radix_vartime(10)
}

fn rsa(n: &str, e: &str) -> Result<PublicKey, KeyError> {
    PublicKey::from_browserid(&json!({"algorithm": "RS", "n": n, "e": e}))
}

fn dsa_with(algorithm: &str, name: &str, value: Value) -> Result<PublicKey, KeyError> {
    let mut key = dsa_key(algorithm);
    key[name] = value;
    PublicKey::from_browserid(&key)
}

#[test]
fn an_rsa_key_is_printed_as_it_was_read() {
    let n = power_of_two(2047, 1_234_567);
    let text = format!(r#"{{"algorithm":"RS","n":"{n}","e":"65537"}}"#);

    let key = PublicKey::from_browserid_text(&text).unwrap();

    assert_eq!(key.to_browserid_text(), text);
    assert_eq!(
        key.to_browserid(),
        json!({"algorithm": "RS", "n": n, "e": "65537"})
    );
    assert_eq!(key.algorithm(), Algorithm::Rs256);
}

#[test]
fn a_dsa_key_of_either_group_is_printed_as_it_was_read() {
    for (name, algorithm) in [("DS128", Algorithm::Ds128), ("DS256", Algorithm::Ds256)] {
        let object = dsa_key(name);
        let member = |name: &str| object[name].as_str().unwrap().to_owned();
        let text = format!(
            r#"{{"algorithm":"DS","y":"{}","p":"{}","q":"{}","g":"{}"}}"#,
            member("y"),
            member("p"),
            member("q"),
            member("g")
        );

        let key = PublicKey::from_browserid_text(&text).unwrap();

        assert_eq!(key.to_browserid_text(), text);
        assert_eq!(key.to_browserid(), object);
        assert_eq!(key.algorithm(), algorithm);
    }
}

#[test]
fn the_jwk_of_a_key_has_its_bytes() {
    let jwk = rsa(&power_of_two(2047, 1), "65537").unwrap().to_jwk();

    let mut modulus = vec![0; 256];
    (modulus[0], modulus[255]) = (0x80, 1);
    assert_eq!(
        jwk,
        json!({"kty": "RSA", "n": base64url::encode(&modulus), "e": "AQAB"})
    );
    let jwk = dsa_with("DS128", "y", json!("abc")).unwrap().to_jwk();
    assert_eq!(jwk["kty"], "DSA");
    assert_eq!(
        base64url::decode(jwk["y"].as_str().unwrap()).unwrap(),
        [0x0a, 0xbc]
    );
    assert_eq!(
        base64url::decode(jwk["q"].as_str().unwrap()).unwrap()[..2],
        [0xe2, 0x1e]
    );
}

#[test]
fn a_signer_prints_the_decimal_form_of_its_own_modulus() {
    let read = PublicKey::from_browserid_text(&ISSUER.public_key().to_browserid_text()).unwrap();

    assert_eq!(&read, ISSUER.public_key());
    assert_eq!(read.to_jwk(), ISSUER.public_key().to_jwk());
    read.verify(b"m", &ISSUER.sign(b"m").unwrap()).unwrap();
}

#[test]
fn a_modulus_has_2048_bits_or_one_less() {
    rsa(&power_of_two(2047, 1), "3").unwrap();
    rsa(&power_of_two(2046, 1), "3").unwrap();

    for (exponent, size) in [(511, 512), (1023, 1024), (1535, 1536), (2045, 2046)] {
        let error = rsa(&power_of_two(exponent, 1), "65537").unwrap_err();

        assert_eq!(error, KeyError::Size(size));
        assert_eq!(error.to_string(), format!("bad key size: {size}"));
    }
    for exponent in [2048, 3071, 4095] {
        let error = rsa(&power_of_two(exponent, 1), "65537").unwrap_err();

        assert!(matches!(error, KeyError::Size(2049..=4100)), "{error:?}");
    }
    assert_eq!(rsa("1", "65537"), Err(KeyError::Size(1)));
    assert_eq!(rsa(&power_of_two(2047, 0), "65537"), Err(KeyError::Rsa));
}

#[test]
fn an_exponent_is_odd_at_least_3_and_below_33_bits_more() {
    let n = power_of_two(2047, 1);
    for e in ["3", "17", "65537", "4294967297", "8589934591"] {
        assert!(rsa(&n, e).is_ok(), "{e}");
    }
    for e in ["1", "2", "4", "65536", "8589934592", "8589934593", &n] {
        assert_eq!(rsa(&n, e), Err(KeyError::Rsa), "{e}");
    }
}

#[test]
fn a_decimal_number_has_one_spelling() {
    let n = power_of_two(2047, 1);
    for bad in [
        String::new(),
        "0".to_owned(),
        format!("0{n}"),
        format!("+{n}"),
        format!("-{n}"),
        format!(" {n}"),
        format!("{n} "),
        format!("{n}\n"),
        format!("{n}.0"),
        n.replacen('3', "_3", 1),
        n.replacen('3', "\u{663}", 1),
        format!("0x{}", "f".repeat(512)),
        "1".repeat(1301),
        "9".repeat(4000),
    ] {
        assert_eq!(rsa(&bad, "65537"), Err(KeyError::Member("n")), "{bad}");
        assert_eq!(rsa(&n, &bad), Err(KeyError::Member("e")), "{bad}");
    }
}

#[test]
fn a_number_where_a_text_belongs_is_refused() {
    let n = power_of_two(2047, 1);
    for value in [
        json!(2048),
        json!(null),
        json!([n]),
        json!({}),
        json!(true),
        json!(1e300),
    ] {
        let key = json!({"algorithm": "RS", "n": value, "e": "65537"});
        assert_eq!(PublicKey::from_browserid(&key), Err(KeyError::Member("n")));
        let key = json!({"algorithm": "RS", "n": n, "e": value});
        assert_eq!(PublicKey::from_browserid(&key), Err(KeyError::Member("e")));
        assert_eq!(dsa_with("DS128", "y", value), Err(KeyError::Member("y")));
    }
}

#[test]
fn a_hexadecimal_number_has_one_spelling() {
    let y = dsa_key("DS128")["y"].as_str().unwrap().to_owned();
    for bad in [
        String::new(),
        "0".to_owned(),
        format!("0{y}"),
        format!("0x{y}"),
        y.to_uppercase(),
        format!("-{y}"),
        format!("{y} "),
        "g".to_owned(),
        "f".repeat(513),
    ] {
        assert_eq!(
            dsa_with("DS128", "y", json!(bad)),
            Err(KeyError::Member("y")),
            "{bad}"
        );
    }
}

#[test]
fn only_the_two_known_dsa_groups_are_accepted() {
    let (small, large) = (dsa_key("DS128"), dsa_key("DS256"));
    for name in ["p", "q", "g"] {
        for (algorithm, other) in [("DS128", &large), ("DS256", &small)] {
            assert_eq!(
                dsa_with(algorithm, name, other[name].clone()),
                Err(KeyError::Group)
            );
            assert_eq!(dsa_with(algorithm, name, json!("2")), Err(KeyError::Group));
        }
    }
}

#[test]
fn a_dsa_value_lies_between_1_and_p_minus_1() {
    for algorithm in ["DS128", "DS256"] {
        let p = dsa_key(algorithm)["p"].as_str().unwrap().to_owned();
        let (head, last) = p.split_at(p.len() - 1);
        let (below, two_below, above) = match last {
            "7" => (format!("{head}6"), format!("{head}5"), format!("{head}8")),
            "1" => {
                assert!(head.ends_with('0'));
                let head_less = format!("{}3", head.strip_suffix("40").unwrap());
                (
                    format!("{head}0"),
                    format!("{head_less}ff"),
                    format!("{head}2"),
                )
            }
            _ => panic!("{last}"),
        };

        for y in ["2", "ff", two_below.as_str()] {
            assert!(dsa_with(algorithm, "y", json!(y)).is_ok(), "{y}");
        }
        for y in ["1", &below, &p, &above, &format!("{p}0")] {
            let refusal = dsa_with(algorithm, "y", json!(y)).unwrap_err();
            let too_long = y.len() > 512;
            let expected = if too_long {
                KeyError::Member("y")
            } else {
                KeyError::Range
            };
            assert_eq!(refusal, expected, "{y}");
        }
    }
}

#[test]
fn other_generations_of_key_objects_are_refused() {
    let n = power_of_two(2047, 1);
    for key in [
        json!({}),
        json!({"alg": "RS256", "n": n, "e": "65537"}),
        json!({"algorithm": "RS256", "n": n, "e": "65537"}),
        json!({"algorithm": "rs", "n": n, "e": "65537"}),
        json!({"algorithm": "RSA", "modulus": "AQAB", "exponent": "AQAB"}),
        json!({"algorithm": null, "n": n, "e": "65537"}),
        json!({"kty": "RSA", "n": "AQAB", "e": "AQAB"}),
    ] {
        assert_eq!(
            PublicKey::from_browserid(&key),
            Err(KeyError::Algorithm),
            "{key}"
        );
    }
    for value in [json!(null), json!("RS"), json!([]), json!(1)] {
        assert_eq!(
            PublicKey::from_browserid(&value),
            Err(KeyError::NotAnObject)
        );
    }
}

#[test]
fn a_secret_half_is_refused() {
    let n = power_of_two(2047, 1);
    let key = json!({"algorithm": "RS", "n": n, "e": "65537", "d": "5"});

    assert_eq!(PublicKey::from_browserid(&key), Err(KeyError::Secret));
    assert_eq!(dsa_with("DS128", "x", json!("5")), Err(KeyError::Secret));
}

#[test]
fn the_text_of_a_key_is_one_object_of_at_most_4096_characters() {
    let text = rsa(&power_of_two(2047, 1), "65537")
        .unwrap()
        .to_browserid_text();
    let padded = |length: usize| format!("{text}{}", " ".repeat(length - text.len()));

    assert!(PublicKey::from_browserid_text(&padded(4096)).is_ok());
    for bad in [
        padded(4097),
        String::new(),
        "null".to_owned(),
        format!("{text}{text}"),
        format!("[{text}]"),
        text.replacen("\"e\"", "\"e\":\"3\",\"e\"", 1),
        serde_json::to_string(&text).unwrap(),
    ] {
        assert_eq!(
            PublicKey::from_browserid_text(&bad),
            Err(KeyError::NotAnObject),
            "{bad}"
        );
    }
}

#[test]
fn a_private_key_is_read_in_both_encodings() {
    let (signer, der) = RsaSigner::generate().unwrap();
    let pkcs8 = der.expose();
    // RFC 5208: 26 bytes of version, algorithm and octet string stand before the PKCS #1 key.
    let pkcs1 = &pkcs8[26..];

    let from_pkcs8 = RsaSigner::from_pkcs8(pkcs8).unwrap();
    let from_pkcs1 = RsaSigner::from_pkcs1(pkcs1).unwrap();

    assert_eq!(from_pkcs8.public_key(), signer.public_key());
    assert_eq!(from_pkcs1.public_key(), signer.public_key());
    assert_eq!(from_pkcs1.sign(b"m"), signer.sign(b"m"));
    for wrong in [&pkcs8[..pkcs8.len() - 1], &pkcs8[1..], b"", pkcs1] {
        assert_eq!(
            RsaSigner::from_pkcs8(wrong).unwrap_err(),
            KeyError::Unreadable
        );
    }
    assert_eq!(
        RsaSigner::from_pkcs1(pkcs8).unwrap_err(),
        KeyError::Unreadable
    );
}

#[test]
fn an_issuer_key_of_another_size_is_refused() {
    use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};

    let pair = aws_lc_rs::rsa::KeyPair::generate(aws_lc_rs::rsa::KeySize::Rsa3072).unwrap();
    let der: Pkcs8V1Der<'_> = pair.as_der().unwrap();

    assert_eq!(
        RsaSigner::from_pkcs8(der.as_ref()).unwrap_err(),
        KeyError::Size(3072)
    );
}

#[test]
fn a_signer_shows_nothing_of_its_secret() {
    let shown = format!("{:?}", *ISSUER);

    assert!(shown.starts_with("RsaSigner(Rsa(RsaPublicKey("), "{shown}");
    assert_eq!(shown.len(), "RsaSigner(Rsa(RsaPublicKey()))".len() + 43);
}
