//! Whose mailbox is to be asked about, and what was said of it so far.

use std::time::Duration;

use protocol::email::{Domain, EmailAddress};
use protocol::time::UnixSeconds;

use crate::error::StoreError;
use crate::future::BoxFuture;

/// What must be remembered about mailboxes that people are signed in by: when somebody asked whether
/// they are still there, and since when they seem to be gone.
///
/// A part of [`crate::Store`], with the same promises.
pub trait Standings {
    /// Takes upon the caller to ask about people of a domain, and says about whom: those who are
    /// signed in by a password, or have so given a client what outlives that, and about whom nobody has
    /// asked for long enough.
    ///
    /// Of many callers at once, also in different processes, one is given each address. Those who
    /// seem to be gone come first, then those about whom nobody has asked for longest.
    fn take_due<'a>(
        &'a self,
        due: &'a Due,
        now: UnixSeconds,
    ) -> BoxFuture<'a, Result<Vec<Doubt>, StoreError>>;

    /// Notes that a mailbox is there: whatever was said before counts no more.
    fn note_there<'a>(
        &'a self,
        address: &'a EmailAddress,
        now: UnixSeconds,
    ) -> BoxFuture<'a, Result<(), StoreError>>;

    /// Notes that a mailbox is said to be gone. The first time counts, until it is there again.
    ///
    /// Does nothing if somebody has signed in since `asked`: the password was right then.
    fn note_gone<'a>(
        &'a self,
        address: &'a EmailAddress,
        asked: UnixSeconds,
    ) -> BoxFuture<'a, Result<(), StoreError>>;

    /// Counts what was said about the people of a domain since a time.
    fn tally<'a>(
        &'a self,
        domain: &'a Domain,
        since: UnixSeconds,
    ) -> BoxFuture<'a, Result<Tally, StoreError>>;

    /// Ends the sessions by password of somebody who seems to be gone since `gone`, and says how many
    /// there were. Their grants by password end, too, and what they agreed to is forgotten. Ends none if
    /// that is not so any more.
    fn end_sessions_of_gone<'a>(
        &'a self,
        address: &'a EmailAddress,
        gone: UnixSeconds,
    ) -> BoxFuture<'a, Result<u64, StoreError>>;
}

/// Whom to ask about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    /// Whose people.
    pub domain: Domain,
    /// How long ago somebody must have asked last.
    pub after: Duration,
    /// The same for those who seem to be gone.
    pub doubted_after: Duration,
    /// How many at most.
    pub most: u32,
}

/// Somebody to ask about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doubt {
    /// Whose mailbox it is, in the canonical spelling.
    pub address: EmailAddress,
    /// When it was first said to be gone, if that is what was said last.
    pub gone: Option<UnixSeconds>,
}

/// How many mailboxes of a domain are there and how many are gone, of those that were asked about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Said to be there.
    pub there: u32,
    /// Said to be gone.
    pub gone: u32,
}

/// How long it is remembered what was said about a mailbox that nobody is signed in by.
pub const STANDING_MEMORY: Duration = Duration::from_secs(7 * 24 * 60 * 60);
