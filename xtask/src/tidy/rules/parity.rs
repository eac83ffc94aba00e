//! `docs/parity.md` and the tests: each statement that we claim is proven by tests that exist.

use std::collections::BTreeSet;

use super::super::finding::{Findings, Rule};
use super::super::markdown;
use super::super::tokens;
use super::super::tree::Tree;

pub(crate) const RULE: Rule = Rule {
    name: "parity",
    says: "each statement of docs/parity.md names tests that exist",
    check,
};

fn check(tree: &Tree) -> Findings {
    let mut findings = Findings::default();
    let Some(parity) = tree.file(PARITY) else {
        findings.add(PARITY, None, "is not there".to_owned());
        return findings;
    };
    let tests = functions(tree);
    let mut open = Vec::new();
    for (number, line) in markdown::lines(&parity.text) {
        let cells = markdown::cells(line).unwrap_or_default();
        let [statement, _, proof] = cells.as_slice() else {
            continue;
        };
        if !statement.chars().all(|c| c.is_ascii_digit()) {
            continue;
        }
        let named = markdown::ticked(proof);
        if *proof == NOT_YET {
            open.push(*statement);
        } else if named.is_empty() {
            let what = format!("statement {statement} names no test; write one, or `{NOT_YET}`");
            findings.add(PARITY, number, what);
        }
        for test in named.into_iter().filter(|test| !tests.contains(*test)) {
            let what = format!("statement {statement} names `{test}`, which is no test");
            findings.add(PARITY, number, what);
        }
    }
    if !open.is_empty() {
        let note = format!(
            "{} statements are not proven yet: {}",
            open.len(),
            open.join(", ")
        );
        findings.notes.push(note);
    }
    findings
}

/// Lists the names of all functions that are marked as tests.
fn functions(tree: &Tree) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for file in tree.files.iter().filter(|file| file.ends("rs")) {
        let tokens = tokens::read(&file.text);
        let mut marked = false;
        for (at, token) in tokens.iter().enumerate() {
            if token.is("test") && tokens.get(at + 1).is_some_and(|t| t.is("]") || t.is("(")) {
                marked = true;
            } else if token.is("fn") && marked {
                names.extend(tokens.get(at + 1).map(|name| name.text.clone()));
                marked = false;
            }
        }
    }
    names
}

const PARITY: &str = "docs/parity.md";

const NOT_YET: &str = "not yet";

#[cfg(test)]
mod tests {
    use super::super::super::tree::planted;
    use super::*;

    fn found(rows: &str) -> Findings {
        let (_folder, tree) = planted::tree(&[
            ("docs/parity.md", rows),
            (
                "crates/a/tests/t.rs",
                "#[test]\nfn a_fact() { helper() }\nfn helper() {}\n#[tokio::test]\nasync fn b_fact() {}",
            ),
        ]);
        check(&tree)
    }

    #[test]
    fn a_proof_that_does_not_exist_is_caught() {
        assert_eq!(
            found("| 1 | A. | `a_fact`, `c_fact` |\n| 2 | B. | `helper` |").shown(),
            [
                "docs/parity.md:1: statement 1 names `c_fact`, which is no test",
                "docs/parity.md:2: statement 2 names `helper`, which is no test",
            ]
        );
    }

    #[test]
    fn a_claim_without_a_proof_is_caught() {
        assert_eq!(
            found("| 7 | A. | surely |").shown(),
            ["docs/parity.md:1: statement 7 names no test; write one, or `not yet`"]
        );
    }

    #[test]
    fn an_open_statement_is_told_and_a_proven_one_is_free() {
        let findings =
            found("| Statement | x | y |\n| 1 | A. | `a_fact`, `b_fact` |\n| 2 | B. | not yet |");

        assert_eq!(findings.shown(), Vec::<String>::new());
        assert_eq!(findings.notes, ["1 statements are not proven yet: 2"]);
    }
}
