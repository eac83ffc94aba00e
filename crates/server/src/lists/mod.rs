//! What the operator keeps beside the settings: the aliases and the groups of a mail domain.
//!
//! [`Aliases`] and [`Groups`] read a file, without input or output; [`ChangingFile`] reads it again when
//! it has changed. [`KeptAliases`] are rows of the store's table. What any of them says is narrowed, never guessed: what cannot be understood
//! gives nobody anything, and stands in the [`Remark`]s for `persona check`. Called by the journey of
//! claims and by the checks. What the lists mean is decided there, not here.

mod aliases;
mod changing_file;
mod groups;
mod kept;
mod lines;

use std::fmt;

pub(crate) use self::aliases::is_suitable;
pub use self::aliases::{Aliases, Target};
pub use self::changing_file::{ChangingFile, Unreadable};
pub use self::groups::Groups;
pub use self::kept::{KeptAliases, OddRow, read_row};

/// What somebody should know about one line of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// The line, counted from 1: the first one, where lines are continued.
    pub line: usize,
    /// What is odd about it, and what came of it.
    pub says: String,
}

/// The remarks on one file, the first few of them: a file of another kind has one for each line.
#[derive(Clone, Debug, Default)]
struct Remarks(Vec<Remark>);

impl Remarks {
    fn add(&mut self, line: usize, says: String) {
        if self.0.len() < MOST_REMARKS {
            self.0.push(Remark { line, says });
        }
    }
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.says)
    }
}

/// Shows a piece of a file, escaped and cut.
fn shown(text: &str) -> String {
    let short: String = text.chars().take(LONGEST_SHOWN).collect();
    let dots = if short.len() < text.len() { "…" } else { "" };
    format!("{short:?}{dots}")
}

/// How many remarks on a file are kept.
const MOST_REMARKS: usize = 100;
/// Characters of a piece that is shown.
const LONGEST_SHOWN: usize = 60;
