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
        let hash = hex_of(&["address", &self.0.canonical().to_string()]);
        f.write_str(hash.get(..12).unwrap_or_default())
    }
}

/// Hashes texts so that no two lists of texts have the same hash by being joined differently.
pub(crate) fn hex_of(texts: &[&str]) -> String {
    HEXLOWER.encode(&sha256(texts.join("\0").as_bytes()))
}
