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

/// Hashes texts so that no two lists of texts have the same hash by being joined differently.
pub(crate) fn hex_of(texts: &[&str]) -> String {
    HEXLOWER.encode(&sha256(texts.join("\0").as_bytes()))
}
