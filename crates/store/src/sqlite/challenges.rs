//! The statements about challenges.

use protocol::email::EmailAddress;
use protocol::time::UnixSeconds;
use rusqlite::{Connection, OptionalExtension as _, Transaction};

use super::statement::execute;
use super::stored;
use crate::challenge::{Challenge, ChallengeAnswer, ChallengeId, ChallengeOutcome, NewChallenge};
use crate::error::StoreError;

pub(super) fn open(
    transaction: &Transaction<'_>,
    challenge: &NewChallenge,
) -> Result<(), StoreError> {
    execute(
        transaction,
        "INSERT OR REPLACE INTO challenges (id, address, code, link, attempts_left, shared, expires)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        (
            challenge.id.as_bytes(),
            challenge.address.canonical().to_string(),
            challenge.code,
            challenge.link,
            challenge.attempts.get(),
            challenge.shared,
            challenge.expires.as_seconds(),
        ),
    )?;
    Ok(())
}

pub(super) fn look_up(
    connection: &Connection,
    id: &ChallengeId,
) -> Result<Option<Challenge>, StoreError> {
    let Some(stored) = find(connection, id)? else {
        return Ok(None);
    };
    Ok(Some(Challenge {
        address: stored.address()?,
        link: stored.link,
        expires: UnixSeconds::from_seconds(stored.expires),
    }))
}

pub(super) fn answer(
    transaction: &Transaction<'_>,
    id: &ChallengeId,
    answer: ChallengeAnswer,
    now: UnixSeconds,
) -> Result<ChallengeOutcome, StoreError> {
    let Some(stored) = find(transaction, id)? else {
        return Ok(ChallengeOutcome::Gone);
    };
    if stored.expires <= now.as_seconds() {
        close(transaction, id)?;
        return Ok(ChallengeOutcome::Gone);
    }
    // Hashes of at least 128 bits that nobody knows: how long a comparison takes tells nothing.
    let right = match answer {
        ChallengeAnswer::Code(code) => code == stored.code,
        ChallengeAnswer::Link(link) => link == stored.link,
    };
    if right {
        close(transaction, id)?;
        return Ok(ChallengeOutcome::Right {
            address: stored.address()?,
            shared: stored.shared,
        });
    }
    let left = stored.attempts_left.saturating_sub(1);
    if left == 0 {
        close(transaction, id)?;
    } else {
        execute(
            transaction,
            "UPDATE challenges SET attempts_left = ?2 WHERE id = ?1",
            (id.as_bytes(), left),
        )?;
    }
    Ok(ChallengeOutcome::Wrong { left })
}

pub(super) fn close(transaction: &Transaction<'_>, id: &ChallengeId) -> Result<(), StoreError> {
    execute(
        transaction,
        "DELETE FROM challenges WHERE id = ?1",
        [id.as_bytes()],
    )?;
    Ok(())
}

pub(super) fn purge(transaction: &Transaction<'_>, now: UnixSeconds) -> Result<u64, StoreError> {
    execute(
        transaction,
        "DELETE FROM challenges WHERE expires <= ?1",
        [now.as_seconds()],
    )
}

/// A row as the database has it, its address not believed yet.
struct Stored {
    address: String,
    code: [u8; 32],
    link: [u8; 32],
    attempts_left: u32,
    shared: bool,
    expires: i64,
}

impl Stored {
    fn address(&self) -> Result<EmailAddress, StoreError> {
        stored::address(&self.address, "challenges")
    }
}

fn find(connection: &Connection, id: &ChallengeId) -> Result<Option<Stored>, StoreError> {
    let stored = connection
        .prepare_cached(
            "SELECT address, code, link, attempts_left, shared, expires
             FROM challenges WHERE id = ?1",
        )?
        .query_one([id.as_bytes()], |row| {
            Ok(Stored {
                address: row.get(0)?,
                code: row.get(1)?,
                link: row.get(2)?,
                attempts_left: row.get(3)?,
                shared: row.get(4)?,
                expires: row.get(5)?,
            })
        })
        .optional()?;
    Ok(stored)
}
