//! What the database complains about, in the words of the store.

use rusqlite::{Error, ErrorCode};

use crate::error::StoreError;

impl From<Error> for StoreError {
    /// Names the situation behind an error. SQLite's messages do not hold the values of a row.
    fn from(error: Error) -> Self {
        let code = error.sqlite_error_code();
        if matches!(
            code,
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked)
        ) {
            return Self::Busy;
        }
        if code == Some(ErrorCode::DiskFull) {
            return Self::DiskFull;
        }
        Self::Unavailable {
            reason: error.to_string(),
        }
    }
}
