//! Where each setting was written: file, environment or flag.
//!
//! Every node of a TOML tree has a span, a range of bytes of the file. What came from elsewhere
//! gets a span beyond the end of the file, one range for each variable or flag, so that a span
//! alone says where to look.

use std::borrow::Cow;
use std::ops::Range;
use std::path::Path;

use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

use super::environment::{Environment, PREFIX};
use crate::out::Failure;

/// One setting from outside the file.
#[derive(Clone, Debug)]
pub(crate) struct Overlay {
    /// As the person wrote it: `PERSONA_LISTEN__ADDRESS`, `--listen`.
    name: String,
    path: Vec<Step>,
    value: Content,
}

#[derive(Clone, Debug)]
enum Content {
    Text(String),
    /// Whatever was there before is taken away.
    EmptyList,
}

/// One step from a section to what is in it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Step {
    Key(String),
    Index(usize),
}

/// The places that settings came from.
#[derive(Debug)]
pub(crate) struct Sources<'a> {
    pub(crate) file: &'a Path,
    pub(crate) text: &'a str,
    /// Names of the overlays; the span of the nth begins `n + 1` bytes behind the end of the file.
    names: Vec<&'a str>,
}

impl Overlay {
    /// Reads `PERSONA_SECTION__KEY` for each variable that is a setting.
    pub(crate) fn from_environment(environment: &Environment) -> Result<Vec<Self>, Failure> {
        let settings = environment.settings()?;
        let overlay = |(name, value): (String, String)| {
            let path = name.strip_prefix(PREFIX).unwrap_or_default();
            Self {
                path: path.to_ascii_lowercase().split("__").map(step).collect(),
                value: Content::Text(value),
                name,
            }
        };
        let mut overlays: Vec<Self> = settings.into_iter().map(overlay).collect();
        // By name, 10 would come before 2, and a list grows only at its end.
        overlays.sort_by(|one, other| one.path.cmp(&other.path));
        Ok(overlays)
    }

    /// Takes the value of a flag for a key such as `listen.address` or `domain.0.name`.
    pub(crate) fn from_flag(flag: &str, key: &str, value: String) -> Self {
        Self {
            name: flag.to_owned(),
            path: key.split('.').map(step).collect(),
            value: Content::Text(value),
        }
    }

    /// Forgets what the file and the environment said about a list.
    pub(crate) fn clear(flag: &str, key: &str) -> Self {
        Self {
            name: flag.to_owned(),
            path: key.split('.').map(step).collect(),
            value: Content::EmptyList,
        }
    }
}

impl<'a> Sources<'a> {
    /// Begins with a file.
    pub(crate) const fn new(file: &'a Path, text: &'a str) -> Self {
        Self {
            file,
            text,
            names: Vec::new(),
        }
    }

    /// Names the variable or flag that a span stands for, if it does not stand for a place in the
    /// file.
    pub(crate) fn overlay_at(&self, span: &Range<usize>) -> Option<&str> {
        let index = span.start.checked_sub(self.text.len() + 1)?;
        self.names.get(index).copied()
    }

    fn add(&mut self, name: &'a str) -> Range<usize> {
        self.names.push(name);
        let start = self.text.len() + self.names.len();
        start..start + 1
    }
}

/// Puts one setting from outside over what the file says.
pub(crate) fn lay_over<'i>(
    tree: &mut Spanned<DeTable<'i>>,
    overlay: &'i Overlay,
    sources: &mut Sources<'i>,
) -> Result<(), Failure> {
    let Overlay { name, path, value } = overlay;
    let wrong = |sentence: String| Failure::wrong_use(format!("{name}: {sentence}"));
    let span = sources.add(name);
    let value = match value {
        Content::Text(text) => value_of(text, &span),
        Content::EmptyList => DeValue::Array(DeArray::new()),
    };
    let Some((Step::Key(first), rest)) = path.split_first() else {
        return Err(wrong("names no key".into()));
    };
    let child = tree
        .get_mut()
        .entry(Spanned::new(span.clone(), Cow::Borrowed(first.as_str())))
        .or_insert_with(|| Spanned::new(span.clone(), empty(rest)));
    put(child, rest, value, &span).map_err(wrong)
}

fn put<'i>(
    node: &mut Spanned<DeValue<'i>>,
    path: &'i [Step],
    value: DeValue<'i>,
    span: &Range<usize>,
) -> Result<(), String> {
    let Some((step, rest)) = path.split_first() else {
        *node = Spanned::new(span.clone(), value);
        return Ok(());
    };
    match (step, node.get_mut()) {
        (Step::Key(key), DeValue::Table(table)) => {
            let child = table
                .entry(Spanned::new(span.clone(), Cow::Borrowed(key.as_str())))
                .or_insert_with(|| Spanned::new(span.clone(), empty(rest)));
            put(child, rest, value, span)
        }
        (Step::Index(index), DeValue::Array(list)) => {
            if *index == list.len() {
                list.push(Spanned::new(span.clone(), empty(rest)));
            }
            let there = list.len();
            let child = list.get_mut(*index).ok_or_else(|| {
                format!(
                    "there is no number {index}: the list has {there}, and counting starts at 0"
                )
            })?;
            put(child, rest, value, span)
        }
        (Step::Key(key), _) => Err(format!("there is no section to put `{key}` into")),
        (Step::Index(index), _) => Err(format!("there is no list of which to take number {index}")),
    }
}

/// Makes what the next step needs to stand on.
fn empty<'i>(path: &[Step]) -> DeValue<'i> {
    match path.first() {
        Some(Step::Index(_)) => DeValue::Array(DeArray::new()),
        Some(Step::Key(_)) | None => DeValue::Table(DeTable::new()),
    }
}

/// Reads a value from outside the file: a TOML list or inline table where it is one, else text.
fn value_of<'i>(text: &'i str, span: &Range<usize>) -> DeValue<'i> {
    if text.starts_with(['[', '{'])
        && let Ok(value) = DeValue::parse(text)
    {
        return with_span(value.into_inner(), span);
    }
    DeValue::String(Cow::Borrowed(text))
}

/// Says of everything in a value that it was written in one place.
fn with_span<'i>(value: DeValue<'i>, span: &Range<usize>) -> DeValue<'i> {
    let here = |value: DeValue<'i>| Spanned::new(span.clone(), with_span(value, span));
    match value {
        DeValue::Array(list) => {
            let mut moved = DeArray::new();
            for element in list {
                moved.push(here(element.into_inner()));
            }
            DeValue::Array(moved)
        }
        DeValue::Table(table) => {
            let pairs = table.into_iter();
            let moved = pairs.map(|(key, value)| {
                (
                    Spanned::new(span.clone(), key.into_inner()),
                    here(value.into_inner()),
                )
            });
            DeValue::Table(moved.collect())
        }
        DeValue::String(_)
        | DeValue::Integer(_)
        | DeValue::Float(_)
        | DeValue::Boolean(_)
        | DeValue::Datetime(_) => value,
    }
}

/// Reads one step of a variable's or flag's path.
fn step(word: &str) -> Step {
    word.parse()
        .map_or_else(|_| Step::Key(word.to_owned()), Step::Index)
}
