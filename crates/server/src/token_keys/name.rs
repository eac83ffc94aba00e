//! The names of key files: `rs256-20261122T143500Z.pem` is a key for RS256, made at that time in UTC.

use protocol::jose::token::TokenAlgorithm;
use protocol::time::UnixSeconds;

/// Writes the name of a file.
pub(super) fn write(algorithm: TokenAlgorithm, made: UnixSeconds) -> String {
    let time = made.to_civil();
    format!(
        "{}-{:04}{:02}{:02}T{:02}{:02}{:02}Z.pem",
        algorithm.as_str().to_ascii_lowercase(),
        time.year,
        time.month,
        time.day,
        time.hour,
        time.minute,
        time.second
    )
}

/// Reads the name of a file. `None` if it is not exactly what [`write`] makes.
pub(super) fn read(name: &str) -> Option<(TokenAlgorithm, UnixSeconds)> {
    let (word, time) = name.strip_suffix("Z.pem")?.split_once('-')?;
    let algorithm = TokenAlgorithm::ALL
        .into_iter()
        .find(|algorithm| algorithm.as_str().eq_ignore_ascii_case(word))?;
    let (date, hours) = time.split_once('T')?;
    let (year, date) = digits(date, 4)?;
    let (month, date) = digits(date, 2)?;
    let (day, nothing) = digits(date, 2)?;
    let (hour, rest) = digits(hours, 2)?;
    let (minute, rest) = digits(rest, 2)?;
    let (second, more) = digits(rest, 2)?;
    if !nothing.is_empty() || !more.is_empty() {
        return None;
    }
    let days = days_until(year, month, day);
    let made = UnixSeconds::from_seconds(days * 86400 + hour * 3600 + minute * 60 + second);
    // There is no 31st of June and no 25th hour: written again, they have another name.
    (write(algorithm, made) == name).then_some((algorithm, made))
}

/// Takes so many decimal digits off the front.
fn digits(text: &str, count: usize) -> Option<(i64, &str)> {
    let (digits, rest) = text.split_at_checked(count)?;
    let all_digits = digits.bytes().all(|byte| byte.is_ascii_digit());
    Some((digits.parse().ok().filter(|_| all_digits)?, rest))
}

/// Counts the days from 1970-01-01 to a date of the Gregorian calendar.
const fn days_until(year: i64, month: i64, day: i64) -> i64 {
    // Years begin in March here, so that the day that is not in every year is the last.
    let year = if month <= 2 { year - 1 } else { year };
    let month_from_march = (month + 9) % 12;
    let day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    year * 365 + leap_days + day_of_year - DAYS_BEFORE_1970
}

/// Days from the first of March of the year 0 to the first of January of 1970.
const DAYS_BEFORE_1970: i64 = 719_468;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_name_says_the_algorithm_and_the_time() {
        let made = UnixSeconds::from_seconds(1_795_300_000);

        for (algorithm, name) in [
            (TokenAlgorithm::Rs256, "rs256-20261121T222640Z.pem"),
            (TokenAlgorithm::Es256, "es256-20261121T222640Z.pem"),
            (TokenAlgorithm::EdDsa, "eddsa-20261121T222640Z.pem"),
        ] {
            assert_eq!(write(algorithm, made), name);
            assert_eq!(read(name), Some((algorithm, made)));
        }
    }

    #[test]
    fn other_names_are_no_keys() {
        for name in [
            "",
            "subject.key",
            "browserid.pem",
            "RS256-20261121T222640Z.pem",
            "hs256-20261121T222640Z.pem",
            "rs256-20261121T222640.pem",
            "rs256-20261121T222640Z.pem~",
            "rs256-20261121T222640Z.new-17-0",
            "rs256-20261121T2226400Z.pem",
            "rs256-202611210T222640Z.pem",
            "rs256-2026112T222640Z.pem",
            "rs256-20261321T222640Z.pem",
            "rs256-20260229T222640Z.pem",
            "rs256-20261121T242640Z.pem",
            "rs256-20261121T22264+Z.pem",
            "rs256-2026é121T222640Z.pem",
            "../rs256-20261121T222640Z.pem",
        ] {
            assert_eq!(read(name), None, "{name}");
        }
    }

    proptest! {
        #[test]
        fn every_time_of_four_digit_years_is_read_again(seconds in -62_135_596_800i64..253_402_300_800) {
            let made = UnixSeconds::from_seconds(seconds);
            let name = write(TokenAlgorithm::EdDsa, made);

            prop_assert_eq!(read(&name), Some((TokenAlgorithm::EdDsa, made)));
        }
    }
}
