//! The bounds of the memory, and the line before the hosts.

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
fn when_there_are_too_many_answers_those_that_end_soonest_go() {
    let mut known = Known::default();
    for number in 0..MOST_KEPT {
        let end = at(1000 - i64::try_from(number % 900).unwrap());
        known.keep(key(number), kept(1, end));
    }
    known.keep(key(0), kept(1, at(2000)));
    assert_eq!(known.kept.len(), MOST_KEPT);

    known.keep(key(MOST_KEPT), kept(1, at(50)));

    assert_eq!(known.kept.len(), MOST_KEPT);
    assert_eq!(known.octets, MOST_KEPT);
    assert!(
        known.kept.contains_key(&key(MOST_KEPT)),
        "the newest one stays"
    );
    let ends = known.kept.values().filter(|kept| kept.until == at(101));
    assert_eq!(
        ends.count(),
        MOST_KEPT / 900 - 1,
        "one of the soonest is gone"
    );
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
async fn only_a_few_ask_one_host_at_once() {
    let gate = Gate::new();
    let [busy, idle] = [0, 1].map(|number| key(number).1);
    let mut places = Vec::new();
    for _ in 0..MOST_AT_ONE_HOST {
        places.push(gate.enter(&busy).await.unwrap());
    }

    let is_full = async |host| timeout(Duration::ZERO, gate.enter(host)).await.is_err();
    assert!(is_full(&busy).await);
    assert!(!is_full(&idle).await);

    places.pop();
    assert!(!is_full(&busy).await);
    gate.forget_idle_hosts();
    assert!(!gate.hosts.lock().unwrap().contains_key(&idle));
    assert!(gate.hosts.lock().unwrap().contains_key(&busy));
}

#[tokio::test]
async fn a_question_that_is_torn_down_leaves_nobody_waiting() {
    let outbound = Outbound::new(&OutboundSettings::default()).unwrap();
    let clock = Clock::by_hand(at(0));
    let memory = Memory::new(outbound, &BrokerSettings::default(), clock);
    let (host, about) = key(0);
    let (sender, answer) = watch::channel(None);
    lock(&memory.known).under_way.insert(key(0), answer);
    let question = Question {
        known: Arc::clone(&memory.known),
        key: key(0),
    };

    let waiting = memory.ask(&host, &about);
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
async fn only_so_many_questions_are_under_way() {
    let outbound = Outbound::new(&OutboundSettings::default()).unwrap();
    let clock = Clock::by_hand(at(0));
    let memory = Memory::new(outbound, &BrokerSettings::default(), clock);
    let (_sender, answer) = watch::channel(None);
    for number in 0..MOST_UNDER_WAY {
        let mut known = lock(&memory.known);
        known.under_way.insert(key(number), answer.clone());
    }
    let (host, about) = key(MOST_UNDER_WAY);

    let said = memory.ask(&host, &about).await;

    assert!(matches!(said, Err(FetchError::NotAsked(_, Obstacle::Busy))));
    assert!(lock(&memory.known).kept.is_empty());
}
