//! The statements about domains that have an issuer.

use std::time::Duration;

use protocol::email::Domain;
use protocol::time::UnixSeconds;
use rusqlite::{Connection, OptionalExtension as _, Transaction};

use super::statement::execute;
use crate::error::StoreError;
use crate::store::ISSUER_MEMORY;

/// Says whether `seen` need not be written again at `now`.
///
/// A time from further ahead than a day was written by a clock that has been set right since: it is
/// written again, or the domain would be remembered for too long.
pub(super) fn is_fresh(seen: UnixSeconds, now: UnixSeconds) -> bool {
    now.minus(DAY) < seen && seen < now.plus(DAY)
}

pub(super) fn seen(
    connection: &Connection,
    domain: &Domain,
) -> Result<Option<UnixSeconds>, StoreError> {
    let seen = connection
        .prepare_cached("SELECT seen FROM issuers WHERE domain = ?1")?
        .query_one([domain.as_str()], |row| row.get(0))
        .optional()?;
    Ok(seen.map(UnixSeconds::from_seconds))
}

pub(super) fn remember(
    transaction: &Transaction<'_>,
    domain: &Domain,
    now: UnixSeconds,
) -> Result<(), StoreError> {
    execute(
        transaction,
        "INSERT INTO issuers (domain, seen) VALUES (?1, ?2)
         ON CONFLICT (domain) DO UPDATE SET seen = excluded.seen",
        (domain.as_str(), now.as_seconds()),
    )?;
    Ok(())
}

pub(super) fn purge(transaction: &Transaction<'_>, now: UnixSeconds) -> Result<u64, StoreError> {
    execute(
        transaction,
        "DELETE FROM issuers WHERE seen <= ?1",
        [now.minus(ISSUER_MEMORY).as_seconds()],
    )
}

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
