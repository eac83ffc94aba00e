//! How much a node does with a second of its processor, beside what its processor could do at best.
//!
//! Starts the real `persona serve` on loopback with sessions already in its store, asks it over
//! keep-alive connections, and divides by the processor time that the kernel counted for it. Raw
//! RSA signing by the same library runs in turn with it, in the same minute: only the ratio means
//! anything on a machine that others use too. Prints a table for `docs/performance.md`.
//!
//! Run by `cargo x bench`. `BENCH_SECONDS` is how long the load for the memory figure lasts.
#![expect(clippy::print_stdout, reason = "a benchmark prints its table")]
#![expect(
    clippy::expect_used,
    reason = "a benchmark that cannot run should say so and stop"
)]
#![expect(clippy::disallowed_methods, reason = "a benchmark measures the time")]

use std::fmt::Write as _;
use std::process::ExitCode;
use std::time::{Duration, Instant};

mod load;
mod node;

use load::Request;
use node::Node;
use protocol::jose::{RsaSigner, Signer};

fn main() -> ExitCode {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    let figures = runtime.block_on(measure());
    println!("{}", table(&figures));
    let missed = floors_that_are_missed(&figures);
    for what in &missed {
        println!("missed: {what}");
    }
    if missed.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// What was measured: medians of rounds, in which everything was measured in turn.
struct Figures {
    raw: f64,
    certificates: f64,
    share: f64,
    documents: f64,
    session_checks: f64,
    at_rest_kib: u64,
    after_load_kib: u64,
    load_seconds: u64,
    warm_start_ms: f64,
}

async fn measure() -> Figures {
    let start = node::cpu_time_of_a_warm_start();
    let node = Node::start(SESSIONS).await;
    let at_rest_kib = node.resident_kib();
    let (signer, _) = RsaSigner::generate().expect("a key");

    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        let raw = signatures_per_cpu_second(&signer);
        let certificate = node
            .per_cpu_second(&Request::certificate(&node), ROUND)
            .await;
        let document = node.per_cpu_second(&Request::support(&node), ROUND).await;
        let session = node
            .per_cpu_second(&Request::has_session(&node), ROUND)
            .await;
        rounds.push([raw, certificate, certificate / raw, document, session]);
    }
    let seconds = std::env::var("BENCH_SECONDS")
        .ok()
        .and_then(|s| s.parse().ok());
    let load_seconds = seconds.unwrap_or(60);
    let load = Duration::from_secs(load_seconds);
    node.per_cpu_second(&Request::certificate(&node), load)
        .await;
    let after_load_kib = node.resident_kib();
    node.stop();

    let column = |index: usize| median(rounds.iter().filter_map(|r| r.get(index)).copied());
    Figures {
        raw: column(0),
        certificates: column(1),
        share: column(2),
        documents: column(3),
        session_checks: column(4),
        at_rest_kib,
        after_load_kib,
        load_seconds,
        warm_start_ms: start.as_secs_f64() * 1000.0,
    }
}

fn table(figures: &Figures) -> String {
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
fn floors_that_are_missed(figures: &Figures) -> Vec<&'static str> {
    let mebi = |kib: u64| kib / 1024;
    let floors = [
        (
            figures.share >= 0.80,
            "certificates are at least 0.80 of raw signing",
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

/// Signs for a while on as many threads as there are processors, and looks at the processor time
/// that it took. The server uses all of them too, and two that share a core slow each other down.
fn signatures_per_cpu_second(signer: &RsaSigner) -> f64 {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let each: Vec<(f64, Duration)> = std::thread::scope(|scope| {
        let running: Vec<_> = (0..threads)
            .map(|_| scope.spawn(|| sign_for_a_round(signer)))
            .collect();
        running
            .into_iter()
            .map(|thread| thread.join().expect("a thread"))
            .collect()
    });
    let count: f64 = each.iter().map(|(count, _)| count).sum();
    let spent: Duration = each.iter().map(|(_, spent)| *spent).sum();
    count / spent.as_secs_f64()
}

fn sign_for_a_round(signer: &RsaSigner) -> (f64, Duration) {
    let begun = Instant::now();
    let before = node::cpu_time_of_this_thread();
    let mut count = 0.0;
    while begun.elapsed() < ROUND {
        for _ in 0..50 {
            signer
                .sign(b"eyJhbGciOiJSUzI1NiJ9.a payload of some length")
                .expect("a signature");
        }
        count += 50.0;
    }
    (
        count,
        node::cpu_time_of_this_thread().saturating_sub(before),
    )
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

/// Sessions in the store while it is measured.
const SESSIONS: usize = 10_000;
/// How often each figure is taken.
const ROUNDS: usize = 7;
/// How long each figure is taken.
const ROUND: Duration = Duration::from_secs(1);
