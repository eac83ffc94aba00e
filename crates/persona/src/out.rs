//! What is written to the terminal, and nowhere else: data to stdout, talk to stderr.
//!
//! After fd and uv: a command returns an [`Exit`] or a [`Failure`]; nothing ends the process by
//! itself. What is echoed is made harmless first, hints stand on lines of their own, `NO_COLOR` is
//! respected, and a reader who has gone away (`persona … | head`) is no error.
//!
//! Deliberately absent: the log of the running server, which is [`crate::log`]'s.

use std::fmt::Write as _;
use std::io::{ErrorKind, IsTerminal, Stderr, Stdout, Write};
use std::path::Path;
use std::process::ExitCode;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// How a command ended, as a script sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Done, and the answer is good.
    Done,
    /// It ran, and the answer is bad: a failed check, a refused password.
    Bad,
    /// Wrong use, or settings that cannot be read.
    Use,
    /// Something that the program needs is not there: disk, database, port.
    Missing,
}

/// Why a command could not do its work, for people: a sentence, what was seen, what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    exit: Exit,
    message: String,
    excerpt: Option<String>,
    hints: Vec<String>,
}

/// Whether words may be coloured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Colour {
    /// Where there is a terminal to show it.
    OnTerminals,
    /// Nowhere: somebody set `NO_COLOR`.
    Never,
}

/// The terminal, or whatever stands in its place.
#[derive(Debug)]
pub(crate) struct Out {
    place: Place,
    colour: bool,
}

/// Where it goes.
#[derive(Debug)]
enum Place {
    Terminal(Stdout, Stderr),
    /// Data and talk, kept for the program that has called.
    Kept(Mutex<(String, String)>),
}

impl Exit {
    /// Gives the number.
    pub(crate) const fn status(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Bad => 1,
            Self::Use => 2,
            Self::Missing => 3,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        exit.status().into()
    }
}

impl Failure {
    /// The command was used wrongly, or the settings are wrong.
    pub(crate) fn wrong_use(message: impl Into<String>) -> Self {
        Self::new(Exit::Use, message.into())
    }

    /// Something that the program needs is not there.
    pub(crate) fn missing(message: impl Into<String>) -> Self {
        Self::new(Exit::Missing, message.into())
    }

    /// Adds a line that says what to do.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// Adds the lines of a file that are at fault.
    pub(crate) fn excerpt(mut self, excerpt: impl Into<String>) -> Self {
        self.excerpt = Some(excerpt.into());
        self
    }

    /// Gives the exit status.
    pub(crate) const fn exit(&self) -> Exit {
        self.exit
    }

    /// Gives the sentence.
    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    /// Gives the hints.
    pub(crate) fn hints(&self) -> &[String] {
        &self.hints
    }

    const fn new(exit: Exit, message: String) -> Self {
        Self {
            exit,
            message,
            excerpt: None,
            hints: Vec::new(),
        }
    }
}

impl Out {
    /// Looks at the terminal once.
    pub(crate) fn new(colour: Colour) -> Self {
        let stderr = std::io::stderr();
        Self {
            colour: colour == Colour::OnTerminals && stderr.is_terminal(),
            place: Place::Terminal(std::io::stdout(), stderr),
        }
    }

    /// Keeps all that is written, for [`Self::into_kept`].
    pub(crate) fn kept() -> Self {
        Self {
            place: Place::Kept(Mutex::default()),
            colour: false,
        }
    }

    /// Gives data and talk, where they were kept.
    pub(crate) fn into_kept(self) -> (String, String) {
        match self.place {
            Place::Terminal(..) => Default::default(),
            Place::Kept(kept) => kept.into_inner().unwrap_or_else(PoisonError::into_inner),
        }
    }

    /// May somebody be there who can be asked?
    pub(crate) const fn is_terminal(&self) -> bool {
        matches!(self.place, Place::Terminal(..))
    }

    /// Writes what the command was asked for, to stdout, as it is.
    pub(crate) fn data(&self, text: &str) -> Result<(), Failure> {
        let mut stdout = match &self.place {
            Place::Terminal(stdout, _) => stdout.lock(),
            Place::Kept(kept) => {
                locked(kept).0.push_str(text);
                return Ok(());
            }
        };
        match stdout
            .write_all(text.as_bytes())
            .and_then(|()| stdout.flush())
        {
            Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(Failure::missing(format!(
                "the output cannot be written: {error}"
            ))),
            Ok(()) | Err(_) => Ok(()),
        }
    }

    /// Says something to the person at the terminal, on stderr, made harmless.
    pub(crate) fn talk(&self, text: &str) {
        self.to_stderr(&format!("{}\n", harmless(text)));
    }

    /// Asks a question on stderr; the answer is typed on the same line.
    pub(crate) fn ask(&self, question: &str) {
        self.to_stderr(&format!("{} ", harmless(question)));
    }

    /// Says what went wrong and what to do, on stderr.
    pub(crate) fn failure(&self, failure: &Failure) {
        let mut text = format!("{} {}\n", self.red("error:"), harmless(&failure.message));
        if let Some(excerpt) = &failure.excerpt {
            text.push_str(&harmless(excerpt));
            text.push('\n');
        }
        for hint in &failure.hints {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "{} {}", self.green("hint:"), harmless(hint));
        }
        self.to_stderr(&text);
    }

    fn red(&self, word: &str) -> String {
        self.in_colour("1;31", word)
    }

    fn green(&self, word: &str) -> String {
        self.in_colour("1;32", word)
    }

    fn in_colour(&self, code: &str, word: &str) -> String {
        if self.colour {
            format!("\u{1b}[{code}m{word}\u{1b}[0m")
        } else {
            word.to_owned()
        }
    }

    fn to_stderr(&self, text: &str) {
        match &self.place {
            // When even stderr is gone there is nobody left to tell.
            Place::Terminal(_, stderr) => drop(stderr.lock().write_all(text.as_bytes())),
            Place::Kept(kept) => locked(kept).1.push_str(text),
        }
    }
}

fn locked(kept: &Mutex<(String, String)>) -> MutexGuard<'_, (String, String)> {
    kept.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Says what to do about a file that we are not permitted to read.
pub(crate) fn not_permitted(path: &Path) -> String {
    format!(
        "the user who runs the server reads it by its group: ls -l '{file}' shows which; as a rule: \
         chgrp persona '{file}'; chmod 640 '{file}'",
        file = path.display()
    )
}

/// Makes text safe to show: line ends stay, every other control character and every character that
/// turns the direction of writing is spelled out.
pub(crate) fn harmless(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        if (c.is_control() && c != '\n') || turns_direction(c) {
            safe.extend(c.escape_unicode());
        } else {
            safe.push(c);
        }
    }
    safe
}

/// Makes text safe to show on one line.
pub(crate) fn one_line(text: &str) -> String {
    harmless(text).replace('\n', "\\n")
}

const fn turns_direction(c: char) -> bool {
    matches!(c, '\u{061C}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_echoed_cannot_steer_the_terminal() {
        assert_eq!(
            harmless("a\u{1b}[2Jb\u{7}\r\nc"),
            "a\\u{1b}[2Jb\\u{7}\\u{d}\nc"
        );
        assert_eq!(harmless("\u{202e}gro.elpmaxe"), "\\u{202e}gro.elpmaxe");
        assert_eq!(one_line("a\nerror: b"), "a\\nerror: b");
        assert_eq!(harmless("jörg@bücher.example"), "jörg@bücher.example");
    }
}
