//! The rules of the house that no compiler keeps: direction, sizes, and maps that must not lie.
//!
//! Each rule is a small file in [`rules`], with tests that plant a violation and see it caught. The
//! rules run as `cargo x tidy` and, against the real tree, in `cargo test`.

mod deny;
mod finding;
mod markdown;
mod names;
mod rules;
mod tokens;
mod tree;

use std::path::Path;

use anyhow::{Result, bail};

use crate::out;
use finding::Findings;
use tree::Tree;

/// Runs every rule over the workspace at `root` and tells what it found.
pub(crate) fn run(root: &Path) -> Result<()> {
    let tree = Tree::read(root)?;
    let mut count = 0;
    for rule in rules::ALL {
        let findings = (rule.check)(&tree);
        count += findings.violations.len();
        tell(rule.name, rule.says, &findings);
    }
    if count > 0 {
        bail!("the house is not tidy: {count} places above break a rule");
    }
    Ok(())
}

fn tell(name: &str, says: &str, findings: &Findings) {
    let mark = if findings.violations.is_empty() {
        "ok  "
    } else {
        "FAIL"
    };
    out::line(&format!("{mark} {name}: {says}"));
    for note in &findings.notes {
        out::line(&format!("       {note}"));
    }
    for violation in &findings.violations {
        out::line(&format!("     {violation}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_house_is_tidy() {
        let tree = Tree::read(&crate::cargo::root()).unwrap();

        let mut broken = Vec::new();
        for rule in rules::ALL {
            for violation in (rule.check)(&tree).violations {
                broken.push(format!("{}: {violation}", rule.name));
            }
        }

        assert!(broken.is_empty(), "\n{}\n", broken.join("\n"));
    }

    #[test]
    fn an_untidy_house_is_refused() {
        let (folder, _tree) = tree::planted::tree(&[
            ("Cargo.toml", "[workspace]\nmembers = [\"crates/attic\"]\n"),
            (
                "crates/attic/Cargo.toml",
                "[package]\nname = \"attic\"\nversion = \"0.1.0\"\nedition = \"2024\"\n",
            ),
            ("crates/attic/src/lib.rs", ""),
            (
                "Cargo.lock",
                "version = 4\n[[package]]\nname = \"attic\"\nversion = \"0.1.0\"\n",
            ),
        ]);

        let error = run(folder.path()).unwrap_err();

        assert!(error.to_string().starts_with("the house is not tidy"));
    }
}
