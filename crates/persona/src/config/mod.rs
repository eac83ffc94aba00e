//! The settings: a file, then the environment over it, then the flags; or one error that names the
//! place and the remedy.
//!
//! All three are merged as TOML trees in which every node remembers where it was written
//! ([`source`]), and are then read by the types of `server::settings` at one go. So a bad value
//! reads the same wherever it came from, and an unknown key is an error everywhere ([`error`]).

mod distance;
mod environment;
mod error;
mod keys;
mod secrets;
mod source;

use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use server::settings::Settings;
use toml::de::{DeTable, Deserializer};

pub(crate) use environment::Environment;
pub(crate) use error::about_mailbox;
pub(crate) use keys::{KEYS, Key};
pub(crate) use secrets::{read_directory_secrets, read_secrets};
pub(crate) use source::Overlay;
use source::Sources;

use crate::out::{Failure, not_permitted};

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

/// Reads and checks the settings.
pub(crate) fn load(
    file: &ConfigFile,
    environment: &Environment,
    flags: Vec<Overlay>,
) -> Result<Settings, Failure> {
    let mut overlays = Overlay::from_environment(environment)?;
    overlays.extend(flags);
    let text = match std::fs::read(file.path()) {
        Ok(bytes) => String::from_utf8(bytes).map_err(|_| {
            Failure::wrong_use(format!(
                "{}: the file is not UTF-8 text",
                file.path.display()
            ))
        })?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            if file.asked_for || overlays.is_empty() {
                return Err(no_file(file.path()));
            }
            String::new()
        }
        Err(error) => return Err(cannot_read(file.path(), &error)),
    };
    read(file.path(), &text, &overlays)
}

/// Reads and checks the settings in `text`, with what was said elsewhere laid over it.
pub(crate) fn read(path: &Path, text: &str, overlays: &[Overlay]) -> Result<Settings, Failure> {
    let mut sources = Sources::new(path, text);
    let mut tree = DeTable::parse(text).map_err(|error| error::unreadable(&sources, &error))?;
    for overlay in overlays {
        source::lay_over(&mut tree, overlay, &mut sources)?;
    }
    let settings = Settings::deserialize(Deserializer::from(tree.clone()))
        .map_err(|error| error::mistake(&sources, &tree, &error))?;
    settings
        .validate()
        .map_err(|error| error::contradiction(&sources, &tree, &error))?;
    Ok(settings)
}

fn cannot_read(path: &Path, error: &io::Error) -> Failure {
    let name = path.display();
    let failure = Failure::wrong_use(format!("{name}: the settings cannot be read: {error}"));
    if error.kind() == io::ErrorKind::PermissionDenied {
        return failure.hint(not_permitted(path));
    }
    failure
}

fn no_file(path: &Path) -> Failure {
    Failure::wrong_use(format!("there are no settings at {}", path.display()))
        .hint("make them: persona setup --domain example.org --mailbox smtps://mail.example.org")
        .hint("or name the file: --config FILE, or PERSONA_CONFIG=FILE")
}

#[cfg(test)]
mod tests;
