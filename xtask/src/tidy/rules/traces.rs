//! Nothing committed belongs to one machine: no absolute work folders, no registry host names.
//!
//! A path into somebody's work folder, or the address of the mirror that a lock file was made with,
//! works there and nowhere else.

use super::super::finding::{Findings, Rule};
use super::super::tree::Tree;

pub(crate) const RULE: Rule = Rule {
    name: "traces",
    says: "no file names a folder of one machine or the host of a package registry",
    check,
};

fn check(tree: &Tree) -> Findings {
    let mut findings = Findings::default();
    for file in &tree.files {
        for (at, line) in file.text.lines().enumerate() {
            for needle in needles() {
                if line
                    .match_indices(&needle)
                    .any(|(start, _)| stands_alone(line, start))
                {
                    findings.add(&file.path, at + 1, format!("names `{needle}`"));
                }
            }
        }
    }
    findings
}

/// Begins a path here, and not in the middle of a longer one or of a name.
fn stands_alone(line: &str, start: usize) -> bool {
    let before = line.get(..start).and_then(|text| text.chars().next_back());
    before.is_none_or(|c| !c.is_alphanumeric() && !"_-.}$~".contains(c))
}

/// What to look for, put together here so that this file does not name it either.
fn needles() -> Vec<String> {
    let folders = FOLDERS.iter().map(|name| format!("/{name}/"));
    let hosts = HOSTS.iter().map(|(name, zone)| format!("{name}.{zone}"));
    folders.chain(hosts).collect()
}

const FOLDERS: [&str; 4] = ["work", "tmp", "root", "Users"];

const HOSTS: [(&str, &str); 9] = [
    ("crates", "io/"),
    ("static.crates", "io"),
    ("index.crates", "io"),
    ("registry.npmjs", "org"),
    ("registry.yarnpkg", "com"),
    ("pypi", "org"),
    ("files.pythonhosted", "org"),
    ("proxy.golang", "org"),
    ("deb.debian", "org"),
];

#[cfg(test)]
mod tests {
    use super::super::super::tree::planted;
    use super::*;

    #[test]
    fn a_path_or_a_host_of_one_machine_is_caught() {
        let folder = "work";
        let host = "registry.npmjs";
        let (_folder, tree) = planted::tree(&[
            ("a.rs", &format!("const P: &str = \"/{folder}/main\";")),
            (
                "b.json",
                &format!("\n\"resolved\": \"https://{host}.org/x.tgz\""),
            ),
        ]);

        assert_eq!(
            check(&tree).shown(),
            [
                format!("a.rs:1: names `/{folder}/`"),
                format!("b.json:2: names `{host}.org`"),
            ]
        );
    }

    #[test]
    fn longer_paths_are_free() {
        let (_folder, tree) =
            planted::tree(&[("a.md", "docs/tmp/x $HOME/work/ ./tmp/ net/work/x")]);

        assert_eq!(check(&tree).shown(), Vec::<String>::new());
    }
}
