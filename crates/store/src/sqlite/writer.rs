//! The one thread that writes, and does together what waits together.
//!
//! A commit waits for the disk, and most of what a write costs is the commit. So whatever was asked for
//! while one transaction was on its way to the disk becomes the next one. A lone write waits for
//! nobody. Each write of a group is in a savepoint: one that fails is undone alone. All are answered
//! after the commit, and done in the order in which they were asked for, also for those who have gone
//! away in the meantime.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{Builder, JoinHandle};
use std::vec;

use rusqlite::{Connection, Transaction, TransactionBehavior};
use tokio::sync::oneshot;

use super::statement::execute;
use crate::error::StoreError;

/// The thread, and the queue before it.
pub(super) struct Writer {
    /// None only while the writer is dropped.
    queue: Option<Sender<Change>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    /// Starts the thread, which keeps the connection until the writer is dropped.
    pub(super) fn start(connection: Arc<Mutex<Connection>>) -> Result<Self, StoreError> {
        let (queue, waiting) = channel();
        let thread = Builder::new()
            .name("store".to_owned())
            .spawn(move || work(&connection, &waiting))
            .map_err(|error| StoreError::Unavailable {
                reason: format!("no thread to write with: {error}"),
            })?;
        Ok(Self {
            queue: Some(queue),
            thread: Some(thread),
        })
    }

    /// Has a change made as one step, and answers when it is on the disk, or was undone.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        change: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (reply, answer) = oneshot::channel();
        if let Some(queue) = &self.queue {
            // Should the thread be gone, the reply goes with the change, and that is the answer.
            drop(queue.send(boxed(change, reply)));
        }
        answer.await.unwrap_or_else(|_| Err(broken_off()))
    }
}

impl Drop for Writer {
    /// Waits until what was asked for is done and the connection is let go.
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

/// A change that somebody waits for, or did. It is made, or told why it cannot be.
type Change = Box<dyn FnOnce(Result<&Transaction<'_>, StoreError>) -> Made + Send>;

/// A change that was made, but is not on the disk yet.
struct Made {
    /// Whether it stays; if not, it is to be undone.
    stays: bool,
    /// Tells whoever waits, once it is known whether what stays has come to the disk.
    answer: Box<dyn FnOnce(Result<(), StoreError>)>,
}

fn boxed<T: Send + 'static>(
    change: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError> + Send + 'static,
    reply: oneshot::Sender<Result<T, StoreError>>,
) -> Change {
    Box::new(move |transaction| {
        // What a panic leaves behind is undone with the savepoint, and the thread is there for others.
        let made = AssertUnwindSafe(|| transaction.and_then(change));
        let outcome = catch_unwind(made).unwrap_or_else(|_| Err(broken_off()));
        Made {
            stays: outcome.is_ok(),
            answer: Box::new(move |committed| {
                let told = outcome.and_then(|value| committed.map(|()| value));
                // Whoever asked may be gone.
                drop(reply.send(told));
            }),
        }
    })
}

fn work(connection: &Mutex<Connection>, waiting: &Receiver<Change>) {
    while let Ok(first) = waiting.recv() {
        // Nothing panics while it holds the lock but a change, and that is caught.
        let mut connection = connection.lock().unwrap_or_else(PoisonError::into_inner);
        let others = waiting.try_iter().take(MOST_AT_ONCE - 1);
        write_group(
            &mut connection,
            std::iter::once(first).chain(others).collect(),
        );
    }
}

/// Makes changes in one transaction, and tells everybody what became of theirs.
fn write_group(connection: &mut Connection, group: Vec<Change>) {
    let mut group = group.into_iter();
    // There is a second turn only where the database gave up a transaction in the middle.
    while group.len() > 0 {
        let mut made = Vec::with_capacity(group.len());
        let outcome = write_together(connection, &mut group, &mut made);
        if let (Err(error), []) = (&outcome, made.as_slice()) {
            // It could not even begin, and the next turn would fare no better.
            made.extend(group.by_ref().map(|change| change(Err(error.clone()))));
        }
        for one in made {
            (one.answer)(outcome.clone());
        }
    }
}

/// Makes changes and commits them. After an error none of those that were made stays.
fn write_together(
    connection: &mut Connection,
    group: &mut vec::IntoIter<Change>,
    made: &mut Vec<Made>,
) -> Result<(), StoreError> {
    // Immediate, so that what is read cannot change before what depends on it is written.
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    while group.len() > 0 {
        execute(&transaction, "SAVEPOINT change", ())?;
        let one = group.next().map(|change| change(Ok(&transaction)));
        let stays = one.as_ref().is_some_and(|one| one.stays);
        made.extend(one);
        // On a full disk and the like SQLite undoes all there is (<https://www.sqlite.org/lang_transaction.html> §3).
        if transaction.is_autocommit() {
            return Err(StoreError::Unavailable {
                reason: "a write was undone with another that was made at the same time".to_owned(),
            });
        }
        if !stays {
            execute(&transaction, "ROLLBACK TO change", ())?;
        }
        execute(&transaction, "RELEASE change", ())?;
    }
    transaction.commit()?;
    Ok(())
}

fn broken_off() -> StoreError {
    StoreError::Unavailable {
        reason: "a write was broken off".to_owned(),
    }
}

/// How many writes share a transaction. It bounds how long the first of them waits for the last, and
/// for how long another process finds the store in use.
const MOST_AT_ONCE: usize = 128;

#[cfg(test)]
mod tests;
