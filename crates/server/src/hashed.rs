//! How addresses stand in the log: as a hash, unless the level is debug.

use std::fmt;

use data_encoding::HEXLOWER;
use protocol::email::EmailAddress;
use protocol::jose::sha256;

/// Writes an address as twelve hexadecimal digits of its hash; in full only where the log's level is
/// debug. The same address always gives the same digits, so lines can be joined.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hashed<'a>(pub(crate) &'a EmailAddress);

impl fmt::Display for Hashed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if tracing::enabled!(tracing::Level::DEBUG) {
            return write!(f, "{}", self.0);
        }
        f.write_str(&digits(self.0))
    }
}

/// Gives the twelve digits of an address, for lines that never name it.
pub(crate) fn digits(address: &EmailAddress) -> String {
    let mut hash = hex_of(&["address", &address.canonical().to_string()]);
    hash.truncate(12);
    hash
}

/// Takes addresses out of what somebody else has said, such as a mail server that repeats a user
/// name. What has no `@` is no address.
pub(crate) fn without(said: &str, names: &[&str]) -> String {
    let is_address = |name: &&&str| name.contains('@');
    let said = said.to_owned();
    names
        .iter()
        .filter(is_address)
        .fold(said, |said, name| replace(&said, name, "‹address›"))
}

/// Replaces `name` in any case of its ASCII letters.
fn replace(said: &str, name: &str, with: &str) -> String {
    let (mut rest, mut written) = (said, String::new());
    let name = name.to_ascii_lowercase();
    // Lower case of ASCII has the same length, so places in one are places in the other.
    while let Some(at) = rest.to_ascii_lowercase().find(&name)
        && let (Some(before), Some(behind)) = (rest.get(..at), rest.get(at + name.len()..))
    {
        written.extend([before, with]);
        rest = behind;
    }
    written + rest
}

/// Hashes texts so that no two lists of texts have the same hash by being joined differently.
pub(crate) fn hex_of(texts: &[&str]) -> String {
    HEXLOWER.encode(&sha256(texts.join("\0").as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_server_says_is_written_without_the_address() {
        let names = ["alice@example.org", "ALICE@mail.example.org", "al"];

        for (said, written) in [
            ("5.7.8 authentication failed", "5.7.8 authentication failed"),
            (
                "no: Alice@Example.ORG, <alice@mail.example.org> (al)",
                "no: ‹address›, <‹address›> (al)",
            ),
            ("alice@example.orgalice@example.org", "‹address›‹address›"),
            ("jörg alice@example.org ß", "jörg ‹address› ß"),
            ("", ""),
        ] {
            assert_eq!(without(said, &names), written);
        }
    }
}
