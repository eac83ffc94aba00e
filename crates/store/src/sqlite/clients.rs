//! The statements about the operator's clients.

use protocol::time::UnixSeconds;
use rusqlite::{Connection, OptionalExtension as _, Row, Transaction};

use super::statement::execute;
use super::{SqliteStore, consents, grant_ends, notices};
use crate::client::{ClientRow, Clients};
use crate::error::StoreError;
use crate::future::BoxFuture;

impl Clients for SqliteStore {
    fn clients(&self) -> BoxFuture<'_, Result<Vec<ClientRow>, StoreError>> {
        Box::pin(async move { self.read(list) })
    }

    fn client<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<Option<ClientRow>, StoreError>> {
        Box::pin(async move { self.read(|connection| find(connection, id)) })
    }

    fn put_client<'a>(&'a self, row: &'a ClientRow) -> BoxFuture<'a, Result<(), StoreError>> {
        let row = row.clone();
        Box::pin(self.write(move |transaction| put(transaction, &row)))
    }

    fn remove_client<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<bool, StoreError>> {
        let id = id.to_owned();
        Box::pin(self.write(move |transaction| remove(transaction, &id)))
    }
}

fn list(connection: &Connection) -> Result<Vec<ClientRow>, StoreError> {
    let mut statement =
        connection.prepare_cached("SELECT id, section, added FROM clients ORDER BY id")?;
    let rows = statement.query_map([], read)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

fn find(connection: &Connection, id: &str) -> Result<Option<ClientRow>, StoreError> {
    let found = connection
        .prepare_cached("SELECT id, section, added FROM clients WHERE id = ?1")?
        .query_one([id], read)
        .optional()?;
    Ok(found)
}

fn put(transaction: &Transaction<'_>, row: &ClientRow) -> Result<(), StoreError> {
    execute(
        transaction,
        "INSERT INTO clients (id, section, added) VALUES (?1, ?2, ?3)
         ON CONFLICT (id) DO UPDATE SET section = excluded.section, added = excluded.added",
        (&row.id, &row.section, row.added.as_seconds()),
    )?;
    Ok(())
}

fn remove(transaction: &Transaction<'_>, id: &str) -> Result<bool, StoreError> {
    let removed = execute(transaction, "DELETE FROM clients WHERE id = ?1", [id])?;
    if removed == 0 {
        return Ok(false);
    }
    grant_ends::end_of_client(transaction, id)?;
    consents::forget_client(transaction, id)?;
    notices::forget_client(transaction, id)?;
    Ok(true)
}

fn read(row: &Row<'_>) -> rusqlite::Result<ClientRow> {
    Ok(ClientRow {
        id: row.get(0)?,
        section: row.get(1)?,
        added: UnixSeconds::from_seconds(row.get(2)?),
    })
}
