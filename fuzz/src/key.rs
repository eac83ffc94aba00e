//! Key objects: what is read is printed and read again, and is no key under which nothing is signed.

use protocol::jose::{Algorithm, PublicKey};

use crate::bounds;

/// Reads the bytes as a key object.
pub fn check(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    bounds::within(bytes.len(), || {
        if let Ok(key) = PublicKey::from_browserid_text(text) {
            check_key(&key);
        }
        let published = serde_json::from_str(text).ok();
        if let Some(Ok(key)) = published.as_ref().map(PublicKey::from_published) {
            check_key(&key);
        }
    });
}

/// What holds for every key that was read.
pub(crate) fn check_key(key: &PublicKey) {
    let printed = key.to_browserid_text();
    assert_eq!(PublicKey::from_browserid_text(&printed).as_ref(), Ok(key));
    assert_eq!(
        PublicKey::from_browserid(&key.to_browserid()).as_ref(),
        Ok(key)
    );
    assert_eq!(
        PublicKey::from_published(&key.to_browserid()).as_ref(),
        Ok(key)
    );
    assert_eq!(PublicKey::from_published(&key.to_jwk()).as_ref(), Ok(key));
    for half in halves(key.algorithm()) {
        for other in halves(key.algorithm()) {
            let signature = [half.as_slice(), &other].concat();
            assert!(key.verify(b"message", &signature).is_err(), "{signature:?}");
        }
    }
}

/// Numbers that need no private key, as long as a half of a signature (`browserid.md` §8.1, F9, F10).
fn halves(algorithm: Algorithm) -> Vec<Vec<u8>> {
    let length = match algorithm {
        Algorithm::Rs256 => 128,
        Algorithm::Ds128 => 20,
        Algorithm::Ds256 => 32,
    };
    let mut one = vec![0; length];
    if let Some(last) = one.last_mut() {
        *last = 1;
    }
    vec![vec![0; length], one, vec![0xff; length]]
}
