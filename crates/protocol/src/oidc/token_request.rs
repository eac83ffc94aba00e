//! Token requests: a client exchanges a code or a refresh token (RFC 6749 §4.1.3 and §6).

use super::error::{Code, OAuthError};
use super::parameters::Parameters;
use super::scope::Scopes;
use crate::secret::Secret;

/// What a client wants tokens for.
#[derive(Debug)]
pub enum TokenRequest {
    /// A code that a browser brought it.
    Code {
        /// The code.
        code: Secret<String>,
        /// The address that it came to.
        redirect_uri: Option<String>,
        /// The secret behind the challenge (RFC 7636 §4.5).
        verifier: Option<String>,
    },
    /// A refresh token that it has from us.
    Refresh {
        /// The token.
        token: Secret<String>,
        /// What it wants from now on, if that is less than before.
        scopes: Option<Scopes>,
    },
}

impl TokenRequest {
    /// Reads the parameters. There is no grant by password, and there never will be: sites do not see
    /// passwords.
    pub fn read(parameters: &Parameters) -> Result<Self, OAuthError> {
        let bad = |sentence| OAuthError::new(Code::InvalidRequest, sentence);
        let secret = |name, sentence| {
            let text = parameters.one(name).ok_or(bad(sentence))?;
            Ok(Secret::new(text.to_owned()))
        };
        match parameters.one("grant_type") {
            Some("authorization_code") => Ok(Self::Code {
                code: secret("code", "the request has no code")?,
                redirect_uri: parameters.one("redirect_uri").map(str::to_owned),
                verifier: parameters.one("code_verifier").map(str::to_owned),
            }),
            Some("refresh_token") => Ok(Self::Refresh {
                token: secret("refresh_token", "the request has no refresh_token")?,
                scopes: parameters.one("scope").map(Scopes::read),
            }),
            Some(_) => {
                let sentence = "this grant_type is not supported";
                Err(OAuthError::new(Code::UnsupportedGrantType, sentence))
            }
            None => Err(bad("the request has no grant_type")),
        }
    }
}
