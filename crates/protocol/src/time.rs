//! Points in time and lengths of time, with their units in their types.
//!
//! `BrowserID` counts in milliseconds, OAuth and OpenID Connect in seconds. Mixing the two has made
//! certificates that lived for a thousand times too long (the Gmail bridge and the certifier of
//! 2013), so here they are two types and there is no arithmetic between them.
//!
//! This room never asks what time it is: `now` is always an argument.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A point in time in **milliseconds** since 1970-01-01T00:00:00Z, as `BrowserID` writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

/// A point in time in **seconds** since 1970-01-01T00:00:00Z, as OAuth and the store write it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UnixSeconds(i64);

impl Timestamp {
    /// Takes a number of milliseconds since 1970.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Gives the number of milliseconds since 1970.
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// Rounds down to whole seconds.
    pub const fn to_seconds(self) -> UnixSeconds {
        UnixSeconds(self.0.div_euclid(1000))
    }

    /// Moves forward by `length`; stops at the end of time instead of wrapping.
    #[must_use]
    pub fn plus(self, length: Duration) -> Self {
        Self(self.0.saturating_add(millis(length)))
    }

    /// Moves back by `length`; stops at the beginning of time instead of wrapping.
    #[must_use]
    pub fn minus(self, length: Duration) -> Self {
        Self(self.0.saturating_sub(millis(length)))
    }

    /// Gives the length of time since `earlier`, or zero if that is in the future.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }
}

impl UnixSeconds {
    /// Takes a number of seconds since 1970.
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds)
    }

    /// Gives the number of seconds since 1970.
    pub const fn as_seconds(self) -> i64 {
        self.0
    }

    /// Gives the same point in time in milliseconds; stops at the end of time.
    pub const fn to_timestamp(self) -> Timestamp {
        Timestamp(self.0.saturating_mul(1000))
    }

    /// Moves forward by whole seconds of `length`; stops at the end of time.
    #[must_use]
    pub fn plus(self, length: Duration) -> Self {
        Self(
            self.0
                .saturating_add(i64::try_from(length.as_secs()).unwrap_or(i64::MAX)),
        )
    }

    /// Moves back by whole seconds of `length`; stops at the beginning of time.
    #[must_use]
    pub fn minus(self, length: Duration) -> Self {
        Self(
            self.0
                .saturating_sub(i64::try_from(length.as_secs()).unwrap_or(i64::MAX)),
        )
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ms", self.0)
    }
}

impl fmt::Display for UnixSeconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} s", self.0)
    }
}

fn millis(length: Duration) -> i64 {
    i64::try_from(length.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn milliseconds_and_seconds_convert_explicitly() {
        let moment = Timestamp::from_millis(1_795_300_000_999);

        assert_eq!(
            moment.to_seconds(),
            UnixSeconds::from_seconds(1_795_300_000)
        );
        assert_eq!(
            moment.to_seconds().to_timestamp().as_millis(),
            1_795_300_000_000
        );
    }

    #[test]
    fn time_does_not_wrap() {
        let end = Timestamp::from_millis(i64::MAX);

        assert_eq!(end.plus(Duration::from_secs(1)), end);
        assert_eq!(
            Timestamp::from_millis(i64::MIN)
                .minus(Duration::MAX)
                .as_millis(),
            i64::MIN
        );
        assert_eq!(
            UnixSeconds::from_seconds(i64::MAX)
                .to_timestamp()
                .as_millis(),
            i64::MAX
        );
    }
}
