//! What the driver says when it does not do what it was asked.

use std::fmt;

/// What the driver said went wrong.
#[derive(Debug)]
pub struct WebDriverError {
    pub(crate) code: String,
    pub(crate) message: String,
}

impl WebDriverError {
    /// Did the page change under our hands, so that looking again is right?
    pub fn is_passing(&self) -> bool {
        [
            "stale element reference",
            "no such element",
            "element not interactable",
        ]
        .contains(&self.code.as_str())
    }
}

impl fmt::Display for WebDriverError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

impl std::error::Error for WebDriverError {}
