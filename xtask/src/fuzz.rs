//! `cargo x fuzz`: bytes that nobody chose, for everything that strangers may send.
//!
//! The targets are the programs of `fuzz/`, a crate outside the workspace that is built with
//! libFuzzer and with counters of the compiler that a stable toolchain has. What a run adds to the
//! corpus, and what it finds, goes to `fuzz/target`: the tree stays clean until somebody says `keep`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;

use anyhow::{Context as _, Result, bail};

use crate::cargo::{self, cargo};
use crate::{out, process};

/// Reads `[TARGET] [SECONDS]` or `keep`.
pub(crate) fn run(words: &[&str]) -> Result<()> {
    let all = targets()?;
    match words {
        ["keep"] => keep(&all),
        [] => fuzz(&all, SECONDS),
        [word] => match word.parse() {
            Ok(seconds) => fuzz(&all, seconds),
            Err(_) => fuzz(&[known(&all, word)?], SECONDS),
        },
        [target, seconds] => {
            let target = known(&all, target)?;
            let seconds = seconds
                .parse()
                .with_context(|| format!("`{seconds}` is no number of seconds"))?;
            fuzz(&[target], seconds)
        }
        [_, _, other, ..] => bail!("`{other}` is a word too many"),
    }
}

fn known(all: &[String], word: &str) -> Result<String> {
    if all.iter().any(|target| target == word) {
        return Ok(word.to_owned());
    }
    bail!("there is no target `{word}`; there are {}", all.join(", "))
}

/// Finds the targets: a file each.
fn targets() -> Result<Vec<String>> {
    let folder = home().join("targets");
    let entries = fs::read_dir(&folder).context("cannot list fuzz/targets")?;
    let mut names = Vec::new();
    for entry in entries {
        let path = entry?.path();
        names.extend(
            path.file_stem()
                .map(|name| name.to_string_lossy().into_owned()),
        );
    }
    names.sort();
    Ok(names)
}

/// Runs the targets, as many at a time as there are processors; fails when any has found something.
fn fuzz(targets: &[String], seconds: u32) -> Result<()> {
    build()?;
    let at_a_time = thread::available_parallelism().map_or(1, usize::from);
    let mut failures = Vec::new();
    for group in targets.chunks(at_a_time) {
        let ends: Vec<Result<String>> = thread::scope(|scope| {
            let running: Vec<_> = group
                .iter()
                .map(|target| scope.spawn(move || one(target, seconds)))
                .collect();
            let ended = running.into_iter().map(thread::ScopedJoinHandle::join);
            ended
                .map(|end| end.unwrap_or_else(|_| bail!("a thread of `cargo x` has panicked")))
                .collect()
        });
        for end in ends {
            match end {
                Ok(figures) => out::line(&format!("    {figures}")),
                Err(error) => failures.push(format!("{error:#}")),
            }
        }
    }
    if failures.is_empty() {
        return Ok(());
    }
    bail!("{}", failures.join("\n"))
}

/// Runs one target from the kept corpus and from what former runs have added to it here.
fn one(target: &str, seconds: u32) -> Result<String> {
    let found = made("findings").join(target);
    let added = made("corpus").join(target);
    for folder in [&found, &added] {
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    }
    let log = found.join("log");
    let output = fs::File::create(&log)?;
    // libFuzzer ends by itself. The other clock is for the case that it cannot.
    let mut command = Command::new("timeout");
    command
        .args(["--kill-after=5", &(seconds + 120).to_string()])
        .arg(program(target)?)
        .arg(format!("-max_total_time={seconds}"))
        .arg(format!("-artifact_prefix={}/", found.display()))
        .arg(format!(
            "-dict={}",
            home().join(format!("dictionaries/{target}.txt")).display()
        ))
        .args(LIMITS)
        .args([&added, &home().join("corpus").join(target)])
        .stdout(output.try_clone()?)
        .stderr(output);
    let ended = process::run(&mut command);
    let said = String::from_utf8_lossy(&fs::read(&log)?).into_owned();
    match ended {
        Ok(()) => Ok(figures(target, &said)),
        Err(_) => bail!("{}", finding(target, &said, &log)),
    }
}

fn figures(target: &str, said: &str) -> String {
    let number = |key: &str| {
        let after = said.rsplit_once(key).map(|(_, after)| after.trim_start());
        after
            .and_then(|text| text.split_whitespace().next())
            .unwrap_or("?")
    };
    format!(
        "{target:<12} {} inputs, {} places reached",
        number("stat::number_of_executed_units:"),
        number(" cov: ")
    )
}

/// Says what was found, and how to see it again.
fn finding(target: &str, said: &str, log: &Path) -> String {
    let input = said.lines().find_map(|line| {
        let (_, path) = line.split_once("Test unit written to ")?;
        Some(path.trim().to_owned())
    });
    let why = said
        .lines()
        .skip_while(|line| !TROUBLE.iter().any(|word| line.contains(word)))
        .take(6)
        .collect::<Vec<_>>()
        .join("\n      ");
    let again = match (&input, program(target)) {
        (Some(input), Ok(program)) => format!("{} {input}", program.display()),
        _ => "no input was kept".to_owned(),
    };
    format!(
        "target `{target}` has found something: {why}\n    hint: again: {again}\n    \
         hint: the whole log: {}",
        log.display()
    )
}

/// Adds to the kept corpus what reaches more than it does, and leaves out the rest.
fn keep(targets: &[String]) -> Result<()> {
    build()?;
    for target in targets {
        let added = made("corpus").join(target);
        fs::create_dir_all(&added)?;
        let kept = home().join("corpus").join(target);
        // By places alone. How often a place is passed would keep ten times as much.
        let mut command = Command::new(program(target)?);
        command.args(["-merge=1", "-use_counters=0"]).args(LIMITS);
        process::run(command.args([&kept, &added]))?;
    }
    Ok(())
}

fn build() -> Result<()> {
    let words = ["build", "--release", "--locked", "--manifest-path"];
    let mut command = cargo(&words);
    command
        .arg(home().join("Cargo.toml"))
        .args(["--target", &host()?, "--target-dir"])
        .arg(home().join("target"))
        .env("RUSTFLAGS", COUNTERS.join(" "))
        .env_remove("CARGO_ENCODED_RUSTFLAGS");
    process::run(&mut command)
}

/// With a target named, the counters stay out of build scripts and macros, which nobody fuzzes.
fn host() -> Result<String> {
    let said = process::capture(Command::new("rustc").arg("-vV"))?;
    let host = said.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).context("`rustc -vV` names no host")
}

fn program(target: &str) -> Result<PathBuf> {
    Ok(home()
        .join("target")
        .join(host()?)
        .join("release")
        .join(target))
}

fn home() -> PathBuf {
    cargo::root().join("fuzz")
}

fn made(what: &str) -> PathBuf {
    home().join("target").join(what)
}

/// What `cargo fuzz` asks of a nightly compiler, as far as a stable one has it: all but
/// `AddressSanitizer`, which finds what code without `unsafe` does not do.
const COUNTERS: [&str; 5] = [
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
];

/// For what `fuzz/src/bounds.rs` does not see: loops without end, and memory that C code takes.
const LIMITS: [&str; 4] = [
    "-timeout=10",
    "-rss_limit_mb=512",
    "-max_len=16384",
    "-print_final_stats=1",
];

/// How the first line of what went wrong is told.
const TROUBLE: [&str; 4] = [
    " panicked at ",
    "memory allocation of",
    "ERROR: libFuzzer",
    "error",
];

/// How long each target runs when nobody says how long.
const SECONDS: u32 = 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_found_is_told_with_its_input() {
        let said = "INFO: Seed: 1\nthread '<unnamed>' panicked at src/key.rs:1:2:\nleft is right\n\
                    Test unit written to /fuzz/findings/crash-1\n";

        let told = finding("key", said, Path::new("log"));

        assert!(
            told.starts_with("target `key` has found something: thread"),
            "{told}"
        );
        assert!(told.contains("left is right"), "{told}");
        assert!(
            told.contains("release/key /fuzz/findings/crash-1"),
            "{told}"
        );
    }

    #[test]
    fn figures_are_the_last_ones() {
        let said = "#2 INITED cov: 10 ft: 20\n#9 NEW    cov: 12 ft: 25\n\
                    stat::number_of_executed_units: 900\n";

        assert_eq!(
            figures("key", said),
            "key          900 inputs, 12 places reached"
        );
    }

    #[test]
    fn every_target_has_a_corpus_and_a_dictionary() {
        for target in targets().unwrap() {
            let corpus = home().join("corpus").join(&target);
            assert!(fs::read_dir(&corpus).unwrap().count() > 0, "{target}");
            let dictionary = home().join(format!("dictionaries/{target}.txt"));
            assert!(dictionary.exists(), "{target}");
        }
    }
}
