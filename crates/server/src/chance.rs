//! Randomness: the only file that asks the system for it.

use protocol::jose::base64url;
use protocol::secret::Secret;

/// The system has no randomness to give. Nothing secret can be made without it.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the system's random source did not answer")]
pub struct NoRandomness;

/// Makes a token that nobody can guess: 256 random bits, 43 characters of base64url.
pub fn token() -> Result<Secret<String>, NoRandomness> {
    Ok(Secret::new(base64url::encode(&name()?)))
}

/// Makes 256 random bits that nothing else has.
pub(crate) fn name() -> Result<[u8; 32], NoRandomness> {
    let mut bytes = [0; 32];
    fill(&mut bytes)?;
    Ok(bytes)
}

/// Could this text be one of our tokens?
pub(crate) fn is_token(text: &str) -> bool {
    text.len() == TOKEN_CHARACTERS && base64url::decode(text).is_ok()
}

/// Makes a code that people can type: [`DIGITS`] decimal digits, each equally likely.
pub(crate) fn digits() -> Result<Secret<String>, NoRandomness> {
    let mut code = String::with_capacity(DIGITS);
    while code.len() < DIGITS {
        let mut byte = [0];
        fill(&mut byte)?;
        // 250 is the last multiple of ten: above it, some digits would come more often.
        if let [byte @ 0..250] = byte {
            code.push(char::from(b'0' + byte % 10));
        }
    }
    Ok(Secret::new(code))
}

/// Makes a short reference that people can read to each other: six letters, without vowels, so that
/// it spells nothing.
pub(crate) fn reference() -> String {
    let mut bytes = [0; 6];
    if fill(&mut bytes).is_err() {
        return "nodice".into();
    }
    let letter = |byte: u8| {
        LETTERS
            .get(usize::from(byte) % LETTERS.len())
            .copied()
            .unwrap_or('x')
    };
    bytes.into_iter().map(letter).collect()
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is the file that asks the system"
)]
fn fill(bytes: &mut [u8]) -> Result<(), NoRandomness> {
    aws_lc_rs::rand::fill(bytes).map_err(|_| NoRandomness)
}

/// Digits of a code that people type.
pub(crate) const DIGITS: usize = 8;
/// 32 bytes of base64url.
const TOKEN_CHARACTERS: usize = 43;
/// Twenty letters that are hard to mistake for one another or for a digit.
const LETTERS: [char; 20] = [
    'b', 'c', 'd', 'f', 'g', 'h', 'j', 'k', 'l', 'm', 'n', 'p', 'q', 'r', 's', 't', 'v', 'w', 'x',
    'z',
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_long_and_differ() {
        let (one, other) = (token().unwrap(), token().unwrap());

        assert_eq!(one.expose().len(), 43);
        assert_ne!(one.expose(), other.expose());
    }

    #[test]
    fn codes_have_eight_digits_and_differ() {
        let (one, other) = (digits().unwrap(), digits().unwrap());

        assert_eq!(one.expose().len(), 8);
        assert!(one.expose().bytes().all(|b| b.is_ascii_digit()));
        assert_ne!(one.expose(), other.expose());
    }

    #[test]
    fn a_reference_is_six_letters() {
        let reference = reference();

        assert_eq!(reference.len(), 6);
        assert!(reference.chars().all(|c| LETTERS.contains(&c)));
    }
}
