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
        if matches!(
            code,
            Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt)
        ) {
            return Self::NotAStore;
        }
        if code == Some(ErrorCode::DiskFull) {
            return Self::DiskFull;
        }
        Self::Unavailable {
            reason: error.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::ffi;

    use super::*;

    #[test]
    fn each_trouble_has_its_own_sentence() {
        for (code, sentence) in [
            (
                ffi::SQLITE_BUSY,
                "the store is in use by another process and did not come free in time",
            ),
            (
                ffi::SQLITE_BUSY_SNAPSHOT,
                "the store is in use by another process and did not come free in time",
            ),
            (
                ffi::SQLITE_CORRUPT,
                "the file of the store is not a database of this program, or is damaged; \
                 name another in storage.url, or go back to a backup",
            ),
            (ffi::SQLITE_FULL, "the disk that holds the store is full"),
            (
                ffi::SQLITE_READONLY,
                "the store cannot be used: attempt to write a readonly database",
            ),
        ] {
            let words = Some("attempt to write a readonly database".to_owned());
            let error = Error::SqliteFailure(ffi::Error::new(code), words);

            assert_eq!(StoreError::from(error).to_string(), sentence);
        }
    }
}
