//! `docs/specs.md` and the code: each section that we implement has an item and a test of ours.

use super::super::finding::{Findings, Rule};
use super::super::markdown::{self, Link};
use super::super::tokens;
use super::super::tree::{File, Tree};
use super::links;

pub(crate) const RULE: Rule = Rule {
    name: "specs",
    says: "docs/specs.md leads to items and tests that exist",
    check,
};

fn check(tree: &Tree) -> Findings {
    let mut findings = Findings::default();
    let Some(specs) = tree.file(SPECS) else {
        findings.add(SPECS, None, "is not there".to_owned());
        return findings;
    };
    for (number, line) in markdown::lines(&specs.text) {
        let Some(cells) = markdown::cells(line) else {
            continue;
        };
        let [document, _, item, test] = cells.as_slice() else {
            findings.add(
                SPECS,
                number,
                "is not document, section, item, test".to_owned(),
            );
            continue;
        };
        if *document == "Document" {
            continue;
        }
        for cell in [item, test] {
            let links = markdown::links(cell);
            if links.is_empty() {
                findings.add(
                    SPECS,
                    number,
                    "has no link to an item and a test".to_owned(),
                );
            }
            for link in links {
                if let Some(missing) = missing(tree, &link) {
                    findings.add(SPECS, number, missing);
                }
            }
        }
    }
    findings
}

/// Says what is missing at the other end of `` [`path::item`](file) ``.
fn missing(tree: &Tree, link: &Link) -> Option<String> {
    let path = links::beside(SPECS, &link.target);
    let item = link.text.trim_matches('`').trim_end_matches("()");
    let item = item.rsplit("::").next().unwrap_or(item);
    match tree.file(&path) {
        None => Some(format!("links to `{path}`, which is not there")),
        Some(file) if !defines(file, item) => Some(format!("`{path}` has no `{item}`")),
        Some(_) => None,
    }
}

/// Does the file define the item, or is it the item (a module, a script, a vector)?
fn defines(file: &File, item: &str) -> bool {
    let name = file.path.rsplit('/').next().unwrap_or_default();
    if name == item || name.split('.').next() == Some(item) {
        return true;
    }
    if !file.ends("rs") {
        let word = |c: char| c.is_alphanumeric() || c == '_';
        return file.text.split(|c| !word(c)).any(|found| found == item);
    }
    let folder = file.path.rsplit('/').nth(1) == Some(item) && name == "mod.rs";
    folder
        || tokens::read(&file.text).windows(2).any(|two| {
            let [keyword, name] = two else { return false };
            name.is(item) && KEYWORDS.contains(&keyword.text.as_str())
        })
}

const SPECS: &str = "docs/specs.md";

const KEYWORDS: [&str; 8] = [
    "const", "enum", "fn", "mod", "static", "struct", "trait", "type",
];

#[cfg(test)]
mod tests {
    use super::super::super::tree::planted;
    use super::*;

    fn found(row: &str) -> Vec<String> {
        let table =
            format!("| Document | Section | Ours | Test |\n| --- | --- | --- | --- |\n{row}\n");
        let (_folder, tree) = planted::tree(&[
            ("docs/specs.md", &table),
            ("crates/a/src/jws.rs", "pub fn read() { write() }"),
            ("crates/a/tests/t.rs", "#[test] fn it_reads() {}"),
        ]);
        check(&tree).shown()
    }

    #[test]
    fn an_item_that_is_gone_is_caught() {
        assert_eq!(
            found(
                "| RFC 1 | 2 | [`a::jws::write`](../crates/a/src/jws.rs) | [`it_reads`](../crates/a/tests/t.rs) |"
            ),
            ["docs/specs.md:3: `crates/a/src/jws.rs` has no `write`"]
        );
    }

    #[test]
    fn a_section_without_a_test_is_caught() {
        assert_eq!(
            found("| RFC 1 | 2 | [`a::jws::read`](../crates/a/src/jws.rs) | soon |"),
            ["docs/specs.md:3: has no link to an item and a test"]
        );
    }

    #[test]
    fn a_file_that_is_gone_is_caught() {
        assert_eq!(
            found(
                "| RFC 1 | 2 | [`a::jws`](../crates/a/src/jws.rs) | [`x`](../crates/a/tests/u.rs) |"
            ),
            ["docs/specs.md:3: links to `crates/a/tests/u.rs`, which is not there"]
        );
    }

    #[test]
    fn a_true_row_is_free() {
        let row = "| RFC 1 | 2 | [`a::jws::read`](../crates/a/src/jws.rs) | [`it_reads`](../crates/a/tests/t.rs) |";

        assert_eq!(found(row), Vec::<String>::new());
    }
}
