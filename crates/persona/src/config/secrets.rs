//! Secrets that do not stand in the settings themselves: read by whoever needs them, when it does, so
//! that a command which needs none may be run by somebody who may not read them.

use std::io::{self, Read};
use std::path::Path;

use protocol::secret::Secret;
use server::settings::{SecretPlace, SecretSetting, Settings};

use super::Environment;
use crate::out::{Failure, not_permitted};

/// Reads every secret of the settings from its place.
pub(crate) fn read_secrets(
    settings: &mut Settings,
    environment: &Environment,
) -> Result<(), Failure> {
    read_directory_secrets(settings, environment)?;
    for client in &mut settings.client {
        if let Some(secret) = client.secret.as_mut() {
            read(&format!("secret of {}", client.id), secret, environment)?;
        }
    }
    let fallback = settings.broker.fallback.as_mut();
    match fallback.and_then(|fallback| fallback.password.as_mut()) {
        Some(password) => read("broker.fallback.password", password, environment),
        None => Ok(()),
    }
}

/// Reads the passwords of the accounts that search directories.
pub(crate) fn read_directory_secrets(
    settings: &mut Settings,
    environment: &Environment,
) -> Result<(), Failure> {
    for domain in &mut settings.domain {
        let ldap = domain.ldap.as_mut();
        if let Some(password) = ldap.and_then(|ldap| ldap.password.as_mut()) {
            let key = format!("ldap.password of {}", domain.name);
            read(&key, password, environment)?;
        }
    }
    Ok(())
}

fn read(key: &str, secret: &mut SecretSetting, environment: &Environment) -> Result<(), Failure> {
    let (place, text) = match secret.place() {
        SecretPlace::Here => return Ok(()),
        SecretPlace::File(path) => {
            let text = read_file(path).map_err(|error| cannot_read(key, path, &error))?;
            (path.display().to_string(), text)
        }
        SecretPlace::Variable(name) => {
            let text = environment.secret(name).ok_or_else(|| {
                Failure::wrong_use(format!("{key}: the variable {name} is not set, or no text"))
                    .hint(format!(
                        "set {name}, or say in the settings where the secret is"
                    ))
            })?;
            (name.clone(), text)
        }
    };
    secret
        .found(&text)
        .map_err(|sentence| Failure::wrong_use(format!("{key}: {place}: {sentence}")))
}

fn read_file(path: &Path) -> io::Result<Secret<String>> {
    let mut text = String::new();
    std::fs::File::open(path)?
        .take(MOST_BYTES)
        .read_to_string(&mut text)?;
    Ok(Secret::new(text))
}

fn cannot_read(key: &str, path: &Path, error: &io::Error) -> Failure {
    let failure = Failure::wrong_use(format!("{key}: {}: {error}", path.display()));
    if error.kind() == io::ErrorKind::PermissionDenied {
        return failure.hint(not_permitted(path));
    }
    failure
}

/// More than any password has.
const MOST_BYTES: u64 = 4096;
