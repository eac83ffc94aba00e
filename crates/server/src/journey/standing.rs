//! A mailbox that is gone loses its sign-ins: a round through those who are signed in, now and then.
//!
//! Why so, and with which numbers: `docs/decisions/0020-a-mailbox-that-is-gone.md`. Of three answers one
//! changes something: "gone", said twice with time between, by somebody who does not say it of nearly
//! everybody. "There" takes it back, and so does a sign-in. Everything else changes nothing. Several
//! servers with one store share the work. Called by what runs beside the requests.

use std::sync::Arc;
use std::time::{Duration, Instant};

use mailbox::{Absence, Concern, Person, Standing, Unavailable};
use protocol::time::UnixSeconds;
use store::{Doubt, Due, StoreError, Tally};
use tokio::task::JoinSet;

use crate::app::{App, Door};
use crate::clock;
use crate::hashed::Hashed;
use crate::queue::{Full, Line};
use crate::witness::Watch;

/// Asks about everybody about whom it is time to ask, and ends the sign-ins of those who are gone.
pub async fn sweep(app: &Arc<App>) {
    let mut running = JoinSet::new();
    for door in app.watched_doors() {
        if running.len() >= DOMAINS_AT_ONCE {
            // What became of a domain is in the log.
            drop(running.join_next().await);
        }
        running.spawn(sweep_domain(Arc::clone(app), door));
    }
    while running.join_next().await.is_some() {}
}

async fn sweep_domain(app: Arc<App>, door: Arc<Door>) {
    let Some(watch) = &door.watch else {
        return;
    };
    let line = Line {
        name: format!("standing {}", watch.asked.describe()),
        most: QUESTIONS_AT_ONCE,
        when_full: Full::Server,
    };
    // Other domains ask the same server already: this one's turn comes with the next round.
    let Ok(_place) = app.queue.enter(&[line]) else {
        return;
    };
    let mut round = Round {
        app: &app,
        door: &door,
        watch,
        begun: clock::stopwatch(),
        troubles: 0,
        is_doubted: false,
    };
    if let Err(error) = round.run().await {
        let domain = &door.settings.name;
        tracing::warn!(%domain, %error, "whose mailbox is gone could not be noted");
    }
}

/// One round through the people of one domain, one question after the other.
struct Round<'a> {
    app: &'a App,
    door: &'a Door,
    watch: &'a Watch,
    begun: Instant,
    /// How many questions could not be asked.
    troubles: usize,
    /// Whether it was said already that the server is not believed.
    is_doubted: bool,
}

impl Round<'_> {
    async fn run(&mut self) -> Result<(), StoreError> {
        let due = Due {
            domain: self.door.settings.name.clone(),
            after: self.watch.within / 3,
            doubted_after: self.watch.within / 4,
            most: AT_A_TIME,
        };
        while self.begun.elapsed() < LONGEST_ROUND {
            let now = self.app.clock.now().to_seconds();
            let doubts = self.app.store.take_due(&due, now).await?;
            if doubts.is_empty() {
                return Ok(());
            }
            for doubt in doubts {
                if let Err(cause) = self.ask_about(&doubt, now).await? {
                    self.note_trouble(&cause);
                    if self.gives_up(&cause) {
                        return Ok(());
                    }
                }
            }
        }
        Ok(())
    }

    /// Asks about one person, and draws the conclusion. The inner error: it could not be asked.
    async fn ask_about(
        &mut self,
        doubt: &Doubt,
        now: UnixSeconds,
    ) -> Result<Result<(), Unavailable>, StoreError> {
        let settings = &self.door.settings;
        let person = Person::of(
            &doubt.address,
            settings.login,
            settings.backend_domain.as_ref(),
        );
        // An address that cannot be asked about cannot sign in; the settings were others then.
        let Ok(person) = person else {
            return Ok(Ok(()));
        };
        let address = Hashed(&doubt.address);
        match self.watch.asked.standing(&person).await {
            Ok(Standing::There) => self.app.store.note_there(&doubt.address, now).await?,
            Ok(Standing::Gone(absence)) => self.gone(doubt, &absence, now).await?,
            Ok(Standing::Unknown { why }) => {
                tracing::debug!(%address, why, "whether a mailbox is there was not to be learnt");
            }
            Err(cause) => return Ok(Err(cause)),
        }
        Ok(Ok(()))
    }

    async fn gone(
        &mut self,
        doubt: &Doubt,
        absence: &Absence,
        now: UnixSeconds,
    ) -> Result<(), StoreError> {
        let store = &self.app.store;
        store.note_gone(&doubt.address, now).await?;
        let address = Hashed(&doubt.address);
        let Absence { kind, said } = absence;
        let reason = kind.as_str();
        let Some(since) = doubt.gone else {
            tracing::info!(%address, reason, said, "a mailbox seems to be gone: asked again later");
            return Ok(());
        };
        let domain = &self.door.settings.name;
        let tally = store.tally(domain, since).await?;
        if !is_believed(tally) {
            self.note_disbelief(tally);
            return Ok(());
        }
        let ended = store.end_sessions_of_gone(&doubt.address, since).await?;
        if ended > 0 {
            let server = self.watch.asked.describe();
            tracing::info!(
                %address,
                %domain,
                server,
                reason,
                said,
                ended,
                "a mailbox is gone: its sign-ins have ended"
            );
        }
        Ok(())
    }

    fn note_disbelief(&mut self, Tally { there, gone }: Tally) {
        if !std::mem::replace(&mut self.is_doubted, true) {
            let (server, domain) = (self.watch.asked.describe(), &self.door.settings.name);
            tracing::error!(
                server,
                %domain,
                gone,
                there,
                "the mail server says of nearly everybody that their mailbox is gone: it is not \
                 believed, and nobody is signed out; see persona check"
            );
        }
    }

    fn note_trouble(&mut self, cause: &Unavailable) {
        self.troubles += 1;
        if self.troubles == 1 {
            let (server, domain) = (self.watch.asked.describe(), &self.door.settings.name);
            tracing::warn!(
                server,
                %domain,
                reason = cause.reason(),
                "whether mailboxes are still there could not be asked: {cause}"
            );
        }
    }

    /// A server that is not well is left alone until the next round.
    const fn gives_up(&self, cause: &Unavailable) -> bool {
        match cause.concern() {
            Concern::Everybody => true,
            Concern::OneAccount => false,
            Concern::PerhapsOneAccount => self.troubles >= MOST_TROUBLES,
        }
    }
}

/// Says whether somebody who calls so many gone can be right: neither all of several, nor most of many.
const fn is_believed(Tally { there, gone }: Tally) -> bool {
    let all = there == 0 && gone >= SEVERAL;
    let most = gone > there && gone + there >= MANY;
    !all && !most
}

/// How many domains are looked after at the same time.
const DOMAINS_AT_ONCE: usize = 16;
/// How many questions one server is asked at the same time, whoever's domains it has.
const QUESTIONS_AT_ONCE: usize = 4;
/// How many people are taken on at once. Where the server is not well they wait for their next turn.
const AT_A_TIME: u32 = 8;
/// How long a round goes on taking people on: others' turn comes, too.
const LONGEST_ROUND: Duration = Duration::from_secs(30);
/// After so many questions that could not be asked a round is over.
const MOST_TROUBLES: usize = 3;
/// So many are not gone all at once.
const SEVERAL: u32 = 3;
/// Of so many, more than half are not gone at once.
const MANY: u32 = 10;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_says_it_of_nearly_everybody_is_not_believed() {
        for (gone, there, expected) in [
            (1, 0, true),
            (2, 0, true),
            (3, 0, false),
            (9, 0, false),
            (3, 1, true),
            (5, 4, true),
            (5, 5, true),
            (6, 4, false),
            (6, 5, false),
            (50, 50, true),
            (51, 50, false),
            (u32::MAX / 2, 1, false),
        ] {
            assert_eq!(
                is_believed(Tally { there, gone }),
                expected,
                "{gone} {there}"
            );
        }
    }
}
