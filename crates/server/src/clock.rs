//! What time it is: the only file that asks the system.
//!
//! Everything else takes `now` as an argument or holds a [`Clock`], so that a test can move time
//! by hand.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant, SystemTime};

use protocol::time::Timestamp;

/// Tells the time: the system's, or one that a test moves by hand.
#[derive(Clone, Debug)]
pub struct Clock(Source);

#[derive(Clone, Debug)]
enum Source {
    System,
    ByHand(Arc<AtomicI64>),
}

impl Clock {
    /// Reads the system's clock.
    pub const fn system() -> Self {
        Self(Source::System)
    }

    /// Stands still at `start` until it is moved.
    pub fn by_hand(start: Timestamp) -> Self {
        Self(Source::ByHand(Arc::new(AtomicI64::new(start.as_millis()))))
    }

    /// Moves a clock that is moved by hand, and all its clones. The system's clock stays as it is.
    pub fn advance(&self, length: Duration) {
        if let Source::ByHand(millis) = &self.0 {
            let step = i64::try_from(length.as_millis()).unwrap_or(i64::MAX);
            millis.fetch_add(step, Ordering::SeqCst);
        }
    }

    /// Tells the time of day.
    pub fn now(&self) -> Timestamp {
        match &self.0 {
            Source::System => system_now(),
            Source::ByHand(millis) => Timestamp::from_millis(millis.load(Ordering::SeqCst)),
        }
    }
}

/// Marks a moment from which to measure how long something took. It never jumps.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the file that asks the system"
)]
pub fn stopwatch() -> Instant {
    Instant::now()
}

/// Gives the microseconds of the system's monotonic clock, by which systemd tells which of several
/// reloads it hears of (`MONOTONIC_USEC` of `sd_notify(3)`).
pub fn monotonic_micros() -> u64 {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    let since_start = Duration::try_from(now).unwrap_or_default();
    u64::try_from(since_start.as_micros()).unwrap_or(u64::MAX)
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is the file that asks the system"
)]
fn system_now() -> Timestamp {
    // A clock before 1970 reads as 1970: every certificate is then expired, which is the safe side.
    let since_1970 = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    Timestamp::from_millis(i64::try_from(since_1970.as_millis()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_moved_by_hand_moves_for_all_who_hold_it() {
        let clock = Clock::by_hand(Timestamp::from_millis(1000));
        let other = clock.clone();

        clock.advance(Duration::from_millis(5));

        assert_eq!(other.now(), Timestamp::from_millis(1005));
    }
}
