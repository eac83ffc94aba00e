//! The commands, one file each, and what to do with a command line that nobody understands.

pub(crate) mod alias;
pub(crate) mod check;
pub(crate) mod client;
pub(crate) mod completions;
pub(crate) mod demo;
pub(crate) mod domain;
pub(crate) mod key;
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

use server::clock::Clock;
use server::keyring::{Keyring, KeyringError};
use server::settings::{KeySettings, Settings};
use server::token_keys::TokenKeysError;
use server::{Issuers, Shared, StartError};
use store::{DomainRow, StorageUrl, Store, StoreError};

use crate::config::{Draft, Loaded};
use crate::discover::Dns;
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

/// Opens the store in which the operator keeps `what` by a command: one that is there, in a file. Where
/// there is none, `otherwise` says what keeps it.
fn open_kept(draft: &Draft, what: &str, otherwise: &str) -> Result<Arc<dyn Store>, Failure> {
    let url = draft.storage();
    if url.path().is_none() {
        return Err(Failure::wrong_use(format!(
            "storage.url is {url}, so nothing is kept: {what} cannot be, either"
        ))
        .hint(otherwise));
    }
    open_store_if_there(url)?.ok_or_else(|| {
        Failure::missing(format!("the store {url} is not there"))
            .hint("storage.url in the settings names it; `persona setup` makes it")
    })
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

/// Loads the key of each issuer, and puts all of them together on what is `shared`. What is wrong with a
/// key is said before what is wrong with the store.
fn open_issuers(
    settings: &Settings,
    shared: impl FnOnce() -> Result<Shared, Failure>,
) -> Result<(Issuers, Shared), Failure> {
    let place = "keys.directory in the settings names the place";
    let main = (settings.main(), open_keyring(&settings.keys, place)?);
    let with_key = |settings: Settings| {
        let issuer = &settings.issuer;
        let place = format!("it is the key of {issuer}: keys in its [[domain]] names the place");
        let keyring = open_keyring(&settings.keys, &place)?;
        Ok((settings, keyring))
    };
    let others = settings.others().into_iter().map(with_key);
    let others = others.collect::<Result<Vec<_>, Failure>>()?;
    let shared = shared()?;
    let issuers = Issuers::new(main, others, &shared).map_err(|error| not_opened(&error))?;
    Ok((issuers, shared))
}

/// Makes ready what all issuers have in common.
fn open_shared(settings: &Settings, store: Arc<dyn Store>) -> Result<Shared, Failure> {
    Shared::new(settings, store, Clock::system())
        .map(|shared| shared.asking(Arc::new(Dns::of_the_system())))
        .map_err(|error| not_opened(&error))
}

/// What the settings name cannot be used.
fn not_opened(error: &StartError) -> Failure {
    Failure::missing(error.to_string())
}

/// There are no keys of tokens to work with, or no new one.
fn no_token_keys(error: &TokenKeysError) -> Failure {
    Failure::missing(error.to_string()).hint(error.remedy())
}

/// Loads the keys of one issuer. `place` says what in the settings names their place.
fn open_keyring(keys: &KeySettings, place: &str) -> Result<Keyring, Failure> {
    Keyring::load(&keys.directory).map_err(|error| {
        if let KeyringError::Read { path, error: cause } = &error
            && cause.kind() == ErrorKind::PermissionDenied
        {
            return Failure::missing(error.to_string()).hint(not_permitted(path));
        }
        Failure::missing(error.to_string()).hint(place)
    })
}
