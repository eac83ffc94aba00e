//! The only place of `xtask` that writes to the terminal.
//!
//! A closed pipe (`cargo x tidy | head`) is not an error, so the results of writing are dropped.

use std::io::Write as _;

/// Prints a line of what was asked for.
///
/// Tests of the verbs print nothing: their lines would stand among those of the test runner, and a
/// planted violation would read like a real one.
pub(crate) fn line(text: &str) {
    if !cfg!(test) {
        drop(writeln!(std::io::stdout(), "{text}"));
    }
}

/// Prints a heading that is easy to find in a long log.
pub(crate) fn heading(text: &str) {
    line(&format!("\n==> {text}"));
}

/// Prints why the verb failed, as the last line.
pub(crate) fn trouble(error: &anyhow::Error) {
    drop(writeln!(std::io::stderr(), "cargo x: {error:#}"));
}
