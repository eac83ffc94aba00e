//! The keys of an installation: one that signs certificates, and those of tokens.

use std::fs;
use std::path::Path;

use protocol::time::UnixSeconds;
use server::clock::Clock;
use server::keyring::{Generated, Keyring};
use server::token_keys::{self, TokenKeys};

use super::{Done, Manner, Work};
use crate::commands::no_token_keys;
use crate::out::Failure;

impl Work<'_> {
    /// Makes a signing key, unless there is one. Gives what signs now; a rehearsal makes none.
    pub(crate) fn keys(&mut self, directory: &Path) -> Result<Option<Keyring>, Failure> {
        let there = self.is_there(directory)
            && fs::read_dir(directory).is_ok_and(|mut entries| entries.next().is_some());
        let aside = if there && self.restart {
            self.move_aside(directory)?
        } else {
            None
        };
        self.step(&format!(
            "looking for a signing key in {}",
            directory.display()
        ));
        self.make_directory(directory, self.mode(0o750, 0o700))?;
        let file = Keyring::file_in(directory);
        if self.manner == Manner::Rehearsal && !self.is_there(&file) {
            self.plan(&file, self.mode(0o640, 0o600));
            self.token_keys(directory, None)?;
            return Ok(None);
        }
        let made = Keyring::generate(directory, self.group).map_err(|error| {
            Failure::missing(error.to_string()).hint(
                "or keep that file under another name and make a new key: persona setup --restart",
            )
        })?;
        match &made {
            Generated::New(_) => {
                self.made.push(file.clone());
                self.list(Done::Wrote, &file)?;
            }
            Generated::Kept(_) => self.list(Done::Kept, &file)?,
        }
        self.token_keys(directory, aside.as_deref())?;
        Ok(Some(made.into_keyring()))
    }

    /// Makes the keys of tokens, unless there are some. The names that people have at sites outlive a
    /// restart: they follow from a key that comes from `aside`.
    fn token_keys(&mut self, directory: &Path, aside: Option<&Path>) -> Result<(), Failure> {
        let place = TokenKeys::directory_in(directory);
        let is_new = !self.is_there(&place);
        self.make_directory(&place, self.mode(0o750, 0o700))?;
        if self.manner == Manner::Rehearsal {
            return self.plan_token_keys(&place, is_new);
        }
        if let Some(aside) = aside {
            let from = TokenKeys::directory_in(aside);
            let kept = token_keys::keep_subject(&from, &place, self.group);
            self.made
                .extend(kept.map_err(|error| no_token_keys(&error))?);
        }
        let there = TokenKeys::files(&place).map_err(|error| no_token_keys(&error))?;
        let made = TokenKeys::make_missing(&place, self.group, now());
        let made = made.map_err(|error| no_token_keys(&error))?;
        self.made.extend(made.iter().cloned());
        for path in there {
            self.list(Done::Kept, &path)?;
        }
        for path in made {
            self.list(Done::Wrote, &path)?;
        }
        Ok(())
    }

    fn plan_token_keys(&mut self, place: &Path, is_new: bool) -> Result<(), Failure> {
        let planned = if is_new {
            TokenKeys::all_files(place, now())
        } else {
            for path in TokenKeys::files(place).map_err(|error| no_token_keys(&error))? {
                self.list(Done::Kept, &path)?;
            }
            TokenKeys::missing(place, now()).map_err(|error| no_token_keys(&error))?
        };
        for path in planned {
            self.plan(&path, self.mode(0o640, 0o600));
        }
        Ok(())
    }
}

fn now() -> UnixSeconds {
    Clock::system().now().to_seconds()
}
