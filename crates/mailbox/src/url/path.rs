//! Paths in mailbox URLs: absolute, and with `%XX` where a character means something else.

use std::fmt;
use std::path::PathBuf;

use super::UrlError;

/// Reads the path behind `file:` and its like. A host is not meant: `file:///etc/users` has none.
pub(super) fn absolute(scheme: &'static str, text: &str) -> Result<PathBuf, UrlError> {
    let text = text.strip_prefix("//").unwrap_or(text);
    percent_decode(text)
        .filter(|path| path.starts_with('/') && !path.contains(char::is_control))
        .filter(|_| !text.contains('#'))
        .map(PathBuf::from)
        .ok_or(UrlError::NotAbsolute { scheme })
}

/// Reads the path of a socket, which is written as it is: nothing stands for anything else.
pub(super) fn socket(text: &str) -> Option<PathBuf> {
    let fits = text.len() <= LONGEST_SOCKET_PATH && !text.contains(['?', '#', '\0']);
    (text.starts_with('/') && !text.starts_with("//") && fits).then(|| text.into())
}

/// Undoes `%XX`. A plus sign is a plus sign: these are file names, not form fields.
pub(super) fn percent_decode(text: &str) -> Option<String> {
    let mut octets = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(octet) = rest.next() {
        if octet == b'%' {
            let high = char::from(rest.next()?).to_digit(16)?;
            let low = char::from(rest.next()?).to_digit(16)?;
            octets.push(u8::try_from(high * 16 + low).ok()?);
        } else {
            octets.push(octet);
        }
    }
    String::from_utf8(octets).ok()
}

/// Escapes what would end the value, or not survive a settings file.
pub(super) fn percent_encode(text: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for octet in text.bytes() {
        if octet.is_ascii_graphic() && !b"%&#?\"\\".contains(&octet) {
            write!(f, "{}", char::from(octet))?;
        } else {
            write!(f, "%{octet:02X}")?;
        }
    }
    Ok(())
}

/// What a socket's address can hold, on Linux (unix(7)).
const LONGEST_SOCKET_PATH: usize = 107;
