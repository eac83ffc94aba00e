//! The names of the signature algorithms of tokens (RFC 7518 §3.1, RFC 8037 §3.1).

use std::fmt;

/// A signature algorithm of tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TokenAlgorithm {
    /// RSA, PKCS #1 v1.5, SHA-256: what every client understands.
    Rs256,
    /// ECDSA on P-256 with SHA-256: a quarter of the work, and understood by nearly all.
    Es256,
    /// Ed25519: for clients that ask for it.
    EdDsa,
}

impl TokenAlgorithm {
    /// Lists them all, those that most clients understand first.
    pub const ALL: [Self; 3] = [Self::Rs256, Self::Es256, Self::EdDsa];

    /// Gives the name as it stands in a header.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Es256 => "ES256",
            Self::EdDsa => "EdDSA",
        }
    }

    /// Finds the algorithm of that name. Case counts, and no other names exist.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|algorithm| algorithm.as_str() == name)
    }
}

impl fmt::Display for TokenAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_read_exactly() {
        for algorithm in TokenAlgorithm::ALL {
            assert_eq!(
                TokenAlgorithm::from_name(algorithm.as_str()),
                Some(algorithm)
            );
        }
        for name in [
            "", "none", "None", "HS256", "rs256", "RS512", "PS256", "ES384", "ES256K", "DS256",
            "EdDSA ", "Ed25519",
        ] {
            assert_eq!(TokenAlgorithm::from_name(name), None, "{name:?}");
        }
    }
}
