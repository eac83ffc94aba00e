//! The questions that the rest of the program may ask its memory.

use std::fmt::Debug;
use std::time::Duration;

use protocol::email::{Domain, EmailAddress};
use protocol::time::UnixSeconds;

use crate::alias::Aliases;
use crate::attempt::{Admission, AttemptId, AttemptLimit};
use crate::challenge::{Challenge, ChallengeAnswer, ChallengeId, ChallengeOutcome, NewChallenge};
use crate::client::Clients;
use crate::consent::Consents;
use crate::domains::DomainRow;
use crate::error::StoreError;
use crate::future::BoxFuture;
use crate::grant::Grants;
use crate::notice::Notices;
use crate::session::{NewSession, Session, SessionId, SessionRow};
use crate::standing::Standings;

/// What must survive a request: open sessions, log-in attempts that count, assertions that are
/// accepted once, domains that have an issuer, letters that wait for an answer, mailboxes that may be
/// gone ([`Standings`]), and the domains and aliases that the operator keeps here ([`Domains`],
/// [`Aliases`]). For OpenID Connect: what clients were given ([`Grants`]) and are to be told
/// ([`Notices`]), what people agreed to ([`Consents`]), and the clients that the operator keeps here
/// ([`Clients`]).
///
/// Each method is one transaction: it happened wholly and is on the disk when it answers `Ok`, or
/// it did not happen. "Not found" is an `Ok`; an `Err` says that the store could not be asked.
pub trait Store:
    Aliases + Clients + Consents + Domains + Grants + Notices + Standings + Debug + Send + Sync
{
    /// Keeps a session. A session of the same id is an error: ids are never used twice.
    fn open_session<'a>(&'a self, session: &'a NewSession)
    -> BoxFuture<'a, Result<(), StoreError>>;

    /// Finds a session. It may have expired: the caller looks at the time.
    fn session<'a>(
        &'a self,
        id: &'a SessionId,
    ) -> BoxFuture<'a, Result<Option<Session>, StoreError>>;

    /// Ends a session, and says whether there was one. The grants that were given in it end, too, unless
    /// they are for offline use, also where the session itself was never here but in its cookie.
    fn end_session<'a>(&'a self, id: &'a SessionId) -> BoxFuture<'a, Result<bool, StoreError>>;

    /// Ends all sessions of the account that `address` names, and says how many there were. All its
    /// grants end, too.
    fn end_sessions_of<'a>(
        &'a self,
        address: &'a EmailAddress,
    ) -> BoxFuture<'a, Result<u64, StoreError>>;

    /// Ends all sessions of everybody, and says how many there were. All grants end, too.
    fn end_all_sessions(&self) -> BoxFuture<'_, Result<u64, StoreError>>;

    /// Lists the sessions, newest first, expired ones that were not purged yet included.
    fn sessions(&self) -> BoxFuture<'_, Result<Vec<SessionRow>, StoreError>>;

    /// Ends the one session whose id begins with `prefix` as [`Store::end_session`] does, and says how
    /// many there were: 0 or 1.
    ///
    /// A prefix has at least the eight hexadecimal digits that [`Store::sessions`] lists; one that
    /// names two sessions ends neither.
    fn end_session_by_prefix<'a>(
        &'a self,
        prefix: &'a str,
    ) -> BoxFuture<'a, Result<u64, StoreError>>;

    /// Forgets what expired at `now` or before, and says how many there were of everything.
    fn purge(&self, now: UnixSeconds) -> BoxFuture<'_, Result<u64, StoreError>>;

    /// Counts an attempt against each limit, unless one of them is used up already.
    ///
    /// Looking and counting are one step: of many callers at once, only as many are admitted as
    /// there are places, also when they are in different processes. One that is turned away is not
    /// counted at all.
    fn admit<'a>(
        &'a self,
        limits: &'a [AttemptLimit],
        now: UnixSeconds,
    ) -> BoxFuture<'a, Result<Admission, StoreError>>;

    /// Says after what time each limit has a place again, without counting; `None` if each has one.
    ///
    /// For whoever is to be told so before anything is done for them. It holds no place: by the time
    /// of [`Store::admit`] another may have taken it.
    fn busy<'a>(
        &'a self,
        limits: &'a [AttemptLimit],
        now: UnixSeconds,
    ) -> BoxFuture<'a, Result<Option<Duration>, StoreError>>;

    /// Takes an attempt out of the count: it succeeded, or the mail server could not be asked.
    ///
    /// Forgiving twice, or after the attempt was purged, does nothing.
    fn forgive<'a>(&'a self, attempt: &'a AttemptId) -> BoxFuture<'a, Result<(), StoreError>>;

    /// Marks an assertion as accepted, and says whether this was the first time.
    ///
    /// Of many callers at once exactly one reads `true`. The mark stays until a purge at `until` or
    /// later: by then the assertion must have expired.
    fn spend<'a>(
        &'a self,
        fingerprint: &'a [u8; 32],
        until: UnixSeconds,
    ) -> BoxFuture<'a, Result<bool, StoreError>>;

    /// Notes that `domain` has an issuer of its own at `now`.
    ///
    /// Cheap when nothing changes: a note that is less than a day old is not written again.
    fn remember_issuer<'a>(
        &'a self,
        domain: &'a Domain,
        now: UnixSeconds,
    ) -> BoxFuture<'a, Result<(), StoreError>>;

    /// Says when `domain` was last seen to have an issuer, up to a day too early.
    ///
    /// The note is purged after [`ISSUER_MEMORY`]; until then the caller looks at the time.
    fn issuer_seen<'a>(
        &'a self,
        domain: &'a Domain,
    ) -> BoxFuture<'a, Result<Option<UnixSeconds>, StoreError>>;

    /// Keeps a challenge, in the place of one with the same id.
    fn open_challenge<'a>(
        &'a self,
        challenge: &'a NewChallenge,
    ) -> BoxFuture<'a, Result<(), StoreError>>;

    /// Finds a challenge, and leaves it as it is. It may have expired: the caller looks at the time.
    fn challenge<'a>(
        &'a self,
        id: &'a ChallengeId,
    ) -> BoxFuture<'a, Result<Option<Challenge>, StoreError>>;

    /// Judges an answer. Looking, counting and closing are one step.
    ///
    /// A right answer acts once: the challenge is gone with it. As many wrong ones are told so as
    /// there were attempts; after the last of them, and from `expires` on, the challenge is gone.
    fn answer_challenge<'a>(
        &'a self,
        id: &'a ChallengeId,
        answer: &'a ChallengeAnswer,
        now: UnixSeconds,
    ) -> BoxFuture<'a, Result<ChallengeOutcome, StoreError>>;

    /// Forgets a challenge, if it is there: its letter could not be sent, or is no longer wanted.
    fn close_challenge<'a>(&'a self, id: &'a ChallengeId) -> BoxFuture<'a, Result<(), StoreError>>;
}

/// The table of domains: it changes when the operator says so, and never by itself.
pub trait Domains {
    /// Lists the domains, by name.
    fn domains(&self) -> BoxFuture<'_, Result<Vec<DomainRow>, StoreError>>;

    /// Keeps a domain, in the place of one of the same name.
    fn put_domain<'a>(&'a self, row: &'a DomainRow) -> BoxFuture<'a, Result<(), StoreError>>;

    /// Forgets a domain, and ends all sessions and grants of its addresses and forgets their consents:
    /// should it come back one day, nobody is signed in from before. `None` if it is not there; else how
    /// many sessions there were.
    fn remove_domain<'a>(
        &'a self,
        name: &'a Domain,
    ) -> BoxFuture<'a, Result<Option<u64>, StoreError>>;
}

/// How long it is remembered that a domain had an issuer.
pub const ISSUER_MEMORY: Duration = Duration::from_secs(90 * 24 * 60 * 60);
