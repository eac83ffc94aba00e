//! Proof key for code exchange (RFC 7636): only who began a sign-in can end it. S256 alone.

use serde::{Deserialize, Serialize};

use super::error::{Code, OAuthError};
use crate::jose::{base64url, sha256};

/// What a client sent when it began: the SHA-256 of a secret that it keeps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Challenge(String);

impl Challenge {
    /// Reads the parameters `code_challenge` and `code_challenge_method` (RFC 7636 §4.3).
    ///
    /// A challenge without a method would be `plain`, which protects nobody and is refused
    /// (RFC 9700 §2.1.1).
    pub fn read(challenge: Option<&str>, method: Option<&str>) -> Result<Option<Self>, OAuthError> {
        let refuse = |sentence| Err(OAuthError::new(Code::InvalidRequest, sentence));
        match (challenge, method) {
            (None, None) => Ok(None),
            (None, Some(_)) => refuse("code_challenge_method without code_challenge"),
            (Some(_), None | Some("plain")) => {
                refuse("the code challenge method plain is not accepted: use S256")
            }
            (Some(text), Some("S256")) => match base64url::decode(text) {
                Ok(hash) if hash.len() == 32 => Ok(Some(Self(text.to_owned()))),
                _ => refuse("code_challenge is not the base64url of a SHA-256 hash"),
            },
            (Some(_), Some(_)) => refuse("this code challenge method is not known: use S256"),
        }
    }

    /// Is this the secret that the challenge was made from? (RFC 7636 §4.6)
    pub fn is_met_by(&self, verifier: &str) -> bool {
        let unreserved = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
        let fits = (43..=128).contains(&verifier.len()) && verifier.bytes().all(unreserved);
        // Both are hashes: how long the comparison takes tells nothing about the secret.
        fits && base64url::encode(&sha256(verifier.as_bytes())) == self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    #[test]
    fn the_example_of_appendix_b_holds() {
        let challenge = Challenge::read(Some(CHALLENGE), Some("S256"))
            .unwrap()
            .unwrap();

        assert!(challenge.is_met_by(VERIFIER));
        for other in [
            "",
            CHALLENGE,
            VERIFIER.get(..42).unwrap(),
            &VERIFIER.replace('d', "e"),
            &format!("{VERIFIER} "),
            &"a".repeat(129),
        ] {
            assert!(!challenge.is_met_by(other), "{other}");
        }
    }

    #[test]
    fn anything_but_s256_is_refused() {
        for (challenge, method) in [
            (Some(CHALLENGE), None),
            (Some(VERIFIER), Some("plain")),
            (Some(CHALLENGE), Some("s256")),
            (Some(CHALLENGE), Some("S512")),
            (None, Some("S256")),
            (Some("short"), Some("S256")),
            (
                Some("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM="),
                Some("S256"),
            ),
        ] {
            assert!(
                Challenge::read(challenge, method).is_err(),
                "{challenge:?} {method:?}"
            );
        }
        assert_eq!(Challenge::read(None, None), Ok(None));
    }
}
