//! `persona reference`: the page of all settings, and the commented sample, from the list of keys.
//!
//! `docs/reference/settings.md` and `docs/reference/persona.toml` are this command's output; a test
//! says so when they are stale.

use std::fmt::Write as _;

use crate::cli::ReferenceArguments;
use crate::config::{Key, all_keys};
use crate::out::{Exit, Failure, Out};

/// Prints the page or the sample.
pub(crate) fn run(arguments: &ReferenceArguments, out: &Out) -> Result<Exit, Failure> {
    out.data(&if arguments.sample { sample() } else { page() })?;
    Ok(Exit::Done)
}

fn page() -> String {
    let mut text = String::from(
        "<!-- Made by `persona reference`. Edit crates/persona/src/config/keys.rs instead. -->\n\n\
         # Settings\n\n\
         The settings are in a TOML file: the one that `--config` names, else `$PERSONA_CONFIG`, else\n\
         `/etc/persona/persona.toml`. A key that is not in this list is an error. Each key can also be given\n\
         in the environment, which wins over the file: `PERSONA_`, the section, two underscores and the key,\n\
         in capitals. Domains and clients are counted from 0. An empty variable counts as none.\n",
    );
    for section in sections() {
        let _ = writeln!(text, "\n## {}", title(section));
        for key in keys_of(section) {
            let default = match (key.default, key.required()) {
                ("", true) => "Has to be given.".to_owned(),
                ("", false) => "Default: none".to_owned(),
                (default, _) => format!("Default: `{default}`"),
            };
            let (name, doc, line, variable) = (key.name, key.doc, key.line(), key.variable());
            let _ = writeln!(
                text,
                "\n### `{name}`\n\n{doc}\n\n- {default}\n- Example: `{line}`\n- Environment: `{variable}`"
            );
        }
    }
    text.push_str(VARIABLES);
    text
}

fn title(section: &str) -> String {
    match section {
        "" => "At the top".to_owned(),
        name => format!("`{}`", header(name)),
    }
}

/// Writes the line that begins a section in the file.
fn header(section: &str) -> String {
    match section {
        "domain" | "client" => format!("[[{section}]]"),
        name => format!("[{name}]"),
    }
}

fn sample() -> String {
    let mut text = String::from(
        "# Settings of persona. Lines with a single # show the default, or an example.\n",
    );
    for section in sections() {
        if !section.is_empty() {
            let needed = keys_of(section).any(|key| key.required() || !key.default.is_empty());
            let mark = if needed { "" } else { "# " };
            let _ = writeln!(text, "\n{mark}{}", header(section));
        }
        for key in keys_of(section) {
            let line = match key.default {
                "" if key.required() => key.line(),
                "" => format!("# {}", key.line()),
                default => format!("# {} = {default}", key.name),
            };
            let _ = write!(text, "\n{}{line}\n", comment(key.doc));
        }
    }
    text
}

/// Breaks sentences into lines of a comment.
fn comment(sentences: &str) -> String {
    let mut text = String::new();
    let mut line = String::from("##");
    for word in sentences.split(' ') {
        if line.len() + 1 + word.len() > LINE {
            let _ = writeln!(text, "{line}");
            line = String::from("##");
        }
        let _ = write!(line, " {word}");
    }
    format!("{text}{line}\n")
}

fn sections() -> Vec<&'static str> {
    let mut sections: Vec<&str> = all_keys().map(|key| key.section).collect();
    sections.dedup();
    sections
}

fn keys_of(section: &str) -> impl Iterator<Item = &'static Key> {
    all_keys().filter(move |key| key.section == section)
}

/// Columns of the sample file.
const LINE: usize = 92;

const VARIABLES: &str = "
## Variables that are no settings

- `PERSONA_CONFIG`: the settings file, where `--config` does not name one.
- `PERSONA_LOG`: how much to log, where `--log-level` does not say: `error`, `warn`, `info`, `debug` or `trace`.
- `PERSONA_LOG_FORMAT`: `text` or `json`, where `--log-format` does not say.
- `NO_COLOR`: no colour on the terminal.
- `NOTIFY_SOCKET`: set by systemd, which is told when the server is ready and when it stops.
";
