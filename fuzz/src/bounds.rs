//! What an input may cost: memory of a small multiple of its size, and a blink of time.

use std::alloc::System;
use std::panic;
use std::sync::Once;
use std::time::{Duration, Instant};

use cap::Cap;

/// Does the work, and aborts the process at the very allocation that is one too many.
///
/// The time is wall time, since asking for more is dearer than most inputs. So an input is only too
/// slow if it is slow again and again: a busy machine does not do that.
pub(crate) fn within(size: usize, work: impl Fn()) {
    lift_limit_for_panics();
    let again = |_| {
        let begun = Instant::now();
        limit_memory(size);
        work();
        lift_limit();
        begun.elapsed() > LONGEST
    };
    assert!(
        !(0..TRIES).all(again),
        "takes more than {LONGEST:?}, {TRIES} times in a row"
    );
}

fn limit_memory(size: usize) {
    let more = size.saturating_mul(TIMES).saturating_add(BESIDES);
    let limit = ALLOCATOR.allocated().saturating_add(more);
    ALLOCATOR
        .set_limit(limit)
        .expect("the limit is above what is allocated");
}

fn lift_limit() {
    ALLOCATOR
        .set_limit(usize::MAX)
        .expect("there is no higher limit");
}

/// What a panic says takes memory too, and a second failure while it speaks would never end.
fn lift_limit_for_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            lift_limit();
            before(panic);
        }));
    });
}

/// Counts what Rust allocates. What the cryptographic library allocates in C is not seen here; it is
/// only handed numbers whose size was checked.
#[global_allocator]
static ALLOCATOR: Cap<System> = Cap::new(System, usize::MAX);

/// How many bytes may be allocated at a time for each byte of the input.
const TIMES: usize = 64;

/// What may be allocated at a time for the smallest input: numbers of 2048 bits and their tables.
const BESIDES: usize = 64 * 1024;

/// What no input may take; the dearest takes three milliseconds.
const LONGEST: Duration = Duration::from_millis(100);

const TRIES: usize = 5;
