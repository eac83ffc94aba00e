//! The arithmetic of DSA verification (FIPS 186-4 §4.7) in a group that is known when we compile.
//!
//! All inputs are public, so that nothing here needs to take constant time. `g^a · y^b` is one
//! exponentiation with shared squarings (Shamir's trick) over sliding windows: four bits for `y`, whose
//! powers are made anew each time, because most keys are seen once and this is a thirtieth of the
//! work; eight bits for `g`, whose powers are made once.

use std::iter;

use crypto_bigint::Uint;
use crypto_bigint::modular::{ConstMontyForm, ConstMontyParams};

/// A subgroup of prime order `q` of the numbers modulo a prime `p`: `P` and `Q` are their limbs.
pub(super) trait Subgroup<const P: usize, const Q: usize>: ConstMontyParams<P> {
    /// The numbers modulo the order.
    type Order: ConstMontyParams<Q>;

    /// Gives the odd powers of the generator up to the 255th.
    fn generator_powers() -> &'static [ConstMontyForm<Self, P>];
}

/// Is `(r, s)` the signature of a message with this hash under the key `y`?
pub(super) fn holds<G: Subgroup<P, Q>, const P: usize, const Q: usize>(
    y: &Uint<P>,
    hash: &Uint<Q>,
    r: &Uint<Q>,
    s: &Uint<Q>,
) -> bool {
    let order = ConstMontyForm::<G::Order, Q>::MODULUS;
    // Before anything else: r = 1 with an s that is 0 modulo the order would hold for every message
    // under every key (`browserid.md` §8.1, F9).
    let in_range = |number: &Uint<Q>| *number != Uint::ZERO && number < order.as_ref();
    if !in_range(r) || !in_range(s) {
        return false;
    }
    let inverse = ConstMontyForm::<G::Order, Q>::new(s).invert_vartime();
    let Some(inverse) = inverse.into_option() else {
        return false;
    };
    let for_generator = (ConstMontyForm::new(hash) * inverse).retrieve();
    let for_key = (ConstMontyForm::new(r) * inverse).retrieve();
    let product = product_of_powers::<G, P, Q>(&for_generator, y, &for_key);
    product.rem_vartime(order.as_nz_ref()) == *r
}

/// Computes `g^for_generator · y^for_key` modulo the prime.
fn product_of_powers<G: Subgroup<P, Q>, const P: usize, const Q: usize>(
    for_generator: &Uint<Q>,
    y: &Uint<P>,
    for_key: &Uint<Q>,
) -> Uint<P> {
    let generator_powers = G::generator_powers();
    let key_powers = odd_powers(ConstMontyForm::<G, P>::new(y), KEY_WINDOW);
    let windows = windows(for_generator, GENERATOR_WINDOW)
        .into_iter()
        .zip(windows(for_key, KEY_WINDOW));
    let mut product = ConstMontyForm::<G, P>::ONE;
    let nothing = |windows: &(usize, usize)| *windows == (0, 0);
    for (generator_window, key_window) in windows.rev().skip_while(nothing) {
        product = product.square();
        for (window, powers) in [
            (generator_window, generator_powers),
            (key_window, &*key_powers),
        ] {
            // The powers are odd: the first, the third, the fifth.
            if let Some(power) = (window != 0).then(|| powers.get(window / 2)).flatten() {
                product *= power;
            }
        }
    }
    product.retrieve()
}

/// Gives the odd powers of `base` that windows of so many bits need.
pub(super) fn odd_powers<G: ConstMontyParams<P>, const P: usize>(
    base: ConstMontyForm<G, P>,
    window: u32,
) -> Box<[ConstMontyForm<G, P>]> {
    let square = base.square();
    iter::successors(Some(base), |power| Some(*power * square))
        .take(1 << (window - 1))
        .collect()
}

/// Writes an exponent as a sum of odd numbers of at most `width` bits, each times the power of two
/// at whose place it stands.
fn windows<const Q: usize>(exponent: &Uint<Q>, width: u32) -> [usize; MAX_BITS] {
    let mut windows = [0; MAX_BITS];
    let mut covered = 0;
    for (place, window) in (0..).zip(&mut windows) {
        if place >= covered && exponent.bit_vartime(place) {
            let bits = (0..width).filter(|bit| exponent.bit_vartime(place + bit));
            *window = bits.map(|bit| 1 << bit).sum();
            covered = place + width;
        }
    }
    windows
}

/// Bits of the larger order.
const MAX_BITS: usize = 256;
/// Bits of a window over the exponent of the key's value.
const KEY_WINDOW: u32 = 4;
/// Bits of a window over the exponent of the generator.
pub(super) const GENERATOR_WINDOW: u32 = 8;
