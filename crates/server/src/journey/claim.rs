//! Claim: by which addresses may somebody be called? This file decides it, and no other.
//!
//! From the settings of the domain alone, never from what a browser says (`product.md`, promise 2; the
//! page for operators is `docs/guide/addresses.md`). Whoever has proven an address may be called
//!
//! 1. that address;
//! 2. each name of the domain's alias file that leads to it, over other names too;
//! 3. with `plus_tags`, the address with a tag: `alice+shop` is alice's, unless the file lists it;
//! 4. with `catch_all`, each name that the file does not list, if its `@domain` line leads to them.
//!
//! Nothing that one domain lists gives anybody an address of another. What is in doubt is given to
//! nobody: loops, what lies too deep, a file of which a line cannot be understood (3 and 4). The file
//! is looked at anew each time, so a right ends with the line that gave it; a file that cannot be read
//! is neither a yes nor a no. Called wherever an address meets a session, and by the login journey to
//! find whose password opens an alias.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

use protocol::email::{ClaimedEmail, EmailAddress, ProvenEmail};
use protocol::time::Timestamp;

use super::Kind;
use crate::app::{App, Door};
use crate::lists::{Aliases, Target, Unreadable, is_suitable};

/// Says why it is not known whether somebody may be called an address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("whose aliases are whose is not known just now: {0}")]
pub struct CannotTell(#[from] Unreadable);

impl CannotTell {
    /// Says whose the error is.
    pub const fn kind(&self) -> Kind {
        Kind::Upstream
    }
}

/// May whoever has proven `who` be called `address`? `None` if not.
pub fn claim(
    app: &App,
    who: &ProvenEmail,
    address: &EmailAddress,
) -> Result<Option<ClaimedEmail>, CannotTell> {
    let address = address.canonical();
    let allowed = *who.address() == address || is_given(app, who, &address)?;
    Ok(allowed
        .then(|| ClaimedEmail::the_settings_allow(who, &address))
        .flatten())
}

/// Whose password opens an address?
#[derive(Debug)]
pub(super) struct Openers {
    /// Whom to ask about, in this order.
    pub(super) users: Vec<EmailAddress>,
    /// There may be others: the aliases cannot be read.
    pub(super) unknown: Option<CannotTell>,
    /// There are others.
    pub(super) more: bool,
}

/// Finds the users whose password opens `address`, a few at most: each costs the mail server a question.
///
/// A catch-all does not count here. Else each mistyped password of anybody would be a wrong password of
/// its owner; they sign in with their own address.
pub(super) fn openers(door: &Door, address: &EmailAddress, now: Timestamp) -> Openers {
    let book = match Book::open(door, now) {
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

fn is_given(app: &App, who: &ProvenEmail, address: &EmailAddress) -> Result<bool, CannotTell> {
    // A domain that the settings do not name lists nothing.
    let Some(door) = app.named_door(address.domain()) else {
        return Ok(false);
    };
    if who.address().domain() != address.domain() || !is_suitable(address) {
        return Ok(false);
    }
    let book = Book::open(door, app.clock.now())?;
    let users = book.users(address).or_else(|| book.all_others());
    Ok(users.is_some_and(|users| users.contains(who.address())))
}

/// What a domain says about its names, at one moment.
struct Book {
    /// Nothing where there is no file.
    aliases: Option<Arc<Aliases>>,
    plus_tags: bool,
    catch_all: bool,
}

/// What a name leads to.
enum Next<'a> {
    /// It stands in the file.
    Listed(&'a [Target]),
    /// It is this name with a tag.
    Tagged(EmailAddress),
    /// To nothing else: it is a user, if there is such a user.
    User,
}

impl Book {
    fn open(door: &Door, now: Timestamp) -> Result<Self, CannotTell> {
        let aliases = door.aliases.as_ref();
        let aliases = aliases.map(|file| file.current(now)).transpose()?;
        let settings = &door.settings;
        Ok(Self::new(aliases, settings.plus_tags, settings.catch_all))
    }

    fn new(aliases: Option<Arc<Aliases>>, plus_tags: bool, catch_all: bool) -> Self {
        // A name that is not found could stand in a line that was not understood.
        let is_whole = aliases.as_ref().is_none_or(|aliases| aliases.is_whole());
        Self {
            aliases,
            plus_tags: plus_tags && is_whole,
            catch_all: catch_all && is_whole,
        }
    }

    /// Finds the users to whom a name leads; `None` if nothing is said about it.
    fn users(&self, name: &EmailAddress) -> Option<Vec<EmailAddress>> {
        if let Next::User = self.next(name) {
            return None;
        }
        let mut way = Way::new(self);
        way.meet(name.clone(), 0);
        Some(way.go())
    }

    /// Finds the users who have all names about which nothing is said.
    fn all_others(&self) -> Option<Vec<EmailAddress>> {
        let aliases = self.aliases.as_ref().filter(|_| self.catch_all)?;
        let mut way = Way::new(self);
        way.meet_all(None, aliases.catch_all()?, 0);
        Some(way.go())
    }

    fn next(&self, name: &EmailAddress) -> Next<'_> {
        let listed = self.aliases.as_ref().and_then(|file| file.targets(name));
        match listed {
            Some(targets) => Next::Listed(targets),
            None if self.plus_tags => untagged(name).map_or(Next::User, Next::Tagged),
            None => Next::User,
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
    fn go(mut self) -> Vec<EmailAddress> {
        while let Some((name, depth)) = self.ahead.pop_front() {
            match self.book.next(&name) {
                Next::Listed(targets) => self.meet_all(Some(&name), targets, depth + 1),
                Next::Tagged(base) => self.meet(base, depth + 1),
                Next::User => self.arrive(&name),
            }
        }
        self.users
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

#[cfg(test)]
mod tests;
