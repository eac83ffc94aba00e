//! The environment: the only file that reads it. Every variable that means something is here.
//!
//! Settings are `PERSONA_SECTION__KEY` (`PERSONA_ISSUER`, `PERSONA_LISTEN__ADDRESS`,
//! `PERSONA_DOMAIN__0__MAILBOX`); the rest are named methods.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;

use protocol::secret::Secret;

use crate::out::{Colour, Failure};

/// What the environment said when the program started.
#[derive(Clone, Default)]
pub(crate) struct Environment {
    variables: BTreeMap<String, OsString>,
    /// What means something only where the settings say so; among it may be secrets.
    others: BTreeMap<String, OsString>,
}

impl Environment {
    /// Reads the process's environment, once.
    pub(crate) fn of_the_process() -> Self {
        Self::from_pairs(std::env::vars_os())
    }

    /// Takes the variables that mean something to this program.
    pub(crate) fn from_pairs(pairs: impl IntoIterator<Item = (OsString, OsString)>) -> Self {
        let ours = |name: &str| name.starts_with(PREFIX) || OTHERS.contains(&name);
        let (variables, others) = pairs
            .into_iter()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value)))
            .filter(|(_, value)| !value.is_empty())
            .partition(|(name, _)| ours(name));
        Self { variables, others }
    }

    /// Gives a secret that the settings say is in the variable `name`.
    pub(crate) fn secret(&self, name: &str) -> Option<Secret<String>> {
        let value = self.others.get(name)?.to_str()?;
        Some(Secret::new(value.to_owned()))
    }

    /// `PERSONA_CONFIG`: the settings file, where `--config` does not name one.
    pub(crate) fn config_file(&self) -> Option<PathBuf> {
        self.variables.get(CONFIG).map(PathBuf::from)
    }

    /// `PERSONA_LOG`: the log level, where `--log-level` does not give one.
    pub(crate) fn log_level(&self) -> Option<String> {
        self.text(LOG)
    }

    /// `PERSONA_LOG_FORMAT`: `text` or `json`, where `--log-format` does not say.
    pub(crate) fn log_format(&self) -> Option<String> {
        self.text(LOG_FORMAT)
    }

    /// `NO_COLOR`: no colour, whatever it is set to.
    pub(crate) fn colour(&self) -> Colour {
        if self.variables.contains_key("NO_COLOR") {
            Colour::Never
        } else {
            Colour::OnTerminals
        }
    }

    /// `NOTIFY_SOCKET`: where systemd wants to hear that the server is ready.
    pub(crate) fn notify_socket(&self) -> Option<PathBuf> {
        self.variables.get("NOTIFY_SOCKET").map(PathBuf::from)
    }

    /// `LISTEN_FDS`: how many sockets systemd has opened for us.
    pub(crate) fn inherits_sockets(&self) -> bool {
        self.variables.contains_key("LISTEN_FDS")
    }

    /// Gives the variables that are settings, by name.
    pub(crate) fn settings(&self) -> Result<Vec<(String, String)>, Failure> {
        self.variables
            .iter()
            .filter(|(name, _)| name.starts_with(PREFIX) && !is_reserved(name))
            .map(|(name, value)| {
                let text = value.to_str().ok_or_else(|| {
                    Failure::wrong_use(format!("{name}: the value is not UTF-8 text"))
                })?;
                Ok((name.clone(), text.to_owned()))
            })
            .collect()
    }

    fn text(&self, name: &str) -> Option<String> {
        let value = self.variables.get(name)?;
        Some(value.to_string_lossy().into_owned())
    }
}

/// Is this a variable of the program itself, or one that Kubernetes and Docker set for a service
/// that happens to be called `persona`?
fn is_reserved(name: &str) -> bool {
    let service_link = |name: &str| {
        name.starts_with("PERSONA_SERVICE_HOST")
            || name.starts_with("PERSONA_SERVICE_PORT")
            || name.starts_with("PERSONA_PORT")
    };
    [CONFIG, LOG, LOG_FORMAT].contains(&name) || (service_link(name) && !name.contains("__"))
}

/// What the names of settings begin with.
pub(crate) const PREFIX: &str = "PERSONA_";
const CONFIG: &str = "PERSONA_CONFIG";
const LOG: &str = "PERSONA_LOG";
const LOG_FORMAT: &str = "PERSONA_LOG_FORMAT";
const OTHERS: [&str; 3] = ["LISTEN_FDS", "NO_COLOR", "NOTIFY_SOCKET"];
