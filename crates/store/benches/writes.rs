//! What it costs to keep a sign-in, with one caller and with many at once.
//!
//! Sessions are opened in a store in a file, by so many callers that each asks again as soon as it is
//! answered. Processor time of the whole process, the kernel's part included, since most of a write is
//! there. Prints rows of the table in `docs/performance.md`; nothing here is a promise, because how
//! long a disk takes is no measure of this program.
//!
//! Run by `cargo x bench`.
#![expect(clippy::print_stdout, reason = "a benchmark prints its table")]
#![expect(
    clippy::expect_used,
    reason = "a benchmark that cannot run should say so and stop"
)]
#![expect(
    clippy::disallowed_methods,
    reason = "a benchmark asks the clock itself"
)]

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use protocol::email::EmailAddress;
use protocol::time::UnixSeconds;
use store::{NewSession, Proof, SessionId, SqliteStore, Store};
use tokio::runtime::Runtime;

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .build()
        .expect("a runtime");
    for callers in CALLERS {
        let mut rounds: Vec<Figures> = (0..ROUNDS).map(|_| measure(&runtime, callers)).collect();
        rounds.sort_by(|a, b| a.cpu_micros.total_cmp(&b.cpu_micros));
        let median = rounds.get(ROUNDS / 2).expect("some rounds");
        println!(
            "| CPU time to keep a sign-in, {callers} at once | {:.0} µs |",
            median.cpu_micros
        );
        println!(
            "| time on the wall for one, {callers} at once | {:.0} µs |",
            median.wall_micros
        );
    }
}

struct Figures {
    cpu_micros: f64,
    /// Between question and answer, on average.
    wall_micros: f64,
}

fn measure(runtime: &Runtime, callers: u32) -> Figures {
    let directory = tempfile::tempdir().expect("a directory");
    let store: Arc<dyn Store> =
        Arc::new(SqliteStore::open(&directory.path().join("persona.db")).expect("a store"));
    // Tables and files have grown a little, and all threads are there.
    runtime.block_on(ask(&store, callers, 0, callers * 4));
    let (ticks, start) = (ticks(), Instant::now());
    runtime.block_on(ask(&store, callers, callers * 4, WRITES));
    let (spent, wall) = (self::ticks() - ticks, start.elapsed());
    let writes = f64::from(WRITES);
    Figures {
        cpu_micros: f64::from(spent) * MICROS_OF_A_TICK / writes,
        wall_micros: wall.as_secs_f64() * 1e6 * f64::from(callers) / writes,
    }
}

/// Opens as many sessions as there are writes, of which each caller takes its part.
async fn ask(store: &Arc<dyn Store>, callers: u32, first: u32, writes: u32) {
    let tasks: Vec<_> = (0..callers)
        .map(|caller| {
            let store = Arc::clone(store);
            tokio::spawn(async move {
                for number in (first + caller..first + writes).step_by(callers as usize) {
                    let session = session(number);
                    store.open_session(&session).await.expect("a session");
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("a caller");
    }
}

fn session(number: u32) -> NewSession {
    // Spread about the table, as hashes are.
    let spread = number.wrapping_mul(0x9e37_79b1).to_be_bytes();
    let mut digest = [0; 32];
    for (octet, from) in digest.iter_mut().zip(spread.iter().cycle()) {
        *octet = *from;
    }
    NewSession {
        id: SessionId::from_sha256(digest),
        address: EmailAddress::parse(&format!("user{number}@example.org")).expect("an address"),
        proof: Proof::Password,
        opened: UnixSeconds::from_seconds(1000),
        expires: UnixSeconds::from_seconds(2000),
    }
}

/// The time that this process has been on a processor (`proc_pid_stat(5)`, fields 14 and 15).
fn ticks() -> u32 {
    let text = std::fs::read_to_string(Path::new("/proc/self/stat")).expect("Linux");
    let (_, fields) = text.rsplit_once(')').expect("a name in brackets");
    let own = fields.split_whitespace().skip(11).take(2);
    own.map(|field| field.parse::<u32>().expect("a number"))
        .sum()
}

/// A hundredth of a second on every Linux that Rust has a name for.
const MICROS_OF_A_TICK: f64 = 10_000.0;
const CALLERS: [u32; 3] = [1, 8, 64];
const ROUNDS: usize = 5;
const WRITES: u32 = 4096;
