//! One idea per file: how long files may be. (Functions are held by clippy: 70 lines.)

use super::super::finding::{Findings, Rule};
use super::super::tree::Tree;

pub(crate) const RULE: Rule = Rule {
    name: "sizes",
    says: "code ends at 600 lines, a script at 150, a document where it says",
    check,
};

/// Which files a limit is for, from which length it is worth a look, and where it ends.
struct Limit {
    ending: &'static str,
    look: usize,
    end: usize,
}

fn check(tree: &Tree) -> Findings {
    let mut findings = Findings::default();
    for file in &tree.files {
        let Some(limit) = LIMITS
            .iter()
            .find(|limit| file.path.ends_with(limit.ending))
        else {
            continue;
        };
        let lines = file.text.lines().count();
        if lines > limit.end {
            let what = format!(
                "has {lines} lines; {} is the end: split it by idea",
                limit.end
            );
            findings.add(&file.path, None, what);
        } else if lines > limit.look {
            let note = format!("{}: {lines} lines, {} are plenty", file.path, limit.look);
            findings.notes.push(note);
        }
    }
    findings
}

/// The first that fits counts.
const LIMITS: [Limit; 9] = [
    Limit {
        ending: "ARCHITECTURE.md",
        look: 250,
        end: 250,
    },
    Limit {
        ending: "CONTRIBUTING.md",
        look: 100,
        end: 100,
    },
    Limit {
        ending: ".rs",
        look: 400,
        end: 600,
    },
    Limit {
        ending: ".sql",
        look: 400,
        end: 600,
    },
    Limit {
        ending: ".css",
        look: 400,
        end: 600,
    },
    Limit {
        ending: ".html",
        look: 400,
        end: 600,
    },
    Limit {
        ending: ".js",
        look: 149,
        end: 149,
    },
    Limit {
        ending: ".mjs",
        look: 149,
        end: 149,
    },
    Limit {
        ending: ".sh",
        look: 100,
        end: 150,
    },
];

#[cfg(test)]
mod tests {
    use super::super::super::tree::planted;
    use super::*;

    #[test]
    fn files_that_are_too_long_are_caught() {
        let (_folder, tree) = planted::tree(&[
            ("crates/a/src/long.rs", &"\n".repeat(601)),
            ("crates/a/src/full.rs", &"\n".repeat(600)),
            ("crates/a/assets/page.js", &"\n".repeat(150)),
            ("ARCHITECTURE.md", &"\n".repeat(251)),
            ("README.md", &"\n".repeat(900)),
        ]);

        let findings = check(&tree);

        assert_eq!(
            findings.shown(),
            [
                "ARCHITECTURE.md: has 251 lines; 250 is the end: split it by idea",
                "crates/a/assets/page.js: has 150 lines; 149 is the end: split it by idea",
                "crates/a/src/long.rs: has 601 lines; 600 is the end: split it by idea",
            ]
        );
        assert_eq!(
            findings.notes,
            ["crates/a/src/full.rs: 600 lines, 400 are plenty"]
        );
    }
}
