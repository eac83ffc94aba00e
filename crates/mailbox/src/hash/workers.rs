//! Who computes hashes: as many at once as there are processors, off the threads that serve.
//!
//! `dependencies.md` §6 rule 4: a hash keeps a processor busy for as long as somebody once chose, so
//! there is a bound, a waiting room behind it, and then "cannot tell".

use std::thread;

use crate::places::Places;
use crate::unavailable::Unavailable;

/// The threads of one process that compute hashes. Copies are the same threads.
#[derive(Clone, Debug)]
pub struct Workers(Places);

impl Workers {
    /// Takes one worker for each processor.
    pub(crate) fn of_this_machine() -> Self {
        Self::new(thread::available_parallelism().map_or(1, usize::from))
    }

    /// Takes `at_once` workers.
    pub(crate) fn new(at_once: usize) -> Self {
        Self(Places::new(at_once, at_once.saturating_mul(WAITING)))
    }

    /// Does `work`, when there is a worker for it. Begun work is done to its end, and keeps its worker
    /// until then, even if nobody waits for it any more.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Unavailable> {
        let place = self.0.enter().await?;
        let done = tokio::task::spawn_blocking(move || {
            let result = work();
            drop(place);
            result
        });
        // An error is a panic in there or the end of the program: no answer, either way.
        done.await.map_err(|_| Unavailable::Busy)
    }
}

/// Two are equal if they are the same.
impl PartialEq for Workers {
    fn eq(&self, other: &Self) -> bool {
        self.0.are_the_same(&other.0)
    }
}

impl Eq for Workers {}

/// How many may wait for each worker.
const WAITING: usize = 16;
