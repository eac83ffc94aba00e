//! Which of the keys of one algorithm signs, and until when the others are published: a function of
//! when they were made and of what time it is, and of nothing else.
//!
//! Sites keep the set of keys for a while (one day is long among them), so that a key is published
//! before it signs and after it has signed.

use std::time::Duration;

use protocol::time::UnixSeconds;

/// What a key does at some time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It is published, and will sign.
    Waits {
        /// When it begins to.
        begins: UnixSeconds,
    },
    /// It signs.
    Signs,
    /// It has signed, and is published for what it signed.
    Retired {
        /// Until when.
        until: UnixSeconds,
    },
    /// It has signed, and is published no more.
    Over,
}

impl Standing {
    /// Do sites get to see this key?
    pub fn is_published(self) -> bool {
        self != Self::Over
    }
}

/// Says what each key does now. `made` is when they were made, the oldest first.
///
/// The newest signs that is a day old or older. If none is, the oldest does: then there is no other, or
/// the clock is wrong.
pub(super) fn standings(made: &[UnixSeconds], now: UnixSeconds) -> Vec<Standing> {
    let signing = made.iter().rposition(|&made| begins(made) <= now);
    let signing = signing.unwrap_or(0);
    let successors = made.iter().skip(1).map(Some).chain([None]);
    let keys = made.iter().zip(successors).enumerate();
    keys.map(|(place, (&made, successor))| match successor {
        _ if place > signing => Standing::Waits {
            begins: begins(made),
        },
        Some(&successor) if place < signing => after(successor, now),
        _ => Standing::Signs,
    })
    .collect()
}

/// When does a key that was made then begin to sign, if there is another?
pub(super) fn begins(made: UnixSeconds) -> UnixSeconds {
    made.plus(PUBLISHED_BEFORE)
}

/// When is a key published no more whose successor was made then?
pub(super) fn ends(successor: UnixSeconds) -> UnixSeconds {
    begins(successor).plus(PUBLISHED_AFTER)
}

fn after(successor: UnixSeconds, now: UnixSeconds) -> Standing {
    let until = ends(successor);
    if now < until {
        Standing::Retired { until }
    } else {
        Standing::Over
    }
}

/// How long a key is published before it signs.
const PUBLISHED_BEFORE: Duration = Duration::from_secs(24 * 3600);
/// How long a key is published after another has taken its place. Longer than anything that it signed
/// is good for.
const PUBLISHED_AFTER: Duration = Duration::from_secs(7 * 24 * 3600);

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3600;
    const DAY: i64 = 24 * HOUR;

    fn at(made: &[i64], now: i64) -> String {
        let made: Vec<_> = made
            .iter()
            .map(|&at| UnixSeconds::from_seconds(at))
            .collect();
        let words = standings(&made, UnixSeconds::from_seconds(now));
        let words = words.iter().map(|standing| match standing {
            Standing::Waits { begins } => format!("waits until {}", begins.as_seconds()),
            Standing::Signs => "signs".into(),
            Standing::Retired { until } => format!("retired until {}", until.as_seconds()),
            Standing::Over => "over".into(),
        });
        words.collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn a_key_is_published_a_day_before_it_signs_and_a_week_after() {
        let made = [0, 100 * DAY];
        let begins = 101 * DAY;
        let ends = 108 * DAY;
        for (now, expected) in [
            (100 * DAY, format!("signs, waits until {begins}")),
            (begins - 1, format!("signs, waits until {begins}")),
            (begins, format!("retired until {ends}, signs")),
            (ends - 1, format!("retired until {ends}, signs")),
            (ends, "over, signs".into()),
            (i64::MAX, "over, signs".into()),
        ] {
            assert_eq!(at(&made, now), expected, "{now}");
        }
    }

    #[test]
    fn the_only_key_signs_at_all_times() {
        for now in [i64::MIN, -1, 0, 1, DAY, i64::MAX] {
            assert_eq!(at(&[0], now), "signs", "{now}");
        }
        assert_eq!(at(&[], 0), "");
    }

    #[test]
    fn a_clock_that_goes_backwards_lets_the_older_key_sign_again() {
        let made = [0, 10 * DAY, 20 * DAY];

        assert_eq!(
            at(&made, 21 * DAY),
            format!("over, retired until {}, signs", 28 * DAY)
        );
        assert_eq!(
            at(&made, 20 * DAY),
            format!("over, signs, waits until {}", 21 * DAY)
        );
        assert_eq!(
            at(&made, 5 * DAY),
            format!("signs, waits until {}, waits until {}", 11 * DAY, 21 * DAY)
        );
        assert_eq!(
            at(&made, -DAY),
            format!("signs, waits until {}, waits until {}", 11 * DAY, 21 * DAY)
        );
    }

    #[test]
    fn a_key_from_the_future_waits_unless_it_is_alone() {
        assert_eq!(
            at(&[0, 1000 * DAY], 2 * DAY),
            format!("signs, waits until {}", 1001 * DAY)
        );
        assert_eq!(at(&[1000 * DAY], 2 * DAY), "signs");
    }

    #[test]
    fn two_keys_of_one_second_are_one_after_the_other() {
        assert_eq!(at(&[0, 0], HOUR), format!("signs, waits until {DAY}"));
        assert_eq!(
            at(&[0, 0], DAY),
            format!("retired until {}, signs", 8 * DAY)
        );
    }

    #[test]
    fn some_key_signs_and_is_published_at_every_time() {
        let made = [0, DAY, DAY + 1, 9 * DAY, 9 * DAY, 40 * DAY];
        for hour in -48..24 * 60 {
            let words = at(&made, hour * HOUR);
            let signing = words.split(", ").filter(|word| *word == "signs");
            assert_eq!(signing.count(), 1, "{hour}: {words}");
        }
    }
}
