//! A program that is asked about passwords, as the operator writes it: `command:/usr/local/bin/check`.
//!
//! There is no place for arguments: what a program needs to know stands in a script of the operator's.

use std::fmt;
use std::path::{Path, PathBuf};

use super::UrlError;
use super::path::{absolute, percent_encode};

/// The path of a program.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CommandUrl {
    path: PathBuf,
}

impl CommandUrl {
    /// Reads what stands behind `command:`.
    pub(super) fn parse(rest: &str) -> Result<Self, UrlError> {
        if rest.contains(['?', ' ']) {
            return Err(UrlError::Arguments);
        }
        let path = absolute("command", rest)?;
        Ok(Self { path })
    }

    /// Gives the path of the program.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl fmt::Display for CommandUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("command:")?;
        percent_encode(&self.path.to_string_lossy(), f)
    }
}
