//! Every member takes the workspace's lints and silences none of them without a proof.

use super::super::finding::{Findings, Rule};
use super::super::tokens;
use super::super::tree::Tree;

pub(crate) const RULE: Rule = Rule {
    name: "lints",
    says: "every member has the workspace's lints, and nothing allows what they deny",
    check,
};

fn check(tree: &Tree) -> Findings {
    let mut findings = Findings::default();
    for file in &tree.files {
        let member = file.path.ends_with("/Cargo.toml") && !file.path.starts_with("fuzz/");
        if member && !takes_lints(&file.text) {
            let what = "does not say `[lints]` `workspace = true`".to_owned();
            findings.add(&file.path, None, what);
        }
        if file.ends("rs") {
            let tokens = tokens::read(&file.text);
            for three in tokens.windows(3) {
                let [open, word, paren] = three else { continue };
                if (open.is("[") || open.is(",")) && word.is("allow") && paren.is("(") {
                    let what =
                        "allows a lint; use `expect` with a reason that is a proof".to_owned();
                    findings.add(&file.path, word.line, what);
                }
            }
        }
    }
    findings
}

fn takes_lints(manifest: &str) -> bool {
    let mut lines = manifest.lines().map(str::trim);
    lines.any(|line| line == "[lints]")
        && lines
            .take_while(|line| !line.starts_with('['))
            .any(|line| line == "workspace = true")
}

#[cfg(test)]
mod tests {
    use super::super::super::tree::planted;
    use super::*;

    #[test]
    fn a_member_without_lints_is_caught() {
        let (_folder, tree) = planted::tree(&[
            ("Cargo.toml", "[workspace]\n"),
            ("crates/a/Cargo.toml", "[lints]\nworkspace = true\n"),
            (
                "crates/b/Cargo.toml",
                "[package]\n[lints.rust]\nworkspace = true\n",
            ),
        ]);

        assert_eq!(
            check(&tree).shown(),
            ["crates/b/Cargo.toml: does not say `[lints]` `workspace = true`"]
        );
    }

    #[test]
    fn an_allowed_lint_is_caught() {
        let (_folder, tree) = planted::tree(&[(
            "crates/a/tests/t.rs",
            "// #[allow(x)]\n#![allow(dead_code)]\n#[expect(dead_code, reason = \"r\")]\nfn allow() {}",
        )]);

        assert_eq!(
            check(&tree).shown(),
            ["crates/a/tests/t.rs:2: allows a lint; use `expect` with a reason that is a proof"]
        );
    }
}
