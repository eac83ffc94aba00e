//! The settings before the store's domains are known: the file, the directory of drop-in files,
//! the environment and the flags.
//!
//! Where the store is stands in the settings, and some of the domains are in the store. So whoever
//! wants the whole makes a [`Draft`], asks the store, and completes the draft with what it has.

use std::io;
use std::path::Path;

use serde::Deserialize;
use server::settings::Settings;
use store::{DomainRow, StorageUrl};
use toml::Spanned;
use toml::de::{DeTable, DeValue, Deserializer};

use super::drop_ins::{self, Trouble};
use super::loaded::{DomainPlace, Loaded};
use super::rows;
use super::source::{self, Document, DocumentKind, Overlay, Source, Sources};
use super::{ConfigFile, Environment, error};
use crate::out::{Failure, not_permitted};

/// What was written, wherever but in the store.
#[derive(Debug)]
pub(crate) struct Draft {
    file: Document,
    drop_ins: Vec<Document>,
    overlays: Vec<Overlay>,
    /// What the file, the environment and the flags say by themselves; not validated.
    alone: Settings,
}

impl Draft {
    /// Reads everything but the store.
    pub(crate) fn read(
        file: &ConfigFile,
        environment: &Environment,
        flags: Vec<Overlay>,
    ) -> Result<Self, Failure> {
        let mut overlays = Overlay::from_environment(environment)?;
        overlays.extend(flags);
        let text = read_file(file, overlays.is_empty())?;
        Self::of_text(file.path(), text, overlays)?.with_drop_ins()
    }

    /// Takes the text of the file for what is in it, as if there were no drop-in files.
    pub(crate) fn of_text(
        path: &Path,
        text: String,
        overlays: Vec<Overlay>,
    ) -> Result<Self, Failure> {
        let file = Document {
            name: path.display().to_string(),
            text,
            kind: DocumentKind::File,
        };
        let (tree, sources) = parse(&file, &overlays)?;
        let alone = deserialize(&tree, &sources)?;
        Ok(Self {
            file,
            drop_ins: Vec::new(),
            overlays,
            alone,
        })
    }

    /// Reads the files of the directory that the settings name, if they name one.
    pub(crate) fn with_drop_ins(self) -> Result<Self, Failure> {
        let directory = match &self.alone.domains {
            Some(directory) if !self.overlays.iter().any(Overlay::replaces_domains) => directory,
            Some(_) | None => return Ok(self),
        };
        let drop_ins = match drop_ins::read(directory) {
            Ok(drop_ins) => drop_ins,
            Err(Trouble::File(failure)) => return Err(failure),
            Err(Trouble::Directory { sentence, hint }) => {
                let (tree, sources) = parse(&self.file, &self.overlays)?;
                return Err(error::at_key(&sources, &tree, "domains", &sentence).hint(hint));
            }
        };
        Ok(Self { drop_ins, ..self })
    }

    /// Puts all together with the domains of the store, and checks the rules between the settings.
    pub(crate) fn complete(&self, rows: &[DomainRow]) -> Result<Loaded, Failure> {
        let rows = if self.overlays.iter().any(Overlay::replaces_domains) {
            &[]
        } else {
            rows
        };
        let table: Vec<Document> = rows.iter().map(document_of).collect();
        let (mut tree, mut sources) = parse(&self.file, &self.overlays)?;
        for document in &self.drop_ins {
            drop_ins::append(&mut tree, document, &mut sources)?;
        }
        for (row, document) in rows.iter().zip(&table) {
            if drop_ins::append(&mut tree, document, &mut sources)? != 1 {
                return Err(rows::not_its_section(row));
            }
        }
        let settings = deserialize(&tree, &sources)?;
        let places = places(&tree, &sources);
        rows::check(&settings, &places, rows)?;
        settings
            .validate()
            .map_err(|error| error::contradiction(&sources, &tree, &error))?;
        Ok(Loaded { settings, places })
    }

    /// Does a domain stand anywhere but in the store?
    pub(crate) fn has_domains(&self) -> bool {
        !self.alone.domain.is_empty() || !self.drop_ins.is_empty()
    }

    /// Says where the store is.
    pub(crate) const fn storage(&self) -> &StorageUrl {
        &self.alone.storage.url
    }

    /// Gives the path of the settings file.
    pub(crate) fn file(&self) -> &Path {
        Path::new(&self.file.name)
    }

    /// Gives the paths of the drop-in files.
    pub(crate) fn drop_ins(&self) -> impl Iterator<Item = &Path> {
        self.drop_ins
            .iter()
            .map(|document| Path::new(&document.name))
    }

    /// Gives what the file, the environment and the flags say without the domains that stand
    /// elsewhere: there may be none at all.
    pub(crate) const fn alone(&self) -> &Settings {
        &self.alone
    }
}

/// Gives the text of a row as if it were a file.
fn document_of(row: &DomainRow) -> Document {
    Document {
        name: format!("store:{}", row.name),
        text: row.section.clone(),
        kind: DocumentKind::Row,
    }
}

/// Says where each domain was written.
fn places(tree: &Spanned<DeTable<'_>>, sources: &Sources<'_>) -> Vec<DomainPlace> {
    let domains = tree.get_ref().get("domain").map(Spanned::get_ref);
    let sections = domains.and_then(DeValue::as_array).into_iter().flatten();
    let place = |section: &Spanned<DeValue<'_>>| match sources.find(&section.span()) {
        (Source::Overlay(name), _) => DomainPlace::Overlay(name.to_owned()),
        (Source::Document(document), span) => match document.kind {
            DocumentKind::Row => DomainPlace::Store,
            DocumentKind::File => {
                let before = document.text.get(..span.start).unwrap_or_default();
                DomainPlace::File {
                    name: document.name.clone(),
                    line: before.matches('\n').count() + 1,
                }
            }
        },
    };
    sections.map(place).collect()
}

fn parse<'a>(
    file: &'a Document,
    overlays: &'a [Overlay],
) -> Result<(Spanned<DeTable<'a>>, Sources<'a>), Failure> {
    let mut sources = Sources::new(file);
    let mut tree =
        DeTable::parse(&file.text).map_err(|error| error::unreadable(&sources, &error))?;
    for overlay in overlays {
        source::lay_over(&mut tree, overlay, &mut sources)?;
    }
    Ok((tree, sources))
}

fn deserialize(tree: &Spanned<DeTable<'_>>, sources: &Sources<'_>) -> Result<Settings, Failure> {
    Settings::deserialize(Deserializer::from(tree.clone()))
        .map_err(|error| error::mistake(sources, tree, &error))
}

fn read_file(file: &ConfigFile, needed: bool) -> Result<String, Failure> {
    let path = file.path();
    match std::fs::read(path) {
        Ok(bytes) => String::from_utf8(bytes).map_err(|_| {
            Failure::wrong_use(format!("{}: the file is not UTF-8 text", path.display()))
        }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            if file.asked_for || needed {
                return Err(no_file(path));
            }
            Ok(String::new())
        }
        Err(error) => Err(cannot_read(path, &error)),
    }
}

pub(super) fn cannot_read(path: &Path, error: &io::Error) -> Failure {
    let name = path.display();
    let failure = Failure::wrong_use(format!("{name}: the settings cannot be read: {error}"));
    if error.kind() == io::ErrorKind::PermissionDenied {
        return failure.hint(not_permitted(path));
    }
    failure
}

fn no_file(path: &Path) -> Failure {
    Failure::wrong_use(format!("there are no settings at {}", path.display()))
        .hint("make them: persona setup --domain example.org --mailbox smtps://mail.example.org")
        .hint("or name the file: --config FILE, or PERSONA_CONFIG=FILE")
}
