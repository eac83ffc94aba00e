//! What the processor does at best, with the same library and nothing around it.

use std::time::{Duration, Instant};

use crate::node;

/// Does the work for a while on as many threads as there are processors, and looks at the processor
/// time that it took. The server uses all of them too, and two that share a core slow each other down.
pub(crate) fn per_cpu_second(work: &(impl Fn() + Sync), length: Duration) -> f64 {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let each: Vec<(f64, Duration)> = std::thread::scope(|scope| {
        let running: Vec<_> = (0..threads)
            .map(|_| scope.spawn(|| one_thread(work, length)))
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

fn one_thread(work: &impl Fn(), length: Duration) -> (f64, Duration) {
    let begun = Instant::now();
    let before = node::cpu_time_of_this_thread();
    let mut count = 0.0;
    while begun.elapsed() < length {
        for _ in 0..50 {
            work();
        }
        count += 50.0;
    }
    (
        count,
        node::cpu_time_of_this_thread().saturating_sub(before),
    )
}
