//! Prompts: whether a person may be asked, and what they have to be asked
//! (OpenID Connect Core §3.1.2.1).

use super::error::{Code, OAuthError};

/// What a site wants a person to be asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each of the four can be asked for beside any other"
)]
pub struct Prompts {
    /// Nothing may be shown.
    pub none: bool,
    /// The password has to be typed anew.
    pub login: bool,
    /// Consent has to be given anew.
    pub consent: bool,
    /// The person has to say which of their addresses they mean.
    pub select_account: bool,
}

impl Prompts {
    /// Reads words with spaces between them. `none` stands alone.
    pub fn read(text: Option<&str>) -> Result<Self, OAuthError> {
        let mut prompts = Self::default();
        let words: Vec<&str> = text.unwrap_or_default().split_ascii_whitespace().collect();
        for word in &words {
            match *word {
                "none" => prompts.none = true,
                "login" => prompts.login = true,
                "consent" => prompts.consent = true,
                "select_account" => prompts.select_account = true,
                // There is nothing to create: the mailbox is the account.
                "create" => {}
                _ => return Err(bad("this prompt is not known")),
            }
        }
        if prompts.none && words.len() > 1 {
            return Err(bad("prompt=none stands alone"));
        }
        Ok(prompts)
    }
}

const fn bad(sentence: &'static str) -> OAuthError {
    OAuthError::new(Code::InvalidRequest, sentence)
}
