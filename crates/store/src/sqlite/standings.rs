//! The statements about mailboxes that may be gone.

use protocol::email::{Domain, EmailAddress};
use protocol::time::UnixSeconds;
use rusqlite::{Connection, Transaction};

use super::statement::execute;
use super::stored;
use crate::error::StoreError;
use crate::grant::GrantRow;
use crate::session::{NewSession, Proof};
use crate::standing::{Doubt, Due, STANDING_MEMORY, Tally};

/// Notes that a password was right: nobody need ask about this mailbox for a while.
pub(super) fn signed_in(
    transaction: &Transaction<'_>,
    session: &NewSession,
) -> Result<(), StoreError> {
    if session.proof == Proof::Password {
        let address = session.address.canonical();
        execute(
            transaction,
            "INSERT INTO standings (address, domain, asked) VALUES (?1, ?2, ?3)
             ON CONFLICT (address) DO UPDATE SET asked = excluded.asked, there = NULL, gone = NULL",
            (
                address.to_string(),
                address.domain().as_str(),
                session.opened.as_seconds(),
            ),
        )?;
    }
    Ok(())
}

/// Notes that somebody is to be asked about for as long as a grant outlives its session. Nobody has asked
/// now: a session without a row (in its cookie) has no standing yet.
pub(super) fn granted(transaction: &Transaction<'_>, grant: &GrantRow) -> Result<(), StoreError> {
    if grant.proof == Proof::Password {
        let address = grant.address.canonical();
        execute(
            transaction,
            "INSERT INTO standings (address, domain, asked) VALUES (?1, ?2, ?3)
             ON CONFLICT (address) DO NOTHING",
            (
                address.to_string(),
                address.domain().as_str(),
                grant.opened.as_seconds(),
            ),
        )?;
    }
    Ok(())
}

/// Says whether there is anybody to ask about: a read, which holds nobody up.
pub(super) fn is_any_due(
    connection: &Connection,
    due: &Due,
    now: UnixSeconds,
) -> Result<bool, StoreError> {
    let [fresh, doubted, now] = parameters(due, now);
    let any = connection
        .prepare_cached(&format!("SELECT EXISTS ({DUE})"))?
        .query_one((due.domain.as_str(), fresh, doubted, now, 1), |row| {
            row.get(0)
        })?;
    Ok(any)
}

pub(super) fn take_due(
    transaction: &Transaction<'_>,
    due: &Due,
    now: UnixSeconds,
) -> Result<Vec<Doubt>, StoreError> {
    let [fresh, doubted, now] = parameters(due, now);
    let mut statement = transaction.prepare_cached(&format!(
        "UPDATE standings SET asked = ?4 WHERE address IN ({DUE}) RETURNING address, gone"
    ))?;
    let given = (due.domain.as_str(), fresh, doubted, now, due.most);
    let rows = statement.query_map(given, |row| {
        Ok((row.get::<_, String>(0)?, row.get::<_, Option<i64>>(1)?))
    })?;
    let mut doubts = Vec::new();
    for row in rows {
        let (address, gone) = row?;
        let address = stored::address(&address, "standings")?;
        let gone = gone.map(UnixSeconds::from_seconds);
        doubts.push(Doubt { address, gone });
    }
    // RETURNING promises no order.
    doubts.sort_by_key(|doubt| doubt.gone.is_none());
    Ok(doubts)
}

pub(super) fn note_there(
    transaction: &Transaction<'_>,
    address: &EmailAddress,
    now: UnixSeconds,
) -> Result<(), StoreError> {
    execute(
        transaction,
        "UPDATE standings SET there = ?2, gone = NULL WHERE address = ?1",
        (address.to_string(), now.as_seconds()),
    )?;
    Ok(())
}

pub(super) fn note_gone(
    transaction: &Transaction<'_>,
    address: &EmailAddress,
    asked: UnixSeconds,
) -> Result<(), StoreError> {
    execute(
        transaction,
        "UPDATE standings SET there = NULL, gone = coalesce(gone, ?2)
         WHERE address = ?1 AND asked = ?2",
        (address.to_string(), asked.as_seconds()),
    )?;
    Ok(())
}

pub(super) fn tally(
    connection: &Connection,
    domain: &Domain,
    since: UnixSeconds,
) -> Result<Tally, StoreError> {
    let tally = connection
        .prepare_cached(
            "SELECT count(there), count(gone) FROM standings
             WHERE domain = ?1 AND asked >= ?2",
        )?
        .query_one((domain.as_str(), since.as_seconds()), |row| {
            Ok(Tally {
                there: row.get(0)?,
                gone: row.get(1)?,
            })
        })?;
    Ok(tally)
}

/// Says whether a mailbox seems to be gone since that very time.
pub(super) fn is_gone(
    transaction: &Transaction<'_>,
    address: &str,
    since: UnixSeconds,
) -> Result<bool, StoreError> {
    let is_gone = transaction
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM standings WHERE address = ?1 AND gone = ?2)")?
        .query_one((address, since.as_seconds()), |row| row.get(0))?;
    Ok(is_gone)
}

/// Forgets an address that nobody is signed in with any more. What is gone stays for a while, so that it is
/// seen how many are.
pub(super) fn forget(transaction: &Transaction<'_>, address: &str) -> Result<(), StoreError> {
    let statement = format!(
        "DELETE FROM standings WHERE address = ?1 AND gone IS NULL AND NOT {CONCERNS_ANYBODY}"
    );
    execute(transaction, &statement, [address])?;
    Ok(())
}

/// Forgets all of them, when all sessions have ended.
pub(super) fn forget_all(transaction: &Transaction<'_>) -> Result<(), StoreError> {
    execute(transaction, "DELETE FROM standings WHERE gone IS NULL", ())?;
    Ok(())
}

pub(super) fn purge(transaction: &Transaction<'_>, now: UnixSeconds) -> Result<u64, StoreError> {
    let statement = format!("DELETE FROM standings WHERE asked <= ?1 AND NOT {CONCERNS_ANYBODY}");
    let parameters = [now.minus(STANDING_MEMORY).as_seconds()];
    execute(transaction, &statement, parameters)
}

/// What stands for the numbers in [`DUE`].
fn parameters(due: &Due, now: UnixSeconds) -> [i64; 3] {
    [
        now.minus(due.after).as_seconds(),
        now.minus(due.doubted_after).as_seconds(),
        now.as_seconds(),
    ]
}

/// Those to ask about: of the domain ?1, asked about before ?2, or before ?3 where they seem to be
/// gone, at the time ?4, and no more than ?5. Who was asked about after now was so by a clock that has
/// been set right since.
const DUE: &str = "
    SELECT address FROM standings AS due
    WHERE domain = ?1
      AND (asked > ?4 OR (asked <= max(?2, ?3)
           AND (asked <= ?2 OR (gone IS NOT NULL AND asked <= ?3))))
      AND (EXISTS (SELECT 1 FROM sessions
                   WHERE sessions.address = due.address AND proof = 'password' AND expires > ?4)
           OR EXISTS (SELECT 1 FROM grants
                      WHERE grants.address = due.address AND proof = 'password' AND offline = 1
                        AND expires > ?4))
    ORDER BY gone IS NULL, asked
    LIMIT ?5";

/// Whether anybody is signed in by an address, or has given a client what outlives that.
const CONCERNS_ANYBODY: &str = "
    (EXISTS (SELECT 1 FROM sessions WHERE sessions.address = standings.address)
     OR EXISTS (SELECT 1 FROM grants WHERE grants.address = standings.address AND offline = 1))";
