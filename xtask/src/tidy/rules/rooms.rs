//! Direction between crates: who may depend on whom, complete.

use anyhow::Result;

use super::super::finding::{Findings, Rule};
use super::super::tree::Tree;
use crate::cargo::{self, Kind, Member};

pub(crate) const RULE: Rule = Rule {
    name: "rooms",
    says: "each crate depends on the rooms that the table allows, and on no other",
    check,
};

/// A crate, the rooms that it may depend on, and outsiders that it must do without.
struct Room {
    name: &'static str,
    may: &'static [&'static str],
    never: &'static [&'static str],
}

fn check(tree: &Tree) -> Findings {
    Findings::or_why_not(try_check(tree))
}

fn try_check(tree: &Tree) -> Result<Findings> {
    let mut members = cargo::members(&tree.root)?;
    if let Some(fuzz) = cargo::fuzz(&tree.root) {
        members.extend(cargo::members(&fuzz)?);
    }
    Ok(check_members(&members))
}

fn check_members(members: &[Member]) -> Findings {
    let mut findings = Findings::default();
    for member in members {
        let Some(room) = TABLE.iter().find(|room| room.name == member.name) else {
            let what = "has no line in the room table of xtask/src/tidy/rules/rooms.rs".to_owned();
            findings.add(&member.name, None, what);
            continue;
        };
        for need in &member.needs {
            let ours = members.iter().any(|other| other.name == need.name);
            let rehearses =
                need.kind == Kind::Dev && need.name == "testkit" && room.name != "xtask";
            if ours && !rehearses && !room.may.contains(&need.name.as_str()) {
                let what = format!(
                    "may not depend on `{}`: it would call up or sideways",
                    need.name
                );
                findings.add(&member.name, None, what);
            }
            if room.never.contains(&need.name.as_str()) {
                let what = format!("may not depend on `{}`: this room is pure", need.name);
                findings.add(&member.name, None, what);
            }
        }
    }
    findings
}

const TABLE: [Room; 9] = [
    Room {
        name: "protocol",
        may: &[],
        never: &[
            "axum",
            "getrandom",
            "hyper",
            "log",
            "rand",
            "rusqlite",
            "rustls",
            "tokio",
            "tracing",
        ],
    },
    Room {
        name: "mailbox",
        may: &["protocol"],
        never: &[],
    },
    Room {
        name: "store",
        may: &["protocol"],
        never: &[],
    },
    Room {
        name: "server",
        may: &["protocol", "mailbox", "store"],
        never: &[],
    },
    Room {
        name: "persona",
        may: &["protocol", "mailbox", "store", "server"],
        never: &[],
    },
    Room {
        name: "testkit",
        may: &["protocol", "mailbox", "store", "server"],
        never: &[],
    },
    Room {
        name: "e2e",
        may: &["protocol", "mailbox", "testkit"],
        never: &[],
    },
    Room {
        name: "fuzz",
        may: &["protocol"],
        never: &[],
    },
    Room {
        name: "xtask",
        may: &[],
        never: &[],
    },
];

#[cfg(test)]
mod tests {
    use super::super::super::tree::planted;
    use super::*;

    fn workspace(crates: &[(&str, &str)]) -> Vec<String> {
        let mut files = vec![(
            "Cargo.toml".to_owned(),
            "[workspace]\nmembers = [\"crates/*\"]\n".to_owned(),
        )];
        for (name, needs) in crates {
            files.push((
                format!("crates/{name}/Cargo.toml"),
                format!(
                    "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n{needs}"
                ),
            ));
            files.push((format!("crates/{name}/src/lib.rs"), String::new()));
        }
        let files: Vec<_> = files
            .iter()
            .map(|(p, t)| (p.as_str(), t.as_str()))
            .collect();
        let (_folder, tree) = planted::tree(&files);
        check(&tree).shown()
    }

    #[test]
    fn a_call_up_is_caught() {
        let found = workspace(&[
            ("store", "[dependencies]\nserver.path = \"../server\"\n"),
            ("server", ""),
        ]);

        assert_eq!(
            found,
            ["store: may not depend on `server`: it would call up or sideways"]
        );
    }

    #[test]
    fn a_call_sideways_is_caught_even_from_tests() {
        let found = workspace(&[
            (
                "store",
                "[dev-dependencies]\nmailbox.path = \"../mailbox\"\n",
            ),
            ("mailbox", ""),
        ]);

        assert_eq!(
            found,
            ["store: may not depend on `mailbox`: it would call up or sideways"]
        );
    }

    #[test]
    fn fuzzing_more_than_the_words_is_caught() {
        let (_folder, tree) = planted::tree(&[
            (
                "Cargo.toml",
                "[workspace]\nmembers = [\"crates/store\"]\nexclude = [\"fuzz\"]\n",
            ),
            (
                "crates/store/Cargo.toml",
                "[package]\nname = \"store\"\nversion = \"0.1.0\"\nedition = \"2024\"\n",
            ),
            ("crates/store/src/lib.rs", ""),
            (
                "fuzz/Cargo.toml",
                "[package]\nname = \"fuzz\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[workspace]\n\
                 [dependencies]\nstore.path = \"../crates/store\"\n",
            ),
            ("fuzz/src/lib.rs", ""),
        ]);

        assert_eq!(
            check(&tree).shown(),
            ["fuzz: may not depend on `store`: it would call up or sideways"]
        );
    }

    #[test]
    fn the_rehearsal_stays_out_of_the_product() {
        let found = workspace(&[
            ("persona", "[dependencies]\ntestkit.path = \"../testkit\"\n"),
            (
                "store",
                "[dev-dependencies]\ntestkit.path = \"../testkit\"\n",
            ),
            ("testkit", ""),
        ]);

        assert_eq!(
            found,
            ["persona: may not depend on `testkit`: it would call up or sideways"]
        );
    }

    #[test]
    fn a_room_that_nobody_planned_is_caught() {
        let found = workspace(&[("attic", "")]);

        assert_eq!(
            found,
            ["attic: has no line in the room table of xtask/src/tidy/rules/rooms.rs"]
        );
    }

    #[test]
    fn the_pure_room_stays_pure() {
        let found = workspace(&[("protocol", "[dependencies]\ntokio = \"1\"\n")]);

        assert_eq!(
            found,
            ["protocol: may not depend on `tokio`: this room is pure"]
        );
    }
}
