//! A short letter, written out as it goes over the wire.
//!
//! RFC 5322 (form), RFC 2045 §6.7 (quoted-printable), RFC 2047 (words outside ASCII in the subject),
//! RFC 3834 §5 (`Auto-Submitted`), RFC 5321 §4.5.2 (dots). Everything that is sent is ASCII: nothing
//! depends on what the relay offers. Pure. Deliberately absent: attachments, HTML, copies.

use std::fmt;

use protocol::email::EmailAddress;
use protocol::time::Timestamp;

/// A letter of plain text to one mailbox.
#[derive(Clone, PartialEq, Eq)]
pub struct Letter {
    /// Whom it is from, and where it comes back to if it cannot be delivered.
    pub from: EmailAddress,
    /// Whom it is to. It goes to the canonical spelling: on a server that tells `Alice` from `alice`,
    /// the letter of the one must not prove the address of the other.
    pub to: EmailAddress,
    /// One line, at most 200 octets.
    pub subject: String,
    /// Lines that end in LF, at most 16 KiB together.
    pub text: String,
    /// The left half of its Message-ID: 1 to 64 letters, digits, `-` and `_` that nobody used before.
    pub id: String,
    /// When it was written.
    pub date: Timestamp,
}

/// Says why a letter cannot be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LetterError {
    /// The recipient's name is outside ASCII: relays that take such addresses are few (RFC 6531).
    #[error("letters can only be sent to addresses of ASCII letters")]
    To,
    /// The sender's name is outside ASCII.
    #[error("letters can only be sent from an address of ASCII letters")]
    From,
    /// A control character or too much of it.
    #[error("the subject of a letter is one line of at most 200 octets")]
    Subject,
    /// A control character or too much of it.
    #[error("the text of a letter is lines of at most 16 KiB together")]
    Text,
    /// Not 1 to 64 letters, digits, hyphens and underscores.
    #[error("the id of a letter is 1 to 64 letters, digits, hyphens and underscores")]
    Id,
}

impl Letter {
    /// Gives the address that the letter really goes to.
    pub(crate) fn recipient(&self) -> EmailAddress {
        self.to.canonical()
    }

    /// Gives the octets that follow the answer to DATA, up to and with the dot that ends them.
    pub(crate) fn wire(&self) -> Result<Vec<u8>, LetterError> {
        self.check()?;
        let plain =
            self.text.is_ascii() && self.text.lines().all(|line| line.len() <= LONGEST_LINE);
        let encoding = if plain { "7bit" } else { "quoted-printable" };
        let head = [
            format!("From: {}", self.from),
            format!("To: {}", self.recipient()),
            format!("Subject: {}", subject(&self.subject)),
            format!("Date: {}", date(self.date)),
            format!("Message-ID: <{}@{}>", self.id, self.from.domain()),
            "MIME-Version: 1.0".to_owned(),
            "Content-Type: text/plain; charset=utf-8".to_owned(),
            format!("Content-Transfer-Encoding: {encoding}"),
            // Nobody's absence is to answer this.
            "Auto-Submitted: auto-generated".to_owned(),
            String::new(),
        ];
        let body = self.text.lines().flat_map(|line| {
            let line = if plain {
                line.to_owned()
            } else {
                quoted_printable(line)
            };
            line.split("\r\n").map(str::to_owned).collect::<Vec<_>>()
        });
        let mut wire = Vec::new();
        for line in head.into_iter().chain(body) {
            if line.starts_with('.') {
                wire.push(b'.');
            }
            wire.extend_from_slice(line.as_bytes());
            wire.extend_from_slice(b"\r\n");
        }
        wire.extend_from_slice(b".\r\n");
        Ok(wire)
    }

    /// Whatever passes here can neither begin a new header nor end the letter.
    fn check(&self) -> Result<(), LetterError> {
        if !self.to.local().is_ascii() {
            return Err(LetterError::To);
        }
        if !self.from.local().is_ascii() {
            return Err(LetterError::From);
        }
        if self.subject.len() > LONGEST_SUBJECT || self.subject.chars().any(char::is_control) {
            return Err(LetterError::Subject);
        }
        let forbidden = |c: char| c.is_control() && c != '\n' && c != '\t';
        if self.text.len() > LONGEST_TEXT || self.text.chars().any(forbidden) {
            return Err(LetterError::Text);
        }
        let in_id = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        if !(1..=LONGEST_ID).contains(&self.id.len()) || !self.id.bytes().all(in_id) {
            return Err(LetterError::Id);
        }
        Ok(())
    }
}

/// A letter holds a secret and names a person: neither goes into a log.
impl fmt::Debug for Letter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Letter")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// Writes a subject as it is, or as words of RFC 2047 with a line for each.
fn subject(text: &str) -> String {
    if text.len() <= SHORT_SUBJECT && text.is_ascii() && !text.contains("=?") {
        return text.to_owned();
    }
    let mut words = vec![String::new()];
    for c in text.chars() {
        let mut octets = [0; 4];
        // RFC 2047 §4.2 (2) and (3): a space is an underscore, the rest that is no letter is a number.
        let encoded: String = match c {
            ' ' => "_".to_owned(),
            c if c.is_ascii_alphanumeric() => c.to_string(),
            c => c.encode_utf8(&mut octets).bytes().map(number).collect(),
        };
        // A character is never divided between words (RFC 2047 §5).
        match words.last_mut() {
            Some(word) if word.len() + encoded.len() <= LONGEST_WORD => word.push_str(&encoded),
            _ => words.push(encoded),
        }
    }
    let words: Vec<_> = words
        .iter()
        .map(|word| format!("=?utf-8?Q?{word}?="))
        .collect();
    words.join("\r\n ")
}

/// Writes one line as lines of at most 76 characters (RFC 2045 §6.7).
fn quoted_printable(line: &str) -> String {
    let mut encoded = String::new();
    let mut column = 0;
    for (at, octet) in line.bytes().enumerate() {
        let last = at + 1 == line.len();
        let plain =
            (octet.is_ascii_graphic() && octet != b'=') || (matches!(octet, b' ' | b'\t') && !last);
        let piece = if plain {
            char::from(octet).to_string()
        } else {
            number(octet)
        };
        // The last place in a line is for the sign that it goes on.
        if column + piece.len() > LONGEST_ENCODED - 1 {
            encoded.push_str("=\r\n");
            column = 0;
        }
        column += piece.len();
        encoded.push_str(&piece);
    }
    encoded
}

/// Writes an octet as both encodings do.
fn number(octet: u8) -> String {
    format!("={octet:02X}")
}

/// Writes a point in time as RFC 5322 §3.3 does.
fn date(time: Timestamp) -> String {
    let time = time.to_seconds().to_civil();
    let name = |names: &[&'static str], at: i64| {
        let at = usize::try_from(at).unwrap_or_default();
        names.get(at).copied().unwrap_or_default()
    };
    format!(
        "{}, {} {} {:04} {:02}:{:02}:{:02} +0000",
        name(&WEEKDAYS, time.weekday),
        time.day,
        name(&MONTHS, time.month - 1),
        time.year,
        time.hour,
        time.minute,
        time.second
    )
}

const WEEKDAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

const LONGEST_TEXT: usize = 16 * 1024;
const LONGEST_SUBJECT: usize = 200;
const LONGEST_ID: usize = 64;
/// Octets of a line without its end (RFC 5322 §2.1.1).
const LONGEST_LINE: usize = 998;
/// With its name in front, a line below 78 characters.
const SHORT_SUBJECT: usize = 66;
/// Of the 75 characters of an encoded word, what `=?utf-8?Q?` and `?=` leave.
const LONGEST_WORD: usize = 63;
const LONGEST_ENCODED: usize = 76;

#[cfg(test)]
mod tests;
