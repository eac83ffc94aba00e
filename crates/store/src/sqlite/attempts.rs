//! The statements about log-in attempts.

use std::time::Duration;

use protocol::time::UnixSeconds;
use rusqlite::{OptionalExtension as _, Transaction};

use super::statement::execute;
use crate::attempt::{Admission, AttemptId, AttemptLimit, Beyond};
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
    let (free, longest) = match limit.beyond {
        Beyond::None => (window_end(transaction, limit, now)?, limit.window),
        Beyond::Slowly { first, longest } => {
            let free = end_of_pause(transaction, limit, (first, longest), now)?;
            (free, longest)
        }
    };
    let wait = free.map(|free| free.to_timestamp().since(now.to_timestamp()));
    Ok(wait
        .filter(|wait| !wait.is_zero())
        .map(|wait| wait.clamp(Duration::from_secs(1), longest)))
}

/// When the most-th newest attempt leaves the window; `None` if there are not so many in it.
fn window_end(
    transaction: &Transaction<'_>,
    limit: &AttemptLimit,
    now: UnixSeconds,
) -> rusqlite::Result<Option<UnixSeconds>> {
    let (from, to) = window(limit, now);
    let filler: Option<i64> = transaction
        .prepare_cached(
            "SELECT at FROM attempt_keys WHERE key = ?1 AND at > ?2 AND at <= ?3
             ORDER BY at DESC LIMIT 1 OFFSET ?4",
        )?
        .query_one(
            (limit.key.as_str(), from, to, limit.most.get() - 1),
            |row| row.get(0),
        )
        .optional()?;
    Ok(filler.map(|at| UnixSeconds::from_seconds(at).plus(limit.window)))
}

/// When the wait after the newest attempt ends; `None` if it was one of those that fit.
fn end_of_pause(
    transaction: &Transaction<'_>,
    limit: &AttemptLimit,
    (first, longest): (Duration, Duration),
    now: UnixSeconds,
) -> rusqlite::Result<Option<UnixSeconds>> {
    let (from, to) = window(limit, now);
    let most = limit.most.get();
    // Those behind the last doubling that can be told apart are not counted.
    let (count, newest): (u32, Option<i64>) = transaction
        .prepare_cached(
            "SELECT COUNT(*), MAX(at) FROM (
                 SELECT at FROM attempt_keys WHERE key = ?1 AND at > ?2 AND at <= ?3
                 ORDER BY at DESC LIMIT ?4
             )",
        )?
        .query_one(
            (
                limit.key.as_str(),
                from,
                to,
                i64::from(most) + i64::from(u32::BITS),
            ),
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
    let (Some(beyond), Some(newest)) = (count.checked_sub(most), newest) else {
        return Ok(None);
    };
    let doubled = 2_u32.checked_pow(beyond).and_then(|n| first.checked_mul(n));
    let pause = doubled.unwrap_or(longest).min(longest);
    Ok(Some(UnixSeconds::from_seconds(newest).plus(pause)))
}

/// The times between which an attempt counts: after the first, up to the second.
///
/// Attempts from further ahead than a window were written by a clock that has been set right since:
/// they must not lock anybody out.
fn window(limit: &AttemptLimit, now: UnixSeconds) -> (i64, i64) {
    (
        now.minus(limit.window).as_seconds(),
        now.plus(limit.window).as_seconds(),
    )
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
