//! §3.3: signatures.

use crypto_bigint::{CheckedAdd, U2048};
use data_encoding::HEXLOWER;
use protocol::jose::{PublicKey, SignatureError, Signer, base64url};
use serde_json::Value;

use crate::forge::{DS128, DS256, ISSUER, USER, dsa_key};

fn modulus(signer: &dyn Signer) -> U2048 {
    let jwk = signer.public_key().to_jwk();
    let bytes = base64url::decode(jwk["n"].as_str().unwrap()).unwrap();
    U2048::from_be_slice(&bytes)
}

#[test]
fn a_signature_has_the_full_length_and_holds_for_its_message_and_key_alone() {
    let signature = ISSUER.sign(b"message").unwrap();

    assert_eq!(signature.len(), 256);
    assert_eq!(ISSUER.public_key().verify(b"message", &signature), Ok(()));
    assert_eq!(
        ISSUER.public_key().verify(b"massage", &signature),
        Err(SignatureError::Invalid)
    );
    assert_eq!(
        USER.public_key().verify(b"message", &signature),
        Err(SignatureError::Invalid)
    );
}

#[test]
fn a_signature_without_its_leading_zeros_holds() {
    let (message, signature) = (0_u32..20_000)
        .map(|count| {
            (
                count.to_be_bytes(),
                ISSUER.sign(&count.to_be_bytes()).unwrap(),
            )
        })
        .find(|(_, signature)| signature[0] == 0)
        .unwrap();

    assert_eq!(ISSUER.public_key().verify(&message, &signature), Ok(()));
    assert_eq!(
        ISSUER.public_key().verify(&message, &signature[1..]),
        Ok(())
    );
}

#[test]
fn a_signature_of_another_length_is_refused() {
    let signature = ISSUER.sign(b"message").unwrap();
    let longer = [&[0], &signature[..]].concat();

    for wrong in [&signature[..255], &signature[1..], &longer, &[], &[0; 256]] {
        assert_eq!(
            ISSUER.public_key().verify(b"message", wrong),
            Err(SignatureError::Invalid)
        );
    }
}

#[test]
fn a_signature_that_is_not_below_the_modulus_is_refused() {
    let modulus = modulus(&*ISSUER);
    let (message, raised) = (0_u32..1000)
        .map(u32::to_be_bytes)
        .find_map(|message| {
            let signature = U2048::from_be_slice(&ISSUER.sign(&message).unwrap());
            let raised: Option<U2048> = signature.checked_add(&modulus).into();
            raised.map(|raised| (message, raised))
        })
        .unwrap();
    let raised = raised.to_be_bytes();

    assert_eq!(
        ISSUER.public_key().verify(&message, raised.as_ref()),
        Err(SignatureError::Invalid)
    );
}

/// Signatures that `OpenSSL` 3.0.19 made with keys of its own in the two groups.
fn openssl_vectors() -> Vec<Value> {
    serde_json::from_str(include_str!("../vectors/dsa-openssl.json")).unwrap()
}

fn dsa_vector(vector: &Value) -> (PublicKey, Vec<u8>, Vec<u8>) {
    let member = |name: &str| vector[name].as_str().unwrap();
    let mut key = dsa_key(member("algorithm"));
    key["y"] = vector["y"].clone();
    (
        PublicKey::from_browserid(&key).unwrap(),
        member("message").as_bytes().to_vec(),
        HEXLOWER.decode(member("signature").as_bytes()).unwrap(),
    )
}

#[test]
fn the_dsa_signatures_of_another_program_hold_for_their_message_and_key_alone() {
    let vectors = openssl_vectors();
    assert_eq!(vectors.len(), 20);
    for (vector, other) in vectors.iter().zip(vectors.iter().cycle().skip(4)) {
        let (key, message, signature) = dsa_vector(vector);
        let (other_key, other_message, other_signature) = dsa_vector(other);

        assert_eq!(key.verify(&message, &signature), Ok(()), "{vector}");
        for wrong in [
            other_key.verify(&message, &signature),
            key.verify(&[&*message, b"x"].concat(), &signature),
            key.verify(&message, &other_signature),
            key.verify(&[&*other_message, b"x"].concat(), &other_signature),
        ] {
            assert_eq!(wrong, Err(SignatureError::Invalid), "{vector}");
        }
    }
    // One in 256 has a part with a zero in front, and is of full length all the same.
    assert!(
        vectors
            .iter()
            .any(|v| v["signature"].as_str().unwrap().starts_with("00"))
    );
}

#[test]
fn a_dsa_signature_has_exactly_the_length_of_its_group() {
    for vector in openssl_vectors() {
        let (key, message, signature) = dsa_vector(&vector);
        let half = signature.len() / 2;
        let (r, s) = signature.split_at(half);
        for wrong in [
            &signature[1..],
            &signature[..signature.len() - 1],
            &[&[0], &signature[..]].concat(),
            &[&signature[..], &[0]].concat(),
            &[&[0], r, &[0], s].concat(),
            r,
            &[],
        ] {
            assert_eq!(
                key.verify(&message, wrong),
                Err(SignatureError::Invalid),
                "{vector}"
            );
        }
    }
}

#[test]
fn a_dsa_signature_that_begins_with_zeros_is_not_to_be_shortened() {
    let vectors = openssl_vectors();
    let short = vectors
        .iter()
        .filter(|v| v["signature"].as_str().unwrap().starts_with("00"));
    for vector in short {
        let (key, message, signature) = dsa_vector(vector);

        assert_eq!(
            key.verify(&message, &signature[1..]),
            Err(SignatureError::Invalid)
        );
    }
}

#[test]
fn any_flipped_bit_of_a_dsa_signature_is_refused() {
    for signer in [&*DS128, &*DS256] {
        let good = signer.sign(b"message").unwrap();
        assert_eq!(signer.public_key().verify(b"message", &good), Ok(()));
        for place in 0..good.len() * 8 {
            let mut flipped = good.clone();
            flipped[place / 8] ^= 1 << (place % 8);

            assert_eq!(
                signer.public_key().verify(b"message", &flipped),
                Err(SignatureError::Invalid),
                "{place}"
            );
        }
    }
}
