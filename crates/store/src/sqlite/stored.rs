//! What stands in a column, believed only after a look.

use protocol::email::EmailAddress;

use crate::error::StoreError;
use crate::session::Proof;

/// Reads the column `address` of a table.
pub(super) fn address(text: &str, table: &'static str) -> Result<EmailAddress, StoreError> {
    EmailAddress::parse(text).map_err(|_| StoreError::Senseless {
        table,
        column: "address",
    })
}

/// Reads the column `proof` of a table.
pub(super) fn proof(word: &str, table: &'static str) -> Result<Proof, StoreError> {
    match word {
        "password" => Ok(Proof::Password),
        "mail" => Ok(Proof::Mail),
        _ => Err(StoreError::Senseless {
            table,
            column: "proof",
        }),
    }
}
