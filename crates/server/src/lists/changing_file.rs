//! A file that is read again when it has changed.
//!
//! It is looked at whenever somebody asks, so a change counts from the next question on, without a
//! restart and without a signal. A file that cannot be read is not an empty one: whoever asks is told
//! that nobody knows, and what the file said before does not count any more either.
//!
//! The looks are made on the spot: the file is on a disk of this machine, a look takes microseconds,
//! and reading a file of the largest size a few milliseconds.

use std::fmt;
use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use protocol::time::Timestamp;

/// A file, and what it said when it was last read.
pub struct ChangingFile<T> {
    path: PathBuf,
    read: Reader<T>,
    last: Mutex<Option<(Stamp, Arc<T>)>>,
}

type Reader<T> = Box<dyn Fn(&[u8]) -> T + Send + Sync>;

/// Says why nobody knows what a file says.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// The system does not hand it out.
    #[error("{} cannot be read: {why}", path.display())]
    Refused {
        /// The file.
        path: PathBuf,
        /// What the system says.
        why: String,
    },
    /// It is a directory, a device, or something else without an end.
    #[error("{} is not a regular file", .0.display())]
    NotAFile(PathBuf),
    /// It is larger than any honest one.
    #[error("{} is larger than 1 MiB", .0.display())]
    TooLarge(PathBuf),
}

/// By what a change is seen.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Stamp {
    device: u64,
    inode: u64,
    size: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

impl<T> ChangingFile<T> {
    /// Names the file and how it is read. Nothing is read yet.
    pub fn new(path: &Path, read: impl Fn(&[u8]) -> T + Send + Sync + 'static) -> Self {
        Self {
            path: path.to_owned(),
            read: Box::new(read),
            last: Mutex::new(None),
        }
    }

    /// Tells what the file says now.
    pub fn current(&self, now: Timestamp) -> Result<Arc<T>, Unreadable> {
        // What a panic elsewhere left here is either whole or not there.
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let found = self.look(last.as_ref(), now);
        let (kept, answer) = match found {
            Ok((stamp, said)) => (stamp.map(|stamp| (stamp, Arc::clone(&said))), Ok(said)),
            Err(error) => (None, Err(error)),
        };
        *last = kept;
        answer
    }

    /// Gives what the file says, with its stamp if that will tell the next change.
    fn look(
        &self,
        last: Option<&(Stamp, Arc<T>)>,
        now: Timestamp,
    ) -> Result<(Option<Stamp>, Arc<T>), Unreadable> {
        let refused = |error: io::Error| Unreadable::Refused {
            path: self.path.clone(),
            why: error.to_string(),
        };
        // Asked before it is opened: opening a pipe waits for whoever writes into it.
        let found = fs::metadata(&self.path).map_err(refused)?;
        if !found.is_file() {
            return Err(Unreadable::NotAFile(self.path.clone()));
        }
        if let Some((stamp, said)) = last
            && *stamp == Stamp::of(&found)
        {
            return Ok((Some(*stamp), Arc::clone(said)));
        }
        let file = File::open(&self.path).map_err(refused)?;
        let stamp = Stamp::of(&file.metadata().map_err(refused)?);
        let mut octets = Vec::new();
        file.take(LARGEST + 1)
            .read_to_end(&mut octets)
            .map_err(refused)?;
        if octets.len() as u64 > LARGEST {
            return Err(Unreadable::TooLarge(self.path.clone()));
        }
        let said = Arc::new((self.read)(&octets));
        Ok((stamp.is_settled(now).then_some(stamp), said))
    }
}

impl Stamp {
    fn of(found: &Metadata) -> Self {
        Self {
            device: found.dev(),
            inode: found.ino(),
            size: found.size(),
            modified: (found.mtime(), found.mtime_nsec()),
            changed: (found.ctime(), found.ctime_nsec()),
        }
    }

    /// Is the last change so long ago that the next one cannot have the same time? Times of files go
    /// in steps of some milliseconds, or of seconds.
    fn is_settled(&self, now: Timestamp) -> bool {
        self.changed.0 < now.minus(SETTLING).to_seconds().as_seconds()
    }
}

impl<T> fmt::Debug for ChangingFile<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ChangingFile").field(&self.path).finish()
    }
}

/// Octets of a file: ten thousands of aliases.
const LARGEST: u64 = 1024 * 1024;
/// How long a file is read anew at each question after it has changed.
const SETTLING: Duration = Duration::from_secs(2);

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tempfile::TempDir;

    use super::*;

    /// Later than the times of all files of the tests, so that their stamps count.
    const LATER: Timestamp = Timestamp::from_millis(4_000_000_000_000);
    /// Earlier than all of them.
    const EARLIER: Timestamp = Timestamp::from_millis(0);

    struct Counted {
        folder: TempDir,
        file: ChangingFile<String>,
        readings: Arc<AtomicUsize>,
    }

    impl Counted {
        fn new() -> Self {
            let folder = TempDir::new().unwrap();
            let readings = Arc::new(AtomicUsize::new(0));
            let count = Arc::clone(&readings);
            let file = ChangingFile::new(&folder.path().join("list"), move |octets| {
                count.fetch_add(1, Ordering::SeqCst);
                String::from_utf8(octets.to_owned()).unwrap()
            });
            Self {
                folder,
                file,
                readings,
            }
        }

        fn write(&self, text: &str) {
            fs::write(self.folder.path().join("list"), text).unwrap();
        }

        fn replace(&self, text: &str) {
            let new = self.folder.path().join("new");
            fs::write(&new, text).unwrap();
            fs::rename(&new, self.folder.path().join("list")).unwrap();
        }

        fn says(&self, now: Timestamp) -> String {
            self.file.current(now).unwrap().to_string()
        }
    }

    #[test]
    fn a_change_counts_at_the_next_question() {
        let list = Counted::new();
        list.write("one");
        assert_eq!(list.says(LATER), "one");

        list.write("three");
        assert_eq!(list.says(LATER), "three");

        list.replace("four!");
        assert_eq!(list.says(LATER), "four!");
    }

    #[test]
    fn a_file_that_is_the_same_is_read_once() {
        let list = Counted::new();
        list.write("one");

        for _ in 0..5 {
            assert_eq!(list.says(LATER), "one");
        }

        assert_eq!(list.readings.load(Ordering::SeqCst), 1);
    }

    #[test]
    fn a_change_within_the_same_tick_of_the_clock_is_seen() {
        let list = Counted::new();
        for text in ["one", "two", "six", "ten"] {
            list.write(text);

            assert_eq!(list.says(EARLIER), text);
        }
    }

    #[test]
    fn a_file_that_cannot_be_read_says_nothing_and_not_what_it_said_before() {
        let list = Counted::new();
        let path = list.folder.path().join("list");
        assert!(matches!(
            list.file.current(LATER),
            Err(Unreadable::Refused { .. })
        ));
        list.write("one");
        assert_eq!(list.says(LATER), "one");

        fs::remove_file(&path).unwrap();
        assert!(matches!(
            list.file.current(LATER),
            Err(Unreadable::Refused { .. })
        ));
        fs::create_dir(&path).unwrap();
        assert_eq!(
            list.file.current(LATER),
            Err(Unreadable::NotAFile(path.clone()))
        );
        fs::remove_dir(&path).unwrap();
        list.write(&"x".repeat(usize::try_from(LARGEST).unwrap() + 1));
        assert_eq!(list.file.current(LATER), Err(Unreadable::TooLarge(path)));
        list.write("one");
        assert_eq!(list.says(LATER), "one");
    }
}
