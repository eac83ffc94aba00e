//! Direction inside crates: which files may name which libraries and rooms.
//!
//! A library that only one place names can be replaced in one place, and a decision that cannot name
//! HTTP or SQL stays a decision.

use super::super::finding::{Findings, Rule};
use super::super::names::{self, Name};
use super::super::tree::{Source, Tree};

pub(crate) const RULE: Rule = Rule {
    name: "naming",
    says: "libraries and rooms are named only where they belong",
    check,
};

/// Libraries, and the only places that may name them.
struct Kept {
    names: &'static [&'static str],
    places: &'static [&'static str],
}

/// A place, and what it may never name.
struct Barred {
    place: &'static str,
    names: &'static [&'static str],
}

fn check(tree: &Tree) -> Findings {
    let mut findings = Findings::default();
    for source in tree.sources() {
        for name in names::read(&source.tokens) {
            check_name(&source, &name, &mut findings);
        }
    }
    findings
}

fn check_name(source: &Source, name: &Name, findings: &mut Findings) {
    let head = name.head();
    for kept in KEPT.iter().filter(|kept| kept.names.contains(&head)) {
        if !kept.places.iter().any(|place| is_in(&source.path, place)) {
            let what = format!("names `{head}`, which only {} may", kept.places.join(", "));
            findings.add(&source.path, name.line, what);
        }
    }
    for barred in BARRED
        .iter()
        .filter(|barred| is_in(&source.path, barred.place))
    {
        let spoken = barred.names.iter().find(|barred| speaks(name, barred));
        if let Some(spoken) = spoken {
            let what = format!("names `{spoken}`, which nothing in {} may", barred.place);
            findings.add(&source.path, name.line, what);
        }
    }
}

/// Does `name` begin with the path `wanted`?
fn speaks(name: &Name, wanted: &str) -> bool {
    let wanted: Vec<&str> = wanted.split("::").collect();
    let spoken: Vec<&str> = name.parts.iter().map(String::as_str).collect();
    spoken.starts_with(&wanted)
}

/// Is `path` the folder, the module file or in the folder `place`?
fn is_in(path: &str, place: &str) -> bool {
    path.strip_prefix(place)
        .is_some_and(|rest| rest.starts_with('/') || rest == ".rs")
}

const KEPT: [Kept; 8] = [
    Kept {
        names: &["axum"],
        places: &["crates/server/src/web"],
    },
    Kept {
        names: &["rusqlite"],
        places: &["crates/store/src/sqlite"],
    },
    Kept {
        names: &["dns_lookup"],
        places: &["crates/server/src/outbound"],
    },
    Kept {
        names: &["hickory_resolver"],
        places: &["crates/persona/src/discover/names"],
    },
    Kept {
        names: &["roxmltree"],
        places: &["crates/persona/src/discover/autoconfig"],
    },
    Kept {
        names: &["clap", "clap_complete", "clap_mangen"],
        places: &["crates/persona/src"],
    },
    Kept {
        names: &["rustls", "tokio_rustls", "rustls_native_certs"],
        places: &[
            "crates/mailbox/src/tls",
            "crates/server/src/outbound",
            "crates/testkit/src",
            "e2e/src",
        ],
    },
    Kept {
        names: &["aws_lc_rs"],
        places: &[
            "crates/mailbox/src/hash/digest",
            "crates/protocol/src/jose",
            "crates/server/src/chance",
            "crates/server/src/keyring",
            "crates/testkit/src",
        ],
    },
];

const BARRED: [Barred; 2] = [
    Barred {
        place: "crates/server/src/journey",
        names: &["axum", "http", "hyper", "rusqlite", "crate::web"],
    },
    Barred {
        place: "crates/server/src/web",
        names: &["store", "mailbox", "rusqlite"],
    },
];

#[cfg(test)]
mod tests {
    use super::super::super::tree::planted;
    use super::*;

    fn found(path: &str, text: &str) -> Vec<String> {
        let (_folder, tree) = planted::tree(&[(path, text)]);
        check(&tree).shown()
    }

    #[test]
    fn a_journey_that_speaks_http_is_caught() {
        assert_eq!(
            found(
                "crates/server/src/journey/login.rs",
                "\nuse hyper::StatusCode;\n"
            ),
            ["crates/server/src/journey/login.rs:2: names `hyper`, \
                 which nothing in crates/server/src/journey may"]
        );
    }

    #[test]
    fn a_journey_that_calls_up_is_caught() {
        assert_eq!(
            found(
                "crates/server/src/journey/login.rs",
                "fn f() { crate::web::answer() }"
            ),
            ["crates/server/src/journey/login.rs:1: names `crate::web`, \
                 which nothing in crates/server/src/journey may"]
        );
    }

    #[test]
    fn a_page_that_asks_the_store_is_caught() {
        assert_eq!(
            found(
                "crates/server/src/web/pages.rs",
                "fn f(s: &dyn store::Store) {}"
            ),
            ["crates/server/src/web/pages.rs:1: names `store`, \
                 which nothing in crates/server/src/web may"]
        );
    }

    #[test]
    fn every_kept_library_is_caught_in_the_wrong_place() {
        for (path, library) in [
            ("crates/server/src/app.rs", "axum"),
            ("crates/store/src/contract.rs", "rusqlite"),
            ("crates/server/src/settings.rs", "clap"),
            ("crates/mailbox/src/dial.rs", "tokio_rustls"),
            ("crates/server/src/journey/login.rs", "aws_lc_rs"),
        ] {
            let one = found(path, &format!("use {library}::Thing;"));

            assert_eq!(one.len(), 1, "{path} {library}: {one:?}");
        }
    }

    #[test]
    fn the_right_place_comments_strings_and_tests_are_free() {
        for (path, text) in [
            ("crates/server/src/web/mod.rs", "use axum::Router;"),
            ("crates/store/src/sqlite/rows.rs", "use rusqlite::Row;"),
            ("crates/store/src/sqlite.rs", "use rusqlite::Row;"),
            (
                "crates/server/src/app.rs",
                "// axum::Router\nconst A: &str = \"axum::x\";",
            ),
            (
                "crates/server/src/app.rs",
                "#[cfg(test)] mod tests { use axum::Router; }",
            ),
            (
                "crates/server/src/journey/login.rs",
                "use crate::store_room::X;",
            ),
        ] {
            assert_eq!(found(path, text), Vec::<String>::new(), "{path}");
        }
    }
}
