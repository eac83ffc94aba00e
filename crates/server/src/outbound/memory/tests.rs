//! The bounds of the memory, and whose questions it asks.

use super::*;
use crate::settings::OutboundSettings;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(seconds * 1000)
}

fn key(number: usize) -> Key {
    let domain = Domain::parse(&format!("d{number}.example")).unwrap();
    (Authority::of(&domain), domain)
}

fn kept(octets: usize, until: Timestamp) -> Kept {
    Kept {
        said: Ok(Arc::new(Word::Disabled)),
        octets,
        since: at(0),
        until,
        used: 0,
    }
}

#[test]
fn an_answer_lasts_from_its_beginning_to_its_end() {
    let kept = Kept {
        since: at(100),
        ..kept(0, at(160))
    };
    let lasting = [0, 99, 100, 159, 160, 1000].map(|seconds| kept.lasts(at(seconds)));

    assert_eq!(lasting, [false, false, true, true, false, false]);
}

#[test]
fn when_there_are_too_many_answers_those_go_that_nobody_asks_for() {
    let mut known = Known::default();
    known.keep(key(0), kept(1, at(50)));
    for number in 1..MOST_KEPT {
        known.keep(key(number), kept(1, at(3600)));
    }
    assert!(known.recall(&key(0), at(1)).is_some());

    known.keep(key(MOST_KEPT), kept(1, at(50)));

    assert_eq!(known.kept.len(), MOST_KEPT);
    assert_eq!(known.octets, MOST_KEPT);
    let stays = [0, 1, 2, MOST_KEPT].map(|number| known.kept.contains_key(&key(number)));
    assert_eq!(stays, [true, false, true, true]);
}

#[test]
fn large_answers_are_kept_by_their_octets() {
    let mut known = Known::default();
    for number in 0..1000 {
        known.keep(key(number), kept(64 * 1024, at(60)));
    }

    assert_eq!(known.kept.len(), MOST_OCTETS / (64 * 1024));
    assert_eq!(known.octets, MOST_OCTETS);
}

#[tokio::test]
async fn a_question_that_is_torn_down_leaves_nobody_waiting() {
    let clock = Clock::by_hand(at(0));
    let outbound = Outbound::new(&OutboundSettings::default(), clock.clone()).unwrap();
    let memory = Memory::new(outbound, &BrokerSettings::default(), clock);
    let (host, about) = key(0);
    let (sender, answer) = watch::channel(None);
    lock(&memory.known).under_way.insert(key(0), answer);
    let question = Question {
        known: Arc::clone(&memory.known),
        key: key(0),
    };

    let waiting = memory.ask(&host, &about, "a");
    let torn_down = async {
        drop(question);
        drop(sender);
    };
    let (said, ()) = tokio::join!(waiting, torn_down);

    assert!(matches!(said, Err(FetchError::Timeout(_))));
    assert!(lock(&memory.known).under_way.is_empty());
    assert!(lock(&memory.known).kept.is_empty());
}

#[tokio::test]
async fn a_customer_s_questions_count_until_they_are_done_and_what_is_kept_is_free() {
    let (silent, memory) = silent().await;
    let mut asked = Vec::new();
    for number in 0..17 {
        let (host, about) = key(number);
        // Whoever asks goes away at once; the question goes on.
        let asking = timeout(Duration::ZERO, memory.ask(&host, &about, "a")).await;
        asked.push(asking.ok().map(|said| said.unwrap_err().to_string()));
    }
    let (first, last) = (key(0), key(16));
    let known = kept(1, at(60));
    lock(&memory.known).keep(key(17), known);
    let kept = memory.ask(&key(17).0, &key(17).1, "a").await;
    let other = timeout(Duration::ZERO, memory.ask(&last.0, &last.1, "b")).await;

    assert!(asked[..16].iter().all(Option::is_none), "{asked:?}");
    let refused = asked[16].as_deref().unwrap();
    assert!(refused.ends_with("it could not be asked"), "{refused}");
    assert!(kept.is_ok());
    assert!(other.is_err(), "another customer's question is under way");
    assert!(!lock(&memory.known).kept.contains_key(&first));
    drop(silent);
}

/// Somebody who takes connections and says nothing, and a memory for whom all hosts are there.
async fn silent() -> (tokio::net::TcpListener, Memory) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let settings = OutboundSettings {
        hosts: (0..17).map(|number| (key(number).1, address)).collect(),
        ..OutboundSettings::default()
    };
    let clock = Clock::by_hand(at(0));
    let outbound = Outbound::new(&settings, clock.clone()).unwrap();
    (
        listener,
        Memory::new(outbound, &BrokerSettings::default(), clock),
    )
}
