//! Where each setting was written: a file, a row of the store, environment or flag.
//!
//! Every node of a TOML tree has a span, a range of bytes of its text. The texts stand one behind
//! the other, and each variable or flag has a range behind those before it, so that a span alone
//! says where to look.

use std::borrow::Cow;
use std::ops::Range;

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

/// A text that settings stand in.
#[derive(Clone, Debug)]
pub(crate) struct Document {
    /// As errors name it: the path of a file, or `store:` and the domain of a row.
    pub(crate) name: String,
    pub(crate) text: String,
    pub(crate) kind: DocumentKind,
}

/// What a text is kept in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DocumentKind {
    File,
    /// A row of the store.
    Row,
}

/// The places that settings came from.
#[derive(Debug)]
pub(crate) struct Sources<'a> {
    main: &'a Document,
    /// Each with the place where its spans begin, in rising order.
    others: Vec<(usize, Source<'a>)>,
    /// Where the spans of the last one end.
    end: usize,
}

/// What a span stands for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Source<'a> {
    Document(&'a Document),
    /// A variable or flag.
    Overlay(&'a str),
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

impl Overlay {
    /// Is it a flag that stands in place of all domains, wherever they are?
    pub(crate) fn replaces_domains(&self) -> bool {
        matches!(self.value, Content::EmptyList) && self.path == [Step::Key("domain".to_owned())]
    }
}

impl<'a> Sources<'a> {
    /// Begins with a text.
    pub(crate) const fn new(main: &'a Document) -> Self {
        Self {
            main,
            others: Vec::new(),
            end: main.text.len(),
        }
    }

    /// Gives the text that it began with: the settings file.
    pub(crate) const fn main(&self) -> &'a Document {
        self.main
    }

    /// Finds what a span stands for, and the span in it alone.
    pub(crate) fn find(&self, span: &Range<usize>) -> (Source<'a>, Range<usize>) {
        let behind = self
            .others
            .partition_point(|(start, _)| *start <= span.start);
        let (start, source) = behind
            .checked_sub(1)
            .and_then(|index| self.others.get(index).copied())
            .unwrap_or((0, Source::Document(self.main)));
        let within = |place: usize| place.saturating_sub(start);
        (source, within(span.start)..within(span.end))
    }

    /// Does a span stand for another text than the settings file?
    pub(crate) fn is_beside_the_file(&self, span: &Range<usize>) -> bool {
        let (source, _) = self.find(span);
        matches!(source, Source::Document(document) if !std::ptr::eq(document, self.main))
    }

    /// Puts another one behind those that are there, and says where its spans begin.
    pub(crate) fn add(&mut self, source: Source<'a>) -> usize {
        // A span may point at the very end of a text: the next one begins behind it.
        let start = self.end + 1;
        self.others.push((start, source));
        self.end = start
            + match source {
                Source::Document(document) => document.text.len(),
                Source::Overlay(_) => 1,
            };
        start
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
    let start = sources.add(Source::Overlay(name));
    let span = start..start + 1;
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
        return with_spans(value.into_inner(), &|_| span.clone());
    }
    DeValue::String(Cow::Borrowed(text))
}

/// Says of everything in a value that it was written elsewhere.
pub(crate) fn with_spans<'i>(
    value: DeValue<'i>,
    elsewhere: &impl Fn(Range<usize>) -> Range<usize>,
) -> DeValue<'i> {
    let moved = |node: Spanned<DeValue<'i>>| {
        let span = elsewhere(node.span());
        Spanned::new(span, with_spans(node.into_inner(), elsewhere))
    };
    match value {
        DeValue::Array(list) => {
            let mut there = DeArray::new();
            for element in list {
                there.push(moved(element));
            }
            DeValue::Array(there)
        }
        DeValue::Table(table) => {
            let pairs = table.into_iter().map(|(key, value)| {
                let span = elsewhere(key.span());
                (Spanned::new(span, key.into_inner()), moved(value))
            });
            DeValue::Table(pairs.collect())
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
