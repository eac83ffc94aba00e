//! How much a node does with a second of its processor, beside what its processor could do at best.
//!
//! Starts the real `persona serve` on loopback with sessions already in its store, asks it over
//! keep-alive connections, and divides by the processor time that the kernel counted for it. Raw
//! signing and checking by the same library runs in turn with it, in the same minute: only the ratio
//! means anything on a machine that others use too. Prints a table for `docs/performance.md`.
//!
//! Run by `cargo x bench`. `BENCH_SECONDS` is how long the load for the memory figure lasts.
#![expect(clippy::print_stdout, reason = "a benchmark prints its table")]
#![expect(
    clippy::expect_used,
    reason = "a benchmark that cannot run should say so and stop"
)]
#![expect(clippy::disallowed_methods, reason = "a benchmark measures the time")]

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

mod bundles;
mod figures;
mod load;
mod node;
mod raw;
mod stranger;

use bundles::Case;
use figures::{Figures, Verified};
use load::Request;
use node::Node;
use protocol::jose::{RsaSigner, Signer};
use stranger::Stranger;

fn main() -> ExitCode {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    let figures = runtime.block_on(measure());
    println!("{}", figures::table(&figures));
    let missed = figures::floors_that_are_missed(&figures);
    for what in &missed {
        println!("missed: {what}");
    }
    if missed.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

async fn measure() -> Figures {
    let start = node::cpu_time_of_a_warm_start();
    let stranger = Stranger::start().await;
    let node = Node::start(SESSIONS, &stranger).await;
    let at_rest_kib = node.resident_kib();
    let (signer, _) = RsaSigner::generate().expect("a key");
    let key = node.user.public_key().to_browserid_text();
    let certificate: Arc<[Request]> = [Request::certificate(&node, &key, DAY)].into();
    let document: Arc<[Request]> = [Request::support(&node)].into();
    let session: Arc<[Request]> = [Request::has_session(&node)].into();
    let sign = || {
        let message = b"eyJhbGciOiJSUzI1NiJ9.a payload of some length";
        signer.sign(message).map(drop).expect("a signature");
    };

    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        let raw = raw::per_cpu_second(&sign, ROUND);
        let certificates = node.per_cpu_second(&certificate, ROUND).await;
        let documents = node.per_cpu_second(&document, ROUND).await;
        let sessions = node.per_cpu_second(&session, ROUND).await;
        rounds.push([raw, certificates, certificates / raw, documents, sessions]);
    }
    let mut verified = Vec::new();
    for case in bundles::make(&node, &stranger).await {
        verified.push(measure_verifying(&node, &case).await);
    }
    assert_eq!(
        stranger.asked(),
        1,
        "the cache was warm after the first question"
    );
    let seconds = std::env::var("BENCH_SECONDS")
        .ok()
        .and_then(|s| s.parse().ok());
    let load_seconds = seconds.unwrap_or(60);
    node.per_cpu_second(&certificate, Duration::from_secs(load_seconds))
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
        verified,
        at_rest_kib,
        after_load_kib,
        load_seconds,
        warm_start_ms: start.as_secs_f64() * 1000.0,
    }
}

async fn measure_verifying(node: &Node, case: &Case) -> Verified {
    let check = || case.check_signatures();
    // The first question brings the issuer's document and makes its key ready.
    node.ask(case.requests.first().expect("a bundle")).await;
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        let raw = raw::per_cpu_second(&check, ROUND);
        let per_second = node.per_cpu_second(&case.requests, ROUND).await;
        rounds.push([raw, per_second, per_second / raw]);
    }
    let column = |index: usize| median(rounds.iter().filter_map(|r| r.get(index)).copied());
    Verified {
        name: case.name,
        raw: column(0),
        per_second: column(1),
        share: column(2),
    }
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

/// Seconds that a certificate lasts.
const DAY: usize = 86_400;
/// Sessions in the store while it is measured.
const SESSIONS: usize = 10_000;
/// How often each figure is taken.
const ROUNDS: usize = 7;
/// How long each figure is taken.
const ROUND: Duration = Duration::from_secs(1);
