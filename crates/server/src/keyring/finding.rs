//! Who else may read or change the key: what `persona check` reports.

use std::fmt;
use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// Something about the key's file or directory that lets others use or replace the key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The file or directory.
    pub path: PathBuf,
    /// What is wrong with it.
    pub problem: Problem,
}

/// What is wrong with a file or directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem {
    /// Every user of the machine may read it, and sign in the name of every mailbox.
    OthersMayRead {
        /// Its mode.
        mode: u32,
    },
    /// Every user of the machine may replace the key.
    OthersMayWrite {
        /// Its mode.
        mode: u32,
    },
    /// A group that has nothing to do with its directory may read it.
    GroupMayRead {
        /// Its mode.
        mode: u32,
    },
    /// Its group may replace the key; to sign, reading is enough.
    GroupMayWrite {
        /// Its mode.
        mode: u32,
    },
    /// It belongs neither to root nor to the owner of its directory, and its owner may change it.
    Owner {
        /// The number of its owner.
        owner: u32,
        /// The number of the directory's owner.
        expected: u32,
    },
}

impl Finding {
    /// Gives a command that mends it.
    pub fn remedy(&self) -> String {
        let path = self.path.display();
        match self.problem {
            Problem::OthersMayRead { .. } | Problem::OthersMayWrite { .. } => {
                format!("chmod o-rwx '{path}'")
            }
            Problem::GroupMayRead { .. } => format!("chmod g-r '{path}'"),
            Problem::GroupMayWrite { .. } => format!("chmod g-w '{path}'"),
            Problem::Owner { expected, .. } => format!("chown {expected} '{path}'"),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.display();
        match self.problem {
            Problem::OthersMayRead { mode } => {
                write!(
                    f,
                    "every user of this machine may read {path} (mode {mode:04o})"
                )
            }
            Problem::OthersMayWrite { mode } => {
                write!(
                    f,
                    "every user of this machine may change {path} (mode {mode:04o})"
                )
            }
            Problem::GroupMayRead { mode } => {
                write!(
                    f,
                    "the group of {path} may read it, and is not that of its directory (mode {mode:04o})"
                )
            }
            Problem::GroupMayWrite { mode } => {
                write!(f, "the group of {path} may change it (mode {mode:04o})")
            }
            Problem::Owner { owner, expected } => {
                write!(
                    f,
                    "{path} belongs to user {owner}, and its directory to {expected}"
                )
            }
        }
    }
}

/// Looks at the modes and owners of a directory and of the keys in it.
pub(crate) fn look(directory: &Path, keys: &[PathBuf]) -> Vec<Finding> {
    let Ok(around) = fs::metadata(directory) else {
        return Vec::new();
    };
    let mode = around.mode() & 0o7777;
    let mut findings = Vec::new();
    if mode & 0o002 != 0 {
        findings.push(Problem::OthersMayWrite { mode }.of(directory));
    } else if mode & 0o020 != 0 {
        findings.push(Problem::GroupMayWrite { mode }.of(directory));
    }
    for key in keys {
        if let Ok(metadata) = fs::metadata(key) {
            let problems = problems(&metadata, &around);
            findings.extend(problems.into_iter().map(|problem| problem.of(key)));
        }
    }
    findings
}

impl Problem {
    /// Says whose problem it is.
    pub(crate) fn of(self, path: &Path) -> Finding {
        Finding {
            path: path.to_owned(),
            problem: self,
        }
    }
}

fn problems(key: &Metadata, around: &Metadata) -> Vec<Problem> {
    let mode = key.mode() & 0o7777;
    let mut problems = Vec::new();
    if mode & 0o004 != 0 {
        problems.push(Problem::OthersMayRead { mode });
    }
    if mode & 0o002 != 0 {
        problems.push(Problem::OthersMayWrite { mode });
    }
    if mode & 0o020 != 0 {
        problems.push(Problem::GroupMayWrite { mode });
    }
    if key.uid() != 0 && key.uid() != around.uid() {
        let (owner, expected) = (key.uid(), around.uid());
        problems.push(Problem::Owner { owner, expected });
    }
    problems
}
