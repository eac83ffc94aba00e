//! The base 64 alphabets of crypt(3) and of bcrypt, which are nobody else's.

use std::sync::LazyLock;

use data_encoding::{BitOrder, Encoding, Specification};

use super::Unusable;

/// Reads what md5-crypt and sha-crypt write: least significant bits first.
pub(super) fn crypt(text: &str, octets: usize) -> Result<Box<[u8]>, Unusable> {
    decode(&CRYPT, text, octets)
}

/// Reads what bcrypt writes: the usual order. Bits that belong to no octet are left out, because some
/// old programs did not clear them.
pub(super) fn bcrypt(text: &str, octets: usize) -> Result<Box<[u8]>, Unusable> {
    decode(&BCRYPT, text, octets)
}

fn decode(encoding: &Encoding, text: &str, octets: usize) -> Result<Box<[u8]>, Unusable> {
    let decoded = encoding.decode(text.as_bytes());
    let decoded = decoded.map_err(|_| Unusable::Broken)?;
    if decoded.len() != octets {
        return Err(Unusable::Broken);
    }
    Ok(decoded.into_boxed_slice())
}

static CRYPT: LazyLock<Encoding> = LazyLock::new(|| {
    let mut specification = Specification::new();
    specification
        .symbols
        .push_str("./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");
    specification.bit_order = BitOrder::LeastSignificantFirst;
    build(&specification)
});

static BCRYPT: LazyLock<Encoding> = LazyLock::new(|| {
    let mut specification = Specification::new();
    specification
        .symbols
        .push_str("./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789");
    specification.check_trailing_bits = false;
    build(&specification)
});

#[expect(
    clippy::expect_used,
    reason = "both alphabets are constants of 64 different characters, and tests read both"
)]
fn build(specification: &Specification) -> Encoding {
    specification.encoding().expect("64 different characters")
}
