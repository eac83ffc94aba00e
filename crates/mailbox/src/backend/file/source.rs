//! The file behind a table: read when it has changed, and only once it stands still.
//!
//! Editors and `htpasswd` empty a file and fill it again, so what is found in between is half of it. A
//! changed file is therefore left alone until it looks the same for a fifth of a second, read, and looked
//! at again. That also tells two changes apart within one tick of the file system's clock.

use std::fmt;
use std::fs::{self, Metadata};
use std::io::{self, Read as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use protocol::email::Domain;
use protocol::secret::Secret;

use super::table::Table;
use crate::check::Remark;
use crate::url::FileUrl;

/// A password file, and what was last read from it.
pub(super) struct Source {
    path: PathBuf,
    domain: Option<Domain>,
    known: Mutex<Option<(Stamp, Arc<Table>)>>,
}

/// Says why a password file cannot be used. Nothing of its content is in it.
#[derive(Debug, thiserror::Error)]
pub(super) enum Trouble {
    #[error("{0}")]
    Io(#[from] io::Error),
    #[error("it is no regular file")]
    NotAFile,
    #[error("it is larger than 16 MiB")]
    TooLarge,
    #[error("it is being written all the time")]
    Restless,
    #[error("no line in it is for a user")]
    Empty,
}

impl Source {
    pub(super) fn new(url: &FileUrl) -> Self {
        Self {
            path: url.path().to_owned(),
            domain: url.domain().cloned(),
            known: Mutex::new(None),
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Gives what stands in the file now. Waits and reads, so not for a thread that serves; whoever
    /// comes while it is being read waits as well.
    pub(super) fn table(&self) -> Result<Arc<Table>, Trouble> {
        self.table_after(&mut || thread::sleep(STILL))
    }

    fn table_after(&self, pause: &mut dyn FnMut()) -> Result<Arc<Table>, Trouble> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let stamp = Stamp::of(&self.path)?;
        if let Some((of, table)) = &*known
            && *of == stamp
        {
            return Ok(Arc::clone(table));
        }
        // What was known is not true any more, whatever comes of reading.
        *known = None;
        let (stamp, text) = self.read(stamp, pause)?;
        let table = Arc::new(Table::read(text.expose(), self.domain.as_ref()));
        if table.is_empty() {
            return Err(Trouble::Empty);
        }
        *known = Some((stamp, Arc::clone(&table)));
        Ok(table)
    }

    /// Says who else can read or change the file.
    pub(super) fn remark(&self) -> Option<Remark> {
        let path = self.path.display();
        let mode = fs::metadata(&self.path).ok()?.mode();
        let (seen, change) = match mode {
            mode if mode & 0o022 != 0 => ("can be changed by others than its owner", "go-w"),
            mode if mode & 0o004 != 0 => ("can be read by everybody on this machine", "o-r"),
            _ => return None,
        };
        Some(Remark {
            reason: "mode",
            seen: format!("{path} {seen}"),
            mend: format!("chmod {change} {path}"),
        })
    }

    fn read(
        &self,
        mut before: Stamp,
        pause: &mut dyn FnMut(),
    ) -> Result<(Stamp, Secret<Vec<u8>>), Trouble> {
        for _ in 0..TRIES {
            pause();
            let now = Stamp::of(&self.path)?;
            if now == before {
                let text = read_whole(&self.path, now.size)?;
                if text.expose().len() as u64 == now.size && Stamp::of(&self.path)? == now {
                    return Ok((now, text));
                }
            }
            before = now;
        }
        Err(Trouble::Restless)
    }
}

/// Nothing but the path: what was read is full of hashes.
impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Source({})", self.path.display())
    }
}

/// What tells one state of a file from another.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Stamp {
    place: (u64, u64),
    size: u64,
    modified: (i64, i64),
    /// Cannot be set back, as the time above can.
    changed: (i64, i64),
}

impl Stamp {
    fn of(path: &Path) -> Result<Self, Trouble> {
        let found = fs::metadata(path)?;
        // A pipe would let us wait for ever.
        if !found.is_file() {
            return Err(Trouble::NotAFile);
        }
        if found.len() > MOST_OCTETS {
            return Err(Trouble::TooLarge);
        }
        Ok(Self::from(&found))
    }
}

impl From<&Metadata> for Stamp {
    fn from(found: &Metadata) -> Self {
        Self {
            place: (found.dev(), found.ino()),
            size: found.size(),
            modified: (found.mtime(), found.mtime_nsec()),
            changed: (found.ctime(), found.ctime_nsec()),
        }
    }
}

/// Reads at most one octet more than there should be.
fn read_whole(path: &Path, size: u64) -> Result<Secret<Vec<u8>>, Trouble> {
    let room = usize::try_from(size).map_err(|_| Trouble::TooLarge)?;
    // With the room reserved, the text is never moved, so no copy of it is left behind unwiped.
    let mut text = Vec::with_capacity(room.saturating_add(64));
    let file = fs::File::open(path)?;
    let read = file.take(size.saturating_add(1)).read_to_end(&mut text);
    let text = Secret::new(text);
    read?;
    Ok(text)
}

const MOST_OCTETS: u64 = 16 * 1024 * 1024;
const STILL: Duration = Duration::from_millis(200);
const TRIES: u32 = 10;

#[cfg(test)]
mod tests;
