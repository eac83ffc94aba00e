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

/// A point in time as a clock and a calendar in UTC show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CivilTime {
    /// The year of the Gregorian calendar, negative before the year 0.
    pub year: i64,
    /// 1 is January.
    pub month: i64,
    /// 1 is the first day of the month.
    pub day: i64,
    /// The day of the week: 0 is Sunday.
    pub weekday: i64,
    /// 0 to 23.
    pub hour: i64,
    /// 0 to 59.
    pub minute: i64,
    /// 0 to 59.
    pub second: i64,
}

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

    /// Gives date and time of day in UTC.
    ///
    /// Howard Hinnant's `civil_from_days`, which counts years from March so that the leap day comes
    /// last.
    pub const fn to_civil(self) -> CivilTime {
        let (days, rest) = (self.0.div_euclid(86400), self.0.rem_euclid(86400));
        let shifted = days + 719_468;
        let era = shifted.div_euclid(146_097);
        let day_of_era = shifted.rem_euclid(146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_from_march = (5 * day_of_year + 2) / 153;
        let month = (month_from_march + 2) % 12 + 1;
        CivilTime {
            year: year_of_era + era * 400 + (month <= 2) as i64,
            month,
            day: day_of_year - (153 * month_from_march + 2) / 5 + 1,
            // The first day of 1970 was a Thursday.
            weekday: (days + 4).rem_euclid(7),
            hour: rest / 3600,
            minute: rest / 60 % 60,
            second: rest % 60,
        }
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

    #[test]
    fn dates_are_those_of_the_calendar() {
        for (seconds, written) in [
            (-1, "1969-12-31 23:59:59, day 3"),
            (0, "1970-01-01 00:00:00, day 4"),
            (951_782_399, "2000-02-28 23:59:59, day 1"),
            (951_782_400, "2000-02-29 00:00:00, day 2"),
            (951_868_800, "2000-03-01 00:00:00, day 3"),
            (1_795_300_000, "2026-11-21 22:26:40, day 6"),
            (4_107_542_400, "2100-03-01 00:00:00, day 1"),
            (i64::MAX, "292277026596-12-04 15:30:07, day 0"),
            (i64::MIN, "-292277022657-01-27 08:29:52, day 0"),
        ] {
            let time = UnixSeconds::from_seconds(seconds).to_civil();

            let CivilTime {
                year,
                month,
                day,
                weekday,
                hour,
                minute,
                second,
            } = time;
            let shown = format!(
                "{year}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}, day {weekday}"
            );
            assert_eq!(shown, written, "{seconds}");
        }
    }
}
