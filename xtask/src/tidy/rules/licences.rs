//! The licences of everything that we build with, against the list in `deny.toml`.

use std::collections::BTreeSet;

use anyhow::Result;

use super::super::deny;
use super::super::finding::{Findings, Rule};
use super::super::tree::Tree;
use crate::cargo::{self, Built};

pub(crate) const RULE: Rule = Rule {
    name: "licences",
    says: "every package has a licence that deny.toml allows",
    check,
};

fn check(tree: &Tree) -> Findings {
    Findings::or_why_not(try_check(tree))
}

fn try_check(tree: &Tree) -> Result<Findings> {
    let mut allowed = deny::read(tree)?.licences;
    let mut findings = check_packages(&cargo::built(&tree.root)?, &allowed);
    if let Some(fuzz) = cargo::fuzz(&tree.root) {
        allowed.extend(FUZZ_MAY_TOO.map(str::to_owned));
        let packages = cargo::built(&fuzz)?;
        findings
            .violations
            .extend(check_packages(&packages, &allowed).violations);
    }
    Ok(findings)
}

fn check_packages(packages: &BTreeSet<Built>, allowed: &[String]) -> Findings {
    let mut findings = Findings::default();
    for package in packages {
        let name = format!("{} {}", package.name, package.version);
        if package.licence.is_empty() {
            findings.add(&name, None, "states no licence".to_owned());
        } else if !is_allowed(&package.licence, allowed) {
            let what = format!(
                "has the licence `{}`, which deny.toml does not allow",
                package.licence
            );
            findings.add(&name, None, what);
        }
    }
    findings
}

/// Evaluates an SPDX expression: `(MIT OR Apache-2.0) AND Unicode-3.0`, `Apache-2.0 WITH …`.
///
/// The old spelling `MIT/Apache-2.0` is an `OR`. What cannot be read is not allowed.
fn is_allowed(licence: &str, allowed: &[String]) -> bool {
    let spaced = licence
        .replace('(', " ( ")
        .replace(')', " ) ")
        .replace('/', " OR ");
    let mut words = spaced.split_whitespace().peekable();
    let answer = any(&mut words, allowed);
    answer == Some(true) && words.next().is_none()
}

type Words<'a> = std::iter::Peekable<std::str::SplitWhitespace<'a>>;

fn any(words: &mut Words<'_>, allowed: &[String]) -> Option<bool> {
    let mut answer = all(words, allowed)?;
    while words.next_if_eq(&"OR").is_some() {
        answer |= all(words, allowed)?;
    }
    Some(answer)
}

fn all(words: &mut Words<'_>, allowed: &[String]) -> Option<bool> {
    let mut answer = one(words, allowed)?;
    while words.next_if_eq(&"AND").is_some() {
        answer &= one(words, allowed)?;
    }
    Some(answer)
}

fn one(words: &mut Words<'_>, allowed: &[String]) -> Option<bool> {
    let word = words.next()?;
    if word == "(" {
        let answer = any(words, allowed)?;
        return words.next_if_eq(&")").map(|_| answer);
    }
    let mut name = word.to_owned();
    if words.next_if_eq(&"WITH").is_some() {
        name = format!("{name} WITH {}", words.next()?);
    }
    Some(allowed.contains(&name))
}

/// LLVM's own licence, on libFuzzer: what nobody ships need only be free to use.
const FUZZ_MAY_TOO: [&str; 1] = ["NCSA"];

#[cfg(test)]
mod tests {
    use super::*;

    fn list() -> Vec<String> {
        [
            "MIT",
            "Apache-2.0",
            "Apache-2.0 WITH LLVM-exception",
            "Unicode-3.0",
        ]
        .map(str::to_owned)
        .to_vec()
    }

    #[test]
    fn expressions_are_evaluated() {
        for (licence, expected) in [
            ("MIT", true),
            ("GPL-3.0-only", false),
            ("MIT OR GPL-3.0-only", true),
            ("MIT AND GPL-3.0-only", false),
            ("MIT/Apache-2.0", true),
            ("(MIT OR GPL-2.0) AND Unicode-3.0", true),
            ("Apache-2.0 WITH LLVM-exception", true),
            ("MIT WITH LLVM-exception", false),
            ("GPL-2.0 OR (MIT AND Apache-2.0)", true),
            ("", false),
            ("(MIT", false),
            ("MIT MIT", false),
        ] {
            assert_eq!(is_allowed(licence, &list()), expected, "{licence}");
        }
    }

    #[test]
    fn a_package_with_a_foreign_licence_or_none_is_caught() {
        let package = |name: &str, licence: &str| Built {
            name: name.to_owned(),
            version: "1.0.0".to_owned(),
            licence: licence.to_owned(),
        };
        let packages = BTreeSet::from([
            package("good", "MIT"),
            package("viral", "GPL-3.0-only"),
            package("silent", ""),
        ]);

        assert_eq!(
            check_packages(&packages, &list()).shown(),
            [
                "silent 1.0.0: states no licence",
                "viral 1.0.0: has the licence `GPL-3.0-only`, which deny.toml does not allow",
            ]
        );
    }
}
