//! What stands in a password file: a line for each user, in two formats that may be mixed.
//!
//! `user:HASH`, as htpasswd writes it (what follows a further colon is left out, as Apache does), and
//! `user:ALGO:base64`, the table of the Perl ancestor. A line that cannot be read is noted and left out;
//! a line whose hash cannot be used stays, so that its user gets "cannot tell" and never "wrong". Nothing
//! that stands in a file gets into a note, line numbers apart.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use protocol::email::Domain;

use crate::check::Remark;
use crate::hash::{Hash, Kind, Unusable};

/// A password file, read and understood.
pub(super) struct Table {
    users: HashMap<Box<str>, User>,
    /// Somebody whose hash is of the commonest kind: its cost is what unknown users cost, too.
    typical: Option<Box<str>>,
    kinds: BTreeMap<&'static str, usize>,
    /// Whose users these are; with nobody named, names without a domain are anybody's.
    domain: Option<Domain>,
    notes: Vec<String>,
    more_notes: usize,
    left_out: usize,
    weak: usize,
}

/// One user's line.
pub(super) struct User {
    pub(super) line: usize,
    pub(super) entry: Entry,
    form: Form,
    /// How the name is written, if it has capital letters before the `@`.
    capitals: Option<Box<str>>,
}

/// What a line says about its user.
pub(super) enum Entry {
    Hash(Hash),
    /// `!` or `*`, as in shadow files: no password opens.
    Locked,
    Unusable(Unusable),
    /// Two lines whose names differ in capitals alone: two people elsewhere, one address here.
    Ambiguous,
}

/// Which of the two formats a line has.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Htpasswd,
    Table,
}

impl Table {
    /// Reads a whole file. With a `domain`, names without one are of it, and other domains' lines are
    /// nothing to us.
    pub(super) fn read(text: &[u8], domain: Option<&Domain>) -> Self {
        let mut table = Self {
            users: HashMap::new(),
            typical: None,
            kinds: BTreeMap::new(),
            domain: domain.cloned(),
            notes: Vec::new(),
            more_notes: 0,
            left_out: 0,
            weak: 0,
        };
        let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
        for (index, line) in text.split(|octet| *octet == b'\n').enumerate() {
            if let Err(note) = table.take(index + 1, line) {
                table.left_out += usize::from(note.hides_a_user());
                table.note(format!("line {} {note}", index + 1));
            }
        }
        table.look_over();
        table
    }

    /// Finds a user by the name that follows from the address: whole, or the part before the `@`.
    pub(super) fn user(&self, login: &str) -> Option<&User> {
        let (local, of) = login
            .split_once('@')
            .map_or((login, None), |(local, of)| (local, Some(of)));
        let of_another = |domain: &Domain| of.is_some_and(|of| of != domain.as_str());
        if self.domain.as_ref().is_some_and(of_another) {
            return None;
        }
        let short = self.users.get(local);
        let whole = of.and_then(|_| self.users.get(login));
        match (whole, short) {
            (Some(whole), Some(short)) => Some(whole.against(short)),
            (one, other) => one.or(other),
        }
    }

    /// Gives somebody's hash, to be computed in vain for users who are not there.
    pub(super) fn typical(&self) -> Option<&Hash> {
        let user = self.users.get(self.typical.as_deref()?)?;
        match &user.entry {
            Entry::Hash(hash) => Some(hash),
            Entry::Locked | Entry::Unusable(_) | Entry::Ambiguous => None,
        }
    }

    /// Counts the lines that may be somebody's and could not be read.
    pub(super) const fn left_out(&self) -> usize {
        self.left_out
    }

    pub(super) fn is_empty(&self) -> bool {
        self.users.is_empty()
    }

    /// Says how many hashes there are of each kind: `bcrypt (12)`.
    pub(super) fn kinds(&self) -> Vec<String> {
        let kinds = self.kinds.iter();
        kinds
            .map(|(name, count)| format!("{name} ({count})"))
            .collect()
    }

    /// Says what is odd in the file: some sentences, however much it is.
    pub(super) fn remarks(&self, path: &Path) -> Vec<Remark> {
        let path = path.display();
        let lines = self.notes.iter().map(|note| Remark {
            reason: "line",
            seen: format!("{path}: {note}"),
            mend: format!("correct this line of {path}, or take it out"),
        });
        let more = (self.more_notes > 0).then(|| Remark {
            reason: "line",
            seen: format!("{path}: {} more lines are odd", self.more_notes),
            mend: format!("correct the first ones, and check again: is {path} the right file?"),
        });
        let weak = (self.weak > 0).then(|| Remark {
            reason: "weak-hash",
            seen: format!(
                "{path}: passwords are quickly guessed once the file is lost, by the way they are hashed: {}",
                self.weak
            ),
            mend: format!("htpasswd -B {path} USER, for each of them"),
        });
        lines.chain(more).chain(weak).collect()
    }

    fn take(&mut self, number: usize, line: &[u8]) -> Result<(), Odd> {
        let line = line.trim_ascii_end();
        if line.is_empty() || line.starts_with(b"#") {
            return Ok(());
        }
        if line.len() > MOST_LINE {
            return Err(Odd::TooLong);
        }
        let line = std::str::from_utf8(line).map_err(|_| Odd::NotText)?;
        let (name, rest) = line.split_once(':').ok_or(Odd::NoColon)?;
        let name = Name::read(name).ok_or(Odd::Name)?;
        let key = match (&self.domain, name.domain) {
            (Some(ours), Some(of)) if of != ours.as_str() => return Ok(()),
            (Some(_), _) | (None, None) => name.local,
            (None, Some(of)) => format!("{}@{of}", name.local),
        };
        let (form, entry) = read_entry(rest);
        let user = User {
            line: number,
            entry,
            form,
            capitals: name.capitals,
        };
        self.put(key.into(), user)
    }

    fn put(&mut self, key: Box<str>, user: User) -> Result<(), Odd> {
        let Some(before) = self.users.remove(&key) else {
            self.users.insert(key, user);
            return Ok(());
        };
        let line = before.line;
        let differ = before.capitals != user.capitals;
        let mut kept = before.or_later(user);
        if differ {
            kept.entry = Entry::Ambiguous;
        }
        self.users.insert(key, kept);
        Err(if differ {
            Odd::SpelledTwice(line)
        } else {
            Odd::Again(line)
        })
    }

    /// Counts the kinds, and notes users that cannot sign in.
    fn look_over(&mut self) {
        let mut typical: HashMap<Kind, (usize, &str)> = HashMap::new();
        let mut unusable = BTreeMap::new();
        for (name, user) in &self.users {
            match &user.entry {
                Entry::Hash(hash) => {
                    *self.kinds.entry(hash.kind().name).or_default() += 1;
                    typical.entry(hash.kind()).or_insert((0, name)).0 += 1;
                    self.weak += usize::from(hash.is_weak());
                }
                Entry::Unusable(why) => {
                    unusable.insert(user.line, *why);
                }
                Entry::Locked | Entry::Ambiguous => {}
            }
        }
        let commonest = typical.values().max_by_key(|(count, name)| (*count, *name));
        self.typical = commonest.map(|(_, name)| (*name).into());
        for (line, why) in unusable {
            self.note(format!("line {line} {why}"));
        }
    }

    /// A hostile file of a million bad lines is counted, not kept.
    fn note(&mut self, note: String) {
        if self.notes.len() < MOST_NOTES {
            self.notes.push(note);
        } else {
            self.more_notes += 1;
        }
    }
}

impl User {
    /// Chooses between two lines for one user: the later line of a table counts, as it did for the
    /// ancestor, and the first of htpasswd's, as it does for Apache and nginx.
    fn or_later(self, later: Self) -> Self {
        if later.form == Form::Table {
            later
        } else {
            self
        }
    }

    /// The same between a whole name and a short one, which are found separately.
    fn against<'a>(&'a self, other: &'a Self) -> &'a Self {
        let (first, later) = if self.line < other.line {
            (self, other)
        } else {
            (other, self)
        };
        if later.form == Form::Table {
            later
        } else {
            first
        }
    }
}

/// A user's name in the spelling in which it is looked up.
struct Name {
    local: String,
    domain: Option<String>,
    capitals: Option<Box<str>>,
}

impl Name {
    fn read(name: &str) -> Option<Self> {
        let (local, domain) = name
            .split_once('@')
            .map_or((name, None), |(local, domain)| (local, Some(domain)));
        // Nobody is asked for by a name with other letters: `Login` sees to that. A domain may have them.
        if local.is_empty() || !local.bytes().all(|octet| octet.is_ascii_graphic()) {
            return None;
        }
        let domain = match domain {
            Some(domain) => Some(Domain::parse(domain).ok()?.as_str().to_owned()),
            None => None,
        };
        let folded = local.to_ascii_lowercase();
        Some(Self {
            capitals: (folded != local).then(|| local.into()),
            local: folded,
            domain,
        })
    }
}

fn read_entry(rest: &str) -> (Form, Entry) {
    let (first, more) = rest
        .split_once(':')
        .map_or((rest, None), |(first, more)| (first, Some(more)));
    if first.starts_with(['!', '*']) {
        return (Form::Htpasswd, Entry::Locked);
    }
    let (form, hash) = match more {
        Some(more) if !first.starts_with(['$', '{']) => {
            let digest = more.split(':').next().unwrap_or_default();
            (Form::Table, Hash::read_digest(first, digest))
        }
        _ => (Form::Htpasswd, Hash::read(first)),
    };
    (form, hash.map_or_else(Entry::Unusable, Entry::Hash))
}

/// Says what is odd about a line, without anything that stands in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
enum Odd {
    #[error("is left out: it is longer than 2000 characters")]
    TooLong,
    #[error("is left out: it is not text")]
    NotText,
    #[error("is left out: it has no colon behind a user name")]
    NoColon,
    #[error("is left out: its user name can be no part of an address")]
    Name,
    #[error(
        "is for the same user as line {0}; the first of htpasswd's lines counts, the last of a table's"
    )]
    Again(usize),
    #[error(
        "is for the same user as line {0} but for capital letters, so nobody can tell which of them \
         is meant: neither can sign in"
    )]
    SpelledTwice(usize),
}

impl Odd {
    /// Says whether the line may be for somebody whom no other line is for.
    const fn hides_a_user(self) -> bool {
        match self {
            Self::TooLong | Self::NotText | Self::NoColon => true,
            // No address has such a name; the others are there by another line.
            Self::Name | Self::Again(_) | Self::SpelledTwice(_) => false,
        }
    }
}

const MOST_LINE: usize = 2000;
const MOST_NOTES: usize = 20;

#[cfg(test)]
mod tests;
