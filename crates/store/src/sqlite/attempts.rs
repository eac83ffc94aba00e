//! The statements about log-in attempts.

use std::time::Duration;

use protocol::time::UnixSeconds;
use rusqlite::{OptionalExtension as _, Transaction};

use super::statement::execute;
use crate::attempt::{Admission, AttemptId, AttemptLimit};
use crate::error::StoreError;

pub(super) fn admit(
    transaction: &Transaction<'_>,
    limits: &[AttemptLimit],
    now: UnixSeconds,
) -> Result<Admission, StoreError> {
    if let Some(retry_after) = longest_wait(transaction, limits, now)? {
        return Ok(Admission::Busy { retry_after });
    }
    let attempt = count(transaction, limits, now)?;
    Ok(Admission::Admitted(AttemptId::from_row(attempt)))
}

/// How long it takes until there is a place under each limit; `None` if there is one now.
pub(super) fn longest_wait(
    transaction: &Transaction<'_>,
    limits: &[AttemptLimit],
    now: UnixSeconds,
) -> rusqlite::Result<Option<Duration>> {
    let mut longest = None;
    for limit in limits {
        longest = longest.max(wait(transaction, limit, now)?);
    }
    Ok(longest)
}

pub(super) fn forgive(transaction: &Transaction<'_>, attempt: AttemptId) -> Result<(), StoreError> {
    execute(
        transaction,
        "DELETE FROM attempts WHERE id = ?1",
        [attempt.to_row()],
    )?;
    Ok(())
}

pub(super) fn purge(transaction: &Transaction<'_>, now: UnixSeconds) -> Result<u64, StoreError> {
    execute(
        transaction,
        "DELETE FROM attempts WHERE expires <= ?1",
        [now.as_seconds()],
    )
}

/// How long it takes until there is a place under this limit; `None` if there is one now.
fn wait(
    transaction: &Transaction<'_>,
    limit: &AttemptLimit,
    now: UnixSeconds,
) -> rusqlite::Result<Option<Duration>> {
    // The limit is used up if there is a most-th newest attempt within the window, and has a place
    // again when that one leaves it. Attempts from further ahead than a window were written by a
    // clock that has been set right since: they must not lock anybody out.
    let filler: Option<i64> = transaction
        .prepare_cached(
            "SELECT at FROM attempt_keys WHERE key = ?1 AND at > ?2 AND at <= ?3
             ORDER BY at DESC LIMIT 1 OFFSET ?4",
        )?
        .query_one(
            (
                limit.key.as_str(),
                now.minus(limit.window).as_seconds(),
                now.plus(limit.window).as_seconds(),
                limit.most.get() - 1,
            ),
            |row| row.get(0),
        )
        .optional()?;
    Ok(filler.map(|at| {
        let free = UnixSeconds::from_seconds(at).plus(limit.window);
        let wait = free.to_timestamp().since(now.to_timestamp());
        wait.clamp(Duration::from_secs(1), limit.window)
    }))
}

fn count(
    transaction: &Transaction<'_>,
    limits: &[AttemptLimit],
    now: UnixSeconds,
) -> rusqlite::Result<i64> {
    let longest = limits.iter().map(|limit| limit.window).max();
    transaction
        .prepare_cached("INSERT INTO attempts (expires) VALUES (?1)")?
        .execute([now.plus(longest.unwrap_or_default()).as_seconds()])?;
    let attempt = transaction.last_insert_rowid();
    let mut statement = transaction.prepare_cached(
        "INSERT INTO attempt_keys (key, at, attempt) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
    )?;
    for limit in limits {
        statement.execute((limit.key.as_str(), now.as_seconds(), attempt))?;
    }
    Ok(attempt)
}
