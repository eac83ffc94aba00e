//! Large numbers as decimal text, the way `BrowserID` writes RSA keys (`browserid.md` §3.1).

use crypto_bigint::{Encoding, U2048};

/// Reads a decimal number of at most 2048 bits into 256 big-endian bytes.
///
/// Signs, white space, separators, an empty text and leading zeros are refused. Gives nothing for
/// a number that is too large, whatever its length: the digits are counted first.
pub(super) fn read(text: &str) -> Option<[u8; 256]> {
    if text.is_empty() || text.len() > MAX_DIGITS || !is_canonical(text) {
        return None;
    }
    let number = U2048::from_str_radix_vartime(text, 10).ok()?;
    Some(number.to_be_bytes().into())
}

/// Is this a decimal number in its only spelling?
pub(super) fn is_canonical(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit()) && !text.starts_with('0')
}

/// Writes big-endian bytes (at most 256) as a decimal number.
pub(super) fn write(bytes: &[u8]) -> Option<String> {
    let mut padded = [0; 256];
    let start = padded.len().checked_sub(bytes.len())?;
    padded.get_mut(start..)?.copy_from_slice(bytes);
    Some(U2048::from_be_bytes(padded.into()).to_string_radix_vartime(10))
}

/// Digits of 2^2048.
const MAX_DIGITS: usize = 617;
