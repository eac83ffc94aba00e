//! A mailed code or link proves its mailbox once, in time, and cannot be guessed.

use std::num::NonZeroU32;
use std::sync::Arc;

use store::{Challenge, ChallengeAnswer, ChallengeId, ChallengeOutcome, NewChallenge, Store};

use crate::stage::{at, email, on_every_store};

#[tokio::test]
async fn the_code_and_the_link_both_name_the_address_and_either_acts_once() {
    on_every_store(async |store| {
        for answer in [CODE, LINK] {
            store.open_challenge(&challenge(1)).await.unwrap();

            assert_eq!(told(&*store, 1, answer).await, right("alice@example.org"));
            for again in [CODE, LINK, WRONG] {
                assert_eq!(told(&*store, 1, again).await, ChallengeOutcome::Gone);
            }
        }
    })
    .await;
}

#[tokio::test]
async fn the_address_comes_back_in_its_canonical_spelling() {
    on_every_store(async |store| {
        let spelt = NewChallenge {
            address: email("Alice@Example.ORG"),
            ..challenge(1)
        };
        store.open_challenge(&spelt).await.unwrap();

        assert_eq!(told(&*store, 1, CODE).await, right("alice@example.org"));
    })
    .await;
}

#[tokio::test]
async fn a_challenge_that_is_only_looked_at_stays_and_tells_where_the_letter_went() {
    on_every_store(async |store| {
        store.open_challenge(&challenge(1)).await.unwrap();
        told(&*store, 1, WRONG).await;

        let found = store.challenge(&id(1)).await.unwrap();
        let letter = Challenge {
            address: email("alice@example.org"),
            link: challenge(1).link,
            expires: at(2000),
        };
        assert_eq!(found, Some(letter));
        assert_eq!(store.challenge(&id(2)).await.unwrap(), None);

        let next = told(&*store, 1, WRONG).await;
        assert_eq!(next, ChallengeOutcome::Wrong { left: 3 });
        assert_eq!(told(&*store, 1, CODE).await, right("alice@example.org"));
        assert_eq!(store.challenge(&id(1)).await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn that_the_computer_is_shared_comes_back_with_the_code_and_with_the_link() {
    on_every_store(async |store| {
        for answer in [CODE, LINK] {
            let shared = NewChallenge {
                shared: true,
                ..challenge(1)
            };
            store.open_challenge(&shared).await.unwrap();

            let outcome = told(&*store, 1, answer).await;

            let ChallengeOutcome::Right { shared, .. } = outcome else {
                panic!("{outcome:?}");
            };
            assert!(shared);
        }
    })
    .await;
}

#[tokio::test]
async fn a_right_answer_is_wrong_in_the_other_place() {
    on_every_store(async |store| {
        store.open_challenge(&challenge(1)).await.unwrap();
        let (ChallengeAnswer::Code(code), ChallengeAnswer::Link(link)) = (CODE, LINK) else {
            unreachable!()
        };

        for swapped in [ChallengeAnswer::Code(link), ChallengeAnswer::Link(code)] {
            assert!(matches!(
                told(&*store, 1, swapped).await,
                ChallengeOutcome::Wrong { .. }
            ));
        }
    })
    .await;
}

#[tokio::test]
async fn another_browser_cannot_answer() {
    on_every_store(async |store| {
        store.open_challenge(&challenge(1)).await.unwrap();

        for answer in [CODE, LINK, WRONG] {
            assert_eq!(told(&*store, 2, answer).await, ChallengeOutcome::Gone);
        }

        assert_eq!(told(&*store, 1, CODE).await, right("alice@example.org"));
    })
    .await;
}

#[tokio::test]
async fn wrong_answers_use_the_attempts_up_and_the_right_one_comes_too_late() {
    on_every_store(async |store| {
        store.open_challenge(&challenge(1)).await.unwrap();

        for left in (0..5).rev() {
            let outcome = told(&*store, 1, WRONG).await;
            assert_eq!(outcome, ChallengeOutcome::Wrong { left });
        }

        for answer in [CODE, LINK, WRONG] {
            assert_eq!(told(&*store, 1, answer).await, ChallengeOutcome::Gone);
        }
    })
    .await;
}

#[tokio::test]
async fn the_last_attempt_may_be_right() {
    on_every_store(async |store| {
        store.open_challenge(&challenge(1)).await.unwrap();
        for _ in 0..4 {
            told(&*store, 1, WRONG).await;
        }

        assert_eq!(told(&*store, 1, CODE).await, right("alice@example.org"));
    })
    .await;
}

#[tokio::test]
async fn at_its_end_a_challenge_is_gone() {
    on_every_store(async |store| {
        for (now, outcome) in [
            (1999, right("alice@example.org")),
            (2000, ChallengeOutcome::Gone),
            (2001, ChallengeOutcome::Gone),
        ] {
            store.open_challenge(&challenge(1)).await.unwrap();

            let told = store.answer_challenge(&id(1), &CODE, at(now)).await;

            assert_eq!(told.unwrap(), outcome, "{now}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_second_challenge_of_a_browser_takes_the_place_of_the_first() {
    on_every_store(async |store| {
        store.open_challenge(&challenge(1)).await.unwrap();
        told(&*store, 1, WRONG).await;
        let second = NewChallenge {
            address: email("bob@example.org"),
            code: [0xdd; 32],
            link: [0xee; 32],
            ..challenge(1)
        };

        store.open_challenge(&second).await.unwrap();

        for (answer, outcome) in [
            (CODE, ChallengeOutcome::Wrong { left: 4 }),
            (LINK, ChallengeOutcome::Wrong { left: 3 }),
            (ChallengeAnswer::Code([0xdd; 32]), right("bob@example.org")),
        ] {
            assert_eq!(told(&*store, 1, answer).await, outcome);
        }
    })
    .await;
}

#[tokio::test]
async fn challenges_of_different_browsers_do_not_touch_one_another() {
    on_every_store(async |store| {
        store.open_challenge(&challenge(1)).await.unwrap();
        store.open_challenge(&challenge(2)).await.unwrap();
        for _ in 0..5 {
            told(&*store, 1, WRONG).await;
        }

        assert_eq!(told(&*store, 2, LINK).await, right("alice@example.org"));
    })
    .await;
}

#[tokio::test]
async fn a_closed_challenge_is_gone_and_closing_twice_is_nothing() {
    on_every_store(async |store| {
        store.open_challenge(&challenge(1)).await.unwrap();
        store.open_challenge(&challenge(2)).await.unwrap();

        store.close_challenge(&id(1)).await.unwrap();
        store.close_challenge(&id(1)).await.unwrap();

        assert_eq!(told(&*store, 1, CODE).await, ChallengeOutcome::Gone);
        assert_eq!(told(&*store, 2, CODE).await, right("alice@example.org"));
    })
    .await;
}

#[tokio::test]
async fn a_purge_takes_challenges_that_have_ended_and_no_others() {
    on_every_store(async |store| {
        for (first, expires) in [(1, 1999), (2, 2000), (3, 2001)] {
            let challenge = NewChallenge {
                expires: at(expires),
                ..challenge(first)
            };
            store.open_challenge(&challenge).await.unwrap();
        }

        assert_eq!(store.purge(at(1998)).await.unwrap(), 0);
        assert_eq!(store.purge(at(2000)).await.unwrap(), 2);

        assert_eq!(told(&*store, 3, CODE).await, right("alice@example.org"));
        assert_eq!(store.purge(at(9000)).await.unwrap(), 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_race_of_guesses_has_no_more_attempts_than_one_after_the_other() {
    on_every_store(async |store| {
        store.open_challenge(&challenge(1)).await.unwrap();

        let outcomes = all_at_once(&store, &[WRONG; 20]).await;

        let mut left: Vec<_> = outcomes
            .iter()
            .filter_map(|outcome| match outcome {
                ChallengeOutcome::Wrong { left } => Some(*left),
                ChallengeOutcome::Right { .. } | ChallengeOutcome::Gone => None,
            })
            .collect();
        left.sort_unstable();
        assert_eq!(left, [0, 1, 2, 3, 4]);
        let gone = |outcome: &&ChallengeOutcome| **outcome == ChallengeOutcome::Gone;
        assert_eq!(outcomes.iter().filter(gone).count(), 15);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_right_answer_acts_once_in_a_race_too() {
    on_every_store(async |store| {
        store.open_challenge(&challenge(1)).await.unwrap();
        let answers: [_; 20] = std::array::from_fn(|n| if n % 2 == 0 { CODE } else { LINK });

        let outcomes = all_at_once(&store, &answers).await;

        let acted = |outcome: &&ChallengeOutcome| **outcome == right("alice@example.org");
        assert_eq!(outcomes.iter().filter(acted).count(), 1);
        let gone = |outcome: &&ChallengeOutcome| **outcome == ChallengeOutcome::Gone;
        assert_eq!(outcomes.iter().filter(gone).count(), 19);
    })
    .await;
}

/// Gives these answers to the challenge 1, each in a task of its own.
async fn all_at_once(store: &Arc<dyn Store>, answers: &[ChallengeAnswer]) -> Vec<ChallengeOutcome> {
    let begun: Vec<_> = answers
        .iter()
        .map(|&answer| {
            let store = Arc::clone(store);
            tokio::spawn(async move { told(&*store, 1, answer).await })
        })
        .collect();
    let mut outcomes = Vec::new();
    for task in begun {
        outcomes.push(task.await.unwrap());
    }
    outcomes
}

async fn told(store: &dyn Store, first: u8, answer: ChallengeAnswer) -> ChallengeOutcome {
    let told = store.answer_challenge(&id(first), &answer, at(1500)).await;
    told.unwrap()
}

fn right(address: &str) -> ChallengeOutcome {
    ChallengeOutcome::Right {
        address: email(address),
        shared: false,
    }
}

/// A challenge of the browser `first` that has five attempts and ends at 2000.
fn challenge(first: u8) -> NewChallenge {
    NewChallenge {
        id: id(first),
        address: email("alice@example.org"),
        code: [0xcc; 32],
        link: [0xaa; 32],
        attempts: NonZeroU32::new(5).unwrap(),
        shared: false,
        expires: at(2000),
    }
}

fn id(first: u8) -> ChallengeId {
    let mut digest = [0; 32];
    digest[0] = first;
    ChallengeId::from_sha256(digest)
}

const CODE: ChallengeAnswer = ChallengeAnswer::Code([0xcc; 32]);
const LINK: ChallengeAnswer = ChallengeAnswer::Link([0xaa; 32]);
const WRONG: ChallengeAnswer = ChallengeAnswer::Code([0xc0; 32]);
