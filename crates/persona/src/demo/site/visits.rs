//! The site's own sessions: who is looking at it, and as whom.
//!
//! This is what every site has, whatever it signs people in with: a random name in a cookie that
//! scripts cannot read, a CSRF token, and a new name at each sign-in, so that a name planted before it
//! is worth nothing after it.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use protocol::email::EmailAddress;
use server::chance::{self, NoRandomness};

/// Keeps the sessions of a run in memory, a bounded number of them.
#[derive(Debug, Default)]
pub(super) struct Visits(Mutex<Kept>);

/// One visitor's session.
#[derive(Clone, Debug)]
pub(super) struct Visit {
    /// The cookie's value.
    pub(super) name: String,
    /// What the site's own forms and calls carry, and another site's cannot.
    pub(super) csrf: String,
    /// Who signed in, if somebody has.
    pub(super) who: Option<EmailAddress>,
}

#[derive(Debug, Default)]
struct Kept {
    by_name: HashMap<String, (u64, Visit)>,
    counter: u64,
}

impl Visits {
    /// Finds a session by its cookie.
    pub(super) fn find(&self, name: &str) -> Option<Visit> {
        let kept = self.lock();
        kept.by_name.get(name).map(|(_, visit)| visit.clone())
    }

    /// Begins a session under a new name, signed in or not.
    pub(super) fn begin(&self, who: Option<EmailAddress>) -> Result<Visit, NoRandomness> {
        let visit = Visit {
            name: chance::token()?.expose().clone(),
            csrf: chance::token()?.expose().clone(),
            who,
        };
        self.lock().insert(visit.clone());
        Ok(visit)
    }

    /// Ends a session.
    pub(super) fn end(&self, name: &str) {
        self.lock().by_name.remove(name);
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn insert(&mut self, visit: Visit) {
        if self.by_name.len() >= MOST_VISITS {
            let oldest = self.by_name.iter().min_by_key(|(_, (number, _))| *number);
            if let Some(name) = oldest.map(|(name, _)| name.clone()) {
                self.by_name.remove(&name);
            }
        }
        self.counter += 1;
        self.by_name
            .insert(visit.name.clone(), (self.counter, visit));
    }
}

/// Sessions kept at once; the oldest makes way.
const MOST_VISITS: usize = 1000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_visit_makes_way() {
        let visits = Visits::default();
        let first = visits.begin(None).unwrap();
        let second = visits.begin(None).unwrap();

        for _ in 1..MOST_VISITS {
            visits.begin(None).unwrap();
        }

        assert!(visits.find(&first.name).is_none());
        assert!(visits.find(&second.name).is_some());
    }

    #[test]
    fn an_ended_visit_is_gone() {
        let visits = Visits::default();
        let visit = visits
            .begin(EmailAddress::parse("a@b.localhost").ok())
            .unwrap();

        visits.end(&visit.name);

        assert!(visits.find(&visit.name).is_none());
    }
}
