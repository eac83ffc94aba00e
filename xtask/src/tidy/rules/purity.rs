//! The pure room: `protocol` has no `async`, no clock, no chance, no logging, no input or output.

use super::super::finding::{Findings, Rule};
use super::super::names;
use super::super::tree::Tree;

pub(crate) const RULE: Rule = Rule {
    name: "purity",
    says: "`protocol` has no async, clock, logging, input or output",
    check,
};

fn check(tree: &Tree) -> Findings {
    let mut findings = Findings::default();
    for source in tree.sources() {
        if source.room != "protocol" {
            continue;
        }
        for token in &source.tokens {
            if WORDS.contains(&token.text.as_str()) {
                let what = format!("says `{}`: the world is handed in", token.text);
                findings.add(&source.path, token.line, what);
            }
        }
        for name in names::read(&source.tokens) {
            let spoken = name.parts.join("::");
            let barred = PATHS
                .iter()
                .find(|path| spoken == **path || spoken.starts_with(&format!("{path}::")));
            if let Some(path) = barred {
                let what = format!("names `{path}`: the world is handed in");
                findings.add(&source.path, name.line, what);
            }
        }
    }
    findings
}

const WORDS: [&str; 6] = [
    "async",
    "await",
    "SystemTime",
    "Instant",
    "println",
    "eprintln",
];

const PATHS: [&str; 10] = [
    "getrandom",
    "log",
    "rand",
    "std::env",
    "std::fs",
    "std::io",
    "std::process",
    "std::thread",
    "tokio",
    "tracing",
];

#[cfg(test)]
mod tests {
    use super::super::super::tree::planted;
    use super::*;

    fn found(text: &str) -> Vec<String> {
        let (_folder, tree) = planted::tree(&[
            ("crates/protocol/src/jose/jws.rs", text),
            ("crates/server/src/clock.rs", text),
        ]);
        check(&tree).shown()
    }

    #[test]
    fn each_way_out_into_the_world_is_caught() {
        for text in [
            "async fn f() {}",
            "fn f() { std::time::SystemTime::now(); }",
            "use std::time::{Duration, Instant};",
            "fn f() { tracing::info!(x) }",
            "use std::fs;",
            "use std::{fmt, fs::File};",
            "fn f() { println!(x) }",
        ] {
            let one = found(text);

            assert_eq!(one.len(), 1, "{text}: {one:?}");
        }
    }

    #[test]
    fn pure_code_is_free() {
        let text = "use std::fmt; use std::time::Duration; fn f(now: Timestamp) {}";

        assert_eq!(found(text), Vec::<String>::new());
    }
}
