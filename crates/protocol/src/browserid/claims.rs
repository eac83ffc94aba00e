//! What certificates and assertions have in common when they are read.

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
