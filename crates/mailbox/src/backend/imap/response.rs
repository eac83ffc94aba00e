//! Reads IMAP responses, octet by octet, from a server that may be broken or hostile.
//!
//! RFC 3501 §7 and RFC 9051 §7 (form of responses), with the limits and the strictness of `mail.md` §7:
//! a line has 8192 octets at most (RFC 7162 §4), a session 64 KiB. Only what a server says before and
//! about a login is understood. Deliberately absent: literals, which belong to no answer to a question
//! of ours, and tags other than ours.

use crate::dialogue::Listener;
use crate::escape::{escape, hide};
use crate::unavailable::Gibberish;

use super::offer::Offer;

/// One line of a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Response {
    /// An untagged condition: `* OK …`.
    Notice(Status),
    /// `* CAPABILITY …`.
    Capabilities(Offer),
    /// Any other untagged line: about nothing that we asked.
    Aside,
    /// `+ …`: the server waits for the rest of a command.
    Prompt(Vec<u8>),
    /// What became of the command with this number.
    Answer(u16, Status),
}

/// A condition with its response code and its words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Status {
    pub(super) condition: Condition,
    pub(super) code: Option<Code>,
    text: Vec<u8>,
    /// The whole as it may be shown: without what we must not see in a log.
    shown: Vec<u8>,
}

/// RFC 3501 §7.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Condition {
    Ok,
    No,
    Bad,
    Bye,
    Preauth,
}

/// What stands in brackets before the words (RFC 5530 and others).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Code {
    /// In upper case.
    pub(super) name: String,
    pub(super) arguments: Vec<u8>,
}

/// Takes what arrives and gives complete lines.
#[derive(Debug, Default)]
pub(super) struct Reader {
    pending: Vec<u8>,
    received: usize,
}

impl Listener for Reader {
    type Message = Response;

    fn take(&mut self, octets: &[u8]) -> Result<(), Gibberish> {
        self.received = self.received.saturating_add(octets.len());
        if self.received > SESSION_LIMIT {
            return Err(Gibberish("it sent more than 64 KiB"));
        }
        self.pending.extend_from_slice(octets);
        Ok(())
    }

    fn message(&mut self) -> Result<Option<Response>, Gibberish> {
        let Some(end) = self.pending.iter().position(|&b| b == b'\n') else {
            check_beginning(&self.pending)?;
            return Ok(None);
        };
        let line: Vec<u8> = self.pending.drain(..=end).collect();
        let line = line
            .strip_suffix(b"\r\n")
            .ok_or(Gibberish("a line ends in a bare LF"))?;
        check_beginning(line)?;
        if line.contains(&b'\r') {
            return Err(BARE_CR);
        }
        if ends_in_literal(line) {
            return Err(Gibberish("it sends a literal where none belongs"));
        }
        read(line).map(Some)
    }

    fn forget(self) -> Self {
        Self {
            received: self.received,
            ..Self::default()
        }
    }

    fn is_empty(&self) -> bool {
        self.pending.is_empty()
    }
}

impl Status {
    /// Gives the capabilities that some servers name with a greeting.
    pub(super) fn offer(&self) -> Option<Offer> {
        let code = self.code.as_ref().filter(|code| code.name == "CAPABILITY");
        code.map(|code| Offer::read(&code.arguments))
    }

    /// Gives the words behind condition and code. Not for logs.
    pub(super) fn text(&self) -> &[u8] {
        &self.text
    }

    /// Gives the words as they may be written into a log.
    pub(super) fn shown_text(&self) -> String {
        let (_, _, text) = parts(&self.shown);
        escape(text)
    }

    /// Gives condition, code and words as they may be written into a log.
    pub(super) fn said(&self) -> String {
        escape(&self.shown)
    }

    /// Makes sure that a server which repeats what it was sent does not put it into our log.
    pub(super) fn hide(&mut self, secret: &[u8]) {
        hide(&mut self.shown, secret);
    }
}

/// Writes the name of the command with this number.
pub(super) fn tag(number: u16) -> String {
    format!("{}{number}", char::from(TAG))
}

/// Reads a line without its end.
fn read(line: &[u8]) -> Result<Response, Gibberish> {
    if let Some(rest) = line.strip_prefix(b"* ") {
        return read_untagged(rest);
    }
    if let Some(rest) = line.strip_prefix(b"+") {
        // Some servers leave out the space where there is no text.
        let text = rest.strip_prefix(b" ").unwrap_or(rest);
        return Ok(Response::Prompt(text.to_vec()));
    }
    let (tag, rest) = split(line);
    let number = tag
        .strip_prefix(&[TAG])
        .and_then(number)
        .ok_or(NO_RESPONSE)?;
    let status = read_status(rest).filter(|status| {
        let condition = status.condition;
        matches!(condition, Condition::Ok | Condition::No | Condition::Bad)
    });
    let status = status.ok_or(Gibberish("an answer is neither OK nor NO nor BAD"))?;
    Ok(Response::Answer(number, status))
}

fn read_untagged(rest: &[u8]) -> Result<Response, Gibberish> {
    if let Some(status) = read_status(rest) {
        return Ok(Response::Notice(status));
    }
    let (word, rest) = split(rest);
    if word.is_empty() {
        return Err(NO_RESPONSE);
    }
    if word.eq_ignore_ascii_case(b"CAPABILITY") {
        return Ok(Response::Capabilities(Offer::read(rest)));
    }
    Ok(Response::Aside)
}

/// Reads a condition; nothing if the line is about something else.
fn read_status(line: &[u8]) -> Option<Status> {
    let (word, code, text) = parts(line);
    let condition = match word.to_ascii_uppercase().as_slice() {
        b"OK" => Condition::Ok,
        b"NO" => Condition::No,
        b"BAD" => Condition::Bad,
        b"BYE" => Condition::Bye,
        b"PREAUTH" => Condition::Preauth,
        _ => return None,
    };
    Some(Status {
        condition,
        code: code.map(read_code),
        text: text.to_vec(),
        shown: line.to_vec(),
    })
}

/// Separates the condition, what stands in brackets, and the words. What is no code is words.
fn parts(line: &[u8]) -> (&[u8], Option<&[u8]>, &[u8]) {
    let (word, rest) = split(line);
    let bracketed = rest.strip_prefix(b"[").and_then(|inside| {
        let end = inside.iter().position(|&b| b == b']')?;
        let (code, rest) = inside.split_at_checked(end)?;
        let (name, _) = split(code);
        let fits = |b: &u8| b.is_ascii_alphanumeric() || b"-_.".contains(b);
        (!name.is_empty() && name.iter().all(fits)).then_some((code, rest.get(1..)?))
    });
    match bracketed {
        Some((code, text)) => (word, Some(code), text.trim_ascii()),
        None => (word, None, rest),
    }
}

fn read_code(code: &[u8]) -> Code {
    let (name, arguments) = split(code);
    Code {
        name: String::from_utf8_lossy(name).to_ascii_uppercase(),
        arguments: arguments.to_vec(),
    }
}

/// Separates the first word, and one space behind it.
fn split(line: &[u8]) -> (&[u8], &[u8]) {
    let end = line.iter().position(|&b| b == b' ');
    let (word, rest) = line.split_at(end.unwrap_or(line.len()));
    (word, rest.get(1..).unwrap_or_default())
}

/// Reads digits as we write them, and nothing else.
fn number(digits: &[u8]) -> Option<u16> {
    let text = str::from_utf8(digits).ok()?;
    let number: u16 = text.parse().ok()?;
    (number.to_string() == text).then_some(number)
}

/// `{5}` and `{5+}` at the end of a line announce a literal (RFC 3501 §4.3, RFC 7888 §3).
fn ends_in_literal(line: &[u8]) -> bool {
    let Some(inside) = line.strip_suffix(b"}") else {
        return false;
    };
    let inside = inside.strip_suffix(b"+").unwrap_or(inside);
    let digits = inside.iter().rev().take_while(|b| b.is_ascii_digit());
    let count = digits.count();
    let before = inside.len().saturating_sub(count + 1);
    count > 0 && inside.get(before) == Some(&b'{')
}

/// Refuses what can no longer become a line, before its end has arrived.
fn check_beginning(line: &[u8]) -> Result<(), Gibberish> {
    if line.len() > LINE_LIMIT {
        return Err(Gibberish("a line is longer than 8192 octets"));
    }
    let begins_well = match (line.first(), line.get(1)) {
        (Some(b'*'), second) => second.is_none_or(|&b| b == b' '),
        (Some(b'+'), second) => second.is_none_or(|&b| b == b' ' || b == b'\r'),
        (Some(&TAG), second) => second.is_none_or(u8::is_ascii_digit),
        (Some(_), _) => false,
        (None, _) => true,
    };
    if !begins_well {
        return Err(NO_RESPONSE);
    }
    if line.contains(&0) {
        return Err(Gibberish("a line contains NUL"));
    }
    let before_last = line.split_last().map_or(line, |(_, before)| before);
    if before_last.contains(&b'\r') {
        return Err(BARE_CR);
    }
    Ok(())
}

/// What our tags begin with. A line that begins with another letter is no answer to us.
const TAG: u8 = b'p';
const LINE_LIMIT: usize = 8192;
const SESSION_LIMIT: usize = 64 * 1024;
const NO_RESPONSE: Gibberish = Gibberish("a line is no response of an IMAP server to us");
const BARE_CR: Gibberish = Gibberish("a line contains a bare CR");

#[cfg(test)]
mod tests;
