//! The command LOGIN (RFC 3501 §6.2.3), for servers that do not know AUTHENTICATE PLAIN.
//!
//! Pure. Login and password are quoted strings where nothing in them wants escaping, and literals
//! otherwise, which carry every octet (RFC 3501 §4.3): the server asks for each literal with `+`.

use crate::sasl::{Beginning, Exchange, Line, Mechanism, Sent};

/// Begins a login: gives the line to send, and what answers the server's questions.
pub(super) fn begin(tag: &str, login: &str, password: &str) -> (Line, Exchange) {
    Exchange::by(
        Mechanism::Login,
        lines(tag, login, password),
        login,
        password,
    )
}

fn lines(tag: &str, login: &str, password: &str) -> Beginning {
    let mut written = Writing::new(tag);
    written.string(login);
    written.sent = Sent::UserName;
    written.string(password);
    written.sent = Sent::All;
    written.end_line(b"");
    let mut lines = written.lines.into_iter();
    let (sent, first) = lines.next().unwrap_or_default();
    (first, sent, lines.rev().collect())
}

/// A command that is being written, in as many lines as it needs.
struct Writing {
    lines: Vec<(Sent, Line)>,
    line: Line,
    /// What the server has when it has got the line that is being written.
    sent: Sent,
}

impl Writing {
    fn new(tag: &str) -> Self {
        let mut line = room();
        line.extend_from_slice(tag.as_bytes());
        line.extend_from_slice(b" LOGIN");
        Self {
            lines: Vec::new(),
            line,
            sent: Sent::Nothing,
        }
    }

    fn string(&mut self, text: &str) {
        self.line.push(b' ');
        if is_quotable(text) {
            self.line.push(b'"');
            self.line.extend_from_slice(text.as_bytes());
            self.line.push(b'"');
        } else {
            self.end_line(format!("{{{}}}", text.len()).as_bytes());
            self.line.extend_from_slice(text.as_bytes());
        }
    }

    fn end_line(&mut self, last: &[u8]) {
        self.line.extend_from_slice(last);
        self.line.extend_from_slice(b"\r\n");
        let line = std::mem::replace(&mut self.line, room());
        self.lines.push((self.sent, line));
    }
}

/// A line that is never moved while it is written, so that no copy of it is left behind.
fn room() -> Line {
    Line::new(Vec::with_capacity(LONGEST_LINE))
}

/// Is it safe between quotation marks, without any escaping? Other than ASCII never is there (§9).
fn is_quotable(text: &str) -> bool {
    let plain = |b: u8| b == b' ' || b.is_ascii_graphic() && b != b'"' && b != b'\\';
    text.bytes().all(plain)
}

/// Login and password are at most 320 and 1024 octets.
const LONGEST_LINE: usize = 2048;

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives all lines that are sent for a login, with how much the server has after each.
    fn spoken(login: &str, password: &str) -> Vec<(String, Sent)> {
        let (first, mut exchange) = begin("p3", login, password);
        let mut lines = vec![(first, exchange.sent())];
        while let Some(line) = exchange.respond(b"OK") {
            lines.push((line, exchange.sent()));
        }
        let text = |line: Line| String::from_utf8(line.to_vec()).unwrap();
        lines.into_iter().map(|(l, s)| (text(l), s)).collect()
    }

    fn line(text: &str, sent: Sent) -> (String, Sent) {
        (text.to_owned(), sent)
    }

    #[test]
    fn harmless_strings_are_quoted() {
        assert_eq!(
            spoken("alice@example.test", "correct {7} (horse) %*]"),
            [line(
                "p3 LOGIN \"alice@example.test\" \"correct {7} (horse) %*]\"\r\n",
                Sent::All
            )]
        );
    }

    #[test]
    fn a_password_that_wants_escaping_is_a_literal() {
        for password in ["\"", "a\"b", "a\\b", "grün", "\u{1f511}"] {
            assert_eq!(
                spoken("alice@example.test", password),
                [
                    line(
                        &format!("p3 LOGIN \"alice@example.test\" {{{}}}\r\n", password.len()),
                        Sent::UserName
                    ),
                    line(&format!("{password}\r\n"), Sent::All),
                ]
            );
        }
    }

    #[test]
    fn a_user_name_in_its_own_letters_is_a_literal() {
        assert_eq!(
            spoken("jörg@example.test", "x y"),
            [
                line("p3 LOGIN {18}\r\n", Sent::Nothing),
                line("jörg@example.test \"x y\"\r\n", Sent::All),
            ]
        );
        assert_eq!(
            spoken("jörg", "ü"),
            [
                line("p3 LOGIN {5}\r\n", Sent::Nothing),
                line("jörg {2}\r\n", Sent::UserName),
                line("ü\r\n", Sent::All),
            ]
        );
    }
}
