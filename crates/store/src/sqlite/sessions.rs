//! The statements about sessions.

use protocol::email::EmailAddress;
use protocol::time::UnixSeconds;
use rusqlite::{Connection, OptionalExtension as _, Row, Transaction};

use super::statement::execute;
use super::{consents, grant_ends, standings, stored};
use crate::error::StoreError;
use crate::session::{NewSession, PREFIX_DIGITS, Session, SessionId, SessionRow};

pub(super) fn open(transaction: &Transaction<'_>, session: &NewSession) -> Result<(), StoreError> {
    let added = execute(
        transaction,
        "INSERT INTO sessions (id, address, proof, opened, expires)
         VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (id) DO NOTHING",
        (
            session.id.as_bytes(),
            session.address.canonical().to_string(),
            session.proof.as_str(),
            session.opened.as_seconds(),
            session.expires.as_seconds(),
        ),
    )?;
    if added == 0 {
        return Err(StoreError::SessionExists);
    }
    Ok(())
}

pub(super) fn find(connection: &Connection, id: &SessionId) -> Result<Option<Session>, StoreError> {
    connection
        .prepare_cached("SELECT address, proof, opened, expires FROM sessions WHERE id = ?1")?
        .query_one([id.as_bytes()], columns)
        .optional()?
        .map(Stored::read)
        .transpose()
}

pub(super) fn list(connection: &Connection) -> Result<Vec<SessionRow>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT address, proof, opened, expires, id FROM sessions ORDER BY opened DESC, id",
    )?;
    let rows = statement.query_map([], |row| Ok((columns(row)?, row.get(4)?)))?;
    let mut list = Vec::new();
    for row in rows {
        let (stored, id) = row?;
        let session = stored.read()?;
        list.push(SessionRow {
            prefix: SessionId::from_sha256(id).prefix(),
            address: session.address,
            proof: session.proof,
            opened: session.opened,
            expires: session.expires,
        });
    }
    Ok(list)
}

pub(super) fn end(transaction: &Transaction<'_>, id: &SessionId) -> Result<bool, StoreError> {
    let whose: Option<String> = transaction
        .prepare_cached("DELETE FROM sessions WHERE id = ?1 RETURNING address")?
        .query_one([id.as_bytes()], |row| row.get(0))
        .optional()?;
    grant_ends::end_with_session(transaction, id)?;
    if let Some(address) = &whose {
        standings::forget(transaction, address)?;
    }
    Ok(whose.is_some())
}

pub(super) fn end_of(
    transaction: &Transaction<'_>,
    address: &EmailAddress,
) -> Result<u64, StoreError> {
    let address = address.to_string();
    let ended = execute(
        transaction,
        "DELETE FROM sessions WHERE address = ?1",
        [&address],
    )?;
    grant_ends::end_of(transaction, &address)?;
    standings::forget(transaction, &address)?;
    Ok(ended)
}

/// Ends what a mailbox's password has opened, if the mailbox seems to be gone since that very time.
pub(super) fn end_of_gone(
    transaction: &Transaction<'_>,
    address: &EmailAddress,
    gone: UnixSeconds,
) -> Result<u64, StoreError> {
    let address = address.to_string();
    if !standings::is_gone(transaction, &address, gone)? {
        return Ok(0);
    }
    grant_ends::end_of_gone(transaction, &address)?;
    consents::forget_address(transaction, &address)?;
    execute(
        transaction,
        "DELETE FROM sessions WHERE address = ?1 AND proof = 'password'",
        [&address],
    )
}

pub(super) fn end_all(transaction: &Transaction<'_>) -> Result<u64, StoreError> {
    // `WHERE true`, so that SQLite deletes row by row and counts them.
    let ended = execute(transaction, "DELETE FROM sessions WHERE true", ())?;
    grant_ends::end_all(transaction)?;
    standings::forget_all(transaction)?;
    Ok(ended)
}

pub(super) fn end_by_prefix(
    transaction: &Transaction<'_>,
    prefix: &str,
) -> Result<u64, StoreError> {
    let (first, last) = range(prefix).ok_or(StoreError::BadPrefix)?;
    let mut statement = transaction
        .prepare_cached("DELETE FROM sessions WHERE id BETWEEN ?1 AND ?2 RETURNING id, address")?;
    let ended = statement
        .query_map([first, last], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<Vec<([u8; 32], String)>>>()?;
    match ended.as_slice() {
        [] => Ok(0),
        [(id, address)] => {
            grant_ends::end_with_session(transaction, &SessionId::from_sha256(*id))?;
            standings::forget(transaction, address)?;
            Ok(1)
        }
        // The error rolls the transaction back: nothing was ended.
        _ => Err(StoreError::AmbiguousPrefix),
    }
}

pub(super) fn purge(transaction: &Transaction<'_>, now: UnixSeconds) -> Result<u64, StoreError> {
    execute(
        transaction,
        "DELETE FROM sessions WHERE expires <= ?1",
        [now.as_seconds()],
    )
}

/// A row as the database has it, not believed yet.
struct Stored {
    address: String,
    proof: String,
    opened: i64,
    expires: i64,
}

impl Stored {
    fn read(self) -> Result<Session, StoreError> {
        Ok(Session {
            address: stored::address(&self.address, "sessions")?,
            proof: stored::proof(&self.proof, "sessions")?,
            opened: UnixSeconds::from_seconds(self.opened),
            expires: UnixSeconds::from_seconds(self.expires),
        })
    }
}

fn columns(row: &Row<'_>) -> rusqlite::Result<Stored> {
    Ok(Stored {
        address: row.get(0)?,
        proof: row.get(1)?,
        opened: row.get(2)?,
        expires: row.get(3)?,
    })
}

/// The lowest and the highest id that begin with these hexadecimal digits.
fn range(prefix: &str) -> Option<([u8; 32], [u8; 32])> {
    let digits = prefix
        .chars()
        .map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
        .collect::<Option<Vec<u8>>>()?;
    if !(PREFIX_DIGITS..=64).contains(&digits.len()) {
        return None;
    }
    let filled_with = |rest: u8| {
        let mut digit = digits.iter().copied().chain(std::iter::repeat(rest));
        std::array::from_fn(|_| (digit.next().unwrap_or(rest) << 4) | digit.next().unwrap_or(rest))
    };
    Some((filled_with(0x0), filled_with(0xf)))
}
