//! The verbs of `cargo x`, and the stages of `cargo x test` in their order.

use std::fs;

use anyhow::{Context as _, Result, bail};

use crate::cargo::{self, cargo};
use crate::stages::{self, Stage};
use crate::{bench, exim, fuzz, out, packages, process, tidy};

/// Something that `cargo x` can do.
struct Verb {
    name: &'static str,
    says: &'static str,
    work: fn(&[&str]) -> Result<()>,
}

/// Does what the words say; without words, lists what can be said.
pub(crate) fn run(words: &[String]) -> Result<()> {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let Some((name, rest)) = words.split_first() else {
        list();
        return Ok(());
    };
    let Some(verb) = VERBS.iter().find(|verb| verb.name == *name) else {
        list();
        bail!("there is no verb `{name}`");
    };
    (verb.work)(rest)
}

fn list() {
    out::line("cargo x VERB\n");
    for verb in &VERBS {
        out::line(&format!("  {:<14} {}", verb.name, verb.says));
    }
}

const VERBS: [Verb; 7] = [
    Verb {
        name: "test",
        says: "everything that CI runs, fastest first; `--quick` leaves out packages, fuzz and e2e",
        work: test,
    },
    Verb {
        name: "tidy",
        says: "the rules of the house: rooms, direction, sizes, maps, lock file",
        work: |words| none(words).and_then(|()| tidy()),
    },
    Verb {
        name: "docs",
        says: "rustdoc without warnings; `--write` makes the pages of docs/reference anew",
        work: docs_or_write,
    },
    Verb {
        name: "e2e",
        says: "a real browser and real mail servers; words after it choose tests",
        work: e2e_of,
    },
    Verb {
        name: "fuzz",
        says: "bytes that nobody chose; `[TARGET] [SECONDS]`, or `keep` what was added to the corpus",
        work: fuzz::run,
    },
    Verb {
        name: "bench",
        says: "the figures of docs/performance.md, as a table",
        work: |words| none(words).and_then(|()| bench::run()),
    },
    Verb {
        name: "ci",
        says: "the same as `test`, for .ci/run and for habit",
        work: test,
    },
];

fn test(words: &[&str]) -> Result<()> {
    match words {
        [] => stages::run(&[PACKAGES.as_slice(), &QUICK, &WHOLE].concat()),
        ["--quick"] => stages::run(&QUICK),
        [other, ..] => bail!("`test` knows `--quick` and not `{other}`"),
    }
}

const PACKAGES: [Stage; 1] = [Stage {
    name: "packages",
    work: || packages::install().and_then(|()| exim::unpack()),
}];

const QUICK: [Stage; 7] = [
    Stage {
        name: "format",
        work: format,
    },
    Stage {
        name: "build",
        work: || {
            process::run(&mut cargo(&[
                "build",
                "--workspace",
                "--all-targets",
                "--locked",
            ]))
        },
    },
    Stage {
        name: "clippy",
        work: clippy,
    },
    Stage {
        name: "tidy",
        work: tidy,
    },
    Stage {
        name: "supply",
        work: cargo_deny,
    },
    Stage {
        name: "tests",
        work: tests,
    },
    Stage {
        name: "docs",
        work: docs,
    },
];

const WHOLE: [Stage; 2] = [
    Stage {
        name: "fuzz",
        work: || fuzz::run(&[]),
    },
    Stage {
        name: "e2e",
        work: || e2e_of(&[]),
    },
];

/// The crate of the fuzz targets is no member, so that it has to be named.
fn format() -> Result<()> {
    process::run(&mut cargo(&["fmt", "--all", "--check"]))?;
    let fuzz = ["fmt", "--manifest-path", "fuzz/Cargo.toml", "--check"];
    process::run(&mut cargo(&fuzz))
}

fn clippy() -> Result<()> {
    let words = [
        "clippy",
        "--workspace",
        "--all-targets",
        "--locked",
        "--",
        "-D",
        "warnings",
    ];
    process::run(&mut cargo(&words))
}

fn tidy() -> Result<()> {
    tidy::run(&cargo::root())
}

/// Runs `cargo deny` where somebody has installed it; `tidy` holds the same lists without it.
fn cargo_deny() -> Result<()> {
    if !process::succeeds(&mut cargo(&["deny", "--version"])) {
        out::line("    cargo-deny is not installed; tidy has checked bans and licences");
        return Ok(());
    }
    process::run(&mut cargo(&[
        "deny", "check", "bans", "licenses", "sources",
    ]))
}

fn tests() -> Result<()> {
    let words = [
        "test",
        "--workspace",
        "--exclude",
        "e2e",
        "--locked",
        "--no-fail-fast",
    ];
    process::run(cargo(&words).envs(STRICT))
}

fn docs() -> Result<()> {
    let words = ["doc", "--workspace", "--no-deps", "--locked"];
    process::run(cargo(&words).env("RUSTDOCFLAGS", "-D warnings"))
}

fn docs_or_write(words: &[&str]) -> Result<()> {
    match words {
        [] => docs(),
        ["--write"] => write_reference(),
        [other, ..] => bail!("`docs` knows `--write` and not `{other}`"),
    }
}

/// Writes what the program says of its own settings; a test of `persona` says when it is stale.
fn write_reference() -> Result<()> {
    for (words, file) in REFERENCE {
        let base = [
            "run",
            "--quiet",
            "--locked",
            "--package",
            "persona",
            "--",
            "reference",
        ];
        let text = process::capture(&mut cargo(&[&base, words].concat()))?;
        let path = cargo::root().join(file);
        fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
        out::line(&format!("    wrote {file}"));
    }
    Ok(())
}

const REFERENCE: [(&[&str], &str); 2] = [
    (&[], "docs/reference/settings.md"),
    (&["--sample"], "docs/reference/persona.toml"),
];

fn e2e_of(words: &[&str]) -> Result<()> {
    // The tests start the program as its users do, so it must be there and new.
    process::run(&mut cargo(&["build", "--package", "persona", "--locked"]))?;
    let base = [
        "test",
        "--package",
        "e2e",
        "--locked",
        "--no-fail-fast",
        "--",
    ];
    process::run(cargo(&[&base, words].concat()).envs(STRICT))
}

/// Snapshots are compared and never rewritten.
const STRICT: [(&str, &str); 2] = [("CI", "true"), ("INSTA_UPDATE", "no")];

fn none(words: &[&str]) -> Result<()> {
    match words.first() {
        None => Ok(()),
        Some(word) => bail!("`{word}` is a word too many"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(words: &[&str]) -> String {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        run(&words).unwrap_err().to_string()
    }

    #[test]
    fn words_that_mean_nothing_are_refused() {
        for (words, expected) in [
            (vec!["tests"], "there is no verb `tests`"),
            (
                vec!["test", "--fast"],
                "`test` knows `--quick` and not `--fast`",
            ),
            (
                vec!["docs", "--quick"],
                "`docs` knows `--write` and not `--quick`",
            ),
            (vec!["tidy", "up"], "`up` is a word too many"),
        ] {
            assert_eq!(refusal(&words), expected);
        }
    }

    #[test]
    fn no_words_list_the_verbs() {
        assert!(run(&[]).is_ok());
    }
}
