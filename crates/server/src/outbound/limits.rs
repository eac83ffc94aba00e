//! How much is asked at once and how often: for one customer, of one host, at one address.
//!
//! Counted in this process, each within bounds of its own (`browserid.md` §8.1 F12). A customer who
//! has had their share is told so before anything is begun, so that nobody else who asks the same
//! finds a question that was begun without a place to be asked from.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use protocol::time::Timestamp;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::queue::{Full, Line, Place, Queue};

/// What customers' questions are counted by.
#[derive(Debug)]
pub(crate) struct Customers {
    queue: Queue,
    questions: Rate,
    notes: Rate,
}

/// A customer's leave to ask a host.
#[derive(Debug)]
pub(crate) struct Turn {
    /// Held until there is an answer.
    pub(super) question: Place,
    /// Held until the name was looked up, which may take longer: a look-up cannot be called off.
    pub(super) look_up: Place,
}

impl Customers {
    pub(crate) fn new() -> Self {
        Self {
            queue: Queue::default(),
            questions: Rate::new(QUESTIONS_IN_A_MINUTE, MINUTE),
            notes: Rate::new(NOTES_IN_AN_HOUR, HOUR),
        }
    }

    /// Lets a customer begin a question; `None` if they, or all together, have enough of them.
    pub(crate) fn begin(&self, customer: &str, now: Timestamp) -> Option<Turn> {
        let question = self.queue.enter(&[
            line(
                &format!("question of {customer}"),
                QUESTIONS_OF_CUSTOMER,
                Full::Caller,
            ),
            line("question", QUESTIONS, Full::Server),
        ]);
        let look_up = self.queue.enter(&[line(
            &format!("look-up of {customer}"),
            LOOK_UPS_OF_CUSTOMER,
            Full::Caller,
        )]);
        let turn = Turn {
            question: question.ok()?,
            look_up: look_up.ok()?,
        };
        self.questions.admit(customer, now).then_some(turn)
    }

    /// Lets a customer wait for an answer.
    pub(crate) fn wait(&self, customer: &str) -> Option<Place> {
        let lines = [
            line(
                &format!("waiting of {customer}"),
                WAITING_OF_CUSTOMER,
                Full::Caller,
            ),
            line("waiting", WAITING, Full::Server),
        ];
        self.queue.enter(&lines).ok()
    }

    /// Lets a customer's question add to what is remembered for long.
    pub(super) fn may_note(&self, customer: &str, now: Timestamp) -> bool {
        self.notes.admit(customer, now)
    }
}

fn line(name: &str, most: usize, when_full: Full) -> Line {
    Line {
        name: name.to_owned(),
        most,
        when_full,
    }
}

/// What connections to strangers' addresses are counted by. A /64 counts as one address.
#[derive(Debug)]
pub(super) struct Addresses {
    lines: Lines<IpAddr>,
    rate: Rate,
}

impl Addresses {
    pub(super) fn new() -> Self {
        Self {
            lines: Lines::new(CONNECTIONS_TO_ADDRESS),
            rate: Rate::new(CONNECTIONS_IN_A_MINUTE, MINUTE),
        }
    }

    /// Waits for a place among those who talk to an address; `None` if it was talked to enough.
    pub(super) async fn enter(&self, to: IpAddr, now: Timestamp) -> Option<OwnedSemaphorePermit> {
        self.lines.forget_idle();
        let network = network_of(to);
        let place = self.lines.enter(&network).await;
        place.filter(|_| self.rate.admit(&network.to_string(), now))
    }
}

fn network_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => {
            Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)).into()
        }
    }
}

/// Lines in which one waits, one for each of those asked.
#[derive(Debug)]
pub(super) struct Lines<K> {
    most: usize,
    lines: Mutex<HashMap<K, Arc<Semaphore>>>,
}

impl<K: Clone + Eq + Hash> Lines<K> {
    /// Lets so many in at once, to each.
    pub(super) fn new(most: usize) -> Self {
        Self {
            most,
            lines: Mutex::default(),
        }
    }

    /// Waits for a place. `None` never comes, as lines are not closed.
    pub(super) async fn enter(&self, to: &K) -> Option<OwnedSemaphorePermit> {
        let line = {
            let mut lines = lock(&self.lines);
            let line = lines
                .entry(to.clone())
                .or_insert_with(|| Arc::new(Semaphore::new(self.most)));
            Arc::clone(line)
        };
        line.acquire_owned().await.ok()
    }

    /// Forgets the lines in which nobody stands.
    pub(super) fn forget_idle(&self) {
        lock(&self.lines).retain(|_, line| Arc::strong_count(line) > 1);
    }
}

/// How often each may do something within a window of time, which is the same for all.
#[derive(Debug)]
struct Rate {
    most: u32,
    window: Duration,
    counts: Mutex<Counts>,
}

#[derive(Debug)]
struct Counts {
    since: Timestamp,
    of: HashMap<String, u32>,
}

impl Rate {
    fn new(most: u32, window: Duration) -> Self {
        let counts = Counts {
            since: Timestamp::from_millis(0),
            of: HashMap::new(),
        };
        Self {
            most,
            window,
            counts: Mutex::new(counts),
        }
    }

    /// Counts, or says that it is enough. Who comes when the book is full is not let in.
    fn admit(&self, who: &str, now: Timestamp) -> bool {
        let mut counts = lock(&self.counts);
        // A clock that was set back must not make the window longer.
        if now < counts.since || now >= counts.since.plus(self.window) {
            counts.since = now;
            counts.of.clear();
        }
        let is_known = counts.of.contains_key(who);
        if !is_known && counts.of.len() >= MOST_COUNTED {
            return false;
        }
        let count = counts.of.entry(who.to_owned()).or_default();
        let is_room = *count < self.most;
        *count += u32::from(is_room);
        is_room
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How many questions of one customer, and of all, are under way at once.
const QUESTIONS_OF_CUSTOMER: usize = 16;
const QUESTIONS: usize = 256;
const QUESTIONS_IN_A_MINUTE: u32 = 300;
/// How many of the resolver's threads one customer may hold.
const LOOK_UPS_OF_CUSTOMER: usize = 16;
/// How many requests of one customer, and of all, wait for answers at once.
const WAITING_OF_CUSTOMER: usize = 64;
const WAITING: usize = 512;
/// How many domains that nobody has asked about before one customer's questions may note.
const NOTES_IN_AN_HOUR: u32 = 60;
/// How often one address is connected to, whatever names lead to it. Many domains share one, so
/// what one customer may ask must be little beside it.
const CONNECTIONS_TO_ADDRESS: usize = 32;
const CONNECTIONS_IN_A_MINUTE: u32 = 600;
/// How many are counted within one window.
const MOST_COUNTED: usize = 10_000;
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);

#[cfg(test)]
mod tests {
    use tokio::time::timeout;

    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1000)
    }

    #[test]
    fn a_customer_has_a_few_questions_under_way_and_others_have_theirs() {
        let customers = Customers::new();
        let begin = |customer| customers.begin(customer, at(1000));
        let mut turns: Vec<_> = (0..QUESTIONS_OF_CUSTOMER).map(|_| begin("a")).collect();

        assert!(turns.iter().all(Option::is_some));
        assert!(begin("a").is_none());
        assert!(begin("b").is_some());
        turns.pop();
        assert!(begin("a").is_some());
    }

    #[test]
    fn look_ups_that_do_not_return_hold_the_places_of_their_customer_alone() {
        let customers = Customers::new();
        let stuck: Vec<_> = (0..LOOK_UPS_OF_CUSTOMER)
            .map(|_| customers.begin("a", at(1000)).unwrap().look_up)
            .collect();

        assert!(customers.begin("a", at(1000)).is_none());
        assert!(customers.begin("b", at(1000)).is_some());
        drop(stuck);
        assert!(customers.begin("a", at(1000)).is_some());
    }

    #[test]
    fn a_customer_begins_only_so_many_questions_in_a_minute() {
        let customers = Customers::new();
        let begun = |seconds| {
            let turns = (0..1000).map(|_| customers.begin("a", at(seconds)));
            turns.flatten().count()
        };

        assert_eq!(begun(1000), 300);
        assert_eq!(begun(1059), 0);
        assert_eq!(begun(1060), 300);
        assert_eq!(
            begun(500),
            300,
            "a clock that was set back locks nobody out"
        );
    }

    #[test]
    fn what_is_counted_is_bounded() {
        let rate = Rate::new(1, MINUTE);
        for number in 0..MOST_COUNTED {
            assert!(rate.admit(&number.to_string(), at(1000)));
        }

        assert!(!rate.admit("one more", at(1000)));
        assert!(rate.admit("one more", at(1060)));
        assert_eq!(lock(&rate.counts).of.len(), 1);
    }

    #[tokio::test]
    async fn an_address_is_connected_to_only_so_often_whatever_its_name() {
        let addresses = Addresses::new();
        let one = IpAddr::from([192, 0, 2, 7]);
        let mut connected = 0;
        for _ in 0..1000 {
            connected += i32::from(addresses.enter(one, at(1000)).await.is_some());
        }

        assert_eq!(connected, 600);
        let other = IpAddr::from([192, 0, 2, 8]);
        assert!(addresses.enter(other, at(1000)).await.is_some());
        assert!(addresses.enter(one, at(1060)).await.is_some());
    }

    #[tokio::test]
    async fn a_network_of_64_bits_is_one_address() {
        let addresses = Addresses::new();
        let mut places = Vec::new();
        for last in 1..=32 {
            let address = Ipv6Addr::new(0x2001, 0xdb8, 1, 2, 3, 4, 5, last);
            places.push(addresses.enter(address.into(), at(1000)).await.unwrap());
        }
        let is_full = async |address: Ipv6Addr| {
            let entering = addresses.enter(address.into(), at(1000));
            timeout(Duration::ZERO, entering).await.is_err()
        };

        assert!(is_full(Ipv6Addr::new(0x2001, 0xdb8, 1, 2, 9, 9, 9, 9)).await);
        assert!(!is_full(Ipv6Addr::new(0x2001, 0xdb8, 1, 3, 3, 4, 5, 1)).await);
        places.pop();
        assert!(!is_full(Ipv6Addr::new(0x2001, 0xdb8, 1, 2, 9, 9, 9, 9)).await);
    }

    #[tokio::test]
    async fn only_a_few_ask_one_host_at_once() {
        let lines = Lines::new(4);
        let mut places = Vec::new();
        for _ in 0..4 {
            places.push(lines.enter(&"busy").await.unwrap());
        }

        let is_full = async |host| timeout(Duration::ZERO, lines.enter(&host)).await.is_err();
        assert!(is_full("busy").await);
        assert!(!is_full("idle").await);

        places.pop();
        assert!(!is_full("busy").await);
        lines.forget_idle();
        assert!(!lines.lines.lock().unwrap().contains_key("idle"));
        assert!(lines.lines.lock().unwrap().contains_key("busy"));
    }
}
