//! Base64 with the URL alphabet, without padding (RFC 4648 §5), in its one canonical spelling.
//!
//! The old `BrowserID` decoders skip illegal characters and take padding and spare bits; here each
//! of these is an error, so that a text and its bytes determine each other.

use data_encoding::BASE64URL_NOPAD;

/// Says that a text is not canonical, unpadded base64url.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not canonical base64url without padding")]
pub struct Base64Error;

/// Writes bytes as base64url without padding.
pub fn encode(bytes: &[u8]) -> String {
    BASE64URL_NOPAD.encode(bytes)
}

/// Reads base64url. Padding, white space, other alphabets and non-zero spare bits are refused.
pub fn decode(text: &str) -> Result<Vec<u8>, Base64Error> {
    BASE64URL_NOPAD
        .decode(text.as_bytes())
        .map_err(|_| Base64Error)
}

/// Appends the base64url of `bytes` to `out`.
pub(crate) fn push(out: &mut String, bytes: &[u8]) {
    BASE64URL_NOPAD.encode_append(bytes, out);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_test_vectors_of_rfc_4648_hold_without_their_padding() {
        for (bytes, text) in [
            ("", ""),
            ("f", "Zg"),
            ("fo", "Zm8"),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg"),
            ("fooba", "Zm9vYmE"),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(encode(bytes.as_bytes()), text);
            assert_eq!(decode(text), Ok(bytes.as_bytes().to_vec()));
        }
        assert_eq!(encode(&[0xfb, 0xff]), "-_8");
    }

    #[test]
    fn every_other_spelling_is_refused() {
        for text in [
            "Zg==", "Zg=", "Z", "Zh", "Zm9", "+/8", "-_9", " Zg", "Zg\n", "Z g", "Zm9v!", "Zg\0",
            "Zö", "Zm9vY",
        ] {
            assert_eq!(decode(text), Err(Base64Error), "{text:?}");
        }
    }
}
