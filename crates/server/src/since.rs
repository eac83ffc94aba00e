//! Since when a site's request waits, as the browser carries it about while a person signs in or agrees.
//!
//! `prompt=login` asks for a password that is typed for this request. The request itself is not kept
//! here: the browser carries it through the login page, with the time at which it came first, under a
//! seal. The seal holds for this request, this issuer and this browser, so that nobody can hand
//! somebody else an old one.

use protocol::jose::base64url;
use protocol::secret::Secret;
use protocol::time::UnixSeconds;

use crate::keyring::SealingKey;

/// Writes and reads such times.
#[derive(Debug)]
pub(crate) struct Seal(SealingKey);

impl Seal {
    /// Makes ready to seal with this key, which belongs to one issuer.
    pub(crate) const fn new(key: SealingKey) -> Self {
        Self(key)
    }

    /// Seals the time at which this browser came with this request: digits, a point, base64url.
    pub(crate) fn write(&self, browser: &Secret<String>, query: &str, now: UnixSeconds) -> String {
        let seal = self.0.seal(&content(browser, query, now));
        format!("{}.{}", now.as_seconds(), base64url::encode(&seal))
    }

    /// Reads a time that was sealed for this browser and this request, within the last hour.
    pub(crate) fn read(
        &self,
        text: &str,
        browser: &Secret<String>,
        query: &str,
        now: UnixSeconds,
    ) -> Option<UnixSeconds> {
        let (seconds, seal) = text.split_once('.')?;
        let since = UnixSeconds::from_seconds(seconds.parse().ok()?);
        let seal = base64url::decode(seal).ok()?;
        let holds = self.0.recognizes(&content(browser, query, since), &seal);
        let age = now.as_seconds().checked_sub(since.as_seconds())?;
        (holds && (0..=LONGEST_SECONDS).contains(&age)).then_some(since)
    }
}

fn content(browser: &Secret<String>, query: &str, since: UnixSeconds) -> Vec<u8> {
    // Neither the number nor the browser's secret has a NUL in it.
    let text = format!("{}\0{}\0{query}", since.as_seconds(), browser.expose());
    text.into_bytes()
}

/// How long a request may wait for a person.
const LONGEST_SECONDS: i64 = 60 * 60;

#[cfg(test)]
mod tests {
    use super::*;

    const QUERY: &str = "client_id=cloud&prompt=login";

    fn seal(bits: u8) -> Seal {
        Seal::new(SealingKey::new(&Secret::new([bits; 32])))
    }

    fn browser(name: &str) -> Secret<String> {
        Secret::new(name.to_owned())
    }

    #[test]
    fn a_time_is_read_back_for_the_same_request_in_the_same_browser() {
        let now = UnixSeconds::from_seconds(1_795_300_000);
        let since = seal(1).write(&browser("a"), QUERY, now);
        let read = |seal: &Seal, who: &str, query: &str, seconds: i64| {
            let then = UnixSeconds::from_seconds(now.as_seconds() + seconds);
            seal.read(&since, &browser(who), query, then)
        };

        assert_eq!(read(&seal(1), "a", QUERY, 0), Some(now));
        assert_eq!(read(&seal(1), "a", QUERY, 3600), Some(now));
        assert_eq!(read(&seal(1), "a", QUERY, 3601), None);
        assert_eq!(read(&seal(1), "a", QUERY, -1), None);
        assert_eq!(read(&seal(1), "b", QUERY, 0), None);
        assert_eq!(read(&seal(2), "a", QUERY, 0), None);
        assert_eq!(read(&seal(1), "a", "client_id=cloud", 0), None);
    }

    #[test]
    fn no_other_time_passes() {
        let now = UnixSeconds::from_seconds(1_795_300_000);
        let since = seal(1).write(&browser("a"), QUERY, now);
        let (_, mac) = since.split_once('.').unwrap();
        for text in [
            "",
            "1795300000",
            "1795300000.",
            mac,
            &format!("1795299999.{mac}"),
            &format!("+1795300000.{mac}x"),
        ] {
            let read = seal(1).read(text, &browser("a"), QUERY, now);
            assert_eq!(read, None, "{text}");
        }
    }
}
