//! What can be wrong with a key or a signature.

/// Says why something is no key for us.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Not a JSON object, or a text longer than 4096 characters.
    #[error("the key is not a JSON object of a public key")]
    NotAnObject,
    /// A member is missing, is no string, or is not a number in its one spelling.
    #[error("the member {0:?} of the key is not a number in the expected notation")]
    Member(&'static str),
    /// `algorithm` is missing or neither `RS` nor `DS`.
    #[error("the key's algorithm is neither RS nor DS")]
    Algorithm,
    /// The `kty` of a JWK is neither `RSA` nor `DSA`.
    #[error("the key's type is neither RSA nor DSA")]
    Type,
    /// The secret half came along.
    #[error("the key carries its secret half")]
    Secret,
    /// An RSA modulus of another size than 2048 bits, or one less.
    #[error("bad key size: {0}")]
    Size(usize),
    /// An even RSA modulus, or an exponent that is even, below 3 or above 33 bits.
    #[error("the RSA key's numbers cannot be a key")]
    Rsa,
    /// DSA parameters other than the two known groups.
    #[error("the DSA key is not in one of the two known groups")]
    Group,
    /// DSA with `y` out of its range.
    #[error("the DSA key's value is out of range")]
    Range,
    /// Not the DER encoding of an RSA private key that holds together.
    #[error("this is no readable RSA private key")]
    Unreadable,
    /// The cryptographic library could not make a key.
    #[error("no RSA key could be generated")]
    NotGenerated,
}

/// Says why a signature does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// The signature is not one of this message under this key.
    #[error("invalid signature")]
    Invalid,
}
