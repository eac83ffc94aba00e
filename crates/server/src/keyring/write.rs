//! Writing a key so that nobody else sees it, and no other key is lost.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{
    DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _, chown, fchown,
};
use std::path::{Path, PathBuf};

use protocol::secret::Secret;

use super::error::KeyringError;

/// Whose key is in place now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Placed {
    /// The one that was given.
    New,
    /// Another that was there before, even if only by a moment.
    WasThere,
}

/// Makes the directory for keys, unless there is one.
pub(crate) fn make_directory(directory: &Path, group: Option<u32>) -> Result<(), KeyringError> {
    if directory.is_dir() {
        return Ok(());
    }
    if let Some(parent) = directory.parent() {
        fs::create_dir_all(parent).map_err(|error| not_written(parent, error))?;
    }
    match DirBuilder::new().mode(0o700).create(directory) {
        Ok(()) => {}
        // Somebody was quicker: it is theirs to say who may read it.
        Err(_) if directory.is_dir() => return Ok(()),
        Err(error) => return Err(not_written(directory, error)),
    }
    let Some(group) = group else {
        return Ok(());
    };
    chown(directory, None, Some(group)).map_err(|error| not_given(directory, group, error))?;
    fs::set_permissions(directory, Permissions::from_mode(0o750))
        .map_err(|error| not_written(directory, error))
}

/// Gives the group that a directory is for, besides its owner: its keys are for the same.
pub(crate) fn group_of(directory: &Path) -> Option<u32> {
    let metadata = fs::metadata(directory).ok()?;
    (metadata.mode() & 0o050 == 0o050).then(|| metadata.gid())
}

/// Puts a key in its place, whole and on the disk, or leaves the one that is there.
pub(crate) fn place(
    path: &Path,
    key: &Secret<Vec<u8>>,
    group: Option<u32>,
) -> Result<Placed, KeyringError> {
    let in_the_way = |error| not_written(path, error);
    let mut temporary = Temporary::create(path).map_err(in_the_way)?;
    if let Some(group) = group {
        // First the group, then its right to read: the other way round, the old group could.
        fchown(&temporary.file, None, Some(group))
            .map_err(|error| not_given(path, group, error))?;
        temporary
            .file
            .set_permissions(Permissions::from_mode(0o640))
            .map_err(in_the_way)?;
    }
    temporary.file.write_all(key.expose()).map_err(in_the_way)?;
    temporary.file.sync_all().map_err(in_the_way)?;
    // A link never replaces what is there, as renaming would.
    let placed = match fs::hard_link(&temporary.path, path) {
        Ok(()) => Placed::New,
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Placed::WasThere,
        Err(error) => return Err(in_the_way(error)),
    };
    drop(temporary);
    sync_directory_of(path).map_err(in_the_way)?;
    Ok(placed)
}

/// A file beside the one that is wanted, for its owner alone, and gone when this is dropped.
struct Temporary {
    path: PathBuf,
    file: File,
}

impl Temporary {
    fn create(wanted: &Path) -> io::Result<Self> {
        let mut number = 0;
        loop {
            let path = wanted.with_extension(format!("new-{}-{number}", std::process::id()));
            let created = OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(&path);
            match created {
                Ok(file) => return Ok(Self { path, file }),
                // Another thread's, or one that was left behind when the power went.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists && number < TRIES => {
                    number += 1;
                }
                Err(error) => return Err(error),
            }
        }
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        // If it cannot be removed, it is still for its owner alone: no reason to fail.
        drop(fs::remove_file(&self.path));
    }
}

fn sync_directory_of(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(directory) => File::open(directory)?.sync_all(),
        None => Ok(()),
    }
}

fn not_written(path: &Path, error: io::Error) -> KeyringError {
    KeyringError::Write {
        path: path.to_owned(),
        error,
    }
}

fn not_given(path: &Path, group: u32, error: io::Error) -> KeyringError {
    KeyringError::Group {
        path: path.to_owned(),
        group,
        error,
    }
}

/// Names to try for the file beside the key.
const TRIES: u32 = 1000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_for_its_owner_alone_before_anything_is_in_it() {
        let directory = tempfile::tempdir().unwrap();

        let temporary = Temporary::create(&directory.path().join("browserid.pem")).unwrap();

        let metadata = temporary.path.metadata().unwrap();
        assert_eq!(metadata.permissions().mode() & 0o7777, 0o600);
        assert_eq!(metadata.len(), 0);
    }

    #[test]
    fn a_key_that_came_in_between_is_not_replaced_and_nothing_is_left_behind() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("browserid.pem");
        fs::write(&path, "the first").unwrap();

        let placed = place(&path, &Secret::new(b"the second".to_vec()), None).unwrap();

        assert_eq!(placed, Placed::WasThere);
        assert_eq!(fs::read_to_string(&path).unwrap(), "the first");
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
    }
}
