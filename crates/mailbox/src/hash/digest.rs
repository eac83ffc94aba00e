//! Plain digests: htpasswd's `{SHA}`, and those of the table `user:ALGO:base64`.
//!
//! The table is that of the Perl ancestor, which named digests as Perl's `Digest` does and wrote base64
//! without padding; with padding it is read as well. One digest without salt guards nothing once the
//! file is lost: the guide says so.

use aws_lc_rs::{constant_time, digest};
use data_encoding::{BASE64, BASE64_NOPAD};
use md5::{Digest as _, Md5};
use protocol::secret::Secret;

use super::Unusable;

pub(crate) struct Digest {
    algorithm: &'static Algorithm,
    hash: Secret<Box<[u8]>>,
}

/// Compares in a time that depends on the lengths alone.
pub(super) fn are_equal(a: &[u8], b: &[u8]) -> bool {
    constant_time::verify_slices_are_equal(a, b).is_ok()
}

impl Digest {
    /// Reads what stands behind `{SHA}`.
    pub(super) fn sha1(base64: &str) -> Result<Self, Unusable> {
        Self::named("SHA-1", base64)
    }

    /// Reads the digest called `name`, in upper or lower case, with or without the hyphen.
    pub(super) fn named(name: &str, base64: &str) -> Result<Self, Unusable> {
        let plain = |name: &str| name.replace('-', "").to_ascii_lowercase();
        let algorithm = ALGORITHMS
            .iter()
            .find(|algorithm| plain(algorithm.name) == plain(name))
            .ok_or(Unusable::UnknownDigest)?;
        let encoding = if base64.ends_with('=') {
            &BASE64
        } else {
            &BASE64_NOPAD
        };
        let hash = encoding.decode(base64.as_bytes());
        let hash = hash.map_err(|_| Unusable::Broken)?;
        if hash.len() != algorithm.octets() {
            return Err(Unusable::Broken);
        }
        Ok(Self {
            algorithm,
            hash: Secret::new(hash.into_boxed_slice()),
        })
    }

    pub(super) fn matches(&self, password: &[u8]) -> bool {
        match self.algorithm.sha {
            Some(sha) => are_equal(digest::digest(sha, password).as_ref(), self.hash.expose()),
            None => are_equal(Md5::digest(password).as_ref(), self.hash.expose()),
        }
    }

    pub(super) const fn name(&self) -> &'static str {
        self.algorithm.name
    }
}

struct Algorithm {
    name: &'static str,
    /// None is MD5, which the cryptographic library has not.
    sha: Option<&'static digest::Algorithm>,
}

impl Algorithm {
    fn octets(&self) -> usize {
        self.sha.map_or(16, digest::Algorithm::output_len)
    }
}

const ALGORITHMS: [Algorithm; 6] = [
    Algorithm {
        name: "MD5",
        sha: None,
    },
    Algorithm {
        name: "SHA-1",
        sha: Some(&digest::SHA1_FOR_LEGACY_USE_ONLY),
    },
    Algorithm {
        name: "SHA-224",
        sha: Some(&digest::SHA224),
    },
    Algorithm {
        name: "SHA-256",
        sha: Some(&digest::SHA256),
    },
    Algorithm {
        name: "SHA-384",
        sha: Some(&digest::SHA384),
    },
    Algorithm {
        name: "SHA-512",
        sha: Some(&digest::SHA512),
    },
];
