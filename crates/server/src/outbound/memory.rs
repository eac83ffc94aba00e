//! What hosts said lately, so that one question serves all who ask (`browserid.md` §8.1 F12).
//!
//! Kept by the host asked and the domain asked about, because the answer may depend on both (§1.1).
//! Whoever comes while a question is under way waits for its answer. The question runs in a task of
//! its own: it goes on when the one who began it goes away, and counts as theirs until it is done. What
//! is kept costs nobody anything; beginning a question and waiting for one are limited by `limits`.

use std::collections::HashMap;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use protocol::browserid::{Authority, PagePath, SupportDocument};
use protocol::email::Domain;
use protocol::jose::{Algorithm, PublicKey};
use protocol::time::Timestamp;
use tokio::sync::watch;
use tokio::time::timeout;

use super::limits::{Customers, Lines, Turn};
use super::{FetchError, Fetched, Obstacle, Outbound};
use crate::clock::Clock;
use crate::settings::{BrokerSettings, OutboundSettings};

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
    customers: Arc<Customers>,
    hosts: Arc<Lines<Domain>>,
}

#[derive(Debug, Default)]
struct Known {
    kept: HashMap<Key, Kept>,
    /// How long the documents of all that is kept are together.
    octets: usize,
    /// How often what is kept was asked for.
    uses: u64,
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
    /// Which use of all that is kept was the last one of this.
    used: u64,
}

impl Memory {
    pub(crate) fn new(outbound: Outbound, settings: &BrokerSettings, clock: Clock) -> Self {
        Self {
            outbound: Arc::new(outbound),
            ds128: settings.ds128_issuers,
            clock,
            known: Arc::default(),
            customers: Arc::new(Customers::new()),
            hosts: Arc::new(Lines::new(MOST_AT_ONE_HOST)),
        }
    }

    /// The same for other settings: whoever has asked enough has still done so. What hosts said goes on to
    /// count, unless they are to be asked or believed in another way.
    pub(crate) fn renewed(
        &self,
        outbound: &OutboundSettings,
        broker: &BrokerSettings,
    ) -> Result<Self, mailbox::OpenError> {
        let mut renewed = self.clone();
        if self.outbound.settings != *outbound || self.ds128 != broker.ds128_issuers {
            renewed.known = Arc::default();
        }
        renewed.outbound = Arc::new(self.outbound.renewed(outbound)?);
        renewed.ds128 = broker.ds128_issuers;
        Ok(renewed)
    }

    /// Gives the door by which hosts are asked.
    pub(crate) const fn outbound(&self) -> &Arc<Outbound> {
        &self.outbound
    }

    /// Gives what `host` says about the domain `about`: from memory, or by asking it on behalf of
    /// `customer`, who may have asked enough.
    pub(crate) async fn ask(&self, host: &Authority, about: &Domain, customer: &str) -> Said {
        let mut answer = match self.look(host, about, customer) {
            Look::Known(said) => return said,
            Look::Asking(answer) => answer,
        };
        let Some(_place) = self.customers.wait(customer) else {
            return busy(host);
        };
        let arrived = answer.wait_for(Option::is_some).await;
        // A question whose task was torn down, when the program ends, has no answer.
        arrived
            .ok()
            .and_then(|said| said.clone())
            .unwrap_or_else(|| Err(FetchError::Timeout(host.clone())))
    }

    /// May what a customer's question has found be remembered for long, where it is new?
    pub(crate) fn may_note(&self, customer: &str) -> bool {
        self.customers.may_note(customer, self.clock.now())
    }

    fn look(&self, host: &Authority, about: &Domain, customer: &str) -> Look {
        let now = self.clock.now();
        let key = (host.clone(), about.clone());
        let mut known = lock(&self.known);
        if let Some(said) = known.recall(&key, now) {
            return Look::Known(said);
        }
        if let Some(answer) = known.under_way.get(&key) {
            return Look::Asking(answer.clone());
        }
        let Some(turn) = self.customers.begin(customer, now) else {
            return Look::Known(busy(host));
        };
        let (sender, answer) = watch::channel(None);
        known.under_way.insert(key.clone(), answer.clone());
        let question = Question {
            known: Arc::clone(&self.known),
            key,
        };
        tokio::spawn(self.clone().fetch(question, turn, sender));
        Look::Asking(answer)
    }

    async fn fetch(self, question: Question, turn: Turn, sender: watch::Sender<Option<Said>>) {
        let (host, about) = &question.key;
        let fetched = match timeout(LONGEST_WAIT, self.hosts.enter(host.host())).await {
            Ok(Some(_place)) => self.outbound.document(host, about, turn.look_up).await,
            Ok(None) | Err(_) => Err(FetchError::NotAsked(host.clone(), Obstacle::Busy)),
        };
        self.hosts.forget_idle();
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
            used: 0,
        };
        if !lifetime.is_zero() {
            lock(&self.known).keep(question.key.clone(), kept);
        }
        drop((question, turn.question));
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
    /// Gives an answer that is kept, which counts as a use of it.
    fn recall(&mut self, key: &Key, now: Timestamp) -> Option<Said> {
        let kept = self.kept.get_mut(key).filter(|kept| kept.lasts(now))?;
        self.uses += 1;
        kept.used = self.uses;
        Some(kept.said.clone())
    }

    /// Keeps an answer. When there is no room, those go that nobody has asked for the longest: how long
    /// an answer says that it lasts does not help it to stay.
    fn keep(&mut self, key: Key, mut kept: Kept) {
        self.forget(&key);
        self.uses += 1;
        kept.used = self.uses;
        while self.kept.len() >= MOST_KEPT || self.octets + kept.octets > MOST_OCTETS {
            let first = self.kept.iter().min_by_key(|(_, kept)| kept.used);
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
        // It was never asked.
        Err(FetchError::NotAsked(_, Obstacle::Busy)) => Duration::ZERO,
        Err(_) => TROUBLE_LIFETIME,
    }
}

fn busy(host: &Authority) -> Said {
    Err(FetchError::NotAsked(host.clone(), Obstacle::Busy))
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
/// How many questions one host is asked at once, and how long a question waits for its turn.
const MOST_AT_ONE_HOST: usize = 4;
const LONGEST_WAIT: Duration = Duration::from_secs(4);
