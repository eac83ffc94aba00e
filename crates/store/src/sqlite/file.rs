//! The file of the store: who may read it, and how a connection to it is set up.

use std::fs::{self, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use crate::error::StoreError;

/// Makes the file with mode 0600 before SQLite can make it with another, and refuses one that is
/// open to everybody. SQLite gives the files that it puts beside it the same mode.
pub(super) fn make_private(path: &Path) -> Result<(), StoreError> {
    let directory = path.parent().unwrap_or(Path::new("/"));
    if !directory.is_dir() {
        return Err(StoreError::NoDirectory {
            directory: directory.to_owned(),
        });
    }
    let made = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path);
    match made {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => look_at(path),
        Err(error) => Err(unusable(path, &error)),
    }
}

/// Opens a connection that waits for `patience` when another process is in the way.
pub(super) fn connect(path: &Path, patience: Duration) -> Result<Connection, StoreError> {
    // Without the flags CREATE and URI: the file is there, and its name is just a name.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    set_up(&connection, patience)?;
    Ok(connection)
}

/// Opens a database that is in no file.
pub(super) fn connect_in_memory() -> Result<Connection, StoreError> {
    let connection = Connection::open_in_memory()?;
    set_up(&connection, Duration::ZERO)?;
    Ok(connection)
}

fn set_up(connection: &Connection, patience: Duration) -> Result<(), StoreError> {
    connection.busy_timeout(patience)?;
    connection.execute_batch(HABITS)?;
    Ok(())
}

/// Looks at a file that was there before.
fn look_at(path: &Path) -> Result<(), StoreError> {
    let metadata = fs::metadata(path).map_err(|error| unusable(path, &error))?;
    if metadata.mode() & 0o007 != 0 {
        return Err(StoreError::OpenToOthers {
            file: path.to_owned(),
        });
    }
    // SQLite takes a file of less than a page for an empty database, and would write over it. What
    // is longer it looks at itself. Reading the file here would drop the locks that another
    // connection of this process has on it: they belong to the process, and closing lets them go.
    if (1..SMALLEST_PAGE).contains(&metadata.len()) {
        return Err(StoreError::NotAStore);
    }
    Ok(())
}

fn unusable(path: &Path, error: &io::Error) -> StoreError {
    StoreError::Unavailable {
        reason: format!("{}: {error}", path.display()),
    }
}

/// Octets of the smallest database (<https://www.sqlite.org/fileformat2.html> §1.3.2).
const SMALLEST_PAGE: u64 = 512;

const HABITS: &str = "
    PRAGMA synchronous = FULL;
    PRAGMA foreign_keys = ON;
    PRAGMA secure_delete = ON;
    PRAGMA trusted_schema = OFF;
";
