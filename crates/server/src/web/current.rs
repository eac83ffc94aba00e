//! Which installations answer now. They can be exchanged while the server runs.
//!
//! Each request is given to the router that is there when its head has come, also on a connection that was
//! open before, and keeps it to its end. See `docs/decisions/0024-settings-read-again.md`.

use std::sync::Arc;

use axum::Router;
use tokio::sync::watch;

use crate::app::{App, Issuers};

/// The installations that answer now; clones stand for the same ones.
#[derive(Clone, Debug)]
pub struct Current(watch::Sender<Serving>);

/// Hears of exchanges.
#[derive(Debug)]
pub(super) struct Changes(watch::Receiver<Serving>);

#[derive(Clone, Debug)]
struct Serving {
    issuers: Issuers,
    router: Router,
}

impl Current {
    /// Lets these answer first.
    pub fn new(issuers: Issuers) -> Self {
        Self(watch::Sender::new(Serving::of(issuers)))
    }

    /// Lets others answer every request that comes from now on.
    pub fn replace(&self, issuers: Issuers) {
        self.0.send_replace(Serving::of(issuers));
    }

    /// Gives those that answer now.
    pub fn issuers(&self) -> Issuers {
        self.0.borrow().issuers.clone()
    }

    /// Gives what takes requests now.
    pub(super) fn router(&self) -> Router {
        self.0.borrow().router.clone()
    }

    /// Tells of each time that others answer from then on.
    pub(super) fn changes(&self) -> Changes {
        Changes(self.0.subscribe())
    }
}

impl Serving {
    fn of(issuers: Issuers) -> Self {
        Self {
            router: super::router(issuers.clone()),
            issuers,
        }
    }
}

impl Changes {
    /// Waits for the next one.
    pub(super) async fn next(&mut self) {
        if self.0.changed().await.is_err() {
            // Nobody is left who could make one.
            std::future::pending::<()>().await;
        }
    }
}

impl From<Issuers> for Current {
    fn from(issuers: Issuers) -> Self {
        Self::new(issuers)
    }
}

impl From<Arc<App>> for Current {
    fn from(main: Arc<App>) -> Self {
        Self::new(main.into())
    }
}
