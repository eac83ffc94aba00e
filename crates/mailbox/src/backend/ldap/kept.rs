//! Connections that wait for the next question: a few, and not for long.
//!
//! A connection is taken out for one question and put back when it has been answered in full: one that
//! failed, or whose question was given up, is not. So no connection ever has two questions on it.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use super::connection::Connection;

/// Connections of one kind to one directory.
#[derive(Default)]
pub(super) struct Kept {
    waiting: Mutex<Waiting>,
}

#[derive(Default)]
struct Waiting {
    /// Each with the time when it is to be closed; the longest waiting first.
    connections: Vec<(Connection, Instant)>,
    /// Is there somebody who closes those that have waited for too long?
    is_watched: bool,
}

impl Kept {
    /// Takes the connection that waited least, if it is there still and has kept silent.
    pub(super) fn take(&self, deadline: Instant) -> Option<Connection> {
        loop {
            let (mut connection, until) = self.waiting().connections.pop()?;
            // What a directory says unasked is never an answer; mostly it says good-bye.
            if until > Instant::now() && connection.is_quiet() {
                connection.extend_to(deadline);
                return Some(connection);
            }
        }
    }

    /// Keeps a connection whose last question has been answered.
    pub(super) fn keep(self: &Arc<Self>, connection: Connection) {
        let mut waiting = self.waiting();
        if waiting.connections.len() >= MOST {
            return;
        }
        let until = Instant::now() + LONGEST_WAIT;
        waiting.connections.push((connection, until));
        if !waiting.is_watched {
            waiting.is_watched = true;
            tokio::spawn(watch(Arc::downgrade(self), until));
        }
    }

    /// Closes those that have waited for too long. Gives the time when the next one has.
    fn close_old(&self, now: Instant) -> Option<Instant> {
        let mut waiting = self.waiting();
        waiting.connections.retain(|(_, until)| *until > now);
        let next = waiting.connections.first().map(|(_, until)| *until);
        waiting.is_watched = next.is_some();
        next
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Closes connections in time, until there are none, or until nobody asks this directory any more.
async fn watch(kept: Weak<Kept>, first: Instant) {
    let mut next = Some(first);
    while let Some(until) = next {
        sleep_until(until).await;
        next = kept.upgrade().and_then(|kept| kept.close_old(until));
    }
}

impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.waiting().connections.len();
        write!(f, "Kept({count})")
    }
}

/// Below the idle limits of the usual directories and of what stands in front of them.
const LONGEST_WAIT: Duration = Duration::from_secs(30);
const MOST: usize = 4;
