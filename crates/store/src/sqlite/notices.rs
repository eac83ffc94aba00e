//! The statements about notices.

use std::time::Duration;

use protocol::time::UnixSeconds;
use rusqlite::{Connection, Params, Transaction};

use super::statement::execute;
use super::{SqliteStore, stored};
use crate::error::StoreError;
use crate::future::BoxFuture;
use crate::notice::{Notice, NoticeId, Notices};
use crate::session::SessionId;

impl Notices for SqliteStore {
    fn take_notices(
        &self,
        most: u32,
        lease: Duration,
        now: UnixSeconds,
    ) -> BoxFuture<'_, Result<Vec<Notice>, StoreError>> {
        Box::pin(async move {
            if !self.read(|connection| is_any_due(connection, now))? {
                return Ok(Vec::new());
            }
            self.write(move |transaction| take(transaction, most, now.plus(lease), now))
                .await
        })
    }

    fn notice_done(&self, id: NoticeId) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(self.write(move |transaction| done(transaction, id)))
    }

    fn notice_failed(
        &self,
        id: NoticeId,
        due: UnixSeconds,
    ) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(self.write(move |transaction| put_off(transaction, id, due)))
    }
}

/// Writes down who is to be told when these grants end. They must still be there.
pub(super) fn write(
    transaction: &Transaction<'_>,
    grants: &'static str,
    parameters: impl Params,
) -> Result<(), StoreError> {
    let statement = format!(
        "INSERT INTO notices (issuer, client, address, session, due, attempts)
         SELECT DISTINCT issuer, client, address, session, 0, 0 FROM grants WHERE {grants}"
    );
    execute(transaction, &statement, parameters)?;
    Ok(())
}

/// Forgets what a client was still to be told.
pub(super) fn forget_client(transaction: &Transaction<'_>, client: &str) -> Result<(), StoreError> {
    execute(
        transaction,
        "DELETE FROM notices WHERE client = ?1",
        [client],
    )?;
    Ok(())
}

/// Says whether there is anything to tell: a read, which holds nobody up.
fn is_any_due(connection: &Connection, now: UnixSeconds) -> Result<bool, StoreError> {
    let any = connection
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM notices WHERE due <= ?1)")?
        .query_one([now.as_seconds()], |row| row.get(0))?;
    Ok(any)
}

fn take(
    transaction: &Transaction<'_>,
    most: u32,
    again: UnixSeconds,
    now: UnixSeconds,
) -> Result<Vec<Notice>, StoreError> {
    let mut statement = transaction.prepare_cached(
        "UPDATE notices SET due = ?3, attempts = min(attempts + 1, 4294967295)
         WHERE id IN (SELECT id FROM notices WHERE due <= ?2 ORDER BY due, id LIMIT ?1)
         RETURNING id, issuer, client, address, session, attempts",
    )?;
    let rows = statement.query_map((most, now.as_seconds(), again.as_seconds()), |row| {
        let whose: (i64, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        Ok((whose, row.get::<_, String>(3)?, row.get(4)?, row.get(5)?))
    })?;
    let mut notices = Vec::new();
    for row in rows {
        let ((id, issuer, client), address, session, attempts) = row?;
        notices.push(Notice {
            id: NoticeId(id),
            issuer,
            client,
            address: stored::address(&address, "notices")?,
            session: Option::map(session, SessionId::from_sha256),
            attempts,
        });
    }
    // RETURNING promises no order. What was written first was due first, unless it was put off.
    notices.sort_by_key(|notice| notice.id.0);
    Ok(notices)
}

fn done(transaction: &Transaction<'_>, id: NoticeId) -> Result<(), StoreError> {
    execute(transaction, "DELETE FROM notices WHERE id = ?1", [id.0])?;
    Ok(())
}

fn put_off(
    transaction: &Transaction<'_>,
    id: NoticeId,
    due: UnixSeconds,
) -> Result<(), StoreError> {
    execute(
        transaction,
        "UPDATE notices SET due = ?2 WHERE id = ?1",
        (id.0, due.as_seconds()),
    )?;
    Ok(())
}
