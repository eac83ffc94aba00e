//! Log-in attempts, counted so that nobody can guess passwords at leisure.

use std::num::NonZeroU32;
use std::time::Duration;

/// What attempts are counted by: one address, one network, one domain.
///
/// The text is kept as it is given. A caller that does not want names in the store hashes them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AttemptKey(String);

/// How many attempts may follow one another freely within a window of time that slides along.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttemptLimit {
    /// What is limited. The same key may have several limits, such as one a minute and one a day.
    pub key: AttemptKey,
    /// How many attempts fit into the window before `beyond` applies.
    pub most: NonZeroU32,
    /// How long an attempt counts. Parts of a second do not matter.
    pub window: Duration,
    /// What becomes of those that do not fit.
    pub beyond: Beyond,
}

/// What becomes of attempts beyond those that fit into a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beyond {
    /// None is admitted until one has left the window.
    None,
    /// Each waits after the one before it, twice as long each time. Whoever waits gets on.
    Slowly {
        /// How long the first of them waits, in whole seconds and at least one.
        first: Duration,
        /// What the wait does not grow beyond. Less than the window.
        longest: Duration,
    },
}

/// Whether an attempt may go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// It may, and is counted until it is forgiven or leaves the window.
    Admitted(AttemptId),
    /// It may not: a limit is used up.
    Busy {
        /// After this time there is a place again, if nobody else takes it.
        retry_after: Duration,
    },
}

/// Names an attempt that was admitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AttemptId(i64);

impl AttemptKey {
    /// Takes a key such as `address:…` or `network:…`.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Gives the key as the store files it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl AttemptId {
    pub(crate) const fn from_row(number: i64) -> Self {
        Self(number)
    }

    pub(crate) const fn to_row(self) -> i64 {
        self.0
    }
}
