//! Signs with DSA, which the program itself never does.

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use crypto_bigint::modular::{FixedMontyForm, FixedMontyParams};
use crypto_bigint::{NonZero, Odd, U256, U2048};
use protocol::jose::{Algorithm, PublicKey, SignError, Signer, sha256};
use serde_json::{Value, json};

use crate::forge::dsa_key;

/// A DSA key pair in one of the known groups.
#[derive(Debug)]
pub(crate) struct DsaSigner {
    pub(crate) order: U256,
    secret: U256,
    prime: FixedMontyParams<{ U2048::LIMBS }>,
    generator: U2048,
    public_key: PublicKey,
}

impl DsaSigner {
    /// Makes the key pair of that algorithm whose secret is `seed`.
    pub(crate) fn new(algorithm: &str, seed: u64) -> Self {
        let mut key = dsa_key(algorithm);
        let number = |name: &str| number(&key, name);
        let prime = FixedMontyParams::new_vartime(Odd::new(number("p")).unwrap());
        let (order, generator) = (number("q").resize(), number("g"));
        let secret = sha256(&seed.to_be_bytes());
        let secret = U256::from_be_slice(&secret).rem_vartime(&NonZero::new(order).unwrap());
        let value = power(&prime, &generator, &secret);
        let digits = format!("{value:x}");
        key["y"] = json!(digits.trim_start_matches('0'));
        Self {
            public_key: PublicKey::from_browserid(&key).unwrap(),
            order,
            secret,
            prime,
            generator,
        }
    }

    /// Gives r and s, each in as many bytes as signatures have for them.
    pub(crate) fn pair(&self, r: U256, s: U256) -> Vec<u8> {
        let size = match self.public_key.algorithm() {
            Algorithm::Ds128 => 20,
            Algorithm::Rs256 | Algorithm::Ds256 => 32,
        };
        let tail = |number: U256| number.to_be_bytes().as_ref()[32 - size..].to_vec();
        [tail(r), tail(s)].concat()
    }
}

impl Signer for DsaSigner {
    fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        let algorithm = match self.public_key.algorithm() {
            Algorithm::Ds128 => &SHA1_FOR_LEGACY_USE_ONLY,
            Algorithm::Rs256 | Algorithm::Ds256 => &SHA256,
        };
        let mut hash = [0; 32];
        let digest = digest(algorithm, message);
        hash[32 - digest.as_ref().len()..].copy_from_slice(digest.as_ref());
        let order = NonZero::new(self.order).unwrap();
        let modulo = FixedMontyParams::new_vartime(Odd::new(self.order).unwrap());
        let form = |number: U256| FixedMontyForm::new(&number.rem_vartime(&order), &modulo);

        let chance = [self.secret.to_be_bytes().as_ref(), message].concat();
        let k = form(U256::from_be_slice(&sha256(&chance)));
        let r = power(&self.prime, &self.generator, &k.retrieve());
        let r: U256 = r.rem_vartime(&order);
        let sum = form(U256::from_be_slice(&hash)) + form(self.secret) * form(r);
        let s = (k.invert_vartime().unwrap() * sum).retrieve();
        Ok(self.pair(r, s))
    }
}

fn power(prime: &FixedMontyParams<{ U2048::LIMBS }>, base: &U2048, exponent: &U256) -> U2048 {
    FixedMontyForm::new(base, prime)
        .pow_vartime(exponent)
        .retrieve()
}

fn number(key: &Value, name: &str) -> U2048 {
    U2048::from_be_hex(&format!("{:0>512}", key[name].as_str().unwrap()))
}
