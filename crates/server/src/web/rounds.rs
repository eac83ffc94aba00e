//! What is done beside the requests, now and then: forgetting what is over, asking whose mailbox is gone,
//! and telling sites who has signed out. Each time with the installations that answer then.

use std::collections::HashMap;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use protocol::origin::Origin;
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::{MissedTickBehavior, interval, sleep};

use super::current::Current;
use crate::journey::oidc::backchannel;
use crate::journey::{session, standing};

/// Forgets what is over, without end.
pub(super) async fn purge(current: Current) {
    loop {
        match session::purge(&current.issuers()).await {
            Ok(0) => {}
            Ok(forgotten) => tracing::info!(forgotten, "what was over is forgotten"),
            Err(error) => tracing::warn!(%error, "what is over could not be forgotten"),
        }
        sleep(PURGE_INTERVAL).await;
    }
}

/// Begins a round for each issuer whose last one is over, without end. Where others answer from now on,
/// the rounds of those before break off: whom they had not asked about has their turn in the next ones.
pub(super) async fn sweep(current: Current) {
    let mut changes = current.changes();
    let mut ticks = interval(SWEEP_INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    // The first is at once.
    ticks.tick().await;
    let mut rounds = Rounds::default();
    loop {
        tokio::select! {
            biased;
            () = changes.next() => rounds = Rounds::default(),
            _ = ticks.tick() => {
                for app in current.issuers().all() {
                    let round = {
                        let app = Arc::clone(app);
                        async move { standing::sweep(&app).await }
                    };
                    rounds.begin(&app.settings().issuer, round);
                }
            }
        }
    }
}

/// Tells sites who is no longer signed in, without end.
pub(super) async fn tell(current: Current) {
    loop {
        sleep(TELL_INTERVAL).await;
        backchannel::tell(&current.issuers()).await;
    }
}

/// Rounds under way; they end when this is dropped.
#[derive(Debug, Default)]
struct Rounds {
    tasks: JoinSet<()>,
    last: HashMap<Origin, AbortHandle>,
}

impl Rounds {
    /// Begins a round, unless this issuer has one under way.
    fn begin(&mut self, issuer: &Origin, round: impl Future<Output = ()> + Send + 'static) {
        while self.tasks.try_join_next().is_some() {}
        let last = self.last.get(issuer);
        if last.is_none_or(AbortHandle::is_finished) {
            self.last.insert(issuer.clone(), self.tasks.spawn(round));
        }
    }
}

/// How often to look for sessions that are over.
const PURGE_INTERVAL: Duration = Duration::from_secs(3600);
/// How often to look which sites are to be told of log-outs: soon enough that nobody comes back to a site
/// before. Where there is nothing to tell it is one read.
const TELL_INTERVAL: Duration = Duration::from_secs(3);
/// How often to look whose mailbox is to be asked about: a small part of the shortest time that can be
/// promised.
const SWEEP_INTERVAL: Duration = Duration::from_secs(20);

#[cfg(test)]
mod tests {
    use std::future::pending;

    use super::*;

    /// A round that never ends, and who hears of it when it is broken off.
    fn endless() -> (Arc<()>, impl Future<Output = ()> + Send + 'static) {
        let held = Arc::new(());
        let holding = Arc::clone(&held);
        let round = async move {
            pending::<()>().await;
            drop(holding);
        };
        (held, round)
    }

    fn is_under_way(held: &Arc<()>) -> bool {
        Arc::strong_count(held) > 1
    }

    #[tokio::test]
    async fn an_issuer_has_one_round_at_a_time_and_waits_for_no_other() {
        let (one, two) = ("https://one.example", "https://two.example");
        let [one, two] = [one, two].map(|issuer| Origin::parse(issuer).unwrap());
        let mut rounds = Rounds::default();
        let (first, round) = endless();
        rounds.begin(&one, round);

        let (second, round) = endless();
        rounds.begin(&one, round);
        let (other, round) = endless();
        rounds.begin(&two, round);

        assert!(is_under_way(&first) && is_under_way(&other));
        assert!(!is_under_way(&second));
    }

    #[tokio::test]
    async fn a_round_that_is_over_is_followed_by_the_next() {
        let issuer = Origin::parse("https://one.example").unwrap();
        let mut rounds = Rounds::default();
        rounds.begin(&issuer, async {});
        rounds.tasks.join_next().await.unwrap().unwrap();

        let (next, round) = endless();
        rounds.begin(&issuer, round);

        assert!(is_under_way(&next));
    }

    #[tokio::test]
    async fn rounds_break_off_with_the_settings_that_they_go_by() {
        let issuer = Origin::parse("https://one.example").unwrap();
        let mut rounds = Rounds::default();
        let (former, round) = endless();
        rounds.begin(&issuer, round);

        drop(rounds);
        while is_under_way(&former) {
            tokio::task::yield_now().await;
        }

        assert!(!is_under_way(&former));
    }
}
