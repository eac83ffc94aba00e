//! What we are locked to: budgets, banned packages, and packages in two versions.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result};

use super::super::deny::{self, Deny};
use super::super::finding::{Findings, Rule};
use super::super::tree::Tree;
use crate::cargo::{self, Built, Kind, Member};

pub(crate) const RULE: Rule = Rule {
    name: "lock",
    says: "at most 42 direct and 350 locked packages, 80 to fuzz with, and none that is banned",
    check,
};

fn check(tree: &Tree) -> Findings {
    Findings::or_why_not(try_check(tree))
}

fn try_check(tree: &Tree) -> Result<Findings> {
    let deny = deny::read(tree)?;
    let lock = tree.file("Cargo.lock").context("there is no Cargo.lock")?;
    let mut findings = Findings::default();
    check_budget(&cargo::members(&tree.root)?, &lock.text, &mut findings);
    let built = by_name(&cargo::built(&tree.root)?);
    check_banned(&built, &deny, &mut findings);
    check_twice(&built, &deny, &mut findings);
    if let Some(fuzz) = cargo::fuzz(&tree.root) {
        let lock = tree.file(FUZZ).context("fuzz has no Cargo.lock")?;
        check_fuzz_budget(&lock.text, &mut findings);
        check_banned(&by_name(&cargo::built(&fuzz)?), &deny, &mut findings);
    }
    Ok(findings)
}

fn check_budget(members: &[Member], lock: &str, findings: &mut Findings) {
    let ours: BTreeSet<&str> = members.iter().map(|member| member.name.as_str()).collect();
    let direct: BTreeSet<&str> = members
        .iter()
        .flat_map(|member| &member.needs)
        .filter(|need| need.kind == Kind::Normal && !ours.contains(need.name.as_str()))
        .map(|need| need.name.as_str())
        .collect();
    let locked = locked(lock);
    findings.notes.push(format!(
        "{} direct of {DIRECT}, {locked} locked of {LOCKED}",
        direct.len()
    ));
    if direct.len() > DIRECT {
        let what = format!("{} direct dependencies, more than {DIRECT}", direct.len());
        findings.add("Cargo.toml", None, what);
    }
    if locked > LOCKED {
        let what = format!("{locked} locked packages, more than {LOCKED}");
        findings.add("Cargo.lock", None, what);
    }
}

/// Fuzzing builds the words and their few packages, not the house.
fn check_fuzz_budget(lock: &str, findings: &mut Findings) {
    let locked = locked(lock);
    let note = format!("{locked} locked of {FUZZ_LOCKED} to fuzz with");
    findings.notes.push(note);
    if locked > FUZZ_LOCKED {
        let what = format!("{locked} locked packages, more than {FUZZ_LOCKED}");
        findings.add(FUZZ, None, what);
    }
}

/// Counts the packages of others, which alone have a source.
fn locked(lock: &str) -> usize {
    let lines = lock.lines();
    lines.filter(|line| line.starts_with("source = ")).count()
}

fn check_banned(built: &Versions, deny: &Deny, findings: &mut Findings) {
    for name in deny.banned.iter().filter(|name| built.contains_key(*name)) {
        let what = format!("`{name}` is built, and banned in deny.toml, which says why");
        findings.add("Cargo.lock", None, what);
    }
}

fn check_twice(built: &Versions, deny: &Deny, findings: &mut Findings) {
    let skipped = |name: &str| deny.skipped.iter().any(|skip| package_of(skip) == name);
    for (name, versions) in built.iter().filter(|(_, versions)| versions.len() > 1) {
        if !skipped(name) {
            let versions: Vec<_> = versions.iter().map(String::as_str).collect();
            let note = format!("`{name}` is built in versions {}", versions.join(" and "));
            findings.notes.push(note);
        }
    }
    for skip in &deny.skipped {
        if built
            .get(package_of(skip))
            .is_none_or(|versions| versions.len() < 2)
        {
            let what = format!("skips `{skip}`, which is not built twice any more");
            findings.add("deny.toml", None, what);
        }
    }
}

/// The versions of each package.
type Versions = BTreeMap<String, BTreeSet<String>>;

fn by_name(built: &BTreeSet<Built>) -> Versions {
    let mut versions = Versions::new();
    for package in built {
        let known = versions.entry(package.name.clone()).or_default();
        known.insert(package.version.clone());
    }
    versions
}

fn package_of(skip: &str) -> &str {
    skip.split(['@', ':']).next().unwrap_or(skip)
}

const DIRECT: usize = 42;

const LOCKED: usize = 350;

const FUZZ: &str = "fuzz/Cargo.lock";

const FUZZ_LOCKED: usize = 80;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cargo::Need;

    fn versions(packages: &[(&str, &str)]) -> Versions {
        let package = |(name, version): &(&str, &str)| Built {
            name: (*name).to_owned(),
            version: (*version).to_owned(),
            licence: String::new(),
        };
        by_name(&packages.iter().map(package).collect())
    }

    fn deny(skipped: &[&str]) -> Deny {
        Deny {
            banned: vec!["ring".to_owned()],
            skipped: skipped.iter().map(|skip| (*skip).to_owned()).collect(),
            ..Deny::default()
        }
    }

    #[test]
    fn a_banned_package_is_caught() {
        let mut findings = Findings::default();

        check_banned(&versions(&[("ring", "0.17.14")]), &deny(&[]), &mut findings);

        assert_eq!(
            findings.shown(),
            ["Cargo.lock: `ring` is built, and banned in deny.toml, which says why"]
        );
    }

    #[test]
    fn too_many_packages_are_caught() {
        let mut findings = Findings::default();

        check_budget(&[], &"source = \"x\"\n".repeat(351), &mut findings);

        assert_eq!(
            findings.shown(),
            ["Cargo.lock: 351 locked packages, more than 350"]
        );
    }

    #[test]
    fn too_many_packages_to_fuzz_with_are_caught() {
        let mut findings = Findings::default();

        check_fuzz_budget(&"source = \"x\"\n".repeat(81), &mut findings);

        assert_eq!(
            findings.shown(),
            ["fuzz/Cargo.lock: 81 locked packages, more than 80"]
        );
    }

    #[test]
    fn too_many_direct_packages_are_caught() {
        let need = |n| Need {
            name: format!("p{n}"),
            kind: Kind::Normal,
        };
        let member = Member {
            name: "a".to_owned(),
            needs: (0..=DIRECT).map(need).collect(),
        };
        let mut findings = Findings::default();

        check_budget(&[member], "", &mut findings);

        assert_eq!(
            findings.shown(),
            ["Cargo.toml: 43 direct dependencies, more than 42"]
        );
    }

    #[test]
    fn two_versions_are_told_unless_there_is_a_reason() {
        let twice = versions(&[("syn", "2.0.0"), ("syn", "3.0.0")]);
        let mut told = Findings::default();
        let mut silent = Findings::default();

        check_twice(&twice, &deny(&[]), &mut told);
        check_twice(&twice, &deny(&["syn@2"]), &mut silent);

        assert_eq!(told.notes, ["`syn` is built in versions 2.0.0 and 3.0.0"]);
        assert_eq!(silent.notes, Vec::<String>::new());
    }

    #[test]
    fn a_reason_that_is_out_of_date_is_caught() {
        let mut findings = Findings::default();

        check_twice(
            &versions(&[("syn", "3.0.0")]),
            &deny(&["syn@2"]),
            &mut findings,
        );

        assert_eq!(
            findings.shown(),
            ["deny.toml: skips `syn@2`, which is not built twice any more"]
        );
    }
}
