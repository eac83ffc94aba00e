//! Runs one statement that changes rows.

use rusqlite::{Params, Transaction};

use crate::error::StoreError;

/// Runs a statement, and says how many rows it changed.
pub(super) fn execute(
    transaction: &Transaction<'_>,
    statement: &str,
    parameters: impl Params,
) -> Result<u64, StoreError> {
    let changed = transaction.prepare_cached(statement)?.execute(parameters)?;
    Ok(u64::try_from(changed).unwrap_or(u64::MAX))
}
