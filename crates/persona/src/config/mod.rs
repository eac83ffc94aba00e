//! The settings: a file, then the environment over it, then the flags; or one error that names the
//! place and the remedy.
//!
//! A directory of drop-in files ([`drop_ins`]) and the store ([`rows`]) may add `[[domain]]` sections.
//!
//! All are merged as TOML trees in which every node remembers where it was written
//! ([`source`]), and are then read by the types of `server::settings` at one go. So a bad value
//! reads the same wherever it came from, and an unknown key is an error everywhere ([`error`]).

mod distance;
mod draft;
mod drop_ins;
mod environment;
mod error;
mod keys;
mod loaded;
mod rows;
mod secrets;
mod source;

use std::path::{Path, PathBuf};

#[cfg(test)]
use server::settings::Settings;

pub(crate) use distance::nearest;
pub(crate) use draft::Draft;
pub(crate) use environment::Environment;
pub(crate) use error::about_mailbox;
pub(crate) use keys::{Key, all as all_keys};
pub(crate) use loaded::{DomainPlace, Loaded};
pub(crate) use secrets::{read_directory_secrets, read_secrets};
pub(crate) use source::Overlay;

#[cfg(test)]
use crate::out::Failure;

/// Where the settings are when nobody says otherwise.
pub(crate) const DEFAULT_FILE: &str = "/etc/persona/persona.toml";

/// Which file the settings are in, and whether somebody asked for that one.
#[derive(Clone, Debug)]
pub(crate) struct ConfigFile {
    path: PathBuf,
    asked_for: bool,
}

impl ConfigFile {
    /// Takes the flag's file, else the environment's, else the usual one.
    pub(crate) fn resolve(flag: Option<&Path>, environment: &Environment) -> Self {
        let named = flag
            .map(Path::to_owned)
            .or_else(|| environment.config_file());
        Self {
            asked_for: named.is_some(),
            path: named.unwrap_or_else(|| DEFAULT_FILE.into()),
        }
    }

    /// Gives the path.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

/// Reads and checks the settings in `text`, with what was said elsewhere laid over it. There are no
/// other files.
#[cfg(test)]
pub(crate) fn read(path: &Path, text: &str, overlays: &[Overlay]) -> Result<Settings, Failure> {
    let draft = Draft::of_text(path, text.to_owned(), overlays.to_vec())?;
    Ok(draft.complete(&[])?.settings)
}

#[cfg(test)]
mod tests;
