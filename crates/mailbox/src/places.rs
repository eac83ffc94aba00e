//! How many of one thing may be under way at once, and how many more may wait.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::unavailable::Unavailable;

/// Places to work in, and a waiting room. Copies share both.
#[derive(Clone, Debug)]
pub(crate) struct Places {
    at_once: Arc<Semaphore>,
    in_all: Arc<Semaphore>,
}

/// A place; it is free again when this is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    _at_once: OwnedSemaphorePermit,
    _in_all: OwnedSemaphorePermit,
}

impl Places {
    pub(crate) fn new(at_once: usize, waiting: usize) -> Self {
        Self {
            at_once: Arc::new(Semaphore::new(at_once)),
            in_all: Arc::new(Semaphore::new(at_once.saturating_add(waiting))),
        }
    }

    /// Waits for a place, unless too many wait already. Whoever waits has to set a time limit.
    pub(crate) async fn enter(&self) -> Result<Place, Unavailable> {
        let in_all = Arc::clone(&self.in_all).try_acquire_owned();
        let in_all = in_all.map_err(|_| Unavailable::Busy)?;
        let at_once = Arc::clone(&self.at_once).acquire_owned().await;
        let at_once = at_once.map_err(|_| Unavailable::Busy)?;
        Ok(Place {
            _at_once: at_once,
            _in_all: in_all,
        })
    }

    pub(crate) fn are_the_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.at_once, &other.at_once)
    }
}
