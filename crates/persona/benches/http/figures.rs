//! What was measured, as the table of `docs/performance.md`, and what was promised.

use std::fmt::Write as _;

use crate::SESSIONS;

/// What was measured: medians of rounds, in which everything was measured in turn.
#[derive(Debug)]
pub(crate) struct Figures {
    pub(crate) raw: f64,
    pub(crate) certificates: f64,
    pub(crate) share: f64,
    pub(crate) documents: f64,
    pub(crate) session_checks: f64,
    pub(crate) verified: Vec<Verified>,
    pub(crate) at_rest_kib: u64,
    pub(crate) after_load_kib: u64,
    pub(crate) load_seconds: u64,
    pub(crate) warm_start_ms: f64,
}

/// How fast bundles of one kind are verified.
#[derive(Debug)]
pub(crate) struct Verified {
    pub(crate) name: &'static str,
    pub(crate) raw: f64,
    pub(crate) per_second: f64,
    pub(crate) share: f64,
}

/// Writes the table.
pub(crate) fn table(figures: &Figures) -> String {
    let mebi = |kib: u64| format!("{}.{} MiB", kib / 1024, kib % 1024 * 10 / 1024);
    let mut text = String::from("| what | figure |\n| --- | --- |\n");
    let mut row = |what: &str, figure: String| {
        let _ = writeln!(text, "| {what} | {figure} |");
    };
    row(
        "raw RSA-2048 signatures per CPU-second",
        format!("{:.0}", figures.raw),
    );
    row(
        "certificates per CPU-second of the server, over HTTP",
        format!("{:.0}", figures.certificates),
    );
    row(
        "**certificates as a share of raw signing** (paired rounds)",
        format!("**{:.2}**", figures.share),
    );
    row(
        "support documents per CPU-second",
        format!("{:.0}", figures.documents),
    );
    row(
        "session checks per CPU-second",
        format!("{:.0}", figures.session_checks),
    );
    for case in &figures.verified {
        row(
            &format!("checks of the two signatures per CPU-second, {}", case.name),
            format!("{:.0}", case.raw),
        );
        row(
            &format!(
                "verifications per CPU-second of the server, over HTTP, {}",
                case.name
            ),
            format!("{:.0}", case.per_second),
        );
        row(
            &format!(
                "**the same as a share of the checks alone** (paired rounds), {}",
                case.name
            ),
            format!("**{:.2}**", case.share),
        );
    }
    row(
        &format!("memory at rest, {SESSIONS} sessions in the store"),
        mebi(figures.at_rest_kib),
    );
    row(
        &format!("memory after {} s of load", figures.load_seconds),
        mebi(figures.after_load_kib),
    );
    row(
        "warm start until it answers, CPU time",
        format!("{:.1} ms", figures.warm_start_ms),
    );
    text
}

/// The promises of `product.md` and the rates of the first ancestor (`docs/parity.md`, 46).
pub(crate) fn floors_that_are_missed(figures: &Figures) -> Vec<&'static str> {
    let mebi = |kib: u64| kib / 1024;
    let floors = [
        (
            figures.share >= 0.80,
            "certificates are at least 0.80 of raw signing",
        ),
        (
            figures.verified.iter().all(|case| case.share >= 0.5),
            "verifications are at least 0.50 of their two signatures",
        ),
        (
            figures.certificates > 505.0,
            "more certificates than the first ancestor's 505",
        ),
        (
            figures.documents > 35_000.0,
            "more documents than the first ancestor's 35,000",
        ),
        (
            figures.session_checks > 3500.0,
            "more session checks than the first ancestor's 3,500",
        ),
        (mebi(figures.at_rest_kib) < 15, "under 15 MB at rest"),
        (mebi(figures.after_load_kib) < 25, "under 25 MB after load"),
        (figures.warm_start_ms < 50.0, "a warm start in under 50 ms"),
    ];
    floors
        .into_iter()
        .filter(|(kept, _)| !kept)
        .map(|(_, what)| what)
        .collect()
}
