//! The statements that end grants together with something else, and note who is to be told.

use rusqlite::{Params, Transaction};

use super::notices;
use super::statement::execute;
use crate::error::StoreError;
use crate::session::SessionId;

/// Ends what was given in a session and does not outlive it, and lets the rest live without it.
pub(super) fn end_with_session(
    transaction: &Transaction<'_>,
    id: &SessionId,
) -> Result<(), StoreError> {
    notices::write(transaction, "session = ?1", [id.as_bytes()])?;
    execute(
        transaction,
        "DELETE FROM grants WHERE session = ?1 AND offline = 0",
        [id.as_bytes()],
    )?;
    execute(
        transaction,
        "UPDATE grants SET session = NULL WHERE session = ?1",
        [id.as_bytes()],
    )?;
    Ok(())
}

/// Ends all of an account.
pub(super) fn end_of(transaction: &Transaction<'_>, address: &str) -> Result<(), StoreError> {
    end_and_tell(transaction, "address = ?1", [address])
}

/// Ends what the mailbox's password has opened for an account, whose mailbox is gone.
pub(super) fn end_of_gone(transaction: &Transaction<'_>, address: &str) -> Result<(), StoreError> {
    end_and_tell(
        transaction,
        "address = ?1 AND proof = 'password'",
        [address],
    )
}

/// Ends all of a domain, given as the end of its addresses.
pub(super) fn end_of_domain(transaction: &Transaction<'_>, whose: &str) -> Result<(), StoreError> {
    end_and_tell(transaction, "substr(address, -length(?1)) = ?1", [whose])
}

/// Ends all of everybody.
pub(super) fn end_all(transaction: &Transaction<'_>) -> Result<(), StoreError> {
    end_and_tell(transaction, "true", ())
}

/// Ends all of a client.
pub(super) fn end_of_client(transaction: &Transaction<'_>, client: &str) -> Result<(), StoreError> {
    execute(
        transaction,
        "DELETE FROM grants WHERE client = ?1",
        [client],
    )?;
    Ok(())
}

/// Ends what a client has at an issuer for an account, and says how many there were.
pub(super) fn end_between(
    transaction: &Transaction<'_>,
    issuer: &str,
    client: &str,
    address: &str,
) -> Result<u64, StoreError> {
    execute(
        transaction,
        "DELETE FROM grants WHERE address = ?3 AND client = ?2 AND issuer = ?1",
        (issuer, client, address),
    )
}

fn end_and_tell(
    transaction: &Transaction<'_>,
    which: &'static str,
    parameters: impl Params + Clone,
) -> Result<(), StoreError> {
    notices::write(transaction, which, parameters.clone())?;
    let statement = format!("DELETE FROM grants WHERE {which}");
    execute(transaction, &statement, parameters)?;
    Ok(())
}
