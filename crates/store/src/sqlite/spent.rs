//! The statements about assertions that are accepted once.

use protocol::time::UnixSeconds;
use rusqlite::Transaction;

use super::statement::execute;
use crate::error::StoreError;

pub(super) fn spend(
    transaction: &Transaction<'_>,
    fingerprint: &[u8; 32],
    until: UnixSeconds,
) -> Result<bool, StoreError> {
    let added = execute(
        transaction,
        "INSERT INTO spent (fingerprint, until) VALUES (?1, ?2) ON CONFLICT (fingerprint) DO NOTHING",
        (fingerprint, until.as_seconds()),
    )?;
    Ok(added > 0)
}

pub(super) fn purge(transaction: &Transaction<'_>, now: UnixSeconds) -> Result<u64, StoreError> {
    execute(
        transaction,
        "DELETE FROM spent WHERE until <= ?1",
        [now.as_seconds()],
    )
}
