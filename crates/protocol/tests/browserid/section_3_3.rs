//! §3.3: signatures.

use crypto_bigint::{CheckedAdd, U2048};
use protocol::jose::{Algorithm, PublicKey, SignatureError, Signer, base64url};

use crate::forge::{ISSUER, USER, dsa_key};

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

#[test]
fn dsa_signatures_are_not_checked_here_and_this_is_said() {
    for (name, algorithm) in [("DS128", Algorithm::Ds128), ("DS256", Algorithm::Ds256)] {
        let key = PublicKey::from_browserid(&dsa_key(name)).unwrap();

        let refusal = key.verify(b"message", &[1; 40]).unwrap_err();

        assert_eq!(refusal, SignatureError::Unsupported(algorithm));
        assert_eq!(refusal.to_string(), format!("no such algorithm: {name}"));
    }
}
