//! The wildcard: every domain whose mail comes to us, where the settings have `[any_domain]`.
//!
//! A domain that the settings do not name is served if it has MX records (RFC 5321 §5.1) and **all**
//! of them name hosts of the settings. Who answers the look-up thereby has a say in who may sign in: see
//! `docs/decisions/0019-every-domain-whose-mail-comes-to-us.md`. So "no" and "could not ask" are kept
//! apart all the way: whoever could not be asked changes nothing about a domain that was ours, for a
//! day, and makes none ours that was not.
//!
//! Called by `App::door` alone. Deliberately absent: DNS itself, which whoever starts the server hands
//! in as [`MailExchangers`], and the passwords, which the mail server knows.

mod memory;
mod name;
#[cfg(test)]
mod tests;

use std::fmt::Debug;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use mailbox::BoxFuture;
use protocol::email::Domain;
use tokio::sync::watch;
use tokio::time::timeout;

use self::memory::{Known, Learned, Remembered, Word};
use crate::clock::{Clock, stopwatch};
use crate::outbound::{Customers, Turn};
use crate::queue::Place;
use crate::settings::AnyDomainSettings;

/// Somebody who can be asked who takes a domain's mail.
pub trait MailExchangers: Debug + Send + Sync {
    /// Asks for all MX records of a domain, and for nothing in their place: not for its addresses.
    ///
    /// An answer of which a part may be missing is none. It need not keep a time limit of its own.
    fn of<'a>(&'a self, domain: &'a Domain) -> BoxFuture<'a, Result<Exchangers, NotAnswered>>;
}

/// Who takes a domain's mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Exchangers {
    /// Nobody that anything says about: there is no such record, or no such domain.
    None,
    /// The hosts that the records name.
    These {
        /// Their names as the records write them, with the dot of the root or without; a lone `.`
        /// says that the domain has no mail (RFC 7505).
        hosts: Vec<String>,
        /// For how long that may be remembered: the shortest of the records' times to live.
        lifetime: Duration,
    },
}

/// Nobody could say who takes a domain's mail.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NotAnswered(
    /// Why, safe to be logged.
    pub String,
);

/// It is not known whether a domain is served here.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DoorUnknown {
    /// Who takes its mail could not be asked.
    #[error("who takes the mail of {domain} could not be asked: {why}")]
    NotAnswered {
        /// The domain.
        domain: Domain,
        /// Why; for the log.
        why: String,
    },
    /// Whoever wants to know has asked about too many domains, or all together have.
    #[error("too many domains are being asked about; try again in a moment")]
    Busy,
}

/// Knows which domains' mail comes to us, asks about the others, and remembers for a while.
#[derive(Clone, Debug)]
pub(crate) struct Wildcard {
    settings: Arc<AnyDomainSettings>,
    /// Nobody, until somebody was handed in: then nothing is known about any domain.
    exchangers: Option<Arc<dyn MailExchangers>>,
    clock: Clock,
    known: Arc<Mutex<Known>>,
    customers: Arc<Customers>,
    /// The same for domains that were ours and are asked about again.
    renewals: Arc<Customers>,
}

/// Where an answer arrives.
type Answer = watch::Receiver<Option<Word>>;

impl Wildcard {
    pub(crate) fn new(settings: &AnyDomainSettings, clock: Clock) -> Self {
        Self {
            settings: Arc::new(settings.clone()),
            exchangers: None,
            clock,
            known: Arc::default(),
            customers: Arc::new(Customers::new()),
            renewals: Arc::new(Customers::new()),
        }
    }

    /// The same for other settings: whoever has asked enough has still done so. What was said goes on
    /// to count where it is judged by the same names.
    pub(crate) fn renewed(&self, settings: &AnyDomainSettings) -> Self {
        let mut renewed = self.clone();
        if self.settings.mx != settings.mx {
            renewed.known = Arc::default();
        }
        renewed.settings = Arc::new(settings.clone());
        renewed
    }

    /// Asks `exchangers` from now on.
    pub(crate) fn asks(&mut self, exchangers: Arc<dyn MailExchangers>) {
        self.exchangers = Some(exchangers);
    }

    /// Does the mail of a domain come to us? Asked on behalf of `customer`, who may have asked enough;
    /// what is known already is free.
    pub(crate) async fn serves(
        &self,
        domain: &Domain,
        customer: &str,
    ) -> Result<bool, DoorUnknown> {
        if name::is_nobodys(domain) || self.settings.except.contains(domain) {
            return Ok(false);
        }
        let word = match self.look(domain, customer)? {
            Look::Known(word) => word,
            Look::Asking(mut answer, place) => {
                let arrived = answer.wait_for(Option::is_some).await;
                drop(place);
                let word = arrived.ok().and_then(|word| word.clone());
                // A question whose task was torn down, when the program ends, has no answer.
                word.unwrap_or_else(|| Word::Unknown("the question broke off".to_owned()))
            }
        };
        match word {
            Word::Ours => Ok(true),
            Word::NotOurs => Ok(false),
            Word::Unknown(why) => {
                let domain = domain.clone();
                Err(DoorUnknown::NotAnswered { domain, why })
            }
        }
    }

    fn look(&self, domain: &Domain, customer: &str) -> Result<Look, DoorUnknown> {
        let now = self.clock.now();
        let mut known = lock(&self.known);
        let (book, customer, place) = match known.recall(domain, now) {
            Remembered::Fresh(word) => return Ok(Look::Known(word)),
            // It was ours. To ask again counts for whoever has brought it, in a book of its own: who asks
            // now may have used up what they may ask. Where even that is too much there is no old answer
            // either, or else it could be kept for a day by whoever takes all places.
            Remembered::Old(customer) => (&self.renewals, customer, None),
            Remembered::Nothing => {
                let place = self.customers.wait(customer).ok_or(DoorUnknown::Busy)?;
                (&self.customers, customer.to_owned(), Some(place))
            }
        };
        if let Some(answer) = known.under_way.get(domain) {
            return Ok(Look::Asking(answer.clone(), place));
        }
        let turn = book.begin(&customer, now).ok_or(DoorUnknown::Busy)?;
        let (sender, answer) = watch::channel(None);
        known.under_way.insert(domain.clone(), answer.clone());
        let question = Question {
            known: Arc::clone(&self.known),
            domain: domain.clone(),
            customer,
            _turn: turn,
        };
        // In a task of its own: it goes on when the one who began it goes away.
        tokio::spawn(self.clone().ask(question, sender));
        Ok(Look::Asking(answer, place))
    }

    async fn ask(self, question: Question, sender: watch::Sender<Option<Word>>) {
        let domain = &question.domain;
        let watch = stopwatch();
        let answered = match &self.exchangers {
            Some(exchangers) => timeout(LOOK_UP_LIMIT, exchangers.of(domain))
                .await
                .unwrap_or_else(|_| Err(NotAnswered("no answer in time".to_owned()))),
            None => Err(NotAnswered("this command does not ask DNS".to_owned())),
        };
        let learned = self.judge(answered);
        let millis = watch.elapsed().as_millis();
        let (outcome, cause) = learned.outcome();
        let now = self.clock.now();
        let word = lock(&self.known).learn(domain, &question.customer, learned, now);
        if let Some(cause) = cause {
            let still_ours = word == Word::Ours;
            tracing::warn!(%domain, outcome, cause, still_ours, millis, "mail exchangers");
        } else {
            tracing::info!(%domain, outcome, millis, "mail exchangers");
        }
        drop(question);
        sender.send_replace(Some(word));
    }

    /// Decides what an answer means: all of the hosts must be ours, and there must be one.
    fn judge(&self, answered: Result<Exchangers, NotAnswered>) -> Learned {
        match answered {
            Ok(Exchangers::These { hosts, lifetime })
                if !hosts.is_empty() && hosts.iter().all(|host| self.is_ours(host)) =>
            {
                Learned::Ours(lifetime)
            }
            Ok(Exchangers::These { .. } | Exchangers::None) => Learned::NotOurs,
            Err(NotAnswered(why)) => Learned::NotAnswered(why),
        }
    }

    /// Is this the name of one of our hosts, letter for letter? Nothing is converted: only we ourselves
    /// write our names, and DNS tells no other letters apart than upper from lower case.
    fn is_ours(&self, host: &str) -> bool {
        let host = host.strip_suffix('.').unwrap_or(host);
        let ours = self.settings.mx.iter();
        ours.map(Domain::as_str)
            .any(|name| name.eq_ignore_ascii_case(host))
    }
}

enum Look {
    Known(Word),
    /// And the place among those who wait, held for as long as they do.
    Asking(Answer, Option<Place>),
}

/// A question under way. However it ends, it is not under way any longer.
struct Question {
    known: Arc<Mutex<Known>>,
    domain: Domain,
    customer: String,
    _turn: Turn,
}

impl Drop for Question {
    fn drop(&mut self) {
        lock(&self.known).under_way.remove(&self.domain);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How long one look-up may take.
const LOOK_UP_LIMIT: Duration = Duration::from_secs(3);
