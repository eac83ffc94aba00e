//! Tokens in the compact form (RFC 7519 §3, RFC 7515 §7.1): a header with `alg`, `kid` and `typ`, a
//! payload, a signature.

use serde_json::{Map, Value};

use super::super::base64url;
use super::super::error::SignatureError;
use super::super::json;
use super::super::signer::SignError;
use super::algorithm::TokenAlgorithm;
use super::signing_key::SigningKey;
use super::verification_key::VerificationKey;

/// A token taken apart. Nothing in it is to be believed before [`UncheckedJwt::verify`].
#[derive(Clone, Debug, PartialEq)]
pub struct UncheckedJwt {
    /// The algorithm that the header claims.
    algorithm: TokenAlgorithm,
    key_id: Option<String>,
    kind: Option<String>,
    payload: Map<String, Value>,
    signing_input: Box<[u8]>,
    signature: Vec<u8>,
}

/// Says why a text is no token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JwtError {
    /// Not three segments of canonical base64url, or longer than 16 KiB.
    #[error("a signed token is three parts of base64url with dots between them")]
    Form,
    /// The header is not acceptable JSON.
    #[error("the header of the token is not a JSON object")]
    Header,
    /// The header names no algorithm that is accepted.
    #[error("the token's algorithm is none of RS256, ES256, EdDSA")]
    Algorithm,
    /// The header demands extensions (RFC 7515 §4.1.11), and none are known here.
    #[error("the token demands an extension that is not known here")]
    Critical,
    /// The payload is not acceptable JSON.
    #[error("the payload of the token is not a JSON object")]
    Payload,
    /// The signature is not one of this token under this key.
    #[error("the token's signature does not hold")]
    Signature,
}

/// Signs a payload, with `kind` as the header's `typ` (RFC 8725 §3.11).
pub fn sign(kind: &str, payload: &Value, key: &SigningKey) -> Result<String, SignError> {
    let header = serde_json::json!({"alg": key.algorithm().as_str(), "kid": key.id(), "typ": kind});
    let mut text = base64url::encode(header.to_string().as_bytes());
    text.push('.');
    base64url::push(&mut text, payload.to_string().as_bytes());
    let signature = key.sign(text.as_bytes())?;
    text.push('.');
    base64url::push(&mut text, &signature);
    Ok(text)
}

impl UncheckedJwt {
    /// Takes a token apart.
    pub fn read(text: &str) -> Result<Self, JwtError> {
        if text.len() > LONGEST {
            return Err(JwtError::Form);
        }
        let mut segments = text.split('.');
        let (Some(header), Some(payload), Some(signature), None) = (
            segments.next(),
            segments.next(),
            segments.next(),
            segments.next(),
        ) else {
            return Err(JwtError::Form);
        };
        let signing_input = text.as_bytes().get(..header.len() + 1 + payload.len());
        let decode = |segment| base64url::decode(segment).map_err(|_| JwtError::Form);
        let header = json::read_object(&decode(header)?).map_err(|_| JwtError::Header)?;
        if header.contains_key("crit") {
            return Err(JwtError::Critical);
        }
        let algorithm = json::text(&header, "alg").and_then(TokenAlgorithm::from_name);
        let owned = |name| json::text(&header, name).map(str::to_owned);
        Ok(Self {
            algorithm: algorithm.ok_or(JwtError::Algorithm)?,
            key_id: owned("kid"),
            kind: owned("typ"),
            payload: json::read_object(&decode(payload)?).map_err(|_| JwtError::Payload)?,
            signing_input: signing_input.unwrap_or_default().into(),
            signature: decode(signature)?,
        })
    }

    /// Gives the `kid` of the header.
    pub fn key_id(&self) -> Option<&str> {
        self.key_id.as_deref()
    }

    /// Gives the `typ` of the header.
    pub fn kind(&self) -> Option<&str> {
        self.kind.as_deref()
    }

    /// Gives the payload, which anybody may have written.
    pub const fn unbelieved(&self) -> &Map<String, Value> {
        &self.payload
    }

    /// Checks the signature, and gives the payload.
    pub fn verify(&self, key: &VerificationKey) -> Result<&Map<String, Value>, JwtError> {
        if key.algorithm() != self.algorithm {
            return Err(JwtError::Signature);
        }
        key.verify(&self.signing_input, &self.signature)
            .map_err(|SignatureError::Invalid| JwtError::Signature)?;
        Ok(&self.payload)
    }
}

/// Characters of a token.
const LONGEST: usize = 16 * 1024;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn keys() -> Vec<SigningKey> {
        TokenAlgorithm::ALL
            .map(|algorithm| SigningKey::generate(algorithm).unwrap().0)
            .into()
    }

    #[test]
    fn a_token_is_read_under_its_key_and_no_other() {
        let keys = keys();
        for key in &keys {
            let text = sign("JWT", &json!({"sub": "alice"}), key).unwrap();

            let token = UncheckedJwt::read(&text).unwrap();
            assert_eq!(token.key_id(), Some(key.id()));
            assert_eq!(token.kind(), Some("JWT"));
            assert_eq!(token.verify(key.public()).unwrap()["sub"], "alice");
            for other in keys.iter().filter(|other| other.id() != key.id()) {
                assert_eq!(token.verify(other.public()), Err(JwtError::Signature));
            }
        }
    }

    #[test]
    fn any_other_character_is_refused() {
        for key in keys() {
            let text = sign("JWT", &json!({"sub": "alice"}), &key).unwrap();
            for place in 0..text.len() {
                let mut changed = text.clone().into_bytes();
                changed[place] = if changed[place] == b'A' { b'B' } else { b'A' };
                let changed = String::from_utf8(changed).unwrap();

                let holds = UncheckedJwt::read(&changed)
                    .is_ok_and(|token| token.verify(key.public()).is_ok());
                assert!(!holds, "{place}");
            }
        }
    }

    #[test]
    fn what_is_no_token_of_ours_is_refused() {
        let with = |header: &str| {
            format!(
                "{}.{}.{}",
                base64url::encode(header.as_bytes()),
                base64url::encode(b"{}"),
                base64url::encode(b"x")
            )
        };
        for (text, expected) in [
            (String::new(), JwtError::Form),
            ("a.b".into(), JwtError::Form),
            ("a.b.c.d".into(), JwtError::Form),
            ("e30=.e30.eA".into(), JwtError::Form),
            ("A".repeat(LONGEST + 1), JwtError::Form),
            (with(r#"{"alg":"none"}"#), JwtError::Algorithm),
            (with(r#"{"alg":"HS256"}"#), JwtError::Algorithm),
            (with(r#"{"typ":"JWT"}"#), JwtError::Algorithm),
            (with(r#"{"alg":"RS256","alg":"none"}"#), JwtError::Header),
            (
                with(r#"{"alg":"RS256","crit":["b64"],"b64":false}"#),
                JwtError::Critical,
            ),
            (with("[]"), JwtError::Header),
        ] {
            assert_eq!(UncheckedJwt::read(&text), Err(expected), "{text}");
        }
    }

    #[test]
    fn an_rsa_token_does_not_pass_as_one_of_another_kind() {
        // The old trick: the public key as the secret of a symmetric algorithm, or another curve's.
        let rsa = SigningKey::generate(TokenAlgorithm::Rs256).unwrap().0;
        let text = sign("JWT", &json!({}), &rsa).unwrap();
        let (_, rest) = text.split_once('.').unwrap();
        let header = base64url::encode(br#"{"alg":"ES256"}"#);

        let token = UncheckedJwt::read(&format!("{header}.{rest}")).unwrap();

        assert_eq!(token.verify(rsa.public()), Err(JwtError::Signature));
    }
}
