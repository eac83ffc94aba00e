//! What was said lately about whose mail comes to us. Pure: the time is handed in.
//!
//! | What was said | It counts for |
//! | --- | --- |
//! | yes | as long as the records say, 1 minute to 1 hour |
//! | no | 5 minutes |
//! | nobody could say | 5 seconds; and where the last word was a yes, that goes on, for a day at most |
//!
//! Whoever has a domain can make up names below it by the million, and have their mail come to us. So
//! what is kept is bounded, and when there is no room, whoever's questions have brought the most makes
//! it. What has to go costs one question more, and no more.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::time::Duration;

use protocol::email::Domain;
use protocol::time::Timestamp;

use super::Answer;

/// What is known, and what is being asked.
#[derive(Debug, Default)]
pub(super) struct Known {
    kept: HashMap<Domain, Kept>,
    /// How often what is kept was asked for.
    uses: u64,
    pub(super) under_way: HashMap<Domain, Answer>,
}

/// What counts for a domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Word {
    /// Its mail comes to us.
    Ours,
    /// It does not.
    NotOurs,
    /// Nobody could say, for this reason.
    Unknown(String),
}

/// What a look-up has brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Learned {
    /// Its mail comes to us, which may be remembered so long.
    Ours(Duration),
    /// It does not.
    NotOurs,
    /// Nobody could say, for this reason.
    NotAnswered(String),
}

/// What is remembered of a domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Remembered {
    /// This counts.
    Fresh(Word),
    /// It was ours, and has to be asked again. This customer's question has brought it.
    Old(String),
    /// Nothing that counts.
    Nothing,
}

#[derive(Debug)]
struct Kept {
    word: Word,
    since: Timestamp,
    until: Timestamp,
    /// When it was last said to be ours, as long as nobody has said anything else.
    confirmed: Option<Timestamp>,
    /// Whose question has brought it.
    customer: String,
    /// Which use of all that is kept was the last one of this.
    used: u64,
}

impl Learned {
    /// Names it for the log, with what was the matter.
    pub(super) fn outcome(&self) -> (&'static str, Option<String>) {
        match self {
            Self::Ours(_) => ("ours", None),
            Self::NotOurs => ("not-ours", None),
            Self::NotAnswered(why) => ("could-not-ask", Some(why.clone())),
        }
    }
}

impl Known {
    /// Says what counts for a domain, which is a use of it.
    pub(super) fn recall(&mut self, domain: &Domain, now: Timestamp) -> Remembered {
        let Some(kept) = self.kept.get_mut(domain) else {
            return Remembered::Nothing;
        };
        self.uses += 1;
        kept.used = self.uses;
        // A clock that was set back must not keep an answer for ever.
        if is_within(kept.since, kept.until, now) {
            return Remembered::Fresh(kept.word.clone());
        }
        if kept.was_ours_lately(now) {
            return Remembered::Old(kept.customer.clone());
        }
        Remembered::Nothing
    }

    /// Takes in what a look-up on behalf of `customer` has brought, and says what counts now.
    pub(super) fn learn(
        &mut self,
        domain: &Domain,
        customer: &str,
        learned: Learned,
        now: Timestamp,
    ) -> Word {
        let former = self.kept.remove(domain);
        let confirmed = former.as_ref().filter(|kept| kept.was_ours_lately(now));
        let confirmed = confirmed.and_then(|kept| kept.confirmed);
        let (word, lifetime, confirmed) = match learned {
            Learned::Ours(lifetime) => {
                let lifetime = lifetime.clamp(SHORTEST_YES, LONGEST_YES);
                (Word::Ours, lifetime, Some(now))
            }
            Learned::NotOurs => (Word::NotOurs, NO, None),
            Learned::NotAnswered(_) if confirmed.is_some() => (Word::Ours, TROUBLE, confirmed),
            Learned::NotAnswered(why) => (Word::Unknown(why), TROUBLE, None),
        };
        self.make_room(now);
        self.uses += 1;
        let kept = Kept {
            word: word.clone(),
            since: now,
            until: now.plus(lifetime),
            confirmed,
            customer: former.map_or_else(|| customer.to_owned(), |former| former.customer),
            used: self.uses,
        };
        self.kept.insert(domain.clone(), kept);
        word
    }

    /// Forgets what counts for nothing any more. If there is no room yet, an eighth goes of what one
    /// customer has brought, who has brought the most; what is no yes goes before what is one, and what
    /// was not used for the longest goes first.
    fn make_room(&mut self, now: Timestamp) {
        if self.kept.len() < MOST_KEPT {
            return;
        }
        self.kept
            .retain(|_, kept| is_within(kept.since, kept.until, now) || kept.was_ours_lately(now));
        if self.kept.len() < MOST_KEPT {
            return;
        }
        let mut shares: HashMap<(bool, String), Vec<(u64, Domain)>> = HashMap::new();
        for (domain, kept) in &self.kept {
            let share = (kept.confirmed.is_some(), kept.customer.clone());
            let one = (kept.used, domain.clone());
            shares.entry(share).or_default().push(one);
        }
        let largest = shares
            .into_iter()
            .min_by_key(|((is_yes, _), share)| (*is_yes, Reverse(share.len())));
        let Some((_, mut share)) = largest else {
            return;
        };
        share.sort_unstable();
        let going = share.len().div_ceil(8);
        for (_, domain) in share.into_iter().take(going) {
            self.kept.remove(&domain);
        }
    }
}

impl Kept {
    fn was_ours_lately(&self, now: Timestamp) -> bool {
        let confirmed = self.confirmed;
        confirmed.is_some_and(|said| is_within(said, said.plus(LONGEST_WITHOUT_ANSWER), now))
    }
}

fn is_within(since: Timestamp, until: Timestamp, now: Timestamp) -> bool {
    since <= now && now < until
}

const SHORTEST_YES: Duration = Duration::from_secs(60);
const LONGEST_YES: Duration = Duration::from_secs(60 * 60);
const NO: Duration = Duration::from_secs(5 * 60);
/// How long somebody who could not be asked is left alone.
const TROUBLE: Duration = Duration::from_secs(5);
/// For how long a yes counts that nobody can renew.
const LONGEST_WITHOUT_ANSWER: Duration = Duration::from_secs(24 * 60 * 60);
/// How many domains are remembered.
const MOST_KEPT: usize = 4096;

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_millis(1_795_300_000_000).plus(Duration::from_secs(seconds))
    }

    fn domain(name: &str) -> Domain {
        name.parse().unwrap()
    }

    fn unanswered() -> Learned {
        Learned::NotAnswered("servfail".to_owned())
    }

    fn old() -> Remembered {
        Remembered::Old("net".to_owned())
    }

    fn unknown() -> Remembered {
        Remembered::Fresh(Word::Unknown("servfail".to_owned()))
    }

    /// Says until which second what was learned counts.
    fn counts_for(learned: Learned) -> (u64, Remembered) {
        let (mut known, name) = (Known::default(), domain("a.test"));
        let word = known.learn(&name, "net", learned, at(0));
        let fresh = Remembered::Fresh(word);
        let end = (0..200_000).find(|second| known.recall(&name, at(*second)) != fresh);
        let end = end.unwrap();
        (end, known.recall(&name, at(end)))
    }

    #[test]
    fn an_answer_counts_for_its_time_within_limits() {
        for (learned, seconds, then) in [
            (Learned::Ours(Duration::ZERO), 60, old()),
            (Learned::Ours(Duration::from_secs(300)), 300, old()),
            (Learned::Ours(HOUR * 24 * 365), 3600, old()),
            (Learned::NotOurs, 300, Remembered::Nothing),
            (unanswered(), 5, Remembered::Nothing),
        ] {
            assert_eq!(counts_for(learned.clone()), (seconds, then), "{learned:?}");
        }
    }

    #[test]
    fn a_no_ends_what_was_ours_at_once() {
        let (mut known, name) = (Known::default(), domain("a.test"));
        known.learn(&name, "net", Learned::Ours(HOUR), at(0));

        assert_eq!(
            known.learn(&name, "net", Learned::NotOurs, at(10)),
            Word::NotOurs
        );
        // And a look-up that fails after it does not bring it back.
        known.learn(&name, "net", unanswered(), at(400));
        assert_eq!(known.recall(&name, at(401)), unknown());
    }

    #[test]
    fn what_was_ours_stays_so_for_a_day_when_nobody_can_be_asked_and_no_longer() {
        let (mut known, name) = (Known::default(), domain("a.test"));
        known.learn(&name, "net", Learned::Ours(HOUR), at(0));
        let day = 24 * 3600;

        for second in [3600, 7200, day - 1] {
            assert_eq!(known.recall(&name, at(second)), old());
            assert_eq!(
                known.learn(&name, "net", unanswered(), at(second)),
                Word::Ours
            );
        }
        assert_eq!(known.recall(&name, at(day + 4)), Remembered::Nothing);
        known.learn(&name, "net", unanswered(), at(day + 4));
        assert_eq!(known.recall(&name, at(day + 5)), unknown());
    }

    #[test]
    fn a_clock_that_was_set_back_keeps_nothing_for_ever() {
        let (mut known, name) = (Known::default(), domain("a.test"));
        known.learn(&name, "net", Learned::Ours(HOUR), at(1_000_000));

        assert_eq!(known.recall(&name, at(0)), Remembered::Nothing);
    }

    #[test]
    fn a_flood_of_made_up_domains_pushes_out_its_own() {
        let mut known = Known::default();
        for number in 0..10 {
            let name = domain(&format!("honest{number}.test"));
            known.learn(&name, "their network", Learned::Ours(HOUR), at(0));
        }
        for number in 0..MOST_KEPT {
            let (ours, not) = (
                format!("y{number}.evil.test"),
                format!("n{number}.evil.test"),
            );
            known.learn(&domain(&ours), "flood", Learned::Ours(HOUR), at(1));
            known.learn(&domain(&not), "flood", Learned::NotOurs, at(1));
        }

        assert!(known.kept.len() <= MOST_KEPT);
        for number in 0..10 {
            let name = domain(&format!("honest{number}.test"));
            assert_eq!(known.recall(&name, at(2)), Remembered::Fresh(Word::Ours));
        }
    }

    #[test]
    fn what_counts_for_nothing_goes_first_and_then_what_is_no_yes() {
        let mut known = Known::default();
        for number in 0..MOST_KEPT - 2 {
            let name = domain(&format!("ours{number}.test"));
            known.learn(&name, "net", Learned::Ours(HOUR), at(400));
        }
        known.learn(&domain("old.test"), "a", Learned::NotOurs, at(0));
        known.learn(&domain("no.test"), "b", Learned::NotOurs, at(400));
        let is_there =
            |known: &mut Known, name| known.recall(&domain(name), at(401)) != Remembered::Nothing;

        known.learn(&domain("new.test"), "c", Learned::NotOurs, at(401));
        assert!(known.kept.len() == MOST_KEPT && is_there(&mut known, "no.test"));
        known.learn(&domain("newer.test"), "c", Learned::Ours(HOUR), at(401));
        known.learn(&domain("newest.test"), "c", Learned::Ours(HOUR), at(401));

        assert!(!is_there(&mut known, "no.test") && !is_there(&mut known, "new.test"));
        assert!(is_there(&mut known, "ours0.test") && is_there(&mut known, "newest.test"));
    }
}
