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

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[tokio::test]
    async fn one_works_sixteen_wait_and_the_next_is_told_so() {
        let workers = Workers::new(1);
        let (finish, finished) = mpsc::channel::<()>();
        let (begin, begun) = mpsc::channel();
        let first = tokio::spawn({
            let workers = workers.clone();
            async move {
                workers
                    .run(move || {
                        begin.send(()).unwrap();
                        finished.recv().unwrap();
                    })
                    .await
            }
        });
        tokio::task::spawn_blocking(move || begun.recv().unwrap())
            .await
            .unwrap();
        let mut waiting = tokio::task::JoinSet::new();
        for _ in 0..WAITING {
            let workers = workers.clone();
            waiting.spawn(async move { workers.run(|| ()).await });
        }
        // Each of them has been polled once, and waits.
        tokio::task::yield_now().await;

        let one_more = workers.run(|| ()).await;

        assert_eq!(one_more, Err(Unavailable::Busy));
        finish.send(()).unwrap();
        assert_eq!(first.await.unwrap(), Ok(()));
        assert_eq!(waiting.join_all().await, vec![Ok(()); WAITING]);
    }

    #[tokio::test]
    async fn work_that_breaks_down_is_no_answer() {
        let workers = Workers::new(1);

        let broken = workers.run(|| -> bool { panic!("broken") }).await;

        assert_eq!(broken, Err(Unavailable::Busy));
        assert_eq!(workers.run(|| true).await, Ok(true));
    }
}
