//! The tables, made and changed by numbered steps that run by themselves, forward only.
//!
//! Each step is recorded with its whole text. A store whose record differs from this program's
//! steps was made by a newer program or by a different one, and is left alone.

use rusqlite::{Connection, Transaction, TransactionBehavior};

use crate::error::StoreError;

/// Runs the steps that the store has not seen yet, all in one transaction.
pub(super) fn bring_up_to_date(connection: &mut Connection) -> Result<(), StoreError> {
    refuse_other_files(connection)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    // Immediate: of two programs that start at once, the second waits and finds the work done.
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.execute_batch(RECORD)?;
    let done = check_record(&transaction)?;
    for step in STEPS.iter().filter(|step| step.number > done) {
        run(&transaction, step)?;
    }
    transaction.commit()?;
    Ok(())
}

/// One step: its number, its name and its statements.
struct Step {
    number: i64,
    name: &'static str,
    text: &'static str,
}

/// A file with tables in it that does not carry our mark belongs to somebody else.
fn refuse_other_files(connection: &Connection) -> Result<(), StoreError> {
    let (mark, tables) = connection.query_one(
        "SELECT application_id, (SELECT count(*) FROM sqlite_schema) FROM pragma_application_id",
        [],
        |row| Ok((row.get::<_, i32>(0)?, row.get::<_, i64>(1)?)),
    )?;
    if mark != APPLICATION_ID && (mark, tables) != (0, 0) {
        return Err(StoreError::NotAStore);
    }
    Ok(())
}

/// Compares the steps that the store has seen with ours, and gives the number of the last.
fn check_record(transaction: &Transaction<'_>) -> Result<i64, StoreError> {
    let mut statement =
        transaction.prepare("SELECT number, name, text FROM migrations ORDER BY number")?;
    let rows = statement
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
        .collect::<rusqlite::Result<Vec<(i64, String, String)>>>()?;
    let known = STEPS.last().map_or(0, |step| step.number);
    let done = rows.last().map_or(0, |(number, ..)| *number);
    if done > known {
        return Err(StoreError::NewerSchema { found: done, known });
    }
    for (step, (number, name, text)) in STEPS.iter().zip(&rows) {
        if step.number != *number || step.text != text {
            return Err(StoreError::ChangedMigration {
                number: *number,
                name: name.clone(),
            });
        }
    }
    Ok(done)
}

fn run(transaction: &Transaction<'_>, step: &Step) -> rusqlite::Result<()> {
    transaction.execute_batch(step.text)?;
    transaction.execute(
        "INSERT INTO migrations (number, name, text) VALUES (?1, ?2, ?3)",
        (step.number, step.name, step.text),
    )?;
    Ok(())
}

/// Marks the file as ours (`file` and the like can show it): "prsn".
const APPLICATION_ID: i32 = 0x7072_736e;

const RECORD: &str = "
    CREATE TABLE IF NOT EXISTS migrations (
        number INTEGER PRIMARY KEY,
        name   TEXT NOT NULL,
        text   TEXT NOT NULL
    ) STRICT;
";

/// In order, without gaps. A step that was released is never changed.
const STEPS: &[Step] = &[
    Step {
        number: 1,
        name: "sessions",
        text: include_str!("../../migrations/sqlite/0001_sessions.sql"),
    },
    Step {
        number: 2,
        name: "attempts",
        text: include_str!("../../migrations/sqlite/0002_attempts.sql"),
    },
    Step {
        number: 3,
        name: "spent",
        text: include_str!("../../migrations/sqlite/0003_spent.sql"),
    },
    Step {
        number: 4,
        name: "issuers",
        text: include_str!("../../migrations/sqlite/0004_issuers.sql"),
    },
    Step {
        number: 5,
        name: "challenges",
        text: include_str!("../../migrations/sqlite/0005_challenges.sql"),
    },
    Step {
        number: 6,
        name: "proof",
        text: include_str!("../../migrations/sqlite/0006_proof.sql"),
    },
    Step {
        number: 7,
        name: "shared",
        text: include_str!("../../migrations/sqlite/0007_shared.sql"),
    },
    Step {
        number: 8,
        name: "domains",
        text: include_str!("../../migrations/sqlite/0008_domains.sql"),
    },
    Step {
        number: 9,
        name: "standings",
        text: include_str!("../../migrations/sqlite/0009_standings.sql"),
    },
    Step {
        number: 10,
        name: "aliases",
        text: include_str!("../../migrations/sqlite/0010_aliases.sql"),
    },
    Step {
        number: 11,
        name: "grants",
        text: include_str!("../../migrations/sqlite/0011_grants.sql"),
    },
];
