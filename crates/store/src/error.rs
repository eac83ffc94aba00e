//! What can be wrong with the store, as sentences for the operator.

use std::path::PathBuf;

use crate::session::PREFIX_DIGITS;

/// Says why the store could not be asked, or not do what it was asked.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    /// Another process has held the store for longer than we wait.
    #[error("the store is in use by another process and did not come free in time")]
    Busy,
    /// There is no room for what should be kept.
    #[error("the disk that holds the store is full")]
    DiskFull,
    /// The database cannot be opened, read or written.
    #[error("the store cannot be used: {reason}")]
    Unavailable {
        /// The database's own words.
        reason: String,
    },
    /// The directory of the file is missing.
    #[error("there is no directory {} for the store; make it, owned by the user that runs this program", .directory.display())]
    NoDirectory {
        /// Where the file should be.
        directory: PathBuf,
    },
    /// Somebody else on this machine could read or change the file.
    #[error("every user of this machine may read or write the store; run: chmod o-rwx '{}'", .file.display())]
    OpenToOthers {
        /// The file of the store.
        file: PathBuf,
    },
    /// The file is something else, or was.
    #[error(
        "the file of the store is not a database of this program, or is damaged; name another in storage.url, or go back to a backup"
    )]
    NotAStore,
    /// A newer version of this program has worked here.
    #[error(
        "the store is of a newer version of this program (schema {found}, this version knows {known}); run that version, or go back to a backup"
    )]
    NewerSchema {
        /// The highest schema number in the store.
        found: i64,
        /// The highest schema number that this program knows.
        known: i64,
    },
    /// The tables were made by other statements than the ones in this program.
    #[error(
        "the store was made by other statements than this program's (schema {number}, {name}); it may come from a version that was never released"
    )]
    ChangedMigration {
        /// The number of the step that differs.
        number: i64,
        /// The name of the step that differs.
        name: String,
    },
    /// A row holds what this program never writes.
    #[error("the store holds a value that makes no sense in table {table}, column {column}")]
    Senseless {
        /// The table of the row.
        table: &'static str,
        /// The column of the value.
        column: &'static str,
    },
    /// The prefix of a session is too short, too long or not hexadecimal.
    #[error("a session is named by {PREFIX_DIGITS} to 64 hexadecimal digits of its id")]
    BadPrefix,
    /// The prefix of a session names several.
    #[error("several sessions have an id that begins so; give more digits, or end them by address")]
    AmbiguousPrefix,
    /// A second session of the same id.
    #[error("there is a session of this id already")]
    SessionExists,
}
