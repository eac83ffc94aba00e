//! The log: one line an event, to stderr, as text for people or JSON for collectors.
//!
//! No value can forge a line or a field: whatever is not a plain word is quoted and its control
//! characters are spelled out. What is never logged at all (passwords, tokens) is the business of
//! those who log.

use std::fmt::{self, Debug};

use tracing::field::{Field, Visit};
use tracing_subscriber::field::RecordFields;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::fmt::FormatFields;
use tracing_subscriber::fmt::format::Writer;

use crate::cli::{LogFormat, LogLevel};
use crate::config::Environment;
use crate::out::{Failure, one_line};

/// How much to log, and in which form.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LogSettings {
    level: LogLevel,
    format: LogFormat,
}

impl LogSettings {
    /// Takes the flags, else the environment, else what the command does by itself.
    pub(crate) fn resolve(
        level: Option<LogLevel>,
        format: Option<LogFormat>,
        environment: &Environment,
        usual: LogLevel,
    ) -> Result<Self, Failure> {
        let level = level.map_or_else(
            || from_environment("PERSONA_LOG", environment.log_level()),
            |level| Ok(Some(level)),
        )?;
        let format = format.map_or_else(
            || from_environment("PERSONA_LOG_FORMAT", environment.log_format()),
            |format| Ok(Some(format)),
        )?;
        Ok(Self {
            level: level.unwrap_or(usual),
            format: format.unwrap_or(LogFormat::Text),
        })
    }

    /// Begins to log. Called once, before anything else is done.
    pub(crate) fn start(self) {
        let builder = tracing_subscriber::fmt()
            .with_max_level(self.level.filter())
            .with_writer(std::io::stderr)
            .with_target(false)
            .with_ansi(false);
        match self.format {
            LogFormat::Text => builder.fmt_fields(PlainFields).init(),
            LogFormat::Json => builder.json().flatten_event(true).init(),
        }
    }
}

impl LogLevel {
    const fn filter(self) -> LevelFilter {
        match self {
            Self::Error => LevelFilter::ERROR,
            Self::Warn => LevelFilter::WARN,
            Self::Info => LevelFilter::INFO,
            Self::Debug => LevelFilter::DEBUG,
            Self::Trace => LevelFilter::TRACE,
        }
    }
}

fn from_environment<T: clap::ValueEnum>(
    name: &str,
    value: Option<String>,
) -> Result<Option<T>, Failure> {
    let Some(value) = value else { return Ok(None) };
    T::from_str(&value, true).map(Some).map_err(|_| {
        let words: Vec<String> = T::value_variants()
            .iter()
            .filter_map(|v| Some(v.to_possible_value()?.get_name().to_owned()))
            .collect();
        Failure::wrong_use(format!("{name}: {value:?} is not known here"))
            .hint(format!("use one of: {}", words.join(", ")))
    })
}

/// Writes the fields of an event: the message as it is, then `name=value`.
struct PlainFields;

impl<'writer> FormatFields<'writer> for PlainFields {
    fn format_fields<R: RecordFields>(&self, writer: Writer<'writer>, fields: R) -> fmt::Result {
        let mut line = Line {
            writer,
            began: false,
            result: Ok(()),
        };
        fields.record(&mut line);
        line.result
    }
}

struct Line<'writer> {
    writer: Writer<'writer>,
    began: bool,
    result: fmt::Result,
}

impl Line<'_> {
    fn put(&mut self, field: &Field, value: &str) {
        if self.result.is_err() {
            return;
        }
        let space = if self.began { " " } else { "" };
        self.began = true;
        self.result = match field.name() {
            "message" => write!(self.writer, "{space}{}", one_line(value)),
            name => write!(self.writer, "{space}{name}={}", word_or_quoted(value)),
        };
    }
}

impl Visit for Line<'_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.put(field, &format!("{value:?}"));
    }
}

/// Leaves a plain word as it is; quotes everything else, once.
fn word_or_quoted(value: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_.:/@+~%,[]<>‹›…".contains(c);
    let is_word = |text: &str| !text.is_empty() && text.chars().all(plain);
    // `field = ?text` in the log call has quoted it already.
    match already_quoted(value) {
        Some(inside) if is_word(inside) => inside.to_owned(),
        Some(_) => value.to_owned(),
        None if is_word(value) => value.to_owned(),
        None => {
            let escaped = value.replace('\\', "\\\\").replace('"', "\\\"");
            format!("\"{}\"", one_line(&escaped))
        }
    }
}

/// Gives what is between the quotes, if the whole value is one quoted text on one line.
fn already_quoted(value: &str) -> Option<&str> {
    let inside = value.strip_prefix('"')?.strip_suffix('"')?;
    let mut escaped = false;
    for c in inside.chars() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return None,
            _ => {}
        }
    }
    (!escaped && one_line(inside) == inside).then_some(inside)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_can_forge_neither_a_line_nor_a_field() {
        for (value, written) in [
            ("opens", "opens"),
            (
                "smtps://mail.example.org:465",
                "smtps://mail.example.org:465",
            ),
            ("", "\"\""),
            ("a b", "\"a b\""),
            ("x verdict=opens", "\"x verdict=opens\""),
            ("x\" verdict=\"opens", "\"x\\\" verdict=\\\"opens\""),
            ("x\nERROR y", "\"x\\nERROR y\""),
            ("x\r\u{1b}[2J", "\"x\\u{d}\\u{1b}[2J\""),
            ("\"/persona/auth/ping\"", "/persona/auth/ping"),
            ("\"a b \\\"c\"", "\"a b \\\"c\""),
            ("\"a\" b=\"c\"", "\"\\\"a\\\" b=\\\"c\\\"\""),
            ("\"a\\\"", "\"\\\"a\\\\\\\"\""),
            ("\"a\nb\"", "\"\\\"a\\nb\\\"\""),
            ("\"", "\"\\\"\""),
            ("\u{202e}x", "\"\\u{202e}x\""),
        ] {
            assert_eq!(word_or_quoted(value), written);
        }
    }
}
