//! The statements about consents.

use protocol::email::EmailAddress;
use protocol::time::UnixSeconds;
use rusqlite::{Connection, OptionalExtension as _, Row, Transaction};

use super::statement::execute;
use super::{SqliteStore, grant_ends, standings, stored};
use crate::consent::{ConsentRow, Consents};
use crate::error::StoreError;
use crate::future::BoxFuture;

impl Consents for SqliteStore {
    fn consent<'a>(
        &'a self,
        issuer: &'a str,
        client: &'a str,
        address: &'a EmailAddress,
    ) -> BoxFuture<'a, Result<Option<ConsentRow>, StoreError>> {
        let address = address.canonical().to_string();
        Box::pin(async move { self.read(|connection| find(connection, issuer, client, &address)) })
    }

    fn give_consent<'a>(
        &'a self,
        consent: &'a ConsentRow,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        let consent = consent.clone();
        Box::pin(self.write(move |transaction| give(transaction, &consent)))
    }

    fn withdraw_consent<'a>(
        &'a self,
        issuer: &'a str,
        client: &'a str,
        address: &'a EmailAddress,
    ) -> BoxFuture<'a, Result<bool, StoreError>> {
        let (issuer, client) = (issuer.to_owned(), client.to_owned());
        let address = address.canonical().to_string();
        Box::pin(self.write(move |transaction| withdraw(transaction, &issuer, &client, &address)))
    }

    fn consents_of<'a>(
        &'a self,
        address: &'a EmailAddress,
    ) -> BoxFuture<'a, Result<Vec<ConsentRow>, StoreError>> {
        let address = address.canonical().to_string();
        Box::pin(async move { self.read(|connection| list(connection, &address)) })
    }
}

fn find(
    connection: &Connection,
    issuer: &str,
    client: &str,
    address: &str,
) -> Result<Option<ConsentRow>, StoreError> {
    connection
        .prepare_cached(
            "SELECT issuer, client, address, scopes, given FROM consents
             WHERE address = ?3 AND issuer = ?1 AND client = ?2",
        )?
        .query_one((issuer, client, address), columns)
        .optional()?
        .map(Stored::read)
        .transpose()
}

fn list(connection: &Connection, address: &str) -> Result<Vec<ConsentRow>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT issuer, client, address, scopes, given FROM consents
         WHERE address = ?1 ORDER BY issuer, client",
    )?;
    let rows = statement.query_map([address], columns)?;
    rows.map(|row| row?.read()).collect()
}

fn give(transaction: &Transaction<'_>, consent: &ConsentRow) -> Result<(), StoreError> {
    execute(
        transaction,
        "INSERT INTO consents (issuer, client, address, scopes, given)
         VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (address, issuer, client)
         DO UPDATE SET scopes = excluded.scopes, given = excluded.given",
        (
            &consent.issuer,
            &consent.client,
            consent.address.canonical().to_string(),
            &consent.scopes,
            consent.given.as_seconds(),
        ),
    )?;
    Ok(())
}

fn withdraw(
    transaction: &Transaction<'_>,
    issuer: &str,
    client: &str,
    address: &str,
) -> Result<bool, StoreError> {
    let withdrawn = execute(
        transaction,
        "DELETE FROM consents WHERE address = ?3 AND issuer = ?1 AND client = ?2",
        (issuer, client, address),
    )?;
    let ended = grant_ends::end_between(transaction, issuer, client, address)?;
    standings::forget(transaction, address)?;
    Ok(withdrawn + ended > 0)
}

/// Forgets what an account has agreed to: its mailbox is gone, and may be somebody else's one day.
pub(super) fn forget_address(
    transaction: &Transaction<'_>,
    address: &str,
) -> Result<(), StoreError> {
    execute(
        transaction,
        "DELETE FROM consents WHERE address = ?1",
        [address],
    )?;
    Ok(())
}

/// Forgets what the people of a domain, given as the end of their addresses, have agreed to.
pub(super) fn forget_domain(transaction: &Transaction<'_>, whose: &str) -> Result<(), StoreError> {
    execute(
        transaction,
        "DELETE FROM consents WHERE substr(address, -length(?1)) = ?1",
        [whose],
    )?;
    Ok(())
}

/// Forgets what anybody has agreed that a client may be told.
pub(super) fn forget_client(transaction: &Transaction<'_>, client: &str) -> Result<(), StoreError> {
    execute(
        transaction,
        "DELETE FROM consents WHERE client = ?1",
        [client],
    )?;
    Ok(())
}

/// A row as the database has it, its address not believed yet.
struct Stored {
    issuer: String,
    client: String,
    address: String,
    scopes: String,
    given: i64,
}

impl Stored {
    fn read(self) -> Result<ConsentRow, StoreError> {
        Ok(ConsentRow {
            issuer: self.issuer,
            client: self.client,
            address: stored::address(&self.address, "consents")?,
            scopes: self.scopes,
            given: UnixSeconds::from_seconds(self.given),
        })
    }
}

fn columns(row: &Row<'_>) -> rusqlite::Result<Stored> {
    Ok(Stored {
        issuer: row.get(0)?,
        client: row.get(1)?,
        address: row.get(2)?,
        scopes: row.get(3)?,
        given: row.get(4)?,
    })
}
