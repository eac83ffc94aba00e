//! The rest that a mail server is given while it cannot answer.
//!
//! After several questions in a row that could not be asked, the next ones are answered "could not
//! ask" at once, without a connection. When the rest is over, one look at the server, without
//! anybody's password, decides between another, longer one and going on. Why it is like this, and
//! with which numbers: `docs/decisions/0017-waits-and-rests.md`.
//!
//! Called by the login journey. A rest is never "wrong": what comes of it is the `Unavailable` that
//! led to it. Kept in this process only. `persona check` asks by itself, and knows of no rest.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use mailbox::{Concern, PasswordCheck, Question, Unavailable, Verdict};
use protocol::time::Timestamp;

use crate::clock::Clock;

/// A mail server that rests when it cannot answer.
#[derive(Debug)]
pub(crate) struct Breaker {
    server: Arc<dyn PasswordCheck>,
    state: Arc<Mutex<State>>,
}

/// Whom a question is about, and from where it comes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked<'a> {
    pub(crate) account: &'a str,
    /// The widest network that is one customer's.
    pub(crate) network: &'a str,
}

/// Why nothing was said about a password.
#[derive(Debug)]
pub(crate) struct CouldNotAsk {
    /// What happened, to this question or to the ones that led to the rest.
    pub(crate) cause: Unavailable,
    /// Whether the question was not put at all, because the server rests.
    pub(crate) rested: bool,
}

impl CouldNotAsk {
    /// Gives one stable word for logs and figures.
    pub(crate) const fn reason(&self) -> &'static str {
        if self.rested {
            return "resting";
        }
        self.cause.reason()
    }
}

impl Breaker {
    /// Stands before `server`, which is taken to be well.
    pub(crate) fn new(server: Arc<dyn PasswordCheck>) -> Self {
        Self {
            server,
            state: Arc::default(),
        }
    }

    /// Stands before `server`, which is the same one opened anew: a rest goes on.
    pub(crate) fn reopened(&self, server: Arc<dyn PasswordCheck>) -> Self {
        Self {
            server,
            state: Arc::clone(&self.state),
        }
    }

    /// Gives what stands behind, for questions that need no rest.
    pub(crate) const fn server(&self) -> &Arc<dyn PasswordCheck> {
        &self.server
    }

    /// Names the server, for people.
    pub(crate) fn describe(&self) -> String {
        self.server.describe()
    }

    /// Puts a question, unless the server rests. The clock says what time it is before and after it.
    pub(crate) async fn ask(
        &self,
        question: Question<'_>,
        asked: Asked<'_>,
        clock: &Clock,
    ) -> Result<Verdict, CouldNotAsk> {
        let rested = |cause| CouldNotAsk {
            cause,
            rested: true,
        };
        let passage = self.state().enter(clock.now());
        match passage {
            Passage::Open => {}
            Passage::Shut(cause) => return Err(rested(cause)),
            Passage::Look => self.look(clock).await.map_err(rested)?,
        }
        match self.server.check(question).await {
            Ok(verdict) => {
                self.tell_end(self.state().answered());
                Ok(verdict)
            }
            Err(cause) => {
                self.note(&cause, asked, clock.now());
                Err(CouldNotAsk {
                    cause,
                    rested: false,
                })
            }
        }
    }

    /// Looks whether the server is back, without anybody's password.
    async fn look(&self, clock: &Clock) -> Result<(), Unavailable> {
        let looked = tokio::time::timeout(LOOK_LIMIT, self.server.probe()).await;
        let seen = looked.unwrap_or(Err(Unavailable::Timeout {
            before: "it showed that it is back",
        }));
        match seen {
            Ok(_) => {
                self.tell_end(self.state().found_well());
                Ok(())
            }
            Err(cause) => {
                self.state().found_ill(cause.clone(), clock.now());
                Err(cause)
            }
        }
    }

    fn note(&self, cause: &Unavailable, asked: Asked<'_>, now: Timestamp) {
        let Some(rest) = self.state().failed(cause, asked, now) else {
            return;
        };
        let (server, rest_s) = (self.server.describe(), rest.as_secs());
        tracing::warn!(
            server,
            rest_s,
            reason = cause.reason(),
            failures = IN_A_ROW,
            "the mail server could not be asked several times in a row, and rests"
        );
    }

    fn tell_end(&self, ended: bool) {
        if ended {
            let server = self.server.describe();
            tracing::warn!(server, "the mail server is asked again after a rest");
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is known of the server.
#[derive(Debug, Default)]
struct State {
    /// The failures since it last answered: `None` for one that concerns everybody, or the account
    /// that it was about and the network that it came from.
    in_a_row: Vec<Option<(String, String)>>,
    /// Present while it rests.
    rest: Option<Rest>,
    /// How long the last rest was, if there was no answer since.
    last: Option<Duration>,
}

#[derive(Debug)]
struct Rest {
    until: Timestamp,
    cause: Unavailable,
}

/// What becomes of a question.
#[derive(Debug, PartialEq, Eq)]
enum Passage {
    /// It is put.
    Open,
    /// It is the one that looks first.
    Look,
    /// It is not put, because of this.
    Shut(Unavailable),
}

impl State {
    fn enter(&mut self, now: Timestamp) -> Passage {
        let Some(rest) = &mut self.rest else {
            return Passage::Open;
        };
        let left = rest.until.since(now);
        // A clock that was set back must not make the rest longer.
        if !left.is_zero() && left <= LONGEST_REST {
            return Passage::Shut(rest.cause.clone());
        }
        // One looks. Should it never come to an end, another does.
        rest.until = now.plus(LOOK_LIMIT.saturating_mul(2));
        Passage::Look
    }

    /// Notes a verdict, and says whether it ended a rest.
    fn answered(&mut self) -> bool {
        self.last = None;
        self.found_well()
    }

    /// Notes that the server is there. Its next rest is longer all the same, until there is a
    /// verdict: one that greets and then judges nobody is not well.
    fn found_well(&mut self) -> bool {
        self.in_a_row.clear();
        self.rest.take().is_some()
    }

    fn found_ill(&mut self, cause: Unavailable, now: Timestamp) {
        // A question from before the rest may have been answered meanwhile.
        if self.rest.is_some() {
            self.begin_rest(cause, now);
        }
    }

    /// Notes a failure, and says how long the rest is that it led to.
    fn failed(
        &mut self,
        cause: &Unavailable,
        asked: Asked<'_>,
        now: Timestamp,
    ) -> Option<Duration> {
        if self.rest.is_some() {
            return None;
        }
        let Asked { account, network } = asked;
        let about = match cause.concern() {
            Concern::Everybody => None,
            Concern::PerhapsOneAccount => Some((account.to_owned(), network.to_owned())),
            Concern::OneAccount => return None,
        };
        // Somebody whose own account is in trouble must not make it everybody's, nor somebody who makes
        // up accounts and passwords that a server cannot judge.
        let before = self.in_a_row.iter().flatten();
        if about.is_some()
            && before
                .into_iter()
                .any(|(a, n)| a == account || n == network)
        {
            return None;
        }
        self.in_a_row.push(about);
        (self.in_a_row.len() >= IN_A_ROW).then(|| self.begin_rest(cause.clone(), now))
    }

    fn begin_rest(&mut self, cause: Unavailable, now: Timestamp) -> Duration {
        let length = self
            .last
            .map_or(FIRST_REST, |last| last.saturating_mul(2).min(LONGEST_REST));
        self.last = Some(length);
        self.rest = Some(Rest {
            until: now.plus(length),
            cause,
        });
        length
    }
}

/// So many questions in a row that could not be asked begin a rest.
const IN_A_ROW: usize = 5;
const FIRST_REST: Duration = Duration::from_secs(5);
/// Short enough that somebody who was told to come back finds the server when it is back.
const LONGEST_REST: Duration = Duration::from_secs(60);
/// How long a look may take: with the question behind it, it has to fit into the time that a browser
/// is kept waiting.
const LOOK_LIMIT: Duration = Duration::from_secs(7);

#[cfg(test)]
mod tests {
    use super::*;

    const GONE: Unavailable = Unavailable::NoLogin;
    const LATER: Unavailable = Unavailable::Closed { before: "it said" };

    fn asked<'a>(account: &'a str, network: &'a str) -> Asked<'a> {
        Asked { account, network }
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_millis(second * 1000)
    }

    /// Fails as often as it takes; gives the length of the rest in seconds.
    fn fail(state: &mut State, second: i64) -> u64 {
        for _ in 1..IN_A_ROW {
            assert_eq!(state.failed(&GONE, asked("alice", "a"), at(second)), None);
            assert_eq!(state.enter(at(second)), Passage::Open);
        }
        state
            .failed(&GONE, asked("alice", "a"), at(second))
            .unwrap()
            .as_secs()
    }

    #[test]
    fn a_rest_ends_with_one_look_and_each_is_longer_up_to_a_minute() {
        let mut state = State::default();
        let mut now = 1000;
        let mut rest = fail(&mut state, now);

        for length in [5, 10, 20, 40, 60, 60] {
            assert_eq!(rest, length);
            now += rest.cast_signed();
            assert_eq!(state.enter(at(now - 1)), Passage::Shut(GONE));
            assert_eq!(state.enter(at(now)), Passage::Look);
            assert_eq!(state.enter(at(now)), Passage::Shut(GONE), "one looks");
            state.found_ill(GONE, at(now));
            rest = state.last.unwrap().as_secs();
        }
    }

    #[test]
    fn who_looks_and_never_comes_back_does_not_close_the_door_for_good() {
        let mut state = State::default();
        fail(&mut state, 1000);

        assert_eq!(state.enter(at(1005)), Passage::Look);
        assert_eq!(state.enter(at(1018)), Passage::Shut(GONE));
        assert_eq!(state.enter(at(1019)), Passage::Look);
    }

    #[test]
    fn a_verdict_ends_the_rest_and_makes_the_next_one_short_again() {
        let mut state = State::default();
        fail(&mut state, 1000);
        state.found_ill(GONE, at(1005));
        assert!(state.found_well());
        assert!(!state.found_well(), "it is told once");
        assert_eq!(fail(&mut state, 1100), 20, "nobody was judged meanwhile");

        assert!(state.answered());

        assert_eq!(state.enter(at(1100)), Passage::Open);
        assert_eq!(fail(&mut state, 1200), 5);
    }

    #[test]
    fn a_verdict_in_between_begins_the_row_anew() {
        let mut state = State::default();

        for _ in 0..20 {
            for _ in 1..IN_A_ROW {
                assert_eq!(state.failed(&GONE, asked("alice", "a"), at(1000)), None);
            }
            assert!(!state.answered());
        }
    }

    #[test]
    fn trouble_with_one_account_or_from_one_network_is_not_trouble_with_the_server() {
        let mut state = State::default();
        for number in 0..50 {
            let (other_account, other_network) = (format!("user{number}"), format!("{number}"));
            for asked in [asked("alice", &other_network), asked(&other_account, "a")] {
                assert_eq!(state.failed(&LATER, asked, at(1000)), None);
            }
        }

        for (account, network) in [("bob", "b"), ("carol", "c")] {
            let asked = asked(account, network);
            assert_eq!(state.failed(&LATER, asked, at(1000)), None);
        }

        let erin = asked("erin", "e");
        assert_eq!(state.failed(&LATER, erin, at(1000)), Some(FIRST_REST));
    }

    #[test]
    fn what_tells_nothing_about_the_server_is_not_counted() {
        let mut state = State::default();
        let unaskable = Unavailable::UnaskableName { why: "it has a =" };
        let unusable = Unavailable::PasswordEntry {
            path: "/etc/persona/users".into(),
            line: 7,
            why: String::new(),
        };

        for number in 0..50 {
            let text = number.to_string();
            for cause in [&unaskable, &unusable] {
                assert_eq!(state.failed(cause, asked(&text, &text), at(1000)), None);
            }
        }
    }

    #[test]
    fn a_question_from_before_the_rest_neither_lengthens_nor_renews_it() {
        let mut state = State::default();
        fail(&mut state, 1000);
        assert_eq!(state.failed(&GONE, asked("alice", "a"), at(1004)), None);
        assert_eq!(state.enter(at(1005)), Passage::Look);
        assert!(state.answered(), "somebody who had been waiting was judged");

        state.found_ill(GONE, at(1006));

        assert_eq!(state.enter(at(1006)), Passage::Open);
    }

    #[test]
    fn a_clock_that_is_set_back_does_not_make_a_rest_longer() {
        let mut state = State::default();
        fail(&mut state, 100_000);

        assert_eq!(state.enter(at(1000)), Passage::Look);
    }
}
