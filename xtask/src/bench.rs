//! `cargo x bench`: measures the release build and prints what belongs into `docs/performance.md`.
//!
//! Figures are compared within one run on one machine, never with a limit in a test.

use std::process::Command;

use anyhow::Result;

use crate::cargo::{self, cargo};
use crate::{out, process};

/// Runs the benchmark programs: of verifying alone, of writing alone, and of the program as it is released.
pub(crate) fn run() -> Result<()> {
    out::line(&heading());
    for (package, bench) in [
        ("protocol", "verify"),
        ("store", "writes"),
        ("persona", "http"),
    ] {
        let words = ["bench", "--package", package, "--bench", bench, "--locked"];
        process::run(&mut cargo(&words))?;
    }
    Ok(())
}

/// Says which machine, which day and which commit the figures are of.
fn heading() -> String {
    let cpu = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(':'))
        .map_or("unknown processor", |(_, name)| name.trim());
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let day = said(Command::new("date").args(["-u", "+%Y-%m-%d"]));
    let commit = said(Command::new("git").args(["rev-parse", "--short", "HEAD"]));
    format!("{model}, {cores} cores · {day} · commit {commit}\n")
}

fn said(command: &mut Command) -> String {
    let text = process::capture(command.current_dir(cargo::root()));
    text.map_or_else(|_| "unknown".to_owned(), |text| text.trim().to_owned())
}
