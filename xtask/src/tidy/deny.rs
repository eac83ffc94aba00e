//! Reads `deny.toml`, the file that `cargo deny` reads too, as far as our rules need it.
//!
//! Only lists are read: `key = [ … ]` in a section, with texts or with tables that begin with
//! `crate = "…"`. That is all this file has, so a whole TOML reader would be a dependency for little.

use anyhow::{Context as _, Result, bail};

use super::tree::Tree;

/// The lists of `deny.toml` that our rules hold.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Deny {
    pub(crate) licences: Vec<String>,
    pub(crate) banned: Vec<String>,
    /// Packages that may be locked in more than one version: `syn@2`.
    pub(crate) skipped: Vec<String>,
}

/// Reads the tree's `deny.toml`.
pub(crate) fn read(tree: &Tree) -> Result<Deny> {
    let file = tree.file("deny.toml").context("there is no deny.toml")?;
    let deny = Deny {
        licences: list(&file.text, "licenses", "allow"),
        banned: list(&file.text, "bans", "deny"),
        skipped: list(&file.text, "bans", "skip"),
    };
    if deny.licences.is_empty() || deny.banned.is_empty() {
        bail!("deny.toml lists no licences or no banned packages");
    }
    Ok(deny)
}

fn list(text: &str, section: &str, key: &str) -> Vec<String> {
    let mut here = false;
    let mut inside = false;
    let mut found = Vec::new();
    for line in text.lines().map(str::trim) {
        if line.starts_with('#') {
            continue;
        }
        if let Some(name) = line.strip_prefix('[').and_then(|l| l.strip_suffix(']')) {
            here = name == section;
        } else if here && line.strip_prefix(key).is_some_and(opens_list) {
            inside = true;
            found.extend(line.split_once('[').and_then(|(_, rest)| first_text(rest)));
        } else if inside && line.starts_with(']') {
            inside = false;
        } else if inside {
            found.extend(first_text(line));
        }
    }
    found
}

fn opens_list(rest: &str) -> bool {
    rest.trim_start()
        .strip_prefix('=')
        .is_some_and(|value| value.trim_start().starts_with('['))
}

fn first_text(line: &str) -> Option<String> {
    let (_, rest) = line.split_once('"')?;
    let (text, _) = rest.split_once('"')?;
    Some(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::super::tree::planted;
    use super::*;

    #[test]
    fn the_lists_are_read_and_nothing_else() {
        let (_folder, tree) = planted::tree(&[(
            "deny.toml",
            "[licenses]\nallow = [\n  \"MIT\",\n  # \"GPL-3.0\",\n  \"ISC\",\n]\n\
             [bans]\nmultiple-versions = \"warn\"\ndeny = [\n  { crate = \"ring\", reason = \"one\" },\n]\n\
             skip = [\n  { crate = \"syn@2\", reason = \"two\" },\n]\n[sources]\nallow = [\n  \"x\",\n]\n",
        )]);

        let deny = read(&tree).unwrap();

        assert_eq!(deny.licences, ["MIT", "ISC"]);
        assert_eq!(deny.banned, ["ring"]);
        assert_eq!(deny.skipped, ["syn@2"]);
    }

    #[test]
    fn an_empty_file_is_no_licence_to_do_anything() {
        let (_folder, tree) = planted::tree(&[("deny.toml", "")]);

        assert!(read(&tree).is_err());
    }
}
