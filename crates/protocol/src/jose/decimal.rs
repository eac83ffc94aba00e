//! Large numbers as decimal text, the way `BrowserID` writes RSA keys (`browserid.md` §3.1).

use crypto_bigint::{Encoding, U2048};

/// Says why a text is not read as a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DecimalError {
    /// Not a number in its only spelling, or so long that it is not even measured.
    Spelling,
    /// A number of about so many bits, which are more than 2048.
    TooLarge(usize),
}

/// Reads a decimal number of at most 2048 bits into 256 big-endian bytes.
///
/// Signs, white space, separators, an empty text and leading zeros are refused. A verifier does this
/// for each bundle, so it is done by 19 digits at a time, which is six times as fast as the library.
pub(super) fn read(text: &str) -> Result<[u8; 256], DecimalError> {
    let digits = text.as_bytes();
    if digits.is_empty() || digits.len() > MAX_MEASURED || digits.starts_with(b"0") {
        return Err(DecimalError::Spelling);
    }
    if digits.len() > MAX_DIGITS {
        return if digits.iter().all(u8::is_ascii_digit) {
            Err(DecimalError::TooLarge(digits.len() * 3322 / 1000))
        } else {
            Err(DecimalError::Spelling)
        };
    }
    let (head, tail) = digits.split_at(digits.len() % GROUP);
    let groups = std::iter::once(head).chain(tail.chunks_exact(GROUP));
    // After so many groups, as many limbs are enough: a group is less than a limb can hold.
    let mut limbs = [0_u64; LIMBS];
    for (used, group) in (1..).zip(groups) {
        let mut carry = u128::from(group_value(group).ok_or(DecimalError::Spelling)?);
        for limb in limbs.iter_mut().take(used) {
            carry += u128::from(*limb) * GROUP_SIZE;
            (*limb, carry) = halves(carry);
        }
    }
    let (bytes, rest) = big_endian(&limbs);
    if rest != 0 {
        return Err(DecimalError::TooLarge(2049));
    }
    Ok(bytes)
}

/// Reads at most 19 digits.
fn group_value(digits: &[u8]) -> Option<u64> {
    let (mut value, mut rest) = (0_u64, digits);
    while let Some((eight, others)) = rest.split_first_chunk() {
        value = value * 100_000_000 + eight_digits(*eight)?;
        rest = others;
    }
    rest.iter().try_fold(value, |value, digit| {
        let digit = digit.wrapping_sub(b'0');
        (digit < 10).then(|| value * 10 + u64::from(digit))
    })
}

/// Reads eight digits at once: neighbours are joined to pairs, pairs to fours, fours to the whole.
const fn eight_digits(digits: [u8; 8]) -> Option<u64> {
    let bytes = u64::from_le_bytes(digits);
    // A digit is 0x30 to 0x39: its upper half is 3, and still is when 6 is added.
    let halves = bytes & 0xf0f0_f0f0_f0f0_f0f0;
    let raised = bytes.wrapping_add(0x0606_0606_0606_0606) & 0xf0f0_f0f0_f0f0_f0f0;
    if halves != 0x3030_3030_3030_3030 || raised != halves {
        return None;
    }
    let ones = bytes & 0x0f0f_0f0f_0f0f_0f0f;
    let pairs = (ones.wrapping_mul(10 << 8 | 1) >> 8) & 0x00ff_00ff_00ff_00ff;
    let fours = (pairs.wrapping_mul(100 << 16 | 1) >> 16) & 0x0000_ffff_0000_ffff;
    Some(fours.wrapping_mul(10_000 << 32 | 1) >> 32)
}

/// Parts a number into its lower 64 bits and the others.
#[expect(
    clippy::cast_possible_truncation,
    reason = "the lower half is what is wanted"
)]
const fn halves(number: u128) -> (u64, u128) {
    (number as u64, number >> 64)
}

/// Writes limbs, the lowest first, as 256 bytes, and gives the limb that is left.
fn big_endian(limbs: &[u64; LIMBS]) -> ([u8; 256], u64) {
    let mut bytes = [0; 256];
    let (places, _) = bytes.as_chunks_mut::<8>();
    for (place, limb) in places.iter_mut().rev().zip(limbs) {
        *place = limb.to_be_bytes();
    }
    (bytes, limbs.last().copied().unwrap_or(0))
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
/// Digits beyond which a number is not even measured.
const MAX_MEASURED: usize = 1300;
/// Digits that always fit into a limb, and 10 to the power of that.
const GROUP: usize = 19;
const GROUP_SIZE: u128 = 10_000_000_000_000_000_000;
/// Limbs of the largest number of [`MAX_DIGITS`] digits.
const LIMBS: usize = 33;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_every_length_are_read_as_the_library_reads_them() {
        for length in 1..=MAX_DIGITS {
            for digit in ["1", "9", "37"] {
                let text: String = digit.chars().cycle().take(length).collect();
                let known = U2048::from_str_radix_vartime(&text, 10);

                match known {
                    Ok(number) => assert_eq!(read(&text), Ok(number.to_be_bytes().into())),
                    Err(_) => assert_eq!(read(&text), Err(DecimalError::TooLarge(2049))),
                }
            }
        }
    }

    #[test]
    fn the_largest_number_is_2_to_the_2048_less_1() {
        let largest = U2048::MAX.to_string_radix_vartime(10);
        assert!(largest.ends_with('5'));
        let next = format!("{}6", largest.strip_suffix('5').unwrap());

        assert_eq!(read(&largest), Ok([0xff; 256]));
        assert_eq!(read(&next), Err(DecimalError::TooLarge(2049)));
    }

    #[test]
    fn each_digit_is_looked_at() {
        let good = "1234567890".repeat(6);
        for place in 0..good.len() {
            for wrong in [b'/', b':', b' ', b'a', 0, 0xb0] {
                let mut bytes = good.clone().into_bytes();
                bytes[place] = wrong;
                let text = String::from_utf8_lossy(&bytes);

                assert_eq!(read(&text), Err(DecimalError::Spelling), "{text}");
            }
        }
    }
}
