//! Maps are checked, or they lie: every relative link of every document leads to a file.

use super::super::finding::{Findings, Rule};
use super::super::markdown;
use super::super::tree::Tree;

pub(crate) const RULE: Rule = Rule {
    name: "links",
    says: "every link in a document leads somewhere",
    check,
};

fn check(tree: &Tree) -> Findings {
    let mut findings = Findings::default();
    for file in tree.files.iter().filter(|file| file.ends("md")) {
        for (number, line) in markdown::lines(&file.text) {
            for link in markdown::links(line) {
                let target = link.target.split('#').next().unwrap_or_default();
                if target.is_empty() || target.contains(':') {
                    continue;
                }
                if !tree.root.join(beside(&file.path, target)).exists() {
                    let what = format!("links to `{target}`, which is not there");
                    findings.add(&file.path, number, what);
                }
            }
        }
    }
    findings
}

/// Gives the path that `target` means in the document at `path`.
pub(super) fn beside(path: &str, target: &str) -> String {
    let mut parts: Vec<&str> = path.split('/').collect();
    parts.pop();
    for part in target.split('/') {
        match part {
            "." | "" => {}
            ".." => {
                parts.pop();
            }
            _ => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::super::super::tree::planted;
    use super::*;

    #[test]
    fn a_link_to_nowhere_is_caught() {
        let (_folder, tree) = planted::tree(&[
            (
                "README.md",
                "[a](docs/a.md) [b](docs/b.md)\n[web](https://a.example/x) [here](#x)",
            ),
            ("docs/a.md", "[up](../README.md#top)\n[gone](../src/x.rs)"),
        ]);

        assert_eq!(
            check(&tree).shown(),
            [
                "README.md:1: links to `docs/b.md`, which is not there",
                "docs/a.md:2: links to `../src/x.rs`, which is not there",
            ]
        );
    }
}
