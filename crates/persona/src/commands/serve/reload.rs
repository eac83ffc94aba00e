//! The settings of a server that runs, read again at SIGHUP
//! (`docs/decisions/0024-settings-read-again.md`).
//!
//! Everything is put together anew as at the start, on the store, the limits and the memory that are there,
//! and then answers in place of what was before. If anything is wrong, all stays as it is. The listening
//! socket and the store are not touched: where the settings name others, the log says so.

use std::fmt::Display;
use std::future;
use std::sync::Arc;

use server::keyring::Keyring;
use server::settings::{ListenAddress, Settings, StorageSettings};
use server::token_keys::TokenKeys;
use server::{Current, Issuers, Shared};
use store::{DomainRow, Store};

use super::systemd;
use crate::commands::stop::{Hangup, Wish};
use crate::commands::{not_opened, open_issuers, trouble};
use crate::config::{self, ConfigFile, Draft, Environment, Overlay};
use crate::out::{Failure, one_line};

/// Where the settings are written, besides the store.
#[derive(Clone)]
pub(super) struct Written {
    pub(super) file: ConfigFile,
    pub(super) environment: Environment,
    pub(super) flags: Vec<Overlay>,
}

/// What does not change while the server runs.
#[derive(Clone)]
pub(super) struct Kept {
    address: ListenAddress,
    storage: StorageSettings,
}

/// A server that runs.
pub(super) struct Reloading {
    pub(super) written: Written,
    pub(super) store: Arc<dyn Store>,
    pub(super) current: Current,
    pub(super) shared: Shared,
    pub(super) kept: Kept,
}

/// What the settings have come to.
struct Opened {
    settings: Settings,
    /// What they say and what does not count, in sentences.
    unchanged: Vec<String>,
    issuers: Issuers,
    shared: Shared,
}

impl Written {
    /// Reads the settings as far as they are not in the store.
    pub(super) fn draft(&self) -> Result<Draft, Failure> {
        Draft::read(&self.file, &self.environment, self.flags.clone())
    }
}

impl Kept {
    /// Takes what the server has begun with.
    pub(super) fn of(settings: &Settings) -> Self {
        Self {
            address: settings.listen.address.clone(),
            storage: settings.storage.clone(),
        }
    }

    /// Puts it into settings that were read later, and gives what they do not change.
    fn put_into(&self, settings: &mut Settings) -> Vec<String> {
        let stays = |key: &str, written: &dyn Display, kept: &dyn Display| {
            format!("{key} is {written} in the settings, and stays {kept} until a restart")
        };
        let mut unchanged = Vec::new();
        let (address, url) = (&settings.listen.address, &settings.storage.url);
        if *address != self.address {
            unchanged.push(stays("listen.address", address, &self.address));
        }
        if *url != self.storage.url {
            unchanged.push(stays("storage.url", url, &self.storage.url));
        }
        settings.listen.address.clone_from(&self.address);
        settings.storage.clone_from(&self.storage);
        unchanged
    }
}

impl Reloading {
    /// Reads the settings again at each signal. Done when the signal asks to stop; never without one.
    pub(super) async fn at_each(mut self, hangup: Option<Hangup>) {
        let Some(mut hangup) = hangup else {
            return future::pending().await;
        };
        // A signal that comes while the settings are read has them read once more.
        while hangup.next().await == Wish::Reload {
            let environment = self.written.environment.clone();
            systemd::tell_reloading(&environment);
            let status = match self.read_again().await {
                Ok(()) => "the settings were read again".to_owned(),
                Err(failure) => refuse(&failure),
            };
            systemd::tell(&environment, &format!("READY=1\nSTATUS={status}"));
        }
    }

    async fn read_again(&mut self) -> Result<(), Failure> {
        let rows = self
            .store
            .domains()
            .await
            .map_err(|error| trouble(&error))?;
        let (written, kept) = (self.written.clone(), self.kept.clone());
        let (shared, former) = (self.shared.clone(), self.current.issuers());
        // Files and keys are read, which may take a while; people are answered meanwhile.
        let opening =
            tokio::task::spawn_blocking(move || open(&written, &kept, &rows, (&shared, &former)));
        let opened = opening.await.unwrap_or_else(|error| {
            Err(Failure::missing(format!(
                "the settings could not be read: {error}"
            )))
        });
        let Opened {
            settings,
            unchanged,
            issuers,
            shared,
        } = opened?;
        self.current.replace(issuers);
        self.shared = shared;
        for sentence in unchanged {
            tracing::warn!(remedy = "systemctl restart persona", "{sentence}");
        }
        warn_about_keys(&settings);
        let (issuer, domains) = (&settings.issuer, settings.domain.len());
        tracing::info!(%issuer, domains, "the settings were read again, and count from now on");
        Ok(())
    }
}

/// Puts all together as the settings have it now, on what was there before.
fn open(
    written: &Written,
    kept: &Kept,
    rows: &[DomainRow],
    before: (&Shared, &Issuers),
) -> Result<Opened, Failure> {
    let (shared, former) = before;
    let mut settings = written.draft()?.complete(rows)?.settings;
    config::read_secrets(&mut settings, &written.environment)?;
    let unchanged = kept.put_into(&mut settings);
    let (issuers, shared) = open_issuers(&settings, || {
        let renewed = shared.renewed(&settings, former.main());
        renewed.map_err(|error| not_opened(&error))
    })?;
    Ok(Opened {
        settings,
        unchanged,
        issuers,
        shared,
    })
}

/// Says in the log why the settings do not count, and gives that in short.
fn refuse(failure: &Failure) -> String {
    let remedy = match failure.hints() {
        [] => "persona check says more".to_owned(),
        hints => hints.join("; "),
    };
    let message = failure.message();
    tracing::error!(
        remedy,
        "the settings were not taken, and all stays as it is: {message}"
    );
    one_line(&format!("the settings were not taken: {message}"))
}

/// Says in the log what is the matter with the key of each issuer.
pub(super) fn warn_about_keys(settings: &Settings) {
    for settings in settings.issuers() {
        let keys = &settings.keys.directory;
        let tokens = TokenKeys::findings(&TokenKeys::directory_in(keys));
        for finding in Keyring::findings(keys).into_iter().chain(tokens) {
            tracing::warn!(remedy = finding.remedy(), "{finding}");
        }
    }
}
