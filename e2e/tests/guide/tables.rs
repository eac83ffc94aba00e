//! The guide's tables against what they are about.

use std::collections::BTreeSet;
use std::fs;

use anyhow::{Context, Result};
use e2e::servers::packages::workspace;

use crate::book::Book;

#[test]
fn the_guide_names_each_option_of_watch_and_request() -> Result<()> {
    let types = fs::read_to_string(workspace().join("crates/server/assets/include.d.ts"))?;
    let book = Book::open()?;

    for (call, interfaces) in [
        ("watch", ["Looks", "WatchOptions"].as_slice()),
        ("request", &["Looks", "GetOptions", "RequestOptions"]),
    ] {
        let mut typed = BTreeSet::new();
        for interface in interfaces {
            typed.extend(members(&types, interface)?);
        }
        for other in OTHERWISE {
            typed.remove(other);
        }
        assert_eq!(rows(book.text(), call)?, typed, "{call}");
    }
    Ok(())
}

/// The guide explains `silent` beside `get`; the other two are passed on and not honoured.
const OTHERWISE: [&str; 3] = [
    "silent",
    "experimental_forceIssuer",
    "experimental_allowUnverified",
];

/// Gives the members of an interface, without those that are out of use.
fn members<'a>(types: &'a str, interface: &str) -> Result<BTreeSet<&'a str>> {
    let start = format!("interface {interface} ");
    let (_, rest) = types.split_once(&start).context(start)?;
    let (body, _) = rest.split_once("\n  }").context("it has no end")?;
    let mut names = BTreeSet::new();
    let mut is_old = false;
    for line in body.lines() {
        is_old |= line.contains("@deprecated");
        let Some(text) = line.strip_prefix("    ") else {
            continue;
        };
        if text.starts_with(['/', ' ', '*']) {
            continue;
        }
        let name = text.split(['?', '(', ':']).next().unwrap_or_default();
        if !is_old {
            names.insert(name);
        }
        is_old = false;
    }
    Ok(names)
}

/// Gives the options that the table of a call names.
fn rows<'a>(guide: &'a str, call: &str) -> Result<BTreeSet<&'a str>> {
    let head = format!("| `{call}` | |\n");
    let (_, table) = guide.split_once(&head).context(head)?;
    let rows = table.lines().take_while(|line| line.starts_with('|'));
    let named = rows.filter_map(|row| row.split('|').nth(1));
    let names = named.flat_map(|cell| cell.split('`').skip(1).step_by(2));
    Ok(names
        .map(|name| name.split('(').next().unwrap_or(name))
        .collect())
}
