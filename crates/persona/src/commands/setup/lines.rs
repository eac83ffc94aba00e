//! A line of a settings file.

use server::settings::{SecretPlace, SecretSetting};
use toml::Value;

/// Writes a key and its value.
pub(crate) fn line(key: &str, value: impl Into<Value>) -> String {
    format!("{key} = {}", value.into())
}

/// Writes a secret that stands here, or its place.
pub(crate) fn secret(secret: &SecretSetting) -> Value {
    let place = |kind: &str, text: String| {
        Value::Table([(kind.to_owned(), text.into())].into_iter().collect())
    };
    match secret.place() {
        SecretPlace::Here => secret.text().map_or("", |text| text.expose()).into(),
        SecretPlace::File(path) => place("file", path.display().to_string()),
        SecretPlace::Variable(name) => place("env", name.clone()),
    }
}
