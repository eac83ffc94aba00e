//! The files in which the operator lists aliases and groups: can they be read, is every line
//! understood, and may nobody else change them?

use std::os::unix::fs::MetadataExt;
use std::path::Path;

use protocol::email::EmailAddress;
use protocol::time::Timestamp;
use server::lists::{Aliases, ChangingFile, Groups, KeptAliases, Remark, Target, Unreadable};
use server::settings::{DomainSettings, Settings};
use store::AliasRow;

use super::Finding;
use crate::out::not_permitted;

/// Looks at the files of all domains, and at what they say of each of `people`.
pub(crate) fn check(settings: &Settings, people: &[&EmailAddress], now: Timestamp) -> Vec<Finding> {
    let mut findings = Vec::new();
    for domain in &settings.domain {
        findings.extend(aliases(domain, now));
        let here = people.iter().copied();
        let here = here.filter(|who| *who.domain() == domain.name);
        findings.extend(groups(domain, settings, here, now));
    }
    findings
}

fn aliases(domain: &DomainSettings, now: Timestamp) -> Vec<Finding> {
    let Some(path) = &domain.aliases else {
        return Vec::new();
    };
    let name = domain.name.clone();
    let file = ChangingFile::new(path, move |octets| Aliases::read(octets, &name));
    let aliases = match file.current(now) {
        Ok(aliases) => aliases,
        Err(error) => {
            return vec![unreadable("aliases-unreadable", path, &error).because(
                "nobody can sign in with an alias, and a wrong password is not called wrong",
            )];
        }
    };
    let subject = path.display().to_string();
    let count = aliases.count();
    let seen = format!("{count} aliases of {}", domain.name);
    // Where lines were left out, they say why.
    let mut findings = vec![if count > 0 || !aliases.remarks().is_empty() {
        Finding::ok("aliases-read", &subject, seen)
    } else {
        Finding::warn("aliases-none", &subject, seen)
            .because("nobody can sign in with an alias")
            .mend(format!(
                "put the line aliases = \"{subject}\" under the [[domain]] whose aliases it has"
            ))
    }];
    findings.extend(writable("aliases-writable", path));
    findings.extend(remarks("aliases-line", &subject, aliases.remarks()));
    let catch_all = aliases.catch_all().is_some();
    if catch_all && domain.catch_all {
        let seen = format!(
            "a catch-all has every address of {} that is not listed",
            domain.name
        );
        findings.push(
            Finding::warn("aliases-catch-all", &subject, seen)
                .because("its owner can sign in as every mailbox that is not listed here")
                .mend("list each mailbox, as in: alice@example.org alice@example.org"),
        );
    }
    if domain.catch_all && !catch_all {
        let seen = format!("no line begins with @{}", domain.name);
        findings.push(
            Finding::warn("aliases-no-catch-all", &subject, seen)
                .because("catch_all = true does nothing without one")
                .mend("take catch_all out of the settings"),
        );
    }
    if !aliases.is_whole() && (domain.catch_all || domain.plus_tags) {
        findings.push(
            Finding::warn(
                "aliases-not-whole",
                &subject,
                "the name of a line is not understood",
            )
            .because("catch_all and plus_tags do nothing while an address may stand in that line")
            .mend("correct the line"),
        );
    }
    findings
}

/// Is this a name of others, and no mailbox of its own?
pub(super) fn is_alias(
    domain: &DomainSettings,
    kept: &[AliasRow],
    who: &EmailAddress,
    now: Timestamp,
) -> bool {
    let name = domain.name.clone();
    let file = domain.aliases.as_deref();
    let file = file.map(|path| ChangingFile::new(path, move |octets| Aliases::read(octets, &name)));
    let aliases = file.and_then(|file| file.current(now).ok());
    let is_itself = |target: &Target| match target {
        Target::Name(name) | Target::User(name) => name == who,
    };
    let kept = KeptAliases::read(kept, &domain.name);
    let in_file = aliases.as_ref().and_then(|aliases| aliases.targets(who));
    let in_table = kept.targets(who);
    let mut targets = in_file.into_iter().chain(in_table).flatten();
    (in_file.is_some() || in_table.is_some()) && !targets.any(is_itself)
}

fn groups<'a>(
    domain: &DomainSettings,
    settings: &Settings,
    people: impl Iterator<Item = &'a EmailAddress>,
    now: Timestamp,
) -> Vec<Finding> {
    let Some(path) = &domain.groups else {
        return Vec::new();
    };
    let groups = match ChangingFile::new(path, Groups::read).current(now) {
        Ok(groups) => groups,
        Err(error) => {
            return vec![
                unreadable("groups-unreadable", path, &error).because("nobody is in any group"),
            ];
        }
    };
    let subject = path.display().to_string();
    let seen = format!("{} groups for {}", groups.count(), domain.name);
    let mut findings = vec![Finding::ok("groups-read", &subject, seen)];
    findings.extend(writable("groups-writable", path));
    findings.extend(remarks("groups-line", &subject, groups.remarks()));
    for (unknown, line) in groups.domains() {
        if settings.domain.iter().all(|known| known.name != *unknown) {
            let seen = format!("line {line}: {unknown} is no domain of the settings");
            findings.push(
                Finding::warn("groups-domain", &subject, seen)
                    .because("nobody with such an address can sign in here")
                    .mend(format!(
                        "correct the line, or add a [[domain]] with name = \"{unknown}\""
                    )),
            );
        }
    }
    for who in people {
        let of: Vec<&str> = groups.groups_of(who).into_iter().collect();
        let seen = if of.is_empty() {
            "is in no group".to_owned()
        } else {
            format!("is in {}", of.join(", "))
        };
        findings.push(Finding::ok("groups-of", who.to_string(), seen));
    }
    findings
}

fn unreadable(code: &str, path: &Path, error: &Unreadable) -> Finding {
    Finding::fail(code, path.display().to_string(), error.to_string()).mend(match error {
        Unreadable::Refused { .. } if path.exists() => not_permitted(path),
        Unreadable::Refused { .. } => "make the file, or take it out of the settings".to_owned(),
        Unreadable::NotAFile(_) | Unreadable::TooLarge(_) => {
            "name another file in the settings".to_owned()
        }
    })
}

fn writable(code: &str, path: &Path) -> Option<Finding> {
    let mode = std::fs::metadata(path).ok()?.mode();
    (mode & 0o022 != 0).then(|| {
        Finding::fail(
            code,
            path.display().to_string(),
            "others than its owner may change it",
        )
        .because("whoever can change it can give themselves the addresses or groups of others")
        .mend(format!("chmod go-w {}", path.display()))
    })
}

fn remarks(code: &str, subject: &str, remarks: &[Remark]) -> Vec<Finding> {
    let warn = |remark: &Remark| {
        Finding::warn(code, subject, remark.to_string())
            .because("what is left out gives nobody anything")
    };
    let mut findings: Vec<Finding> = remarks.iter().take(MOST_LINES).map(warn).collect();
    if remarks.len() > MOST_LINES {
        let more = remarks.len() - MOST_LINES;
        findings.push(
            Finding::warn(code, subject, format!("{more} more lines are odd"))
                .because("a file of another kind looks like this")
                .mend("see whether the settings name the right file"),
        );
    }
    findings
}

/// How many odd lines of a file are shown.
const MOST_LINES: usize = 20;
