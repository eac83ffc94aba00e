//! What the driver says when it does not do what it was asked.

use std::fmt;

use anyhow::Result;

/// What the driver said went wrong.
#[derive(Debug)]
pub struct WebDriverError {
    pub(super) code: String,
    pub(super) message: String,
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

/// A window that closes as the last act of a click or a key press has done what was asked.
pub(super) fn done_or_gone(result: Result<()>) -> Result<()> {
    match result.as_ref().map_err(anyhow::Error::downcast_ref) {
        Err(Some(WebDriverError { code, .. })) if code == "no such window" => Ok(()),
        _ => result,
    }
}
