//! What comes of reading the settings: all of them, and where each domain was written.

use std::fmt;

use server::settings::Settings;

/// The whole settings.
#[derive(Clone, Debug)]
pub(crate) struct Loaded {
    pub(crate) settings: Settings,
    /// Where each domain was written, in the same order.
    pub(crate) places: Vec<DomainPlace>,
}

/// Where a domain was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum DomainPlace {
    File {
        name: String,
        line: usize,
    },
    /// In the environment or in a flag, of this name.
    Overlay(String),
    Store,
}

impl fmt::Display for DomainPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { name, line } => write!(f, "{name}:{line}"),
            Self::Overlay(name) => f.write_str(name),
            Self::Store => f.write_str("store"),
        }
    }
}
