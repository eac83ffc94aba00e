//! What certificates and assertions have in common when they are read.

use std::time::Duration;

use serde_json::{Map, Value};

use crate::time::Timestamp;

use super::error::BundleError;

/// Reads a point in time, an integer of milliseconds. Texts, fractions and `null` are refused: a
/// peer of old took them to mean "never expires".
pub(super) fn moment(
    members: &Map<String, Value>,
    name: &str,
) -> Result<Option<Timestamp>, BundleError> {
    let Some(value) = members.get(name) else {
        return Ok(None);
    };
    let millis = value
        .as_i64()
        .ok_or(BundleError::Shape("a time that is no integer"))?;
    Ok(Some(Timestamp::from_millis(millis)))
}

/// Refuses members that belong into another kind of object.
pub(super) fn require_none(
    members: &Map<String, Value>,
    names: &[&str],
    complaint: &'static str,
) -> Result<(), BundleError> {
    if names.iter().any(|name| members.contains_key(*name)) {
        return Err(BundleError::Shape(complaint));
    }
    Ok(())
}

/// Requires that nothing has ended and nothing begins in the future (`browserid.md` §5.1, step 6).
///
/// Everything is valid up to and including its last millisecond.
pub(super) fn require_valid(
    now: Timestamp,
    expires: &[Timestamp],
    issued: &[Option<Timestamp>],
) -> Result<(), BundleError> {
    if expires.iter().any(|end| *end < now) {
        return Err(BundleError::Expired);
    }
    let latest = now.plus(CLOCK_TOLERANCE);
    if issued.iter().flatten().any(|begin| *begin > latest) {
        return Err(BundleError::IssuedLater);
    }
    Ok(())
}

/// How far in the future something may have been issued: the reader's clock may be behind.
pub(super) const CLOCK_TOLERANCE: Duration = Duration::from_secs(60);
