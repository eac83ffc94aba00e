//! As much of DER (X.690) as RSA private keys need: enough to see what a key is, and to write one.
//!
//! The cryptographic library checks the whole structure and that the numbers belong together.

use protocol::secret::Secret;

/// What is in a PKCS #8 key (RFC 5208 §5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pkcs8<'a> {
    /// An RSA key: its PKCS #1 form.
    Rsa(&'a [u8]),
    /// A key of another algorithm.
    Other,
}

/// Looks into a PKCS #8 key.
pub(super) fn look_into_pkcs8(der: &[u8]) -> Option<Pkcs8<'_>> {
    let (key_info, _) = element(der, SEQUENCE)?;
    let (_version, rest) = element(key_info, INTEGER)?;
    let (algorithm, rest) = element(rest, SEQUENCE)?;
    let (identifier, _) = element(algorithm, OBJECT_IDENTIFIER)?;
    if identifier != RSA_ENCRYPTION {
        return Some(Pkcs8::Other);
    }
    let (key, _) = element(rest, OCTET_STRING)?;
    Some(Pkcs8::Rsa(key))
}

/// Gives the size of the modulus of a PKCS #1 key (RFC 8017 A.1.2) in bits.
pub(super) fn modulus_bits(pkcs1: &[u8]) -> Option<usize> {
    let (numbers, _) = element(pkcs1, SEQUENCE)?;
    let (_version, rest) = element(numbers, INTEGER)?;
    let (modulus, _) = element(rest, INTEGER)?;
    Some(bits(modulus))
}

/// Counts the bits of a big-endian number.
pub(super) fn bits(number: &[u8]) -> usize {
    let significant = without_leading_zeros(number);
    let unused = significant.first().map_or(0, |first| first.leading_zeros());
    significant.len() * 8 - usize::try_from(unused).unwrap_or(0)
}

/// Writes a PKCS #1 key from its numbers n, e, d, p, q, d mod p−1, d mod q−1 and 1/q mod p.
pub(super) fn write_pkcs1(numbers: [&[u8]; 8]) -> Secret<Vec<u8>> {
    let numbers_room: usize = numbers.iter().map(|number| number.len() + HEADER).sum();
    let room = numbers_room + HEADER;
    // With room for everything, the secret is not copied about while the text grows.
    let mut content = Vec::with_capacity(room);
    let two_primes: &[u8] = &[0];
    for number in std::iter::once(two_primes).chain(numbers) {
        push_integer(&mut content, number);
    }
    let content = Secret::new(content);
    let mut der = Vec::with_capacity(room + HEADER);
    push_header(&mut der, SEQUENCE, content.expose().len());
    der.extend_from_slice(content.expose());
    Secret::new(der)
}

fn push_integer(out: &mut Vec<u8>, number: &[u8]) {
    let significant = without_leading_zeros(number);
    // A number whose first bit is set would read as negative; zero has one byte.
    let fill = significant.first().is_none_or(|first| *first >= 0x80);
    push_header(out, INTEGER, significant.len() + usize::from(fill));
    out.extend(fill.then_some(0));
    out.extend_from_slice(significant);
}

fn push_header(out: &mut Vec<u8>, tag: u8, length: usize) {
    out.push(tag);
    match u8::try_from(length) {
        Ok(short) if short < 0x80 => out.push(short),
        _ => {
            let bytes = length.to_be_bytes();
            let significant = without_leading_zeros(&bytes);
            out.push(0x80 | u8::try_from(significant.len()).unwrap_or(0x7f));
            out.extend_from_slice(significant);
        }
    }
}

/// Takes one element with this tag off the front: its content, and what follows it.
fn element(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (first, rest) = der.split_first()?;
    if *first != tag {
        return None;
    }
    let (length, rest) = rest.split_first()?;
    if *length < 0x80 {
        return rest.split_at_checked(usize::from(*length));
    }
    let (digits, rest) = rest.split_at_checked(usize::from(*length & 0x7f))?;
    if digits.len() > 4 {
        return None;
    }
    let length = digits
        .iter()
        .fold(0, |length, digit| (length << 8) | usize::from(*digit));
    rest.split_at_checked(length)
}

fn without_leading_zeros(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    number.get(zeros..).unwrap_or(&[])
}

const INTEGER: u8 = 0x02;
const OCTET_STRING: u8 = 0x04;
const OBJECT_IDENTIFIER: u8 = 0x06;
const SEQUENCE: u8 = 0x30;

/// 1.2.840.113549.1.1.1 (RFC 8017 A.1).
const RSA_ENCRYPTION: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];

/// Octets that a header and a filling zero take at most, for sizes that keys have.
const HEADER: usize = 8;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_are_written_in_their_one_encoding() {
        for (number, der) in [
            (&[][..], &[2, 1, 0][..]),
            (&[0, 0], &[2, 1, 0]),
            (&[0, 1], &[2, 1, 1]),
            (&[0x7f], &[2, 1, 0x7f]),
            (&[0x80], &[2, 2, 0, 0x80]),
        ] {
            let mut out = Vec::new();
            push_integer(&mut out, number);
            assert_eq!(out, der);
        }
    }

    #[test]
    fn long_numbers_have_long_lengths() {
        for (size, header) in [
            (127, &[2, 127][..]),
            (128, &[2, 0x81, 128]),
            (255, &[2, 0x81, 255]),
            (256, &[2, 0x82, 1, 0]),
        ] {
            let mut out = Vec::new();
            push_integer(&mut out, &vec![1; size]);
            assert_eq!(out.get(..header.len()), Some(header));
            assert_eq!(element(&out, INTEGER), Some((&*vec![1; size], &[][..])));
        }
    }

    #[test]
    fn bits_are_counted_from_the_first_that_is_set() {
        for (number, count) in [
            (&[][..], 0),
            (&[0, 0], 0),
            (&[1], 1),
            (&[0, 0xff], 8),
            (&[1, 0], 9),
        ] {
            assert_eq!(bits(number), count, "{number:?}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(der in proptest::collection::vec(any::<u8>(), 0..40)) {
            let inner = look_into_pkcs8(&der);
            let count = modulus_bits(&der);

            prop_assert!(inner.is_none() || der.first() == Some(&SEQUENCE));
            prop_assert!(count.is_none_or(|count| count < 40 * 8));
        }

        #[test]
        fn what_is_written_is_read(modulus in proptest::collection::vec(any::<u8>(), 0..300)) {
            let der = write_pkcs1([&modulus, &[3], &[1], &[1], &[1], &[1], &[1], &[1]]);

            prop_assert_eq!(modulus_bits(der.expose()), Some(bits(&modulus)));
        }
    }
}
