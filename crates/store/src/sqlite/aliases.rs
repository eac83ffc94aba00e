//! The statements about the operator's aliases.

use protocol::email::{Domain, EmailAddress};
use rusqlite::{Connection, Row, Transaction};

use super::statement::execute;
use crate::alias::AliasRow;
use crate::error::StoreError;

pub(super) fn list(connection: &Connection) -> Result<Vec<AliasRow>, StoreError> {
    let mut statement =
        connection.prepare_cached("SELECT alias, target FROM aliases ORDER BY alias, number")?;
    let rows = statement.query_map([], read)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

pub(super) fn find(
    connection: &Connection,
    names: &[EmailAddress],
) -> Result<Vec<AliasRow>, StoreError> {
    // All names as they stand at one moment; it is rolled back, having changed nothing.
    let transaction = connection.unchecked_transaction()?;
    let mut statement = transaction
        .prepare_cached("SELECT alias, target FROM aliases WHERE alias = ?1 ORDER BY number")?;
    let mut found = Vec::new();
    for name in names {
        for row in statement.query_map([name.canonical().to_string()], read)? {
            found.push(row?);
        }
    }
    Ok(found)
}

pub(super) fn are_in(connection: &Connection, domain: &Domain) -> Result<bool, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT EXISTS (SELECT 1 FROM aliases WHERE substr(alias, -length(?1)) = ?1)",
    )?;
    Ok(statement.query_row([format!("@{domain}")], |row| row.get(0))?)
}

pub(super) fn add(
    transaction: &Transaction<'_>,
    rows: Vec<AliasRow>,
) -> Result<Vec<AliasRow>, StoreError> {
    changed(
        transaction,
        "INSERT INTO aliases (alias, target) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
        rows,
    )
}

pub(super) fn remove(
    transaction: &Transaction<'_>,
    rows: Vec<AliasRow>,
) -> Result<Vec<AliasRow>, StoreError> {
    changed(
        transaction,
        "DELETE FROM aliases WHERE alias = ?1 AND target = ?2",
        rows,
    )
}

/// Runs a statement about each row, and gives back those that it changed.
fn changed(
    transaction: &Transaction<'_>,
    statement: &str,
    rows: Vec<AliasRow>,
) -> Result<Vec<AliasRow>, StoreError> {
    let mut changed = Vec::new();
    for row in rows {
        if execute(transaction, statement, (&row.alias, &row.target))? > 0 {
            changed.push(row);
        }
    }
    Ok(changed)
}

fn read(row: &Row<'_>) -> rusqlite::Result<AliasRow> {
    Ok(AliasRow {
        alias: row.get(0)?,
        target: row.get(1)?,
    })
}
