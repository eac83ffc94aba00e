//! What hosts said lately, so that one question serves all who ask (`browserid.md` §8.1 F12).
//!
//! Kept by the host asked and the domain asked about, because the answer may depend on both (§1.1).
//! Whoever comes while a question is under way waits for its answer. The question runs in a task of
//! its own: it goes on when the one who began it goes away. Only so many questions are under way, to
//! one host and in all; the others stand in line, and not for long.

use std::collections::HashMap;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use protocol::browserid::{Authority, PagePath, SupportDocument};
use protocol::email::Domain;
use protocol::jose::{Algorithm, PublicKey};
use protocol::time::Timestamp;
use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::timeout;

use super::{FetchError, Fetched, Obstacle, Outbound};
use crate::clock::Clock;
use crate::settings::BrokerSettings;

#[cfg(test)]
mod tests;

/// Somebody who speaks for a domain.
#[derive(Clone, Debug)]
pub struct Issuer {
    /// Whom its certificates name as `iss`.
    pub authority: Authority,
    /// The keys that it signs with, the first one first to be tried.
    pub keys: Vec<PublicKey>,
    /// Where its users log in: a whole https URL, as are the following.
    pub authentication: String,
    /// The page that asks it for a certificate out of a frame.
    pub provisioning: String,
    /// The page that asks it for a certificate as a whole page, if it has one.
    pub handoff: Option<String>,
}

/// What a host's document says about a domain.
#[derive(Debug)]
pub(crate) enum Word {
    /// The host itself speaks for it.
    Issuer {
        issuer: Arc<Issuer>,
        /// Does the store know already that the domain has an issuer?
        noted: AtomicBool,
    },
    /// Somebody else does.
    Delegation(Authority),
    /// Nobody does, and nobody wants to.
    Disabled,
}

/// A host's word, or why it gave none; shared by all who asked.
pub(crate) type Said = Result<Arc<Word>, FetchError>;

/// Asks hosts, and remembers for a while what they said.
#[derive(Clone, Debug)]
pub(crate) struct Memory {
    outbound: Arc<Outbound>,
    /// Are keys of 1024 bits that sign with SHA-1 believed?
    ds128: bool,
    clock: Clock,
    known: Arc<Mutex<Known>>,
    gate: Arc<Gate>,
}

#[derive(Debug, Default)]
struct Known {
    kept: HashMap<Key, Kept>,
    /// How long the documents of all that is kept are together.
    octets: usize,
    under_way: HashMap<Key, Answer>,
}

/// The host asked, and the domain asked about.
type Key = (Authority, Domain);
/// Where an answer arrives.
type Answer = watch::Receiver<Option<Said>>;

#[derive(Debug)]
struct Kept {
    said: Said,
    octets: usize,
    since: Timestamp,
    until: Timestamp,
}

impl Memory {
    pub(crate) fn new(outbound: Outbound, settings: &BrokerSettings, clock: Clock) -> Self {
        Self {
            outbound: Arc::new(outbound),
            ds128: settings.ds128_issuers,
            clock,
            known: Arc::default(),
            gate: Arc::new(Gate::new()),
        }
    }

    /// Gives what `host` says about the domain `about`: from memory, or by asking it.
    pub(crate) async fn ask(&self, host: &Authority, about: &Domain) -> Said {
        let mut answer = match self.look(host, about) {
            Look::Known(said) => return said,
            Look::Asking(answer) => answer,
        };
        let arrived = answer.wait_for(Option::is_some).await;
        // A question whose task was torn down, when the program ends, has no answer.
        arrived
            .ok()
            .and_then(|said| said.clone())
            .unwrap_or_else(|| Err(FetchError::Timeout(host.clone())))
    }

    fn look(&self, host: &Authority, about: &Domain) -> Look {
        let now = self.clock.now();
        let key = (host.clone(), about.clone());
        let mut known = lock(&self.known);
        if let Some(kept) = known.kept.get(&key).filter(|kept| kept.lasts(now)) {
            return Look::Known(kept.said.clone());
        }
        if let Some(answer) = known.under_way.get(&key) {
            return Look::Asking(answer.clone());
        }
        if known.under_way.len() >= MOST_UNDER_WAY {
            return Look::Known(Err(FetchError::NotAsked(host.clone(), Obstacle::Busy)));
        }
        let (sender, answer) = watch::channel(None);
        known.under_way.insert(key.clone(), answer.clone());
        let question = Question {
            known: Arc::clone(&self.known),
            key,
        };
        tokio::spawn(self.clone().fetch(question, sender));
        Look::Asking(answer)
    }

    async fn fetch(self, question: Question, sender: watch::Sender<Option<Said>>) {
        let (host, about) = &question.key;
        let fetched = match timeout(LONGEST_WAIT, self.gate.enter(host.host())).await {
            Ok(Ok(_place)) => self.outbound.document(host, about).await,
            Ok(Err(_)) | Err(_) => Err(FetchError::NotAsked(host.clone(), Obstacle::Busy)),
        };
        self.gate.forget_idle_hosts();
        let lifetime = lifetime(&fetched);
        let octets = fetched.as_ref().map_or(0, |fetched| fetched.octets);
        let said = fetched.map(|fetched| Arc::new(self.word(host, fetched.document)));
        let since = self.clock.now();
        let until = since.plus(lifetime);
        let kept = Kept {
            said: said.clone(),
            octets,
            since,
            until,
        };
        lock(&self.known).keep(question.key.clone(), kept);
        drop(question);
        sender.send_replace(Some(said));
    }

    fn word(&self, host: &Authority, document: SupportDocument) -> Word {
        match document {
            SupportDocument::Disabled => Word::Disabled,
            SupportDocument::Delegation { authority } => Word::Delegation(authority),
            SupportDocument::Idp {
                mut keys,
                authentication,
                provisioning,
                handoff,
            } => {
                // An issuer without a key that is believed is an issuer all the same.
                keys.retain(|key| self.ds128 || key.algorithm() != Algorithm::Ds128);
                // Plain concatenation is the rule; the paths survive it (`browserid.md` §1.3).
                let url = |path: &PagePath| format!("https://{host}{}", path.as_str());
                let issuer = Issuer {
                    authority: host.clone(),
                    keys,
                    authentication: url(&authentication),
                    provisioning: url(&provisioning),
                    handoff: handoff.as_ref().map(url),
                };
                Word::Issuer {
                    issuer: Arc::new(issuer),
                    noted: AtomicBool::new(false),
                }
            }
        }
    }
}

enum Look {
    Known(Said),
    Asking(Answer),
}

/// A question under way. However it ends, it is not under way any longer.
struct Question {
    known: Arc<Mutex<Known>>,
    key: Key,
}

impl Drop for Question {
    fn drop(&mut self) {
        lock(&self.known).under_way.remove(&self.key);
    }
}

impl Kept {
    fn lasts(&self, now: Timestamp) -> bool {
        // A clock that was set back must not keep an answer for ever.
        self.since <= now && now < self.until
    }
}

impl Known {
    /// Keeps an answer. When there is no room, those that end soonest go.
    fn keep(&mut self, key: Key, kept: Kept) {
        self.forget(&key);
        while self.kept.len() >= MOST_KEPT || self.octets + kept.octets > MOST_OCTETS {
            let first = self.kept.iter().min_by_key(|(_, kept)| kept.until);
            let Some(first) = first.map(|(key, _)| key.clone()) else {
                break;
            };
            self.forget(&first);
        }
        self.octets += kept.octets;
        self.kept.insert(key, kept);
    }

    fn forget(&mut self, key: &Key) {
        if let Some(former) = self.kept.remove(key) {
            self.octets -= former.octets;
        }
    }
}

/// How long an answer is kept: a document as long as it says, within limits; trouble very shortly.
fn lifetime(fetched: &Result<Fetched, FetchError>) -> Duration {
    match fetched {
        Ok(fetched) => fetched
            .max_age
            .unwrap_or(DOCUMENT_LIFETIME)
            .clamp(SHORTEST_LIFETIME, LONGEST_LIFETIME),
        Err(error) if error.is_definite() => NO_LIFETIME,
        Err(_) => TROUBLE_LIFETIME,
    }
}

/// How many hosts are asked at once.
#[derive(Debug)]
struct Gate {
    all: Arc<Semaphore>,
    hosts: Mutex<HashMap<Domain, Arc<Semaphore>>>,
}

impl Gate {
    fn new() -> Self {
        Self {
            all: Arc::new(Semaphore::new(MOST_AT_ONCE)),
            hosts: Mutex::default(),
        }
    }

    /// Waits for a place among those who ask `host`, and then among all.
    async fn enter(
        &self,
        host: &Domain,
    ) -> Result<(OwnedSemaphorePermit, OwnedSemaphorePermit), AcquireError> {
        let line = {
            let mut hosts = lock(&self.hosts);
            let line = hosts
                .entry(host.clone())
                .or_insert_with(|| Arc::new(Semaphore::new(MOST_AT_ONE_HOST)));
            Arc::clone(line)
        };
        let at_host = line.acquire_owned().await?;
        let in_all = Arc::clone(&self.all).acquire_owned().await?;
        Ok((at_host, in_all))
    }

    fn forget_idle_hosts(&self) {
        lock(&self.hosts).retain(|_, line| Arc::strong_count(line) > 1);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What a document is believed for that does not say how long.
const DOCUMENT_LIFETIME: Duration = Duration::from_secs(5 * 60);
const SHORTEST_LIFETIME: Duration = Duration::from_secs(60);
const LONGEST_LIFETIME: Duration = Duration::from_secs(60 * 60);
/// What a definite no is believed for.
const NO_LIFETIME: Duration = Duration::from_secs(60);
/// How long a host that could not be asked is left alone.
const TROUBLE_LIFETIME: Duration = Duration::from_secs(10);
/// How many answers are kept, and how long their documents may be together.
const MOST_KEPT: usize = 10_000;
const MOST_OCTETS: usize = 32 * 1024 * 1024;
/// How many questions are under way or in line.
const MOST_UNDER_WAY: usize = 1000;
const MOST_AT_ONCE: usize = 256;
const MOST_AT_ONE_HOST: usize = 4;
/// How long a question stands in line.
const LONGEST_WAIT: Duration = Duration::from_secs(4);
