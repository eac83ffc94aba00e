//! Claim: by which addresses may somebody be called? This file decides it, and no other.
//!
//! From what the operator has written about the domain alone, never from what a browser says (`product.md`,
//! promise 2; the page for operators is `docs/guide/addresses.md`). Whoever has proven an address may be
//! called
//!
//! 1. that address;
//! 2. each name of the domain that leads to it by its alias file or by the store's table of aliases, over
//!    other names too; of a name that is in both, both count;
//! 3. with `plus_tags`, the address with a tag: `alice+shop` is alice's, unless it is listed itself;
//! 4. with `catch_all`, each name that is not listed, if the file's `@domain` line leads to them.
//!
//! Nothing that one domain lists gives anybody an address of another. What is in doubt is given to
//! nobody: loops, what lies too deep, a file of which a line cannot be understood (3 and 4). File and
//! table are looked at anew each time, so a right ends with the line or row that gave it; one that cannot
//! be read is neither a yes nor a no. Called wherever an address meets a session, and by the login
//! journey to find whose password opens an alias.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

use protocol::email::{ClaimedEmail, Domain, EmailAddress, ProvenEmail};
use store::StoreError;

use super::Kind;
use crate::app::{App, Door};
use crate::lists::{Aliases, KeptAliases, Target, Unreadable, is_suitable};

/// Says why it is not known whether somebody may be called an address.
#[derive(Debug, thiserror::Error)]
pub enum CannotTell {
    /// The alias file cannot be read.
    #[error("whose aliases are whose is not known just now: {0}")]
    File(#[from] Unreadable),
    /// The table of aliases cannot be read.
    #[error("whose aliases are whose is not known just now: {0}")]
    Table(#[from] StoreError),
    /// Each time that it was looked at, the table led elsewhere.
    #[error("the table of aliases changes faster than it can be read")]
    Changing,
}

impl CannotTell {
    /// Says whose the error is.
    pub const fn kind(&self) -> Kind {
        Kind::Upstream
    }
}

/// May whoever has proven `who` be called `address`? `None` if not.
pub async fn claim(
    app: &App,
    who: &ProvenEmail,
    address: &EmailAddress,
) -> Result<Option<ClaimedEmail>, CannotTell> {
    let address = address.canonical();
    let allowed = *who.address() == address || is_given(app, who, &address).await?;
    Ok(allowed
        .then(|| ClaimedEmail::the_settings_allow(who, &address))
        .flatten())
}

/// May an address of the domain be opened with the password of somebody else? It is asked of the domain
/// alone: whether some address is there is nobody's business. Where it is not known, it is no.
pub async fn lists_aliases(app: &App, domain: &Domain) -> bool {
    let Some(door) = app.named_door(domain) else {
        return false;
    };
    let is_kept = async || app.store.has_aliases_in(domain).await.unwrap_or(false);
    door.aliases.is_some() || is_kept().await
}

/// Whose password opens an address?
#[derive(Debug)]
pub(super) struct Openers {
    /// Whom to ask about, in this order.
    pub(super) users: Vec<EmailAddress>,
    /// There may be others: aliases cannot be read.
    pub(super) unknown: Option<CannotTell>,
    /// There are others.
    pub(super) more: bool,
}

/// Finds the users whose password opens `address`, a few at most: each costs the mail server a question.
///
/// A catch-all does not count here. Else each mistyped password of anybody would be a wrong password of
/// its owner; they sign in with their own address.
pub(super) async fn openers(app: &App, door: &Door, address: &EmailAddress) -> Openers {
    let book = match Book::open(app, door, address).await {
        Ok(book) => book,
        Err(unknown) => {
            let users = vec![address.clone()];
            return Openers {
                users,
                unknown: Some(unknown),
                more: false,
            };
        }
    };
    let mut users = book.users(address).unwrap_or_default();
    let more = users.len() > MOST_ASKED;
    users.truncate(MOST_ASKED);
    // Last, because mail servers know no password of an alias: to ask is a failed attempt there. And
    // with a tag not at all, since it would be a second one at the same mailbox.
    let is_tagged = matches!(book.next(address), Next::Tagged(_));
    if !is_tagged && !users.contains(address) {
        users.push(address.clone());
    }
    Openers {
        users,
        unknown: None,
        more,
    }
}

async fn is_given(
    app: &App,
    who: &ProvenEmail,
    address: &EmailAddress,
) -> Result<bool, CannotTell> {
    // A domain that the settings do not name lists nothing.
    let Some(door) = app.named_door(address.domain()) else {
        return Ok(false);
    };
    if who.address().domain() != address.domain() || !is_suitable(address) {
        return Ok(false);
    }
    let book = Book::open(app, door, address).await?;
    let users = book.users(address).or_else(|| book.all_others());
    Ok(users.is_some_and(|users| users.contains(who.address())))
}

/// What a domain says about its names, at one moment.
struct Book {
    /// Nothing where there is no file.
    file: Option<Arc<Aliases>>,
    /// The rows of the names that are on the way.
    table: KeptAliases,
    plus_tags: bool,
    catch_all: bool,
}

/// What a name leads to.
enum Next<'a> {
    /// It is listed: in the file, in the table, or in both.
    Listed(&'a [Target], &'a [Target]),
    /// It is this name with a tag.
    Tagged(EmailAddress),
    /// To nothing else: it is a user, if there is such a user.
    User,
}

impl Book {
    /// Reads the file, and of the table what is on the ways from `name`.
    async fn open(app: &App, door: &Door, name: &EmailAddress) -> Result<Self, CannotTell> {
        let file = door.aliases.as_ref();
        let file = file.map(|file| file.current(app.clock.now())).transpose()?;
        let settings = &door.settings;
        let mut book = Self::new(file, settings.plus_tags, settings.catch_all);
        // A domain that the settings do not name lists nothing, although it may have a door.
        if app.named_door(name.domain()).is_none() {
            return Ok(book);
        }
        // Each look goes one name further. It is a look at all names anew, so that what counts in the
        // end has stood in the table together.
        let mut asked = HashSet::new();
        for _ in 0..MOST_LOOKS {
            let known = asked.len();
            asked.extend(book.names_from(name));
            if asked.len() == known {
                return Ok(book);
            }
            let names: Vec<EmailAddress> = asked.iter().cloned().collect();
            let rows = app.store.aliases_of(&names).await?;
            book.table = KeptAliases::read(&rows, name.domain());
        }
        Err(CannotTell::Changing)
    }

    fn new(file: Option<Arc<Aliases>>, plus_tags: bool, catch_all: bool) -> Self {
        // A name that is not found could stand in a line that was not understood.
        let is_whole = file.as_ref().is_none_or(|file| file.is_whole());
        Self {
            file,
            table: KeptAliases::default(),
            plus_tags: plus_tags && is_whole,
            catch_all: catch_all && is_whole,
        }
    }

    /// Finds the users to whom a name leads; `None` if nothing is said about it.
    fn users(&self, name: &EmailAddress) -> Option<Vec<EmailAddress>> {
        Some(self.ways(name)?.users)
    }

    /// Finds the users who have all names about which nothing is said.
    fn all_others(&self) -> Option<Vec<EmailAddress>> {
        Some(self.ways_of_all_others()?.users)
    }

    /// Finds the names about which something may be said on the ways from `name`, as far as they are known.
    fn names_from(&self, name: &EmailAddress) -> HashSet<EmailAddress> {
        let ways = self.ways(name).or_else(|| self.ways_of_all_others());
        let mut names = ways.map(|ways| ways.seen).unwrap_or_default();
        names.insert(name.clone());
        names
    }

    fn ways(&self, name: &EmailAddress) -> Option<Way<'_>> {
        if let Next::User = self.next(name) {
            return None;
        }
        let mut way = Way::new(self);
        way.meet(name.clone(), 0);
        way.go();
        Some(way)
    }

    fn ways_of_all_others(&self) -> Option<Way<'_>> {
        let file = self.file.as_ref().filter(|_| self.catch_all)?;
        let mut way = Way::new(self);
        way.meet_all(None, file.catch_all()?, 0);
        way.go();
        Some(way)
    }

    fn next(&self, name: &EmailAddress) -> Next<'_> {
        let in_file = self.file.as_ref().and_then(|file| file.targets(name));
        match (in_file, self.table.targets(name)) {
            (None, None) if self.plus_tags => untagged(name).map_or(Next::User, Next::Tagged),
            (None, None) => Next::User,
            (in_file, in_table) => {
                Next::Listed(in_file.unwrap_or_default(), in_table.unwrap_or_default())
            }
        }
    }
}

/// The names and users that were come across on the way from one name, the nearest first.
struct Way<'a> {
    book: &'a Book,
    seen: HashSet<EmailAddress>,
    /// Names that are still to be followed, and over how many others they were reached.
    ahead: VecDeque<(EmailAddress, usize)>,
    users: Vec<EmailAddress>,
}

impl<'a> Way<'a> {
    fn new(book: &'a Book) -> Self {
        Self {
            book,
            seen: HashSet::new(),
            ahead: VecDeque::new(),
            users: Vec::new(),
        }
    }

    /// Goes to the end of all ways. A name that was met before is not followed again: a loop leads to
    /// nobody.
    fn go(&mut self) {
        while let Some((name, depth)) = self.ahead.pop_front() {
            match self.book.next(&name) {
                Next::Listed(in_file, in_table) => {
                    self.meet_all(Some(&name), in_file, depth + 1);
                    self.meet_all(Some(&name), in_table, depth + 1);
                }
                Next::Tagged(base) => self.meet(base, depth + 1),
                Next::User => self.arrive(&name),
            }
        }
    }

    fn meet_all(&mut self, from: Option<&EmailAddress>, targets: &[Target], depth: usize) {
        for target in targets {
            match target {
                // A name that leads to itself keeps its own mailbox beside what else it leads to.
                Target::Name(name) if Some(name) == from => self.arrive(name),
                Target::Name(name) => self.meet(name.clone(), depth),
                Target::User(name) => self.arrive(name),
            }
        }
    }

    fn meet(&mut self, name: EmailAddress, depth: usize) {
        let within = depth <= DEEPEST && self.seen.len() < MOST_NAMES;
        if within && self.seen.insert(name.clone()) {
            self.ahead.push_back((name, depth));
        }
    }

    fn arrive(&mut self, user: &EmailAddress) {
        if self.users.len() < MOST_NAMES && !self.users.contains(user) {
            self.users.push(user.clone());
        }
    }
}

/// Takes the tag off an address: `alice` of `alice+shop`. `None` if it has none, or nothing else.
fn untagged(address: &EmailAddress) -> Option<EmailAddress> {
    let (base, _) = address.local().split_once('+')?;
    EmailAddress::parse(&format!("{base}@{}", address.domain())).ok()
}

/// How many users behind an alias are asked about at a log-in, besides the address itself. Mail servers
/// answer each wrong password more slowly than the one before (`mail.md` §5).
const MOST_ASKED: usize = 3;
/// How many names an alias may lead to in all; Postfix has the same bound.
const MOST_NAMES: usize = 1000;
/// Over how many names an alias may lead.
const DEEPEST: usize = 20;
/// How often the table is looked at: once for each name of the longest way, whose first has no depth, and
/// a last time to see that there is nothing more.
const MOST_LOOKS: usize = DEEPEST + 2;

#[cfg(test)]
mod tests;
