//! The map and the country: every room is in `ARCHITECTURE.md`, and what that names exists.

use std::collections::BTreeSet;

use super::super::finding::{Findings, Rule};
use super::super::markdown;
use super::super::tree::{Source, Tree};

pub(crate) const RULE: Rule = Rule {
    name: "map",
    says: "every room is in ARCHITECTURE.md, and every room named there exists",
    check,
};

fn check(tree: &Tree) -> Findings {
    let mut findings = Findings::default();
    let Some(map) = tree.file(MAP) else {
        findings.add(MAP, None, "is not there".to_owned());
        return findings;
    };
    let sources = tree.sources();
    let mut named = BTreeSet::new();
    for (number, line) in markdown::lines(&map.text) {
        for ticked in markdown::ticked(line).into_iter().flat_map(unfold) {
            if let Some(missing) = missing(tree, &sources, &ticked) {
                findings.add(MAP, number, format!("names `{ticked}`; {missing}"));
            }
            named.insert(ticked);
        }
    }
    for room in rooms(&sources) {
        if !named.contains(&room) && !named.contains(&format!("{room}::*")) {
            findings.add(MAP, None, format!("does not name the room `{room}`"));
        }
    }
    findings
}

/// Lists the crates, and the first level of modules in those under `crates/`.
fn rooms(sources: &[Source]) -> BTreeSet<String> {
    let mut rooms = BTreeSet::new();
    for source in sources {
        rooms.insert(source.room.clone());
        let first = source.module.first();
        if let Some(module) = first.filter(|_| source.path.starts_with("crates/")) {
            rooms.insert(format!("{}::{module}", source.room));
        }
    }
    rooms
}

/// `a::{b, c}` is `a::b` and `a::c`.
fn unfold(ticked: &str) -> Vec<String> {
    match ticked.split_once("::{") {
        Some((above, group)) => group
            .trim_end_matches('}')
            .split(',')
            .map(|member| format!("{above}::{}", member.trim()))
            .collect(),
        None => vec![ticked.to_owned()],
    }
}

/// Says what is missing of a path or a room that the map names.
fn missing(tree: &Tree, sources: &[Source], ticked: &str) -> Option<String> {
    let mut parts = ticked.split("::");
    let room = parts.next().unwrap_or_default();
    if FOLDERS.iter().any(|folder| ticked.starts_with(folder)) {
        let there = tree.root.join(ticked).exists();
        return (!there).then(|| "there is no such file or folder".to_owned());
    }
    let own: Vec<_> = sources
        .iter()
        .filter(|source| source.room == room)
        .collect();
    if own.is_empty() {
        return None;
    }
    parts
        .filter(|part| *part != "*")
        .map(|part| part.trim_end_matches("()"))
        .find(|part| !own.iter().any(|source| says(source, part)))
        .map(|part| format!("nothing in {room} is called `{part}`"))
}

fn says(source: &Source, word: &str) -> bool {
    source.module.iter().any(|part| part == word) || source.tokens.iter().any(|t| t.is(word))
}

const MAP: &str = "ARCHITECTURE.md";

const FOLDERS: [&str; 5] = [".ci/", "crates/", "docs/", "e2e/", "xtask/"];

#[cfg(test)]
mod tests {
    use super::super::super::tree::planted;
    use super::*;

    fn found(map: &str) -> Vec<String> {
        let (_folder, tree) = planted::tree(&[
            ("ARCHITECTURE.md", map),
            ("crates/store/src/lib.rs", "pub mod sqlite;"),
            ("crates/store/src/sqlite/mod.rs", "pub struct SqliteStore;"),
        ]);
        check(&tree).shown()
    }

    #[test]
    fn a_room_that_is_not_on_the_map_is_caught() {
        assert_eq!(
            found("`store`"),
            ["ARCHITECTURE.md: does not name the room `store::sqlite`"]
        );
    }

    #[test]
    fn a_room_that_is_only_on_the_map_is_caught() {
        assert_eq!(
            found("`store` `store::sqlite` `store::{postgres, sqlite}` `crates/attic/`"),
            [
                "ARCHITECTURE.md:1: names `store::postgres`; nothing in store is called `postgres`",
                "ARCHITECTURE.md:1: names `crates/attic/`; there is no such file or folder",
            ]
        );
    }

    #[test]
    fn a_true_map_is_free() {
        let map = "`store` has `store::sqlite::SqliteStore` in `crates/store/`, says `anything`";

        assert_eq!(
            found(&format!("{map} `store::sqlite`")),
            Vec::<String>::new()
        );
    }
}
