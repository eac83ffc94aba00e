//! What a rule has to say.

use std::fmt;

use anyhow::Result;

use super::tree::Tree;

/// A rule of the house.
pub(crate) struct Rule {
    pub(crate) name: &'static str,
    /// The rule in a line, as people read it.
    pub(crate) says: &'static str,
    pub(crate) check: fn(&Tree) -> Findings,
}

/// What a rule found: places that break it, and figures worth seeing.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    pub(crate) violations: Vec<Violation>,
    pub(crate) notes: Vec<String>,
}

/// A place that breaks a rule.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Violation {
    path: String,
    line: Option<usize>,
    what: String,
}

impl Findings {
    /// A rule that cannot be checked is broken, too.
    pub(crate) fn or_why_not(result: Result<Self>) -> Self {
        result.unwrap_or_else(|error| {
            let mut findings = Self::default();
            findings.add("this rule", None, format!("cannot be checked: {error:#}"));
            findings
        })
    }

    /// Adds a place that breaks the rule.
    pub(crate) fn add(&mut self, path: &str, line: impl Into<Option<usize>>, what: String) {
        self.violations.push(Violation {
            path: path.to_owned(),
            line: line.into(),
            what,
        });
    }

    /// Gives the violations as they are printed.
    #[cfg(test)]
    pub(crate) fn shown(&self) -> Vec<String> {
        self.violations.iter().map(ToString::to_string).collect()
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}: {}", self.path, self.what),
            None => write!(f, "{}: {}", self.path, self.what),
        }
    }
}
