//! The names of the signature algorithms (`browserid.md` §3.2).

use std::fmt;

/// A signature algorithm that `BrowserID` peers use today.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// RSA with 2048 bits, PKCS #1 v1.5, SHA-256.
    Rs256,
    /// DSA with 1024 and 160 bits, SHA-1: user keys of old dialogs.
    Ds128,
    /// DSA with 2048 and 256 bits, SHA-256.
    Ds256,
}

impl Algorithm {
    /// Gives the name as it stands in a header.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Ds128 => "DS128",
            Self::Ds256 => "DS256",
        }
    }

    /// Gives the header of a signed object, `{"alg":…}` in base64url (`browserid.md` §4.1).
    pub(super) const fn header(self) -> &'static str {
        match self {
            Self::Rs256 => "eyJhbGciOiJSUzI1NiJ9",
            Self::Ds128 => "eyJhbGciOiJEUzEyOCJ9",
            Self::Ds256 => "eyJhbGciOiJEUzI1NiJ9",
        }
    }

    /// Finds the algorithm that has exactly this header.
    pub(super) fn from_header(segment: &str) -> Option<Self> {
        [Self::Rs256, Self::Ds128, Self::Ds256]
            .into_iter()
            .find(|algorithm| algorithm.header() == segment)
    }

    /// Finds the algorithm of that name. Case counts, and no other names exist.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Rs256, Self::Ds128, Self::Ds256]
            .into_iter()
            .find(|algorithm| algorithm.as_str() == name)
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::super::base64url;
    use super::*;

    #[test]
    fn a_header_is_its_algorithm_and_nothing_else() {
        for algorithm in [Algorithm::Rs256, Algorithm::Ds128, Algorithm::Ds256] {
            let header = base64url::encode(format!("{{\"alg\":\"{algorithm}\"}}").as_bytes());

            assert_eq!(algorithm.header(), header);
            assert_eq!(Algorithm::from_header(&header), Some(algorithm));
        }
        assert_eq!(Algorithm::from_header(""), None);
    }

    #[test]
    fn a_name_is_read_exactly() {
        for algorithm in [Algorithm::Rs256, Algorithm::Ds128, Algorithm::Ds256] {
            assert_eq!(Algorithm::from_name(algorithm.as_str()), Some(algorithm));
        }
        for name in [
            "", "rs256", "RS256 ", "RS64", "RS128", "DS160", "none", "HS256", "ES256",
        ] {
            assert_eq!(Algorithm::from_name(name), None, "{name:?}");
        }
    }
}
