//! The commands, one file each, and what to do with a command line that nobody understands.

pub(crate) mod check;
pub(crate) mod completions;
pub(crate) mod demo;
pub(crate) mod domain;
pub(crate) mod man;
pub(crate) mod reference;
pub(crate) mod serve;
pub(crate) mod session;
pub(crate) mod setup;
mod stop;
pub(crate) mod verify;

use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;

use server::keyring::{Keyring, KeyringError};
use server::settings::Settings;
use store::{DomainRow, StorageUrl, Store, StoreError};

use crate::config::{Draft, Loaded};
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
fn open_store(url: &StorageUrl) -> Result<Arc<dyn Store>, Failure> {
    store::open(url).map_err(|error| {
        Failure::missing(format!("the store {url} cannot be opened: {error}"))
            .hint("storage.url in the settings names it; `persona setup` makes it")
    })
}

/// Opens the store that the settings name if it is there: opening would make it.
fn open_store_if_there(url: &StorageUrl) -> Result<Option<Arc<dyn Store>>, Failure> {
    if url.path().is_some_and(Path::exists) {
        return open_store(url).map(Some);
    }
    Ok(None)
}

/// Completes the settings with the domains that the store has.
fn load(draft: &Draft) -> Result<Loaded, Failure> {
    draft.complete(&domains_of(open_store_if_there(draft.storage())?)?)
}

/// Completes the settings as if the store had no domains, because of `trouble` with it.
fn load_without_store(draft: &Draft, trouble: &Failure) -> Result<Loaded, Failure> {
    draft.complete(&[]).map_err(|failure| {
        let may_have_some = draft.storage().path().is_some_and(Path::exists);
        if draft.has_domains() || !may_have_some {
            return failure;
        }
        failure.hint(format!(
            "those of the store are not known: {}",
            trouble.message()
        ))
    })
}

/// Lists the domains that the store has.
fn domains_of(store: Option<Arc<dyn Store>>) -> Result<Vec<DomainRow>, Failure> {
    let Some(store) = store else {
        return Ok(Vec::new());
    };
    let rows = runtime(Threads::One)?.block_on(store.domains());
    rows.map_err(|error| trouble(&error))
}

/// The store is there, and cannot do what it was asked.
fn trouble(error: &StoreError) -> Failure {
    Failure::missing(format!("the store did not answer: {error}"))
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
