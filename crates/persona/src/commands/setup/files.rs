//! Writes what belongs to an installation, and takes it back if the whole cannot be done.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt, fchown};
use std::path::{Path, PathBuf};

use store::StorageUrl;

use crate::out::{Failure, Out};

mod keys;

/// What is being done, and how to undo it.
pub(crate) struct Work<'a> {
    manner: Manner,
    group: Option<u32>,
    restart: bool,
    verbose: Option<&'a Out>,
    /// What this run made, in that order.
    made: Vec<PathBuf>,
    /// What this run moved aside: from, to.
    moved: Vec<(PathBuf, PathBuf)>,
    entries: Vec<Entry>,
    finished: bool,
}

/// Is anything touched?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    /// The files are written.
    InEarnest,
    /// What would be made and moved is remembered, and nothing done.
    Rehearsal,
}

/// One line of the list of files.
pub(crate) struct Entry {
    pub(crate) done: Done,
    pub(crate) mode: u32,
    pub(crate) path: PathBuf,
}

/// What happened to a file, or would happen.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Done {
    Wrote,
    Kept,
    /// Kept, although something else would be written now.
    KeptOther,
    /// It was there, and is now under this name.
    MovedAside,
}

impl<'a> Work<'a> {
    /// Begins.
    pub(crate) const fn new(
        manner: Manner,
        group: Option<u32>,
        restart: bool,
        verbose: Option<&'a Out>,
    ) -> Self {
        Self {
            manner,
            group,
            restart,
            verbose,
            made: Vec::new(),
            moved: Vec::new(),
            entries: Vec::new(),
            finished: false,
        }
    }

    /// Makes a directory that only the owner, and the group if there is one, may look into.
    pub(crate) fn directory(&mut self, path: &Path) -> Result<(), Failure> {
        self.make_directory(path, self.mode(0o750, 0o700))
    }

    /// Makes the store, unless there is one. `--restart` keeps it: it holds nobody's settings.
    pub(crate) fn store(&mut self, url: &StorageUrl) -> Result<(), Failure> {
        let Some(path) = url.path() else {
            self.step("making no store: storage.url says that nothing is kept on disk");
            return Ok(());
        };
        if self.is_there(path) {
            if self.manner == Manner::InEarnest {
                open_store(url)?;
            }
            return self.list(Done::Kept, path);
        }
        self.step(&format!("making the store {}", path.display()));
        let directory = path.parent().unwrap_or(Path::new("/"));
        let is_missing = self.is_missing_directory(directory)?;
        if self.manner == Manner::Rehearsal {
            if is_missing {
                self.plan(directory, self.mode(0o770, 0o700));
            }
            self.plan(path, self.mode(0o660, 0o600));
            return Ok(());
        }
        let made = if is_missing {
            Some(self.make_closed_directory(directory)?)
        } else {
            None
        };
        self.make_file(path, self.mode(0o660, 0o600))?;
        open_store(url)?;
        // Only now may the group write there: it could have put something else in our way.
        if let Some(made) = made {
            self.hand_over(&made, directory, self.mode(0o770, 0o700))?;
            self.list(Done::Wrote, directory)?;
        }
        self.list(Done::Wrote, path)
    }

    /// Writes the settings, whole or not at all.
    pub(crate) fn settings(&mut self, path: &Path, text: &str) -> Result<(), Failure> {
        if self.is_there(path) {
            self.move_aside(path)?;
        }
        self.write_whole(path, text, self.mode(0o640, 0o600))
    }

    /// Writes a document that a web server gives to everybody. One that is there stays as it is,
    /// unless all is redone.
    ///
    /// A document root is often a web site's own to write in, and this may be root: a link there could
    /// lead this anywhere.
    pub(crate) fn document(&mut self, path: &Path, text: &str) -> Result<(), Failure> {
        let directory = path.parent().unwrap_or(Path::new("/"));
        if fs::symlink_metadata(directory).is_ok_and(|found| found.is_symlink()) {
            return Err(Failure::missing(format!(
                "{} is a symbolic link, and is not followed",
                directory.display()
            ))
            .hint("make it a directory, or let the web server pass /.well-known/browserid on"));
        }
        if self.is_there(path) {
            if is_small_file(path) && fs::read(path).is_ok_and(|there| there == text.as_bytes()) {
                return self.list(Done::Kept, path);
            }
            if !self.restart {
                return self.list(Done::KeptOther, path);
            }
            self.move_aside(path)?;
        }
        self.make_directory(directory, 0o755)?;
        self.write_whole(path, text, 0o644)
    }

    /// Says that a file was left as it is.
    pub(crate) fn kept(&mut self, path: &Path) -> Result<(), Failure> {
        self.list(Done::Kept, path)
    }

    /// Ends well, and gives the list of files.
    pub(crate) fn finish(mut self) -> Vec<Entry> {
        self.finished = true;
        std::mem::take(&mut self.entries)
    }

    const fn mode(&self, with_group: u32, without: u32) -> u32 {
        if self.group.is_some() {
            with_group
        } else {
            without
        }
    }

    /// Makes a directory and those above it. One that is there is left as it is.
    fn make_directory(&mut self, path: &Path, mode: u32) -> Result<(), Failure> {
        if !self.is_missing_directory(path)? {
            return Ok(());
        }
        if self.manner == Manner::Rehearsal {
            self.plan(path, mode);
            return Ok(());
        }
        let made = self.make_closed_directory(path)?;
        self.hand_over(&made, path, mode)?;
        self.list(Done::Wrote, path)
    }

    /// Finds out whether a directory must be made, and if so makes those above it.
    fn is_missing_directory(&mut self, path: &Path) -> Result<bool, Failure> {
        if self.is_there(path) {
            if path.is_dir() || self.made.iter().any(|made| made == path) {
                return Ok(false);
            }
            return Err(Failure::missing(format!(
                "{} is there, and is no directory",
                path.display()
            ))
            .hint("move it away, or choose another directory"));
        }
        if let Some(above) = path.parent() {
            self.make_directory(above, 0o755)?;
        }
        Ok(true)
    }

    /// Makes a directory that is ours alone.
    fn make_closed_directory(&mut self, path: &Path) -> Result<File, Failure> {
        let made = DirBuilder::new().mode(0o700).create(path).and_then(|()| {
            self.made.push(path.to_owned());
            File::open(path)
        });
        made.map_err(|error| cannot_write(path, &error))
    }

    fn write_whole(&mut self, path: &Path, text: &str, mode: u32) -> Result<(), Failure> {
        if self.manner == Manner::Rehearsal {
            self.plan(path, mode);
            return Ok(());
        }
        self.step(&format!("writing {}", path.display()));
        let directory = path.parent().unwrap_or(Path::new("/"));
        let write = || -> io::Result<()> {
            let mut file = tempfile::NamedTempFile::new_in(directory)?;
            file.write_all(text.as_bytes())?;
            fchown(file.as_file(), None, self.group)?;
            file.as_file()
                .set_permissions(Permissions::from_mode(mode))?;
            file.as_file().sync_all()?;
            file.persist_noclobber(path)?;
            Ok(())
        };
        write().map_err(|error| cannot_write(path, &error))?;
        self.made.push(path.to_owned());
        self.list(Done::Wrote, path)
    }

    fn make_file(&mut self, path: &Path, mode: u32) -> Result<(), Failure> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true).mode(0o600);
        let file = options
            .open(path)
            .map_err(|error| cannot_write(path, &error))?;
        self.made.push(path.to_owned());
        self.hand_over(&file, path, mode)
    }

    /// Gives it to the group first: it must not be open to the former group for a moment. What is
    /// given away is what we hold open, whatever may stand under its name by now.
    fn hand_over(&self, made: &File, path: &Path, mode: u32) -> Result<(), Failure> {
        fchown(made, None, self.group)
            .and_then(|()| made.set_permissions(Permissions::from_mode(mode)))
            .map_err(|error| {
                Failure::missing(format!("{} cannot be given away: {error}", path.display()))
                    .hint("choose a group that you are a member of, or run this as root")
            })
    }

    fn move_aside(&mut self, path: &Path) -> Result<Option<PathBuf>, Failure> {
        let free = (1..).map(|number| {
            let mut name = path.as_os_str().to_owned();
            name.push(format!(".replaced-{number}"));
            PathBuf::from(name)
        });
        let Some(aside) = free.into_iter().find(|name| !name.exists()) else {
            return Ok(None);
        };
        let mode = mode_of(path)?;
        if self.manner == Manner::InEarnest {
            fs::rename(path, &aside).map_err(|error| cannot_write(path, &error))?;
        }
        self.moved.push((path.to_owned(), aside.clone()));
        self.note(Done::MovedAside, mode, &aside);
        Ok(Some(aside))
    }

    /// Is there something of this name, or would there be by now?
    fn is_there(&self, path: &Path) -> bool {
        let is_on_disk = path.symlink_metadata().is_ok();
        match self.manner {
            Manner::InEarnest => is_on_disk,
            Manner::Rehearsal => {
                let is_gone = self.moved.iter().any(|(from, _)| path.starts_with(from));
                self.made.iter().any(|made| made == path) || (is_on_disk && !is_gone)
            }
        }
    }

    /// Remembers what would be made.
    fn plan(&mut self, path: &Path, mode: u32) {
        self.made.push(path.to_owned());
        self.note(Done::Wrote, mode, path);
    }

    fn list(&mut self, done: Done, path: &Path) -> Result<(), Failure> {
        self.note(done, mode_of(path)?, path);
        Ok(())
    }

    fn note(&mut self, done: Done, mode: u32, path: &Path) {
        let path = path.to_owned();
        self.entries.push(Entry { done, mode, path });
    }

    fn step(&self, text: &str) {
        if let Some(out) = self.verbose {
            out.talk(text);
        }
    }
}

/// May it be read to its end? A pipe or a device has none.
fn is_small_file(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|found| found.is_file() && found.len() <= LARGEST_DOCUMENT)
}

fn mode_of(path: &Path) -> Result<u32, Failure> {
    let metadata = fs::symlink_metadata(path).map_err(|error| cannot_write(path, &error))?;
    Ok(metadata.mode() & 0o7777)
}

/// Opens the store once, so that its tables are there.
fn open_store(url: &StorageUrl) -> Result<(), Failure> {
    store::open(url)
        .map(drop)
        .map_err(|error| Failure::missing(format!("the store {url} cannot be opened: {error}")))
}

impl Drop for Work<'_> {
    fn drop(&mut self) {
        if self.finished || self.manner == Manner::Rehearsal {
            return;
        }
        // What cannot be taken back is left: there is nothing better to do, and the error that
        // brought us here is the one to show.
        for path in self.made.iter().rev() {
            if path.is_dir() {
                fs::remove_dir(path).ok();
            } else {
                fs::remove_file(path).ok();
            }
        }
        for (from, to) in self.moved.iter().rev() {
            fs::rename(to, from).ok();
        }
    }
}

fn cannot_write(path: &Path, error: &io::Error) -> Failure {
    let failure = Failure::missing(format!("{} cannot be written: {error}", path.display()));
    if error.kind() == io::ErrorKind::PermissionDenied {
        return failure
            .hint("run this as root, or choose directories of yours: --secrets DIR --data DIR");
    }
    failure
}

/// Octets. A support document has less than a kilobyte.
const LARGEST_DOCUMENT: u64 = 64 * 1024;
