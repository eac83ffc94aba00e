//! The two groups of DSA that everybody shared (`browserid.md`, appendix), told apart by the algorithm
//! that they are used with.

use std::sync::LazyLock;

use aws_lc_rs::digest::{Digest, SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use crypto_bigint::modular::ConstMontyForm;
use crypto_bigint::{U192, U256, U1024, U2048, Uint, const_monty_params};

use super::arithmetic::{GENERATOR_WINDOW, Subgroup, holds, odd_powers};

/// The parameters of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Group {
    /// 1024 and 160 bits, with SHA-1.
    Ds128,
    /// 2048 and 256 bits, with SHA-256.
    Ds256,
}

impl Group {
    /// Finds the group that has these numbers p, q and g.
    pub(super) fn of(numbers: (&str, &str, &str)) -> Option<Self> {
        [Self::Ds128, Self::Ds256]
            .into_iter()
            .find(|group| group.numbers() == numbers)
    }

    /// Gives p, q and g in hexadecimal digits.
    pub(super) const fn numbers(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Ds128 => (DS128_P, DS128_Q, DS128_G),
            Self::Ds256 => (DS256_P, DS256_Q, DS256_G),
        }
    }

    /// Is this the signature of the message under the key `y`?
    pub(super) fn holds(self, y: &[u8], message: &[u8], signature: &[u8]) -> bool {
        match self {
            Self::Ds128 => {
                let hash = digest(&SHA1_FOR_LEGACY_USE_ONLY, message);
                holds_in::<Ds128, _, _>(y, &hash, signature)
            }
            Self::Ds256 => {
                let hash = digest(&SHA256, message);
                holds_in::<Ds256, _, _>(y, &hash, signature)
            }
        }
    }
}

/// The hash and the order have the same size in both groups, so that the hash is used whole. A
/// signature is r and s in as many bytes each; one of another length is none (`browserid.md` §3.3).
fn holds_in<G: Subgroup<P, Q>, const P: usize, const Q: usize>(
    y: &[u8],
    hash: &Digest,
    signature: &[u8],
) -> bool {
    let size = hash.as_ref().len();
    if signature.len() != size * 2 {
        return false;
    }
    let (r, s) = signature.split_at(size);
    holds::<G, P, Q>(&number(y), &number(hash.as_ref()), &number(r), &number(s))
}

/// Reads big-endian bytes, which the caller knows to fit.
fn number<const L: usize>(bytes: &[u8]) -> Uint<L> {
    let mut padded = [0; MOST_BYTES];
    for (to, from) in padded.iter_mut().rev().zip(bytes.iter().rev()) {
        *to = *from;
    }
    let unused = MOST_BYTES.saturating_sub(Uint::<L>::BYTES);
    Uint::from_be_slice(padded.get(unused..).unwrap_or_default())
}

impl Subgroup<{ U1024::LIMBS }, { U192::LIMBS }> for Ds128 {
    type Order = Ds128Order;

    fn generator_powers() -> &'static [ConstMontyForm<Self, { U1024::LIMBS }>] {
        static POWERS: LazyLock<Box<[ConstMontyForm<Ds128, { U1024::LIMBS }>]>> =
            LazyLock::new(|| {
                let generator = ConstMontyForm::new(&U1024::from_be_hex(DS128_G));
                odd_powers(generator, GENERATOR_WINDOW)
            });
        &POWERS
    }
}

impl Subgroup<{ U2048::LIMBS }, { U256::LIMBS }> for Ds256 {
    type Order = Ds256Order;

    fn generator_powers() -> &'static [ConstMontyForm<Self, { U2048::LIMBS }>] {
        static POWERS: LazyLock<Box<[ConstMontyForm<Ds256, { U2048::LIMBS }>]>> =
            LazyLock::new(|| {
                let generator = ConstMontyForm::new(&U2048::from_be_hex(DS256_G));
                odd_powers(generator, GENERATOR_WINDOW)
            });
        &POWERS
    }
}

const_monty_params!(
    Ds128,
    U1024,
    DS128_P,
    "The numbers modulo the smaller prime."
);
const_monty_params!(
    Ds128Order,
    U192,
    DS128_Q_PADDED,
    "The numbers modulo its order."
);
const_monty_params!(
    Ds256,
    U2048,
    DS256_P,
    "The numbers modulo the larger prime."
);
const_monty_params!(Ds256Order, U256, DS256_Q, "The numbers modulo its order.");

/// Bytes of the larger prime.
const MOST_BYTES: usize = 256;

// From the test vectors of FIPS 186-3 (A.2.3), as `browserid.md`'s appendix gives them.
const DS128_P: &str = "\
    ff600483db6abfc5b45eab78594b3533d550d9f1bf2a992a7a8daa6dc34f8045ad4e6e0c429d334eeeaaefd7e2\
    3d4810be00e4cc1492cba325ba81ff2d5a5b305a8d17eb3bf4a06a349d392e00d329744a5179380344e82a18c4\
    7933438f891e22aeef812d69c8f75e326cb70ea000c3f776dfdbd604638c2ef717fc26d02e17";
/// The order with zeros before it, as the arithmetic wants it.
const DS128_Q_PADDED: &str = "\
    00000000e21e04f911d1ed7991008ecaab3bf775984309c3";
const DS128_Q: &str = DS128_Q_PADDED.split_at(8).1;
const DS128_G: &str = "\
    c52a4a0ff3b7e61fdf1867ce84138369a6154f4afa92966e3c827e25cfa6cf508b90e5de419e1337e07a2e9e2a\
    3cd5dea704d175f8ebf6af397d69e110b96afb17c7a03259329e4829b0d03bbc7896b15b4ade53e130858cc34d\
    96269aa89041f409136c7242a38895c9d5bccad4f389af1d7a4bd1398bd072dffa896233397a";
const DS256_P: &str = "\
    d6c4e5045697756c7a312d02c2289c25d40f9954261f7b5876214b6df109c738b76226b199bb7e33f8fc7ac1dc\
    c316e1e7c78973951bfc6ff2e00cc987cd76fcfb0b8c0096b0b460fffac960ca4136c28f4bfb580de47cf7e793\
    4c3985e3b3d943b77f06ef2af3ac3494fc3c6fc49810a63853862a02bb1c824a01b7fc688e4028527a58ad58c9\
    d512922660db5d505bc263af293bc93bcd6d885a157579d7f52952236dd9d06a4fc3bc2247d21f1a70f5848eb0\
    176513537c983f5a36737f01f82b44546e8e7f0fabc457e3de1d9c5dba96965b10a2a0580b0ad0f88179e10066\
    107fb74314a07e6745863bc797b7002ebec0b000a98eb697414709ac17b401";
const DS256_Q: &str = "\
    b1e370f6472c8754ccd75e99666ec8ef1fd748b748bbbc08503d82ce8055ab3b";
const DS256_G: &str = "\
    9a8269ab2e3b733a5242179d8f8ddb17ff93297d9eab00376db211a22b19c854dfa80166df2132cbc51fb224b0\
    904abb22da2c7b7850f782124cb575b116f41ea7c4fc75b1d77525204cd7c23a15999004c23cdeb72359ee74e8\
    86a1dde7855ae05fe847447d0a68059002c3819a75dc7dcbb30e39efac36e07e2c404b7ca98b263b25fa314ba9\
    3c0625718bd489cea6d04ba4b0b7f156eeb4c56c44b50e4fb5bce9d7ae0d55b379225feb0214a04bed72f33e06\
    64d290e7c840df3e2abb5e48189fa4e90646f1867db289c6560476799f7be8420a6dc01d078de437f280fff2d7\
    ddf1248d56e1a54b933a41629d6c252983c58795105802d30d7bcd819cf6ef";
