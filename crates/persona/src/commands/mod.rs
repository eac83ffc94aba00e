//! The commands, one file each, and what to do with a command line that nobody understands.

pub(crate) mod check;
pub(crate) mod completions;
pub(crate) mod demo;
pub(crate) mod man;
pub(crate) mod reference;
pub(crate) mod serve;
pub(crate) mod session;
pub(crate) mod setup;
mod stop;
pub(crate) mod verify;

use std::io::ErrorKind;

use server::keyring::{Keyring, KeyringError};
use server::settings::Settings;

use crate::out::{Exit, Failure, Out, harmless, not_permitted};

/// Prints help or the version to stdout, and what is wrong with a command line to stderr.
pub(crate) fn usage(message: &clap::Error, out: &Out) -> Exit {
    let text = harmless(&message.render().to_string());
    if message.use_stderr() {
        out.talk(text.trim_end());
        return Exit::Use;
    }
    match out.data(&text) {
        Ok(()) => Exit::Done,
        Err(failure) => failure.exit(),
    }
}

/// Makes the runtime in which one command runs to its end.
fn runtime(threads: Threads) -> Result<tokio::runtime::Runtime, Failure> {
    let mut builder = match threads {
        Threads::One => tokio::runtime::Builder::new_current_thread(),
        Threads::EachCore => tokio::runtime::Builder::new_multi_thread(),
    };
    builder.enable_all().build().map_err(|error| {
        Failure::missing(format!("the system does not let the program run: {error}"))
    })
}

/// How much of the machine a command needs.
#[derive(Clone, Copy)]
enum Threads {
    One,
    EachCore,
}

/// Opens the store that the settings name.
fn open_store(settings: &Settings) -> Result<std::sync::Arc<dyn store::Store>, Failure> {
    let url = &settings.storage.url;
    store::open(url).map_err(|error| {
        Failure::missing(format!("the store {url} cannot be opened: {error}"))
            .hint("storage.url in the settings names it; `persona setup` makes it")
    })
}

/// Loads the keys that the settings name.
fn open_keyring(settings: &Settings) -> Result<Keyring, Failure> {
    let directory = &settings.keys.directory;
    Keyring::load(directory).map_err(|error| {
        if let KeyringError::Read { path, error: cause } = &error
            && cause.kind() == ErrorKind::PermissionDenied
        {
            return Failure::missing(error.to_string()).hint(not_permitted(path));
        }
        Failure::missing(error.to_string()).hint("keys.directory in the settings names the place")
    })
}
