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
    beginning: &'static str,
    ending: &'static str,
    look: usize,
    end: usize,
}

fn check(tree: &Tree) -> Findings {
    let mut findings = Findings::default();
    for file in &tree.files {
        let Some(limit) = LIMITS.iter().find(|limit| limit.fits(&file.path)) else {
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

impl Limit {
    fn fits(&self, path: &str) -> bool {
        path.starts_with(self.beginning) && path.ends_with(self.ending)
    }
}

/// The first that fits counts.
const LIMITS: [Limit; 10] = [
    Limit {
        beginning: "docs/decisions/",
        ending: ".md",
        look: 60,
        end: 60,
    },
    Limit {
        beginning: "",
        ending: "ARCHITECTURE.md",
        look: 250,
        end: 250,
    },
    Limit {
        beginning: "",
        ending: "CONTRIBUTING.md",
        look: 100,
        end: 100,
    },
    Limit {
        beginning: "",
        ending: ".rs",
        look: 400,
        end: 600,
    },
    Limit {
        beginning: "",
        ending: ".sql",
        look: 400,
        end: 600,
    },
    Limit {
        beginning: "",
        ending: ".css",
        look: 400,
        end: 600,
    },
    Limit {
        beginning: "",
        ending: ".html",
        look: 400,
        end: 600,
    },
    Limit {
        beginning: "",
        ending: ".js",
        look: 149,
        end: 149,
    },
    Limit {
        beginning: "",
        ending: ".mjs",
        look: 149,
        end: 149,
    },
    Limit {
        beginning: "",
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
            ("docs/decisions/0001-x.md", &"\n".repeat(61)),
            ("README.md", &"\n".repeat(900)),
        ]);

        let findings = check(&tree);

        assert_eq!(
            findings.shown(),
            [
                "ARCHITECTURE.md: has 251 lines; 250 is the end: split it by idea",
                "crates/a/assets/page.js: has 150 lines; 149 is the end: split it by idea",
                "crates/a/src/long.rs: has 601 lines; 600 is the end: split it by idea",
                "docs/decisions/0001-x.md: has 61 lines; 60 is the end: split it by idea",
            ]
        );
        assert_eq!(
            findings.notes,
            ["crates/a/src/full.rs: 600 lines, 400 are plenty"]
        );
    }
}
