//! §8.1, F9 and F10: forged signatures that Mozilla's library takes for good ones.

use crypto_bigint::modular::{FixedMontyForm, FixedMontyParams};
use crypto_bigint::{Odd, U256, U2048};
use protocol::jose::{KeyError, PublicKey, RsaSigner, SignError, SignatureError, Signer, sha256};
use serde_json::json;

use crate::dsa::DsaSigner;
use crate::forge::{DS128, DS256, Forgery, dsa_key};

/// Signs everything with the same two numbers, in the name of somebody else.
#[derive(Debug)]
struct Forger {
    victim: &'static DsaSigner,
    r: U256,
    s: U256,
}

impl Signer for Forger {
    fn public_key(&self) -> &PublicKey {
        self.victim.public_key()
    }

    fn sign(&self, _message: &[u8]) -> Result<Vec<u8>, SignError> {
        Ok(self.victim.pair(self.r, self.s))
    }
}

/// Lets the forger sign an assertion for a user, and a certificate for an issuer.
fn refused_everywhere(victim: &'static DsaSigner, r: U256, s: U256) {
    let forger: &'static Forger = Box::leak(Box::new(Forger { victim, r, s }));
    for forgery in [
        Forgery::new().used_by(forger),
        Forgery::new().issued_by(forger),
    ] {
        assert_eq!(forgery.reason(), "invalid signature", "{r} {s}");
    }
    for message in [&b""[..], b"message"] {
        assert_eq!(
            victim.public_key().verify(message, &victim.pair(r, s)),
            Err(SignatureError::Invalid)
        );
    }
}

#[test]
fn f9_one_and_zero_sign_nothing() {
    for victim in [&*DS128, &*DS256] {
        refused_everywhere(victim, U256::ONE, U256::ZERO);
    }
}

#[test]
fn f9_one_and_the_order_sign_nothing() {
    for victim in [&*DS128, &*DS256] {
        refused_everywhere(victim, U256::ONE, victim.order);
    }
}

#[test]
fn f9_zero_and_anything_sign_nothing() {
    for victim in [&*DS128, &*DS256] {
        for s in [U256::ZERO, U256::ONE, victim.order - U256::ONE] {
            refused_everywhere(victim, U256::ZERO, s);
        }
    }
}

#[test]
fn f9_numbers_beyond_the_order_sign_nothing() {
    for victim in [&*DS128, &*DS256] {
        let order = victim.order;
        for number in [order, order + U256::ONE] {
            refused_everywhere(victim, number, U256::ONE);
            refused_everywhere(victim, U256::ONE, number);
            refused_everywhere(victim, number, number);
        }
    }
}

#[test]
fn f9_a_number_is_not_the_same_as_itself_and_the_order() {
    for victim in [&*DS128, &*DS256] {
        // Signatures whose halves can be raised by the order and still have their length.
        let limit = if victim.order.bits_vartime() == 160 {
            (U256::ONE << 160) - victim.order
        } else {
            U256::ZERO.wrapping_sub(&victim.order)
        };
        let half = |bytes: &[u8]| {
            let mut whole = [0; 32];
            whole[32 - bytes.len()..].copy_from_slice(bytes);
            U256::from_be_slice(&whole)
        };
        let mut raised = (0_u32..200).filter_map(|count| {
            let message = count.to_be_bytes();
            let signature = victim.sign(&message).unwrap();
            let (r, s) = signature.split_at(signature.len() / 2);
            let (r, s) = (half(r), half(s));
            assert_eq!(
                victim.public_key().verify(&message, &victim.pair(r, s)),
                Ok(())
            );
            let raised = match (r < limit, s < limit) {
                (true, _) => (r + victim.order, s),
                (_, true) => (r, s + victim.order),
                (false, false) => return None,
            };
            Some((message, victim.pair(raised.0, raised.1)))
        });

        let (message, signature) = raised.next().unwrap();

        assert_eq!(
            victim.public_key().verify(&message, &signature),
            Err(SignatureError::Invalid)
        );
    }
}

#[test]
fn f9_a_key_that_everybody_could_sign_with_is_none() {
    for algorithm in ["DS128", "DS256"] {
        let mut key = dsa_key(algorithm);
        key["y"] = json!("1");
        assert_eq!(PublicKey::from_browserid(&key), Err(KeyError::Range));

        let forgery = Forgery::new().certifying("public-key", key);
        assert_eq!(forgery.reason(), "the DSA key's value is out of range");
    }
}

/// An RSA key pair that signs any block, right or wrong.
struct RawRsa {
    signer: RsaSigner,
    modulus: FixedMontyParams<{ U2048::LIMBS }>,
    secret: U2048,
}

impl RawRsa {
    fn generate() -> Self {
        let (signer, der) = RsaSigner::generate().unwrap();
        // RFC 5208: 26 bytes stand before the RSAPrivateKey of RFC 8017, which begins with the
        // version, the modulus, the public exponent and the private one, each an INTEGER.
        let der = &der.expose()[26..];
        let integers = &der[4..];
        let (_, rest) = integer(integers);
        let (modulus, rest) = integer(rest);
        let (_, rest) = integer(rest);
        let (secret, _) = integer(rest);
        Self {
            signer,
            modulus: FixedMontyParams::new_vartime(Odd::new(number(modulus)).unwrap()),
            secret: number(secret),
        }
    }

    fn sign(&self, block: &[u8]) -> Vec<u8> {
        let block = FixedMontyForm::new(&number(block), &self.modulus);
        let signature = block.pow_vartime(&self.secret).retrieve();
        signature.to_be_bytes().as_ref().to_vec()
    }

    fn verify(&self, message: &[u8], block: &[u8]) -> Result<(), SignatureError> {
        self.signer.public_key().verify(message, &self.sign(block))
    }
}

/// Parts a DER text into the number of its first INTEGER and the rest.
fn integer(der: &[u8]) -> (&[u8], &[u8]) {
    assert_eq!(der[0], 2);
    let (start, length) = match der[1] {
        0x82 => (4, usize::from(der[2]) << 8 | usize::from(der[3])),
        0x81 => (3, usize::from(der[2])),
        short => (2, usize::from(short)),
    };
    der[start..].split_at(length)
}

fn number(bytes: &[u8]) -> U2048 {
    let first = bytes.iter().position(|byte| *byte != 0).unwrap();
    let mut whole = [0; 256];
    whole[256 - (bytes.len() - first)..].copy_from_slice(&bytes[first..]);
    U2048::from_be_slice(&whole)
}

/// `00 type ff…ff 00 rest` in 256 bytes.
fn block(kind: u8, rest: &[u8]) -> Vec<u8> {
    let padding = vec![0xff; 256 - 3 - rest.len()];
    [&[0, kind], &*padding, &[0], rest].concat()
}

/// The `DigestInfo` of SHA-256 (RFC 8017 §9.2, note 1).
const SHA256_INFO: &[u8] =
    b"\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20";
/// The same without the NULL, and the one of SHA-1.
const SHA256_INFO_WITHOUT_NULL: &[u8] =
    b"\x30\x2f\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x04\x20";
const SHA1_INFO: &[u8] = b"\x30\x21\x30\x09\x06\x05\x2b\x0e\x03\x02\x1a\x05\x00\x04\x14";

#[test]
fn f10_a_block_of_the_one_right_form_holds() {
    let raw = RawRsa::generate();
    let hash = sha256(b"message");

    let right = block(1, &[SHA256_INFO, &hash].concat());

    assert_eq!(raw.verify(b"message", &right), Ok(()));
    assert_eq!(raw.sign(&right), raw.signer.sign(b"message").unwrap());
}

#[test]
fn f10_a_hash_of_another_kind_is_refused() {
    use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};

    let raw = RawRsa::generate();
    let sha1 = digest(&SHA1_FOR_LEGACY_USE_ONLY, b"message");
    let hash = sha256(b"message");

    for rest in [
        [SHA1_INFO, sha1.as_ref()].concat(),
        [SHA1_INFO, &hash[..20]].concat(),
        [SHA1_INFO, &hash].concat(),
        [SHA256_INFO_WITHOUT_NULL, &hash].concat(),
        hash.to_vec(),
    ] {
        assert_eq!(
            raw.verify(b"message", &block(1, &rest)),
            Err(SignatureError::Invalid),
            "{rest:x?}"
        );
    }
}

#[test]
fn f10_padding_that_is_too_short_too_long_or_of_another_kind_is_refused() {
    let raw = RawRsa::generate();
    let info = [SHA256_INFO, &sha256(b"message")].concat();
    let right = block(1, &info);
    let padded = |count: usize| [&[0, 1][..], &vec![0xff; count], &[0], &info].concat();
    let full = 256 - 3 - info.len();
    assert_eq!(padded(full), right);
    let at = |place: usize, byte: u8| {
        let mut wrong = right.clone();
        wrong[place] = byte;
        wrong
    };
    let zero_in_front = |count: usize| {
        let short = padded(count);
        [vec![0; 256 - short.len()], short].concat()
    };
    let rubbish_behind = |count: usize| {
        let short = padded(count);
        let rubbish = vec![0x5a; 256 - short.len()];
        [short, rubbish].concat()
    };

    for wrong in [
        zero_in_front(0),
        zero_in_front(1),
        zero_in_front(8),
        zero_in_front(full - 1),
        rubbish_behind(0),
        rubbish_behind(8),
        rubbish_behind(full - 1),
        block(2, &info),
        block(0, &info),
        at(1, 3),
        at(2, 0xfe),
        at(100, 0),
        at(full + 1, 0),
        at(full + 2, 1),
        at(full + 3, 0x31),
    ] {
        assert_eq!(
            raw.verify(b"message", &wrong),
            Err(SignatureError::Invalid),
            "{wrong:x?}"
        );
    }
}

#[test]
fn f10_a_number_and_the_modulus_is_not_the_number() {
    let raw = RawRsa::generate();
    let modulus: U2048 = *raw.modulus.modulus().as_ref();
    let (message, raised) = (0_u32..1000)
        .find_map(|count| {
            let message = count.to_be_bytes();
            let signature = number(&raw.signer.sign(&message).unwrap());
            let (sum, carry) = signature.carrying_add(&modulus, crypto_bigint::Limb::ZERO);
            (carry == crypto_bigint::Limb::ZERO).then_some((message, sum))
        })
        .unwrap();

    let refusal = raw
        .signer
        .public_key()
        .verify(&message, raised.to_be_bytes().as_ref());

    assert_eq!(refusal, Err(SignatureError::Invalid));
}
