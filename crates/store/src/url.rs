//! Where the store is, as the settings write it: `sqlite:/var/lib/persona/persona.db`, or `memory:`.

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The place of a store: `sqlite:` and the absolute path of a file, or `memory:` for none.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct StorageUrl(Place);

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Place {
    File(String),
    Memory,
}

/// Says why a text names no store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StorageUrlError {
    /// `PostgreSQL` is not built yet.
    #[error("this version keeps its store in SQLite: sqlite:/var/lib/persona/persona.db")]
    Postgres,
    /// Another scheme, or none.
    #[error(
        "the store is given as sqlite: and a path, such as sqlite:/var/lib/persona/persona.db, or as memory:"
    )]
    Scheme,
    /// A path that depends on where the program is started.
    #[error("the path of the store is absolute: sqlite:/var/lib/persona/persona.db")]
    NotAbsolute,
    /// A path that ends in a slash or in dots.
    #[error("the store is a file, and this path names a directory")]
    Directory,
    /// Something behind `memory:`.
    #[error("nothing follows memory:, which keeps no file")]
    MemoryHasNoPath,
    /// Control characters, or options after a question mark.
    #[error(
        "the path of the store has a character that cannot be there (?, # or a control character)"
    )]
    Character,
}

impl StorageUrl {
    /// Reads `sqlite:/absolute/path`, or the same with the empty host of a URL, `sqlite:///…`; or
    /// `memory:`.
    ///
    /// The path is taken as it stands: nothing in it is percent-decoded.
    pub fn parse(text: &str) -> Result<Self, StorageUrlError> {
        let (scheme, rest) = text.split_once(':').ok_or(StorageUrlError::Scheme)?;
        if scheme == "postgres" || scheme == "postgresql" {
            return Err(StorageUrlError::Postgres);
        }
        if scheme == "memory" {
            let memory = Self(Place::Memory);
            return rest
                .is_empty()
                .then_some(memory)
                .ok_or(StorageUrlError::MemoryHasNoPath);
        }
        if scheme != "sqlite" {
            return Err(StorageUrlError::Scheme);
        }
        let path = match rest.strip_prefix("//") {
            Some(after_host) => after_host,
            None => rest,
        };
        if !path.starts_with('/') || path.starts_with("//") {
            return Err(StorageUrlError::NotAbsolute);
        }
        if path.chars().any(|c| c.is_control() || c == '?' || c == '#') {
            return Err(StorageUrlError::Character);
        }
        if matches!(path.rsplit('/').next(), None | Some("" | "." | "..")) {
            return Err(StorageUrlError::Directory);
        }
        Ok(Self(Place::File(path.to_owned())))
    }

    /// Gives the path of the database's file; nothing where all is in memory, and gone with the process.
    pub fn path(&self) -> Option<&Path> {
        match &self.0 {
            Place::File(path) => Some(Path::new(path)),
            Place::Memory => None,
        }
    }
}

impl FromStr for StorageUrl {
    type Err = StorageUrlError;

    fn from_str(text: &str) -> Result<Self, StorageUrlError> {
        Self::parse(text)
    }
}

impl TryFrom<String> for StorageUrl {
    type Error = StorageUrlError;

    fn try_from(text: String) -> Result<Self, StorageUrlError> {
        Self::parse(&text)
    }
}

impl From<StorageUrl> for String {
    fn from(url: StorageUrl) -> Self {
        url.to_string()
    }
}

impl fmt::Display for StorageUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Place::File(path) => write!(f, "sqlite:{path}"),
            Place::Memory => f.write_str("memory:"),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_file_is_named_by_its_absolute_path() {
        for (typed, path) in [
            (
                "sqlite:/var/lib/persona/persona.db",
                "/var/lib/persona/persona.db",
            ),
            (
                "sqlite:///var/lib/persona/persona.db",
                "/var/lib/persona/persona.db",
            ),
            ("sqlite:/a b/ü%20.db", "/a b/ü%20.db"),
        ] {
            assert_eq!(
                StorageUrl::parse(typed).unwrap().path(),
                Some(Path::new(path))
            );
        }
    }

    #[test]
    fn memory_has_no_file() {
        let url = StorageUrl::parse("memory:").unwrap();

        assert_eq!(url.path(), None);
        assert_eq!(url.to_string(), "memory:");
    }

    #[test]
    fn other_texts_are_refused_with_their_reason() {
        use StorageUrlError::{
            Character, Directory, MemoryHasNoPath, NotAbsolute, Postgres, Scheme,
        };
        for (typed, reason) in [
            ("", Scheme),
            ("/var/lib/persona.db", Scheme),
            ("mysql://host/db", Scheme),
            ("SQLite:/var/lib/persona.db", Scheme),
            ("postgres://user@host/db", Postgres),
            ("postgresql://user@host/db", Postgres),
            ("memory", Scheme),
            ("Memory:", Scheme),
            ("memory:/", MemoryHasNoPath),
            ("memory://", MemoryHasNoPath),
            ("sqlite:", NotAbsolute),
            ("sqlite:persona.db", NotAbsolute),
            ("sqlite::memory:", NotAbsolute),
            ("sqlite://host/persona.db", NotAbsolute),
            ("sqlite:////persona.db", NotAbsolute),
            ("sqlite:/", Directory),
            ("sqlite:/var/lib/", Directory),
            ("sqlite:/var/..", Directory),
            ("sqlite:/var/x.db?mode=ro", Character),
            ("sqlite:/var/x.db#x", Character),
            ("sqlite:/var/x\0.db", Character),
            ("sqlite:/var/x.db\n", Character),
        ] {
            assert_eq!(StorageUrl::parse(typed), Err(reason), "{typed:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_read_is_printed_the_same(path in "(/[a-z .%:~ü\\-]{1,8}){0,3}/[a-z%:ü]{1,12}") {
            let url = StorageUrl::parse(&format!("sqlite:{path}")).unwrap();

            prop_assert_eq!(url.path(), Some(Path::new(&path)));
            prop_assert_eq!(StorageUrl::parse(&url.to_string()), Ok(url));
        }

        #[test]
        fn nothing_makes_it_panic_and_only_absolute_files_pass(text in "(sqlite:)?/{0,3}\\PC{0,20}") {
            if let Ok(url) = StorageUrl::parse(&text) {
                let is_file = |path: &Path| path.is_absolute() && path.file_name().is_some();
                prop_assert!(url.path().is_none_or(is_file));
                prop_assert_eq!(StorageUrl::parse(&url.to_string()), Ok(url));
            }
        }
    }
}
