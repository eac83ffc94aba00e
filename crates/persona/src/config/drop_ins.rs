//! The directory of files with `[[domain]]` sections that the key `domains` names.
//!
//! A file counts if its name ends in `.toml` and does not begin with a dot. What editors and
//! packages leave behind (`a.toml~`, `.a.toml.swp`, `a.toml.dpkg-old`) does not.

use std::borrow::Cow;
use std::ffi::OsString;
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

use super::error;
use super::source::{Document, DocumentKind, Source, Sources, with_spans};
use crate::out::{Failure, not_permitted};

/// Reads the files, in the byte order of their names.
///
/// `Err` is a sentence about the directory, for whoever knows where it was named; or the whole
/// failure, where it is about one of the files.
pub(crate) fn read(directory: &Path) -> Result<Vec<Document>, Trouble> {
    let mut documents = Vec::new();
    for path in list(directory).map_err(|error| Trouble::of_directory(directory, &error))? {
        if documents.len() == MOST_FILES {
            return Err(Trouble::Directory {
                sentence: format!("{} has more than {MOST_FILES} files", directory.display()),
                hint: "put several [[domain]] sections into one file".into(),
            });
        }
        documents.push(Document {
            text: read_file(&path).map_err(Trouble::File)?,
            name: path.display().to_string(),
            kind: DocumentKind::File,
        });
    }
    Ok(documents)
}

/// What keeps the directory from being read.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// It is the directory itself.
    Directory { sentence: String, hint: String },
    /// It is a file in it.
    File(Failure),
}

impl Trouble {
    fn of_directory(directory: &Path, error: &io::Error) -> Self {
        let name = directory.display();
        let unreadable = || format!("{name} cannot be read: {error}");
        let (sentence, hint) = if error.kind() == io::ErrorKind::NotFound {
            (
                format!("there is no directory {name}"),
                format!("make it, mkdir '{name}', or leave out `domains`"),
            )
        } else if error.kind() == io::ErrorKind::NotADirectory {
            (
                format!("{name} is no directory"),
                "name the directory, not one of its files".into(),
            )
        } else if error.kind() == io::ErrorKind::PermissionDenied {
            (unreadable(), not_permitted(directory))
        } else {
            (unreadable(), format!("ls -ld '{name}' shows what is there"))
        };
        Self::Directory { sentence, hint }
    }
}

/// Puts the `[[domain]]` sections of another text behind those that are there, and says how many it
/// has.
pub(crate) fn append<'i>(
    tree: &mut Spanned<DeTable<'i>>,
    document: &'i Document,
    sources: &mut Sources<'i>,
) -> Result<usize, Failure> {
    let start = sources.add(Source::Document(document));
    let behind = |span: std::ops::Range<usize>| span.start + start..span.end + start;
    let alone = Sources::new(document);
    let mut count = 0;
    let sections =
        DeTable::parse(&document.text).map_err(|error| error::unreadable(&alone, &error))?;
    for (key, value) in sections.into_inner() {
        let span = behind(value.span());
        let (true, DeValue::Array(list)) = (key.get_ref() == DOMAIN, value.into_inner()) else {
            return Err(error::not_in_a_drop_in(&alone, &key));
        };
        let domains = tree
            .get_mut()
            .entry(Spanned::new(span.clone(), Cow::Borrowed(DOMAIN)))
            .or_insert_with(|| Spanned::new(span, DeValue::Array(DeArray::new())));
        // That it is a list was seen when the settings file was read by itself.
        if let DeValue::Array(domains) = domains.get_mut() {
            for section in list {
                let span = behind(section.span());
                let section = with_spans(section.into_inner(), &behind);
                domains.push(Spanned::new(span, section));
                count += 1;
            }
        }
    }
    Ok(count)
}

fn list(directory: &Path) -> io::Result<Vec<PathBuf>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(directory)? {
        let name = entry?.file_name();
        if counts(&name) {
            names.push(name);
        }
    }
    names.sort_unstable();
    Ok(names.iter().map(|name| directory.join(name)).collect())
}

fn counts(name: &OsString) -> bool {
    let octets = name.as_bytes();
    octets.ends_with(b".toml") && !octets.starts_with(b".")
}

fn read_file(path: &Path) -> Result<String, Failure> {
    let name = path.display();
    let unreadable = |error: io::Error| {
        let failure = Failure::wrong_use(format!("{name}: it cannot be read: {error}"));
        if error.kind() == io::ErrorKind::PermissionDenied {
            return failure.hint(not_permitted(path));
        }
        failure.hint("mend it, or give it a name that does not end in .toml")
    };
    // To open a pipe would be to wait for somebody who writes.
    if !std::fs::metadata(path).map_err(unreadable)?.is_file() {
        return Err(Failure::wrong_use(format!("{name}: it is no file"))
            .hint("give it a name that does not end in .toml, or take it away"));
    }
    let mut octets = Vec::new();
    let file = std::fs::File::open(path).map_err(unreadable)?;
    file.take(MOST_BYTES + 1)
        .read_to_end(&mut octets)
        .map_err(unreadable)?;
    if octets.len() as u64 > MOST_BYTES {
        return Err(
            Failure::wrong_use(format!("{name}: it has more than {MOST_BYTES} bytes"))
                .hint("spread its [[domain]] sections over several files"),
        );
    }
    String::from_utf8(octets)
        .map_err(|_| Failure::wrong_use(format!("{name}: the file is not UTF-8 text")))
}

/// The key of the list of domains.
const DOMAIN: &str = "domain";
/// Files that one directory may have.
const MOST_FILES: usize = 10_000;
/// Bytes that one of them may have.
const MOST_BYTES: u64 = 64 * 1024;
