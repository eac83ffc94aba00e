//! The statements about the operator's domains.

use protocol::email::Domain;
use protocol::time::UnixSeconds;
use rusqlite::{Connection, Transaction};

use super::statement::execute;
use super::{consents, grant_ends};
use crate::domains::DomainRow;
use crate::error::StoreError;

pub(super) fn list(connection: &Connection) -> Result<Vec<DomainRow>, StoreError> {
    let mut statement =
        connection.prepare_cached("SELECT name, section, added FROM domains ORDER BY name")?;
    let rows = statement
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
        .collect::<rusqlite::Result<Vec<(String, String, i64)>>>()?;
    let row = |(name, section, added): (String, String, i64)| {
        Ok(DomainRow {
            name: Domain::parse(&name).map_err(|_| StoreError::Senseless {
                table: "domains",
                column: "name",
            })?,
            section,
            added: UnixSeconds::from_seconds(added),
        })
    };
    rows.into_iter().map(row).collect()
}

pub(super) fn put(transaction: &Transaction<'_>, row: &DomainRow) -> Result<(), StoreError> {
    execute(
        transaction,
        "INSERT INTO domains (name, section, added) VALUES (?1, ?2, ?3)
         ON CONFLICT (name) DO UPDATE SET section = excluded.section, added = excluded.added",
        (row.name.as_str(), &row.section, row.added.as_seconds()),
    )?;
    Ok(())
}

pub(super) fn remove(
    transaction: &Transaction<'_>,
    name: &Domain,
) -> Result<Option<u64>, StoreError> {
    let removed = execute(
        transaction,
        "DELETE FROM domains WHERE name = ?1",
        [name.as_str()],
    )?;
    if removed == 0 {
        return Ok(None);
    }
    let whose = format!("@{name}");
    let ended = execute(
        transaction,
        "DELETE FROM sessions WHERE substr(address, -length(?1)) = ?1",
        [&whose],
    )?;
    grant_ends::end_of_domain(transaction, &whose)?;
    consents::forget_domain(transaction, &whose)?;
    Ok(Some(ended))
}
