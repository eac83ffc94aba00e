//! The questions that the rest of the program may ask its memory.

use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;

use protocol::email::EmailAddress;
use protocol::time::UnixSeconds;

use crate::attempt::{Admission, AttemptId, AttemptLimit};
use crate::error::StoreError;
use crate::session::{NewSession, Session, SessionId, SessionRow};

/// The answer to a question that takes a while.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// What must survive a request: open sessions, and the log-in attempts that count.
///
/// Each method is one transaction: it happened wholly and is on the disk when it answers `Ok`, or
/// it did not happen. "Not found" is an `Ok`; an `Err` says that the store could not be asked.
pub trait Store: Debug + Send + Sync {
    /// Keeps a session. A session of the same id is an error: ids are never used twice.
    fn open_session<'a>(&'a self, session: &'a NewSession)
    -> BoxFuture<'a, Result<(), StoreError>>;

    /// Finds a session. It may have expired: the caller looks at the time.
    fn session<'a>(
        &'a self,
        id: &'a SessionId,
    ) -> BoxFuture<'a, Result<Option<Session>, StoreError>>;

    /// Ends a session, and says whether there was one.
    fn end_session<'a>(&'a self, id: &'a SessionId) -> BoxFuture<'a, Result<bool, StoreError>>;

    /// Ends all sessions of the account that `address` names, and says how many there were.
    fn end_sessions_of<'a>(
        &'a self,
        address: &'a EmailAddress,
    ) -> BoxFuture<'a, Result<u64, StoreError>>;

    /// Ends all sessions of everybody, and says how many there were.
    fn end_all_sessions(&self) -> BoxFuture<'_, Result<u64, StoreError>>;

    /// Lists the sessions, newest first, expired ones that were not purged yet included.
    fn sessions(&self) -> BoxFuture<'_, Result<Vec<SessionRow>, StoreError>>;

    /// Ends the one session whose id begins with `prefix`, and says how many there were: 0 or 1.
    ///
    /// A prefix has at least the eight hexadecimal digits that [`Store::sessions`] lists; one that
    /// names two sessions ends neither.
    fn end_session_by_prefix<'a>(
        &'a self,
        prefix: &'a str,
    ) -> BoxFuture<'a, Result<u64, StoreError>>;

    /// Forgets the sessions and attempts that expired at `now` or before, and says how many.
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

    /// Takes an attempt out of the count: it succeeded, or the mail server could not be asked.
    ///
    /// Forgiving twice, or after the attempt was purged, does nothing.
    fn forgive<'a>(&'a self, attempt: &'a AttemptId) -> BoxFuture<'a, Result<(), StoreError>>;
}
