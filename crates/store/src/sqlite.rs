//! The store in one SQLite file.
//!
//! One connection reads, one writes. A read is a few microseconds and is done where it is asked
//! for; a write waits for the disk, and is done on one thread together with those that wait as well.
//! `synchronous=FULL`: what was answered with `Ok` is there after a power cut. `secure_delete`: what was
//! ended is overwritten.
//!
//! Deliberately absent: a pool, a cache, a statement that was not written out as text.

mod aliases;
mod attempts;
mod challenges;
mod clients;
mod consents;
mod domains;
mod file;
mod grant_ends;
mod grants;
mod issuers;
mod migrate;
mod notices;
mod sessions;
mod spent;
mod standings;
mod statement;
mod stored;
mod trouble;
mod writer;

use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use protocol::email::{Domain, EmailAddress};
use protocol::time::UnixSeconds;
use rusqlite::{Connection, Transaction};

use self::writer::Writer;
use crate::alias::{AliasRow, Aliases};
use crate::attempt::{Admission, AttemptId, AttemptLimit};
use crate::challenge::{Challenge, ChallengeAnswer, ChallengeId, ChallengeOutcome, NewChallenge};
use crate::domains::DomainRow;
use crate::error::StoreError;
use crate::future::BoxFuture;
use crate::session::{NewSession, Session, SessionId, SessionRow};
use crate::standing::{Doubt, Due, Standings, Tally};
use crate::store::{Domains, Store};

/// A store in a SQLite file, or in memory for a rehearsal.
///
/// When it is dropped it waits for what was asked of it.
pub struct SqliteStore {
    reader: Arc<Mutex<Connection>>,
    writer: Writer,
}

impl SqliteStore {
    /// Opens the store in the file `path`, makes it if it is not there, and brings it up to date.
    ///
    /// The file is made readable by nobody else, and SQLite makes the files beside it likewise.
    /// Its directory must be there.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        file::make_private(path)?;
        let mut writer = file::connect(path, WRITER_PATIENCE)?;
        migrate::bring_up_to_date(&mut writer)?;
        let reader = file::connect(path, READER_PATIENCE)?;
        Ok(Self {
            reader: Arc::new(Mutex::new(reader)),
            writer: Writer::start(Arc::new(Mutex::new(writer)))?,
        })
    }

    /// Makes a store that is gone when it is dropped.
    pub fn open_in_memory() -> Result<Self, StoreError> {
        let mut connection = file::connect_in_memory()?;
        migrate::bring_up_to_date(&mut connection)?;
        let only = Arc::new(Mutex::new(connection));
        Ok(Self {
            reader: Arc::clone(&only),
            writer: Writer::start(only)?,
        })
    }

    fn read<T>(
        &self,
        ask: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        // A panic in the middle of a read leaves nothing half done: the lock is good again.
        ask(&self.reader.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Runs `change` as one step, which is the only one that writes from its first statement on.
    async fn write<T: Send + 'static>(
        &self,
        change: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.writer.write(change).await
    }
}

impl Store for SqliteStore {
    fn open_session<'a>(
        &'a self,
        session: &'a NewSession,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        let session = session.clone();
        Box::pin(self.write(move |transaction| {
            sessions::open(transaction, &session)?;
            standings::signed_in(transaction, &session)
        }))
    }

    fn session<'a>(
        &'a self,
        id: &'a SessionId,
    ) -> BoxFuture<'a, Result<Option<Session>, StoreError>> {
        Box::pin(async move { self.read(|connection| sessions::find(connection, id)) })
    }

    fn end_session<'a>(&'a self, id: &'a SessionId) -> BoxFuture<'a, Result<bool, StoreError>> {
        let id = *id;
        Box::pin(self.write(move |transaction| sessions::end(transaction, &id)))
    }

    fn end_sessions_of<'a>(
        &'a self,
        address: &'a EmailAddress,
    ) -> BoxFuture<'a, Result<u64, StoreError>> {
        let address = address.canonical();
        Box::pin(self.write(move |transaction| sessions::end_of(transaction, &address)))
    }

    fn end_all_sessions(&self) -> BoxFuture<'_, Result<u64, StoreError>> {
        Box::pin(self.write(sessions::end_all))
    }

    fn sessions(&self) -> BoxFuture<'_, Result<Vec<SessionRow>, StoreError>> {
        Box::pin(async move { self.read(sessions::list) })
    }

    fn end_session_by_prefix<'a>(
        &'a self,
        prefix: &'a str,
    ) -> BoxFuture<'a, Result<u64, StoreError>> {
        let prefix = prefix.to_owned();
        Box::pin(self.write(move |transaction| sessions::end_by_prefix(transaction, &prefix)))
    }

    fn purge(&self, now: UnixSeconds) -> BoxFuture<'_, Result<u64, StoreError>> {
        Box::pin(self.write(move |transaction| {
            Ok(sessions::purge(transaction, now)?
                + attempts::purge(transaction, now)?
                + spent::purge(transaction, now)?
                + issuers::purge(transaction, now)?
                + challenges::purge(transaction, now)?
                + grants::purge(transaction, now)?
                + standings::purge(transaction, now)?)
        }))
    }

    fn admit<'a>(
        &'a self,
        limits: &'a [AttemptLimit],
        now: UnixSeconds,
    ) -> BoxFuture<'a, Result<Admission, StoreError>> {
        let limits = limits.to_vec();
        Box::pin(self.write(move |transaction| attempts::admit(transaction, &limits, now)))
    }

    fn busy<'a>(
        &'a self,
        limits: &'a [AttemptLimit],
        now: UnixSeconds,
    ) -> BoxFuture<'a, Result<Option<Duration>, StoreError>> {
        Box::pin(async move {
            self.read(|connection| {
                // All limits as they stand at one moment; it is rolled back, having changed nothing.
                let transaction = connection.unchecked_transaction()?;
                Ok(attempts::longest_wait(&transaction, limits, now)?)
            })
        })
    }

    fn forgive<'a>(&'a self, attempt: &'a AttemptId) -> BoxFuture<'a, Result<(), StoreError>> {
        let attempt = *attempt;
        Box::pin(self.write(move |transaction| attempts::forgive(transaction, attempt)))
    }

    fn spend<'a>(
        &'a self,
        fingerprint: &'a [u8; 32],
        until: UnixSeconds,
    ) -> BoxFuture<'a, Result<bool, StoreError>> {
        let fingerprint = *fingerprint;
        Box::pin(self.write(move |transaction| spent::spend(transaction, &fingerprint, until)))
    }

    fn remember_issuer<'a>(
        &'a self,
        domain: &'a Domain,
        now: UnixSeconds,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move {
            let seen = self.read(|connection| issuers::seen(connection, domain))?;
            if seen.is_some_and(|seen| issuers::is_fresh(seen, now)) {
                return Ok(());
            }
            let domain = domain.clone();
            self.write(move |transaction| issuers::remember(transaction, &domain, now))
                .await
        })
    }

    fn issuer_seen<'a>(
        &'a self,
        domain: &'a Domain,
    ) -> BoxFuture<'a, Result<Option<UnixSeconds>, StoreError>> {
        Box::pin(async move { self.read(|connection| issuers::seen(connection, domain)) })
    }

    fn open_challenge<'a>(
        &'a self,
        challenge: &'a NewChallenge,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        let challenge = challenge.clone();
        Box::pin(self.write(move |transaction| challenges::open(transaction, &challenge)))
    }

    fn challenge<'a>(
        &'a self,
        id: &'a ChallengeId,
    ) -> BoxFuture<'a, Result<Option<Challenge>, StoreError>> {
        Box::pin(async move { self.read(|connection| challenges::look_up(connection, id)) })
    }

    fn answer_challenge<'a>(
        &'a self,
        id: &'a ChallengeId,
        answer: &'a ChallengeAnswer,
        now: UnixSeconds,
    ) -> BoxFuture<'a, Result<ChallengeOutcome, StoreError>> {
        let (id, answer) = (*id, *answer);
        Box::pin(self.write(move |transaction| challenges::answer(transaction, &id, answer, now)))
    }

    fn close_challenge<'a>(&'a self, id: &'a ChallengeId) -> BoxFuture<'a, Result<(), StoreError>> {
        let id = *id;
        Box::pin(self.write(move |transaction| challenges::close(transaction, &id)))
    }
}

impl Domains for SqliteStore {
    fn domains(&self) -> BoxFuture<'_, Result<Vec<DomainRow>, StoreError>> {
        Box::pin(async move { self.read(domains::list) })
    }

    fn put_domain<'a>(&'a self, row: &'a DomainRow) -> BoxFuture<'a, Result<(), StoreError>> {
        let row = row.clone();
        Box::pin(self.write(move |transaction| domains::put(transaction, &row)))
    }

    fn remove_domain<'a>(
        &'a self,
        name: &'a Domain,
    ) -> BoxFuture<'a, Result<Option<u64>, StoreError>> {
        let name = name.clone();
        Box::pin(self.write(move |transaction| domains::remove(transaction, &name)))
    }
}

impl Aliases for SqliteStore {
    fn aliases(&self) -> BoxFuture<'_, Result<Vec<AliasRow>, StoreError>> {
        Box::pin(async move { self.read(aliases::list) })
    }

    fn aliases_of<'a>(
        &'a self,
        names: &'a [EmailAddress],
    ) -> BoxFuture<'a, Result<Vec<AliasRow>, StoreError>> {
        Box::pin(async move { self.read(|connection| aliases::find(connection, names)) })
    }

    fn has_aliases_in<'a>(&'a self, domain: &'a Domain) -> BoxFuture<'a, Result<bool, StoreError>> {
        Box::pin(async move { self.read(|connection| aliases::are_in(connection, domain)) })
    }

    fn add_aliases<'a>(
        &'a self,
        rows: &'a [AliasRow],
    ) -> BoxFuture<'a, Result<Vec<AliasRow>, StoreError>> {
        let rows = rows.to_vec();
        Box::pin(self.write(move |transaction| aliases::add(transaction, rows)))
    }

    fn remove_aliases<'a>(
        &'a self,
        rows: &'a [AliasRow],
    ) -> BoxFuture<'a, Result<Vec<AliasRow>, StoreError>> {
        let rows = rows.to_vec();
        Box::pin(self.write(move |transaction| aliases::remove(transaction, rows)))
    }
}

impl Standings for SqliteStore {
    fn take_due<'a>(
        &'a self,
        due: &'a Due,
        now: UnixSeconds,
    ) -> BoxFuture<'a, Result<Vec<Doubt>, StoreError>> {
        Box::pin(async move {
            if !self.read(|connection| standings::is_any_due(connection, due, now))? {
                return Ok(Vec::new());
            }
            let due = due.clone();
            self.write(move |transaction| standings::take_due(transaction, &due, now))
                .await
        })
    }

    fn note_there<'a>(
        &'a self,
        address: &'a EmailAddress,
        now: UnixSeconds,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        let address = address.canonical();
        Box::pin(self.write(move |transaction| standings::note_there(transaction, &address, now)))
    }

    fn note_gone<'a>(
        &'a self,
        address: &'a EmailAddress,
        asked: UnixSeconds,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        let address = address.canonical();
        Box::pin(self.write(move |transaction| standings::note_gone(transaction, &address, asked)))
    }

    fn tally<'a>(
        &'a self,
        domain: &'a Domain,
        since: UnixSeconds,
    ) -> BoxFuture<'a, Result<Tally, StoreError>> {
        Box::pin(async move { self.read(|connection| standings::tally(connection, domain, since)) })
    }

    fn end_sessions_of_gone<'a>(
        &'a self,
        address: &'a EmailAddress,
        gone: UnixSeconds,
    ) -> BoxFuture<'a, Result<u64, StoreError>> {
        let address = address.canonical();
        Box::pin(self.write(move |transaction| sessions::end_of_gone(transaction, &address, gone)))
    }
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteStore").finish_non_exhaustive()
    }
}

/// How long a write waits for another process.
const WRITER_PATIENCE: Duration = Duration::from_secs(5);

/// How long a read waits. It holds up its worker thread, and in WAL mode it only ever meets another
/// process that is just opening or closing the file.
const READER_PATIENCE: Duration = Duration::from_secs(1);
