//! From the file of a key to something that signs.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use crypto_bigint::{BoxedUint, NonZero};
use protocol::jose::{KeyError, RsaSigner};
use protocol::secret::Secret;
use ssh_key::private::{KeypairData, PrivateKey, RsaKeypair};

use super::der::{self, Pkcs8};
use super::error::{KeyringError, Unfit};
use super::pem;

/// Reads the key in the file `path`.
pub(super) fn signer(path: &Path) -> Result<RsaSigner, KeyringError> {
    let text = text(path)?;
    signer_in(text.expose()).map_err(|unfit| KeyringError::Unfit {
        path: path.to_owned(),
        unfit,
    })
}

fn signer_in(text: &[u8]) -> Result<RsaSigner, Unfit> {
    let text = str::from_utf8(text).map_err(|_| Unfit::NoPrivateKey)?;
    let section = pem::read(text).ok_or(Unfit::NoPrivateKey)?;
    let content = section.content.expose();
    match section.label.as_str() {
        "RSA PRIVATE KEY" if section.encrypted => Err(Unfit::Locked),
        "RSA PRIVATE KEY" => from_pkcs1(content),
        "PRIVATE KEY" => from_pkcs8(content),
        "OPENSSH PRIVATE KEY" => from_openssh(content),
        "ENCRYPTED PRIVATE KEY" => Err(Unfit::Locked),
        _ => Err(Unfit::NotRsa),
    }
}

fn from_pkcs8(key: &[u8]) -> Result<RsaSigner, Unfit> {
    match der::look_into_pkcs8(key).ok_or(Unfit::Damaged)? {
        Pkcs8::Rsa(pkcs1) => refuse_other_sizes(der::modulus_bits(pkcs1).ok_or(Unfit::Damaged)?)?,
        Pkcs8::Other => return Err(Unfit::NotRsa),
    }
    RsaSigner::from_pkcs8(key).map_err(|error| in_our_words(&error))
}

fn from_pkcs1(key: &[u8]) -> Result<RsaSigner, Unfit> {
    refuse_other_sizes(der::modulus_bits(key).ok_or(Unfit::Damaged)?)?;
    RsaSigner::from_pkcs1(key).map_err(|error| in_our_words(&error))
}

fn from_openssh(key: &[u8]) -> Result<RsaSigner, Unfit> {
    let key = PrivateKey::from_bytes(key).map_err(|_| Unfit::Damaged)?;
    if key.is_encrypted() {
        return Err(Unfit::LockedByOpenSsh);
    }
    let KeypairData::Rsa(numbers) = key.key_data() else {
        return Err(Unfit::NotRsa);
    };
    from_pkcs1(openssh_to_pkcs1(numbers).ok_or(Unfit::Damaged)?.expose())
}

/// OpenSSH leaves out d mod p−1 and d mod q−1, and PKCS #1 wants them.
fn openssh_to_pkcs1(key: &RsaKeypair) -> Option<Secret<Vec<u8>>> {
    let d = key.private.d.as_positive_bytes()?;
    let p = key.private.p.as_positive_bytes()?;
    let q = key.private.q.as_positive_bytes()?;
    Some(der::write_pkcs1([
        key.public.n.as_positive_bytes()?,
        key.public.e.as_positive_bytes()?,
        d,
        p,
        q,
        exponent_for(d, p)?.expose(),
        exponent_for(d, q)?.expose(),
        key.private.iqmp.as_positive_bytes()?,
    ]))
}

/// Gives d mod prime−1, in the same time whatever the numbers are.
fn exponent_for(d: &[u8], prime: &[u8]) -> Option<Secret<Vec<u8>>> {
    let d = Secret::new(BoxedUint::from_be_slice(d, BITS_AT_MOST).ok()?);
    let prime = Secret::new(BoxedUint::from_be_slice(prime, BITS_AT_MOST).ok()?);
    let one = BoxedUint::one_with_precision(BITS_AT_MOST);
    let order = Secret::new(prime.expose().wrapping_sub(&one));
    let order: Option<NonZero<BoxedUint>> = NonZero::new(order.expose().clone()).into();
    let order = Secret::new(order?);
    let exponent = Secret::new(d.expose().rem(order.expose()));
    Some(Secret::new(exponent.expose().to_be_bytes().into_vec()))
}

fn refuse_other_sizes(bits: usize) -> Result<(), Unfit> {
    if bits == 2048 {
        Ok(())
    } else {
        Err(Unfit::Size(bits))
    }
}

fn in_our_words(error: &KeyError) -> Unfit {
    if let KeyError::Size(bits) = error {
        return Unfit::Size(*bits);
    }
    Unfit::Damaged
}

/// Reads the beginning of a file, which is all of a key.
pub(crate) fn text(path: &Path) -> Result<Secret<Vec<u8>>, KeyringError> {
    // With room for everything, the secret is not copied about while it is read.
    let mut text = Vec::with_capacity(TEXT_AT_MOST);
    let read =
        File::open(path).and_then(|file| file.take(TEXT_AT_MOST as u64).read_to_end(&mut text));
    let text = Secret::new(text);
    let path = path.to_owned();
    match read {
        Ok(_) => Ok(text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(KeyringError::NoKey { path }),
        Err(error) => Err(KeyringError::Read { path, error }),
    }
}

/// Octets of a file that are looked at. A key has about two thousand.
const TEXT_AT_MOST: usize = 64 * 1024;

/// Bits of a number in an OpenSSH key beyond which it is no key at all.
const BITS_AT_MOST: u32 = 16_384;
