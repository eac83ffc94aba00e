//! Claims and the tests: each statement of `docs/parity.md`, each finding of `docs/security`, and each
//! module of `docs/conformance.md` is proven by tests that exist.

use std::collections::BTreeSet;

use super::super::finding::{Findings, Rule};
use super::super::markdown;
use super::super::tokens;
use super::super::tree::Tree;

pub(crate) const RULE: Rule = Rule {
    name: "parity",
    says: "each statement of docs/parity.md, docs/security and docs/conformance.md names tests that exist",
    check,
};

/// A document of claims: a table whose first cell numbers a claim, and whose last one proves it.
struct Document {
    path: &'static str,
    /// What stands before the numbers.
    letter: &'static str,
    /// How a proof begins that needs no test.
    without_test: &'static str,
    /// Numbers that must all be there, from 1.
    all: usize,
    /// Claims that may be left for later, with a reason.
    may_be_left: &'static [usize],
}

fn check(tree: &Tree) -> Findings {
    let mut findings = Findings::default();
    let tests = functions(tree);
    for document in &DOCUMENTS {
        check_document(document, tree, &tests, &mut findings);
    }
    findings
}

fn check_document(
    document: &Document,
    tree: &Tree,
    tests: &BTreeSet<String>,
    findings: &mut Findings,
) {
    let path = document.path;
    let Some(file) = tree.file(path) else {
        findings.add(path, None, "is not there".to_owned());
        return;
    };
    let (mut open, mut seen) = (Vec::new(), BTreeSet::new());
    for (number, line) in markdown::lines(&file.text) {
        let cells = markdown::cells(line).unwrap_or_default();
        let [statement, _, proof] = cells.as_slice() else {
            continue;
        };
        let Some(Ok(claim)) = statement
            .strip_prefix(document.letter)
            .map(str::parse::<usize>)
        else {
            continue;
        };
        seen.insert(claim);
        let named = markdown::ticked(proof);
        if *proof == NOT_YET {
            open.push(*statement);
        } else if let Some(reason) = proof.strip_prefix(LEFT) {
            if !document.may_be_left.contains(&claim) {
                let what = format!("statement {statement} is none that may be left for later");
                findings.add(path, number, what);
            } else if reason.trim().is_empty() {
                let what = format!("statement {statement} is left for later without a reason");
                findings.add(path, number, what);
            }
        } else if named.is_empty() && !proof.starts_with(document.without_test) {
            let what = format!("statement {statement} names no test; write one, or `{NOT_YET}`");
            findings.add(path, number, what);
        }
        for test in named.into_iter().filter(|test| !tests.contains(*test)) {
            let what = format!("statement {statement} names `{test}`, which is no test");
            findings.add(path, number, what);
        }
    }
    for missing in (1..=document.all).filter(|claim| !seen.contains(claim)) {
        let what = format!("has nothing about {}{missing}", document.letter);
        findings.add(path, None, what);
    }
    if !open.is_empty() {
        let (count, open) = (open.len(), open.join(", "));
        let note = format!("{count} statements of {path} are not proven yet: {open}");
        findings.notes.push(note);
    }
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

const DOCUMENTS: [Document; 5] = [
    Document {
        path: "docs/parity.md",
        letter: "",
        without_test: NOT_YET,
        all: 0,
        may_be_left: &[21],
    },
    Document {
        path: "docs/security/browserid.md",
        letter: "F",
        without_test: "Cannot occur:",
        all: 23,
        may_be_left: &[],
    },
    Document {
        path: "docs/security/operator.md",
        letter: "O",
        without_test: "Cannot occur:",
        all: 0,
        may_be_left: &[],
    },
    Document {
        path: "docs/security/oidc.md",
        letter: "C",
        without_test: "Cannot occur:",
        all: 0,
        may_be_left: &[],
    },
    Document {
        path: "docs/conformance.md",
        letter: "M",
        without_test: "Not applicable:",
        all: 0,
        may_be_left: &[],
    },
];

const NOT_YET: &str = "not yet";
const LEFT: &str = "left for later:";

#[cfg(test)]
mod tests {
    use super::super::super::tree::planted;
    use super::*;

    const TESTS: &str = "#[test]\nfn a_fact() { helper() }\nfn helper() {}\n\
                         #[tokio::test]\nasync fn b_fact() {}";

    fn found(rows: &str) -> Findings {
        found_with(rows, &findings_from(1, "`a_fact`"))
    }

    fn findings_from(first: usize, proof: &str) -> String {
        let rows: Vec<_> = (first..=23)
            .map(|n| format!("| F{n} | A. | {proof} |"))
            .collect();
        rows.join("\n")
    }

    fn found_with(parity: &str, security: &str) -> Findings {
        let (_folder, tree) = planted::tree(&[
            ("docs/parity.md", parity),
            ("docs/security/browserid.md", security),
            ("docs/security/operator.md", ""),
            ("docs/security/oidc.md", ""),
            ("docs/conformance.md", ""),
            ("crates/a/tests/t.rs", TESTS),
        ]);
        check(&tree)
    }

    #[test]
    fn a_finding_without_a_test_or_a_reason_is_caught() {
        let rows = findings_from(3, "Cannot occur: it is so.");

        let findings = found_with("", &format!("| F1 | A. | surely |\n{rows}"));

        assert_eq!(
            findings.shown(),
            [
                "docs/security/browserid.md:1: statement F1 names no test; write one, or `not yet`",
                "docs/security/browserid.md: has nothing about F2",
            ]
        );
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
    fn what_is_left_for_later_has_a_reason_and_is_allowed_to_be_left() {
        assert_eq!(
            found(
                "| 21 | A. | left for later: nobody can try it here |\n\
                 | 21 | A. | left for later: |\n| 7 | B. | left for later: no time |"
            )
            .shown(),
            [
                "docs/parity.md:2: statement 21 is left for later without a reason",
                "docs/parity.md:3: statement 7 is none that may be left for later",
            ]
        );
        assert_eq!(
            found_with("", &findings_from(1, "left for later: no time"))
                .shown()
                .len(),
            23
        );
    }

    #[test]
    fn an_open_statement_is_told_and_a_proven_one_is_free() {
        let findings =
            found("| Statement | x | y |\n| 1 | A. | `a_fact`, `b_fact` |\n| 2 | B. | not yet |");

        assert_eq!(findings.shown(), Vec::<String>::new());
        assert_eq!(
            findings.notes,
            ["1 statements of docs/parity.md are not proven yet: 2"]
        );
    }
}
