//! Reads SMTP replies, octet by octet, from a server that may be broken or hostile.
//!
//! RFC 5321 §4.2 (form of replies), with the limits and strictness of `mail.md` §7: a line has 2048
//! octets at most, a reply 100 lines, a session 64 KiB. Pure: octets go in, replies come out, and
//! what is left over can be asked for. Called by [`crate::dialogue`] alone.

use crate::dialogue::Listener;
use crate::escape::{escape, hide};
use crate::unavailable::Gibberish;

/// A complete reply: one code and the text of its lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reply {
    pub(crate) code: u16,
    lines: Vec<Vec<u8>>,
    /// The same lines as they may be shown: without what we must not see in a log.
    shown: Vec<Vec<u8>>,
}

/// Takes what arrives and gives complete replies.
#[derive(Debug, Default)]
pub(crate) struct Reader {
    pending: Vec<u8>,
    begun: Vec<Vec<u8>>,
    code: Option<u16>,
    received: usize,
}

impl Reply {
    /// Gives the lines without code and separator.
    pub(crate) fn lines(&self) -> impl Iterator<Item = &[u8]> {
        self.lines.iter().map(Vec::as_slice)
    }

    /// Gives the enhanced status code of the first line, as `5.7.8` (RFC 2034 §4, RFC 3463 §2).
    pub(crate) fn enhanced(&self) -> Option<&str> {
        self.lines.first().and_then(|line| enhanced(line))
    }

    /// Gives all lines as one text, without enhanced status codes. Not for logs.
    pub(crate) fn text(&self) -> Vec<u8> {
        joined(&self.lines)
    }

    /// Gives the text as it may be written into a log.
    pub(crate) fn shown_text(&self) -> String {
        escape(&joined(&self.shown))
    }

    /// Gives the whole reply as it may be written into a log.
    pub(crate) fn said(&self) -> String {
        let mut whole = self.code.to_string().into_bytes();
        for line in &self.shown {
            whole.push(b' ');
            whole.extend(line);
        }
        escape(&whole)
    }

    /// Makes sure that a server which repeats what it was sent does not put it into our log.
    pub(crate) fn hide(&mut self, secret: &[u8]) {
        self.shown.iter_mut().for_each(|line| hide(line, secret));
    }
}

fn joined(lines: &[Vec<u8>]) -> Vec<u8> {
    let plain = |line: &Vec<u8>| {
        let skipped = enhanced(line).map_or(0, str::len);
        line.get(skipped..)
            .unwrap_or_default()
            .trim_ascii()
            .to_vec()
    };
    lines.iter().map(plain).collect::<Vec<_>>().join(&b' ')
}

impl Listener for Reader {
    type Message = Reply;

    fn take(&mut self, octets: &[u8]) -> Result<(), Gibberish> {
        self.received = self.received.saturating_add(octets.len());
        if self.received > SESSION_LIMIT {
            return Err(Gibberish("it sent more than 64 KiB"));
        }
        self.pending.extend_from_slice(octets);
        Ok(())
    }

    fn message(&mut self) -> Result<Option<Reply>, Gibberish> {
        while let Some(end) = self.pending.iter().position(|&b| b == b'\n') {
            let line: Vec<u8> = self.pending.drain(..=end).collect();
            let (code, more, text) = read_line(&line)?;
            if self.code.is_some_and(|first| first != code) {
                return Err(Gibberish("one reply has two different codes"));
            }
            self.code = Some(code);
            self.begun.push(text.to_vec());
            if !more {
                self.code = None;
                let lines = std::mem::take(&mut self.begun);
                let shown = lines.clone();
                return Ok(Some(Reply { code, lines, shown }));
            }
            if self.begun.len() >= LINE_COUNT_LIMIT {
                return Err(Gibberish("a reply has more than 100 lines"));
            }
        }
        check_beginning(&self.pending)?;
        Ok(None)
    }

    fn forget(self) -> Self {
        Self {
            received: self.received,
            ..Self::default()
        }
    }

    fn is_empty(&self) -> bool {
        self.pending.is_empty() && self.begun.is_empty()
    }
}

/// Reads one complete line: its code, whether more lines follow, and its text.
fn read_line(line: &[u8]) -> Result<(u16, bool, &[u8]), Gibberish> {
    if line.len() > LINE_LIMIT {
        return Err(TOO_LONG);
    }
    let line = line
        .strip_suffix(b"\r\n")
        .ok_or(Gibberish("a line ends in a bare LF"))?;
    check_beginning(line)?;
    if line.contains(&b'\r') {
        return Err(BARE_CR);
    }
    let (digits, rest) = line
        .split_at_checked(3)
        .ok_or(Gibberish("a line is shorter than a reply code"))?;
    let code = digits
        .iter()
        .fold(0, |code, digit| code * 10 + u16::from(digit - b'0'));
    match rest.split_first() {
        None => Ok((code, false, &[])),
        Some((separator, text)) => Ok((code, *separator == b'-', text)),
    }
}

/// Refuses what can no longer become a line of a reply, before its end has arrived.
fn check_beginning(line: &[u8]) -> Result<(), Gibberish> {
    if line.len() >= LINE_LIMIT {
        return Err(TOO_LONG);
    }
    for (at, &octet) in line.iter().take(4).enumerate() {
        let fits = match at {
            0 => (b'2'..=b'5').contains(&octet),
            1 | 2 => octet.is_ascii_digit(),
            _ => b" -\r".contains(&octet),
        };
        if !fits {
            return Err(Gibberish("a line does not begin with an SMTP reply code"));
        }
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

/// Finds an enhanced status code at the beginning of a text, followed by a space or the end.
fn enhanced(text: &[u8]) -> Option<&str> {
    let word = text.split(|&b| b == b' ').next()?;
    let word = str::from_utf8(word).ok()?;
    let mut parts = word.split('.');
    let class = parts.next().filter(|class| ["2", "4", "5"].contains(class));
    let number = |part: Option<&str>| {
        part.is_some_and(|p| (1..=3).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_digit()))
    };
    let whole =
        class.is_some() && number(parts.next()) && number(parts.next()) && parts.next().is_none();
    whole.then_some(word)
}

const LINE_LIMIT: usize = 2048;
const LINE_COUNT_LIMIT: usize = 100;
const SESSION_LIMIT: usize = 64 * 1024;
const TOO_LONG: Gibberish = Gibberish("a line is longer than 2048 octets");
const BARE_CR: Gibberish = Gibberish("a line contains a bare CR");

#[cfg(test)]
mod tests;
