//! A password as it is sent: prepared once, bounded, and wiped when it is dropped.
//!
//! RFC 8265 §4.2 (`OpaqueString`) in the form that real servers match (`mail.md` §4, §8): composed
//! (NFC), other spaces become U+0020, nothing is trimmed, folded or tried again in another form.

use protocol::secret::Secret;
use unicode_normalization::UnicodeNormalization;

/// A password that may be sent to a mail server.
#[derive(Clone, Debug)]
pub struct Password(Secret<String>);

/// Says why a text cannot be a mailbox password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// Nothing was typed. Some servers take an empty password for an anonymous login.
    #[error("the password is empty")]
    Empty,
    /// Longer than 1024 octets, which no mail server is asked for.
    #[error("the password is longer than 1024 characters")]
    TooLong,
    /// NUL would cut the password on some servers; line breaks and other controls are no typing.
    #[error("the password contains a character that cannot be typed")]
    ControlCharacter,
}

impl Password {
    /// Prepares what somebody typed. Two spellings of one visible text become one password.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "what was typed is wiped here: nobody goes on to send it unprepared"
    )]
    pub fn prepare(typed: Secret<String>) -> Result<Self, PasswordError> {
        let text = typed.expose();
        if text.is_empty() {
            return Err(PasswordError::Empty);
        }
        if text.len() > MAX_TYPED {
            return Err(PasswordError::TooLong);
        }
        if text.chars().any(ends_a_line_or_controls) {
            return Err(PasswordError::ControlCharacter);
        }
        // NFC grows UTF-8 threefold at most (UAX #15 §14.1). With the room reserved, the text is
        // never moved while it grows, so no copy of it is left behind unwiped.
        let mut prepared = String::with_capacity(text.len() * 3);
        prepared.extend(text.chars().map(plain_space).nfc());
        let prepared = Secret::new(prepared);
        if prepared.expose().len() > MAX_PASSWORD {
            return Err(PasswordError::TooLong);
        }
        Ok(Self(prepared))
    }

    /// Gives the text that goes to the server, and nowhere else.
    pub(crate) const fn expose(&self) -> &String {
        self.0.expose()
    }
}

/// Is it a control character, or one that ends a line to whoever reads lines of Unicode text? RFC 8264
/// §8 has neither in a password.
fn ends_a_line_or_controls(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}

/// Maps the spaces of the Unicode category `Zs` to the one that keyboards have (RFC 8265 §4.2.2).
const fn plain_space(c: char) -> char {
    match c {
        '\u{A0}' | '\u{1680}' | '\u{2000}'..='\u{200A}' | '\u{202F}' | '\u{205F}' | '\u{3000}' => {
            ' '
        }
        other => other,
    }
}

/// Octets of a prepared password.
const MAX_PASSWORD: usize = 1024;

/// Octets as typed: a decomposed text is longer than the password that it stands for.
const MAX_TYPED: usize = 4096;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn prepare(typed: &str) -> Result<String, PasswordError> {
        Password::prepare(Secret::new(typed.to_owned())).map(|p| p.expose().clone())
    }

    #[test]
    fn passwords_are_composed_and_otherwise_left_alone() {
        for (typed, sent) in [
            ("hunter2", "hunter2"),
            ("  both ends  ", "  both ends  "),
            ("gru\u{308}n", "gr\u{fc}n"),
            ("no\u{A0}break\u{3000}wide", "no break wide"),
            ("ﬁne ①", "ﬁne ①"),
            ("soft\u{AD}hyphen", "soft\u{AD}hyphen"),
            ("\"quotes\" and \\", "\"quotes\" and \\"),
            ("пароль 密码 🔑", "пароль 密码 🔑"),
        ] {
            assert_eq!(prepare(typed).unwrap(), sent, "{typed:?}");
        }
    }

    #[test]
    fn what_cannot_be_a_password_is_refused() {
        assert_eq!(prepare(""), Err(PasswordError::Empty));
        for c in [
            '\0', '\r', '\n', '\t', '\u{1b}', '\u{7f}', '\u{85}', '\u{9b}', '\u{2028}', '\u{2029}',
        ] {
            assert_eq!(
                prepare(&format!("a{c}b")),
                Err(PasswordError::ControlCharacter),
                "{c:?}"
            );
        }
    }

    #[test]
    fn the_limit_is_1024_octets_after_preparation() {
        assert!(prepare(&"x".repeat(1024)).is_ok());
        assert_eq!(prepare(&"x".repeat(1025)), Err(PasswordError::TooLong));
        assert!(prepare(&"u\u{308}".repeat(512)).is_ok());
        assert_eq!(
            prepare(&"u\u{308}".repeat(513)),
            Err(PasswordError::TooLong)
        );
        assert_eq!(prepare(&"x".repeat(1_000_000)), Err(PasswordError::TooLong));
    }

    #[test]
    fn a_password_does_not_print_itself() {
        let password = Password::prepare(Secret::new("hunter2".to_owned())).unwrap();

        assert!(!format!("{password:?}").contains("hunter2"));
    }

    proptest! {
        #[test]
        fn whatever_is_accepted_is_safe_and_stays_as_it_is_when_prepared_again(typed: String) {
            let Ok(prepared) = prepare(&typed) else { return Ok(()) };

            prop_assert!(!prepared.is_empty() && prepared.len() <= MAX_PASSWORD);
            prop_assert!(!prepared.chars().any(char::is_control));
            prop_assert_eq!(prepare(&prepared), Ok(prepared));
        }

        #[test]
        fn what_has_a_control_character_is_refused(
            before in "[a-zé]{0,20}", control in "[\0-\x1f\x7f-\u{9f}]", after in "[a-zé]{0,20}",
        ) {
            prop_assert_eq!(
                prepare(&format!("{before}{control}{after}")),
                Err(PasswordError::ControlCharacter)
            );
        }

        #[test]
        fn both_forms_of_one_text_become_one_password(text in "[a-zäöüéñ가힣ΆЙ]{1,60}") {
            let decomposed: String = text.nfd().collect();

            prop_assert_eq!(prepare(&decomposed), prepare(&text));
        }
    }
}
