//! A secret in the settings: the text itself, or where it lies.
//!
//! Reading the file and the environment is the front door's: it hands in both as values, so that this
//! room asks the system for nothing.

use std::fmt;
use std::path::{Path, PathBuf};

use protocol::secret::Secret;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// A secret, or the place where it lies: `"…"`, `{ file = "/path" }`, `{ env = "NAME" }`.
#[derive(Clone, Debug)]
pub struct SecretSetting {
    place: SecretPlace,
    text: Option<Secret<String>>,
}

/// Where a secret of the settings lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretPlace {
    /// In the settings themselves.
    Here,
    /// In a file, whose last line end is not part of it.
    File(PathBuf),
    /// In a variable of the environment.
    Variable(String),
}

impl SecretSetting {
    /// Says where the secret lies.
    pub const fn place(&self) -> &SecretPlace {
        &self.place
    }

    /// Gives the secret: `None` until whoever starts the server has read it from its place.
    pub const fn text(&self) -> Option<&Secret<String>> {
        self.text.as_ref()
    }

    /// Takes what was found in the secret's place. A file's last line end is left out.
    pub fn found(&mut self, text: &Secret<String>) -> Result<(), &'static str> {
        let text = text.expose();
        let text = text.strip_suffix('\n').unwrap_or(text);
        let text = text.strip_suffix('\r').unwrap_or(text);
        if text.is_empty() {
            return Err("nothing is there, and a secret is at least one character long");
        }
        self.text = Some(Secret::new(text.to_owned()));
        Ok(())
    }

    fn here(text: &str) -> Self {
        Self {
            place: SecretPlace::Here,
            text: Some(Secret::new(text.to_owned())),
        }
    }

    fn elsewhere(place: Elsewhere) -> Result<Self, &'static str> {
        let place = match (place.file, place.env) {
            (Some(file), None) if file != Path::new("") => SecretPlace::File(file),
            (None, Some(name)) if name.starts_with("PERSONA_") => {
                return Err("variables that begin with PERSONA_ are settings: choose another name");
            }
            (None, Some(name)) if !name.is_empty() => SecretPlace::Variable(name),
            (Some(_), _) | (_, Some(_)) | (None, None) => return Err(SHAPES),
        };
        Ok(Self { place, text: None })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Elsewhere {
    file: Option<PathBuf>,
    env: Option<String>,
}

impl<'de> Deserialize<'de> for SecretSetting {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SecretVisitor)
    }
}

struct SecretVisitor;

/// What stands where a secret belongs may be one: no error repeats it.
impl<'de> Visitor<'de> for SecretVisitor {
    type Value = SecretSetting;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(SHAPES)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<SecretSetting, E> {
        if text.is_empty() {
            return Err(E::custom("a secret is at least one character long"));
        }
        Ok(SecretSetting::here(text))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<SecretSetting, A::Error> {
        let place = Elsewhere::deserialize(MapAccessDeserializer::new(map))?;
        SecretSetting::elsewhere(place).map_err(A::Error::custom)
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<SecretSetting, E> {
        Err(E::custom(SHAPES))
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<SecretSetting, E> {
        Err(E::custom(SHAPES))
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<SecretSetting, E> {
        Err(E::custom(SHAPES))
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<SecretSetting, E> {
        Err(E::custom(SHAPES))
    }
}

/// How a secret is written.
const SHAPES: &str =
    r#"write a secret as "text in quotes", { file = "/path" } or { env = "NAME" }"#;

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn read(value: Value) -> Result<SecretSetting, String> {
        serde_json::from_value(value).map_err(|error| error.to_string())
    }

    #[test]
    fn a_secret_stands_here_or_has_one_place() {
        for (value, place) in [
            (json!("hunter2"), SecretPlace::Here),
            (
                json!({ "file": "/run/secret" }),
                SecretPlace::File("/run/secret".into()),
            ),
            (
                json!({ "env": "RELAY_PASSWORD" }),
                SecretPlace::Variable("RELAY_PASSWORD".into()),
            ),
        ] {
            assert_eq!(read(value).unwrap().place, place);
        }
        for value in [
            json!(""),
            json!({}),
            json!({ "file": "" }),
            json!({ "env": "" }),
            json!({ "env": "PERSONA_RELAY" }),
            json!({ "file": "/a", "env": "B" }),
            json!({ "path": "/a" }),
            json!(["a"]),
            json!(null),
        ] {
            assert!(read(value.clone()).is_err(), "{value}");
        }
    }

    #[test]
    fn a_secret_of_the_wrong_kind_is_not_repeated() {
        for value in [json!(271_828), json!(-271_828), json!(271.828), json!(true)] {
            let error = read(value.clone()).unwrap_err();

            assert_eq!(error, SHAPES, "{value}");
        }
        let shown = format!("{:?}", read(json!("hunter2")).unwrap());
        assert!(!shown.contains("hunter2"), "{shown}");
    }

    #[test]
    fn one_line_end_is_not_part_of_a_secret() {
        let mut secret = read(json!({ "file": "/run/secret" })).unwrap();
        assert!(secret.text().is_none());

        for (found, kept) in [("a", "a"), ("a\n", "a"), ("a\r\n", "a"), ("a \n\n", "a \n")] {
            secret.found(&Secret::new(found.to_owned())).unwrap();

            assert_eq!(secret.text().unwrap().expose(), kept);
        }
        for nothing in ["", "\n", "\r\n"] {
            assert!(secret.found(&Secret::new(nothing.to_owned())).is_err());
        }
    }
}
