//! What is wrong with the settings, in the words of the person who wrote them: the place, the
//! sentence, the line, the remedy.

use std::borrow::Cow;
use std::ops::Range;

use mailbox::UrlError;
use server::settings::SettingsError;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::distance::nearest;
use super::keys;
use super::source::{Source, Sources, Step};
use crate::out::Failure;

/// The file is no TOML.
pub(crate) fn unreadable(sources: &Sources<'_>, error: &toml::de::Error) -> Failure {
    let span = error.span().unwrap_or_default();
    let sentence = error.message().lines().collect::<Vec<_>>().join("; ");
    at(sources, &span, &sentence)
}

/// A key or a value is not one that the settings can have.
pub(crate) fn mistake(
    sources: &Sources<'_>,
    tree: &Spanned<DeTable<'_>>,
    error: &toml::de::Error,
) -> Failure {
    let span = error.span().unwrap_or_default();
    let message = error.message().trim();
    if let Some(rest) = message.strip_prefix("unknown field ") {
        let path = find(tree, &span, Wanted::Anything);
        return unknown_key(sources, &span, rest, &parent(&path));
    }
    if let Some(name) = quoted(message.strip_prefix("missing field ").unwrap_or_default()) {
        let path = find(tree, &span, Wanted::Table);
        return missing_key(sources, &span, name, &path);
    }
    let path = find(tree, &span, Wanted::Anything);
    let key = key_in_its_text(sources, &span, &path);
    let sentence = match text_at(tree, &path) {
        Some(url) if ["mailbox", "smtp"].contains(&last_key(&path)) => about_mailbox(url, message),
        Some(url) if url.contains("://") && url.contains('@') => message.replace(url, "…"),
        Some(_) | None => message.to_owned(),
    };
    let sentence = format!("`{key}`: {}", plain_types(&sentence));
    let failure = at(sources, &span, &sentence);
    if let Some(rest) = message.strip_prefix("unknown variant ") {
        let mut words = rest.split('`').skip(1).step_by(2);
        let written = words.next().unwrap_or_default();
        return with_nearest(failure, written, &words.collect::<Vec<_>>());
    }
    match keys::find(&section_name(&parent(&path)), last_key(&path)) {
        Some(key) if message.starts_with("invalid type") || message.starts_with("wanted ") => {
            failure.hint(format!("write it like this: {}", key.line()))
        }
        Some(_) | None => failure,
    }
}

/// Two settings do not go together.
pub(crate) fn contradiction(
    sources: &Sources<'_>,
    tree: &Spanned<DeTable<'_>>,
    error: &SettingsError,
) -> Failure {
    let failure = at_key(sources, tree, &error.key, &error.sentence);
    let failure = match error.other.as_ref().and_then(|key| span_of(tree, key)) {
        Some(other) => failure.hint(format!("the other one is at {}", place(sources, &other))),
        None => failure,
    };
    failure.hint(&error.hint)
}

/// Something is wrong with the value of a key such as `domain[1].name`.
pub(crate) fn at_key(
    sources: &Sources<'_>,
    tree: &Spanned<DeTable<'_>>,
    key: &str,
    sentence: &str,
) -> Failure {
    match span_of(tree, key) {
        Some(span) => at(sources, &span, sentence),
        None => Failure::wrong_use(format!("{}: {sentence}", sources.main().name)),
    }
}

/// A file for domains alone has something else in it.
pub(crate) fn not_in_a_drop_in(sources: &Sources<'_>, key: &Spanned<Cow<'_, str>>) -> Failure {
    let written = key.get_ref();
    if written == "domain" {
        return at(sources, &key.span(), "`domain` is a list of sections")
            .hint("begin each with [[domain]], in two brackets");
    }
    let sentence = format!("`{written}` does not belong here: this file has [[domain]] sections");
    at(sources, &key.span(), &sentence).hint("what is not about one domain stands in persona.toml")
}

/// Says what is wrong with a mailbox URL. What stands before an `@` may be a password: of such a
/// URL nothing is repeated.
pub(crate) fn about_mailbox(url: &str, sentence: &str) -> String {
    let plain = UrlError::UserInformation.to_string();
    if url.contains('@') && sentence != plain {
        return format!("this is not understood, and not repeated because of its @; {plain}");
    }
    sentence.to_owned()
}

fn unknown_key(
    sources: &Sources<'_>,
    span: &Range<usize>,
    rest: &str,
    section: &[Step],
) -> Failure {
    let mut words = rest.split('`').skip(1).step_by(2);
    let written = words.next().unwrap_or_default();
    let known: Vec<&str> = words.collect();
    if keys::PLANNED.contains(&(&*section_name(section), written)) {
        let sentence = format!("`{written}`{} is not built yet", in_section(section));
        return at(sources, span, &sentence)
            .hint("this version does without it: leave it out until a version that has it");
    }
    let failure = at(
        sources,
        span,
        &format!("unknown key `{written}`{}", in_section(section)),
    );
    with_nearest(failure, written, &known)
}

fn with_nearest(failure: Failure, written: &str, known: &[&str]) -> Failure {
    match nearest(written, known) {
        Some(word) => failure.hint(format!("did you mean `{word}`?")),
        None => failure.hint(format!("known here: {}", known.join(", "))),
    }
}

fn missing_key(
    sources: &Sources<'_>,
    span: &Range<usize>,
    name: &str,
    section: &[Step],
) -> Failure {
    let sentence = format!("`{name}` is missing{}", in_section(section));
    let failure = if section.is_empty() {
        // The whole file lacks it: there is no line to point at.
        Failure::wrong_use(format!("{}: {sentence}", sources.main().name))
    } else {
        at(sources, span, &sentence)
    };
    match keys::find(&section_name(section), name) {
        Some(key) => failure.hint(format!("add a line such as: {}", key.line())),
        None => failure,
    }
}

/// Puts the place in front of a sentence, and the line at fault under it.
fn at(sources: &Sources<'_>, span: &Range<usize>, sentence: &str) -> Failure {
    let failure = Failure::wrong_use(format!("{}: {sentence}", place(sources, span)));
    let place = match sources.find(span) {
        (Source::Document(document), span) => Place::find(&document.text, &span),
        (Source::Overlay(_), _) => return failure,
    };
    // A password may stand before an @, which a backslash can write as well, and in the sections that
    // have one, also behind a key that is written wrongly.
    if place.beside_a_secret() || place.text.contains(['@', '\\']) {
        return failure;
    }
    failure.excerpt(place.excerpt())
}

/// Says where something was written.
fn place(sources: &Sources<'_>, span: &Range<usize>) -> String {
    match sources.find(span) {
        (Source::Overlay(name), _) => name.to_owned(),
        (Source::Document(document), span) => {
            let place = Place::find(&document.text, &span);
            format!("{}:{}:{}", document.name, place.line, place.column)
        }
    }
}

/// A place in a file, as editors count: from one, in characters.
struct Place<'a> {
    line: usize,
    column: usize,
    text: &'a str,
    /// The line that begins the section, empty above the first.
    section: &'a str,
    width: usize,
}

impl<'a> Place<'a> {
    fn find(text: &'a str, span: &Range<usize>) -> Self {
        let before = text.get(..span.start.min(text.len())).unwrap_or_default();
        let start = before.rfind('\n').map_or(0, |end| end + 1);
        let line_text = text.get(start..).unwrap_or_default();
        let line_text = line_text.lines().next().unwrap_or_default();
        let column = before.get(start..).unwrap_or_default().chars().count();
        let mut headers = before.lines().rev().map(str::trim_start);
        let section = headers
            .find(|line| line.starts_with('['))
            .unwrap_or_default();
        let marked = text.get(span.clone()).unwrap_or_default();
        let marked = marked.lines().next().unwrap_or_default().chars().count();
        Self {
            line: before.matches('\n').count() + 1,
            column: column + 1,
            text: line_text,
            section,
            width: marked.max(1),
        }
    }

    /// May a password stand in this line, whatever its key looks like?
    fn beside_a_secret(&self) -> bool {
        let line = self.text.trim_start();
        let inside = |section: &str| self.section.contains(section);
        line.contains("password")
            || (inside("fallback") && !line.starts_with('['))
            || (inside("broker") && line.contains('{'))
            || (inside("ldap") && !line.starts_with('['))
            || (inside("domain") && line.contains("ldap") && line.contains('{'))
    }

    fn excerpt(&self) -> String {
        let number = self.line.to_string();
        let margin = " ".repeat(number.len());
        let text: String = self
            .text
            .chars()
            .map(|c| if c == '\t' { ' ' } else { c })
            .collect();
        let shift = " ".repeat(self.column - 1);
        let carets = "^".repeat(self.width);
        format!("{margin} |\n{number} | {text}\n{margin} | {shift}{carets}")
    }
}

#[derive(Clone, Copy)]
enum Wanted {
    Anything,
    Table,
}

/// Finds the innermost node that was written at `span`. An empty path is the whole file.
fn find(tree: &Spanned<DeTable<'_>>, span: &Range<usize>, wanted: Wanted) -> Vec<Step> {
    find_in_table(tree.get_ref(), span, wanted).unwrap_or_default()
}

fn find_in_table(table: &DeTable<'_>, span: &Range<usize>, wanted: Wanted) -> Option<Vec<Step>> {
    table.iter().find_map(|(key, value)| {
        let step = Step::Key(key.get_ref().to_string());
        let here = matches!(wanted, Wanted::Anything) && key.span() == *span;
        find_in_value(value, span, wanted)
            .or_else(|| here.then(Vec::new))
            .map(|rest| [vec![step], rest].concat())
    })
}

fn find_in_value(
    node: &Spanned<DeValue<'_>>,
    span: &Range<usize>,
    wanted: Wanted,
) -> Option<Vec<Step>> {
    let inside = match node.get_ref() {
        DeValue::Table(table) => find_in_table(table, span, wanted),
        DeValue::Array(list) => list.iter().enumerate().find_map(|(index, element)| {
            find_in_value(element, span, wanted)
                .map(|rest| [vec![Step::Index(index)], rest].concat())
        }),
        DeValue::String(_)
        | DeValue::Integer(_)
        | DeValue::Float(_)
        | DeValue::Boolean(_)
        | DeValue::Datetime(_) => None,
    };
    let right_kind = match wanted {
        Wanted::Anything => true,
        Wanted::Table => node.get_ref().is_table(),
    };
    inside.or_else(|| (right_kind && node.span() == *span).then(Vec::new))
}

/// Finds where a key such as `domain[1].name` was written, or the innermost section of it that was.
fn span_of(tree: &Spanned<DeTable<'_>>, key: &str) -> Option<Range<usize>> {
    let mut steps = key.split(['.', '[']).map(|word| word.trim_end_matches(']'));
    let mut node = tree.get_ref().get(steps.next()?)?;
    for step in steps {
        let next = match step.parse::<usize>() {
            Ok(index) => node.get_ref().get(index),
            Err(_) => node.get_ref().get(step),
        };
        let Some(found) = next else { break };
        node = found;
    }
    Some(node.span())
}

/// Gives the text that was written at a path, if it is a text.
fn text_at<'t>(tree: &'t Spanned<DeTable<'_>>, path: &[Step]) -> Option<&'t str> {
    let (first, rest) = path.split_first()?;
    let Step::Key(first) = first else { return None };
    let mut node = tree.get_ref().get(first.as_str())?;
    for step in rest {
        node = match step {
            Step::Key(key) => node.get_ref().get(key.as_str())?,
            Step::Index(index) => node.get_ref().get(*index)?,
        };
    }
    node.get_ref().as_str()
}

fn parent(path: &[Step]) -> Vec<Step> {
    path.split_last()
        .map(|(_, rest)| rest.to_vec())
        .unwrap_or_default()
}

fn last_key(path: &[Step]) -> &str {
    match path.last() {
        Some(Step::Key(key)) => key,
        Some(Step::Index(_)) | None => "",
    }
}

/// Gives the name of a section as the list of keys has it: `domain` for `[[domain]]`.
fn section_name(path: &[Step]) -> String {
    let keys = path.iter().filter_map(|step| match step {
        Step::Key(key) => Some(key.as_str()),
        Step::Index(_) => None,
    });
    keys.collect::<Vec<_>>().join(".")
}

fn in_section(path: &[Step]) -> String {
    let name = section_name(path);
    match path.last() {
        None => String::new(),
        Some(Step::Index(_)) => format!(" in [[{name}]]"),
        Some(Step::Key(_)) => format!(" in [{name}]"),
    }
}

fn dotted(path: &[Step]) -> String {
    let mut text = String::new();
    for step in path {
        let piece = match step {
            Step::Index(index) => format!("[{index}]"),
            Step::Key(key) if text.is_empty() => key.clone(),
            Step::Key(key) => format!(".{key}"),
        };
        text.push_str(&piece);
    }
    text
}

/// Names a key as whoever wrote its text knows it. In a file of domains they are counted by nobody.
fn key_in_its_text(sources: &Sources<'_>, span: &Range<usize>, path: &[Step]) -> String {
    match (sources.is_beside_the_file(span), path) {
        (true, [_, Step::Index(_), key @ ..]) => dotted(key),
        _ => dotted(path),
    }
}

/// Takes the first word between backquotes.
fn quoted(text: &str) -> Option<&str> {
    text.split('`').nth(1)
}

/// Says serde's names of types in the words of the reference page.
fn plain_types(message: &str) -> String {
    let message = message
        .replace("invalid type: ", "wrong kind of value: ")
        .replace("unknown variant ", "unknown word ")
        .replace(
            "wanted string or table",
            "wrong kind of value: expected text in quotes",
        )
        .replace("a sequence", "a list")
        .replace("sequence", "a list")
        .replace("expected a string", "expected text in quotes")
        .replace("a map", "a section")
        .replace("map,", "a section,");
    match message.split_once("expected struct ") {
        Some((before, _)) => format!("{before}expected a section"),
        None => message,
    }
}
