//! Notices: which clients of OpenID Connect are still to be told that somebody is no longer signed in
//! (OpenID Connect Back-Channel Logout §2.5).

use std::time::Duration;

use protocol::email::EmailAddress;
use protocol::time::UnixSeconds;

use crate::error::StoreError;
use crate::future::BoxFuture;
use crate::session::SessionId;

/// What is still to be told. A part of [`crate::Store`], with the same promises.
///
/// A notice is written in the very step in which a session ends, or the sign-ins of an address or of a
/// domain: one for each issuer, client, address and session that had grants. So none is lost, whatever
/// becomes of the process. It is told at least once; twice, if a process dies while it tells.
pub trait Notices {
    /// Takes upon the caller to tell up to `most` notices that are due, those first that have been so
    /// for longest. Nobody else is given them for as long as `lease`; then they are due again, unless
    /// they are done.
    ///
    /// Of many callers at once, also in different processes, one is given each.
    fn take_notices(
        &self,
        most: u32,
        lease: Duration,
        now: UnixSeconds,
    ) -> BoxFuture<'_, Result<Vec<Notice>, StoreError>>;

    /// Forgets a notice: the client was told, or is not to be told.
    fn notice_done(&self, id: NoticeId) -> BoxFuture<'_, Result<(), StoreError>>;

    /// Puts a notice off until `due`: the client could not be told.
    fn notice_failed(
        &self,
        id: NoticeId,
        due: UnixSeconds,
    ) -> BoxFuture<'_, Result<(), StoreError>>;
}

/// Names a notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct NoticeId(pub(crate) i64);

/// That a client is to be told, and of what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// Its name.
    pub id: NoticeId,
    /// The origin of the issuer that gave the client its grant.
    pub issuer: String,
    /// The id of the client.
    pub client: String,
    /// Who is no longer signed in, in the canonical spelling.
    pub address: EmailAddress,
    /// Which session has ended. None: it had ended before, and now so has what outlived it.
    pub session: Option<SessionId>,
    /// How often it was taken, this time included.
    pub attempts: u32,
}
