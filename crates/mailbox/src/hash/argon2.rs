//! argon2 (RFC 9106) in its usual text: `$argon2id$v=19$m=65536,t=3,p=4$` salt `$` hash.

use argon2::{Algorithm, Params, Version};
use data_encoding::BASE64_NOPAD;
use protocol::secret::Secret;

use super::{NoMemory, Unusable, digest};

pub(crate) struct Argon2 {
    algorithm: Algorithm,
    version: Version,
    /// KiB, passes, lanes.
    cost: (u32, u32, u32),
    salt: Box<[u8]>,
    hash: Secret<Box<[u8]>>,
}

impl Argon2 {
    /// Reads what stands behind `$argon2id$` or `$argon2i$`.
    pub(super) fn read(form: &str, rest: &str) -> Result<Self, Unusable> {
        let (version, rest) = match rest.strip_prefix("v=") {
            Some(rest) => rest.split_once('$').ok_or(Unusable::Broken)?,
            // Texts from before 1.3 name no version.
            None => ("16", rest),
        };
        let version = match version {
            "16" => Version::V0x10,
            "19" => Version::V0x13,
            _ => return Err(Unusable::Unknown),
        };
        let algorithm = if form == "argon2i" {
            Algorithm::Argon2i
        } else {
            Algorithm::Argon2id
        };
        let mut fields = rest.split('$');
        let cost = read_cost(fields.next().unwrap_or_default())?;
        let salt = octets(fields.next(), 8..=64)?;
        let hash = octets(fields.next(), 16..=128)?;
        if fields.next().is_some() {
            return Err(Unusable::Broken);
        }
        let read = Self {
            algorithm,
            version,
            cost,
            salt,
            hash: Secret::new(hash),
        };
        read.params().ok_or(Unusable::Broken)?;
        Ok(read)
    }

    pub(super) fn matches(&self, password: &[u8]) -> Result<bool, NoMemory> {
        let params = self.params().ok_or(NoMemory)?;
        let mut computed = vec![0; self.hash.expose().len()];
        argon2::Argon2::new(self.algorithm, self.version, params)
            .hash_password_into(password, &self.salt, &mut computed)
            .map_err(|_| NoMemory)?;
        Ok(digest::are_equal(&computed, self.hash.expose()))
    }

    pub(super) const fn cost(&self) -> (u32, u32, u32) {
        self.cost
    }

    fn params(&self) -> Option<Params> {
        let (kibibytes, passes, lanes) = self.cost;
        Params::new(kibibytes, passes, lanes, Some(self.hash.expose().len())).ok()
    }
}

/// Reads `m=65536,t=3,p=4`, in this order. A key or further data are not ours to know.
fn read_cost(text: &str) -> Result<(u32, u32, u32), Unusable> {
    let mut values = text.split(',');
    let mut value = |name: &str| {
        let value = values.next()?.strip_prefix(name)?;
        let digits = value.bytes().all(|b| b.is_ascii_digit());
        value.parse::<u32>().ok().filter(|_| digits)
    };
    let (Some(kibibytes), Some(passes), Some(lanes)) = (value("m="), value("t="), value("p="))
    else {
        return Err(Unusable::Broken);
    };
    if values.next().is_some() {
        return Err(Unusable::Unknown);
    }
    let work = u64::from(kibibytes) * u64::from(passes);
    if kibibytes > MOST_KIBIBYTES || work > 4 * u64::from(MOST_KIBIBYTES) || lanes > MOST_LANES {
        return Err(Unusable::TooCostly);
    }
    Ok((kibibytes, passes, lanes))
}

fn octets(
    field: Option<&str>,
    lengths: std::ops::RangeInclusive<usize>,
) -> Result<Box<[u8]>, Unusable> {
    let field = field.ok_or(Unusable::Broken)?;
    let octets = BASE64_NOPAD.decode(field.as_bytes());
    let octets = octets.map_err(|_| Unusable::Broken)?;
    if !lengths.contains(&octets.len()) {
        return Err(Unusable::Broken);
    }
    Ok(octets.into_boxed_slice())
}

/// 256 MiB: as many of these as there are processors may be under way at once.
const MOST_KIBIBYTES: u32 = 256 * 1024;

const MOST_LANES: u32 = 64;
