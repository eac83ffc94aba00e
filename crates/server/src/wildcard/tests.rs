//! How it is asked: once for all who wait, and not for ever. What it means is tested over the web.

use std::sync::atomic::{AtomicU32, Ordering};

use protocol::time::Timestamp;

use super::*;

/// Answers after a while; counts how often it was asked.
#[derive(Debug)]
struct Slow {
    after: Duration,
    asked: AtomicU32,
}

impl MailExchangers for Slow {
    fn of<'a>(&'a self, _: &'a Domain) -> BoxFuture<'a, Result<Exchangers, NotAnswered>> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        Box::pin(async {
            tokio::time::sleep(self.after).await;
            Ok(Exchangers::These {
                hosts: vec!["mail.ours.test.".to_owned()],
                lifetime: Duration::from_secs(300),
            })
        })
    }
}

fn wildcard(after: Duration) -> (Wildcard, Arc<Slow>) {
    let mailbox = "smtps://mail.ours.test".parse().unwrap();
    let settings = AnyDomainSettings::new(vec!["mail.ours.test".parse().unwrap()], mailbox);
    let clock = Clock::by_hand(Timestamp::from_millis(1_795_300_000_000));
    let mut wildcard = Wildcard::new(&settings, clock);
    let slow = Arc::new(Slow {
        after,
        asked: AtomicU32::new(0),
    });
    wildcard.asks(Arc::clone(&slow) as Arc<dyn MailExchangers>);
    (wildcard, slow)
}

fn customer_test() -> Domain {
    "customer.test".parse().unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_look_up_ends_after_three_seconds_without_an_answer() {
    let (wildcard, _) = wildcard(Duration::from_secs(4));
    let begun = tokio::time::Instant::now();

    let answer = wildcard.serves(&customer_test(), "net").await;

    let Err(DoorUnknown::NotAnswered { domain, why }) = answer else {
        panic!("{answer:?}");
    };
    assert_eq!((domain, &*why), (customer_test(), "no answer in time"));
    assert_eq!(begun.elapsed(), LOOK_UP_LIMIT);
}

#[tokio::test(start_paused = true)]
async fn one_look_up_serves_all_who_wait_for_it() {
    let (wildcard, slow) = wildcard(Duration::from_secs(1));
    let domain = customer_test();

    let (one, other, third) = tokio::join!(
        wildcard.serves(&domain, "net"),
        wildcard.serves(&domain, "another"),
        wildcard.serves(&domain, "net"),
    );

    assert_eq!((one, other, third), (Ok(true), Ok(true), Ok(true)));
    assert_eq!(slow.asked.load(Ordering::SeqCst), 1);
}

#[tokio::test(start_paused = true)]
async fn a_look_up_goes_on_when_the_one_who_began_it_goes_away() {
    let (wildcard, slow) = wildcard(Duration::from_secs(1));
    let domain = customer_test();
    let impatient = timeout(Duration::from_millis(1), wildcard.serves(&domain, "net"));
    assert!(impatient.await.is_err());

    assert_eq!(wildcard.serves(&domain, "another").await, Ok(true));
    assert_eq!(slow.asked.load(Ordering::SeqCst), 1);
}

#[tokio::test(start_paused = true)]
async fn one_network_has_a_few_look_ups_under_way_and_others_have_theirs() {
    let (wildcard, slow) = wildcard(Duration::from_secs(1));
    let ask = |number: u32, customer: &'static str| {
        let wildcard = wildcard.clone();
        let domain = format!("d{number}.test").parse().unwrap();
        tokio::spawn(async move { wildcard.serves(&domain, customer).await })
    };
    let flood: Vec<_> = (0..100).map(|number| ask(number, "flood")).collect();
    let other = ask(1000, "another");

    let mut answered = 0;
    for task in flood {
        answered += u32::from(task.await.unwrap() == Ok(true));
    }
    assert_eq!(other.await.unwrap(), Ok(true));
    assert_eq!(answered, 16);
    assert_eq!(slow.asked.load(Ordering::SeqCst), 17);
}

#[tokio::test]
async fn without_somebody_to_ask_nothing_is_known() {
    let (mut wildcard, _) = wildcard(Duration::ZERO);
    wildcard.exchangers = None;

    let answer = wildcard.serves(&customer_test(), "net").await;

    assert!(matches!(answer, Err(DoorUnknown::NotAnswered { .. })));
}

/// Whoever has many domains and a slow name server takes places for a long time. It must neither take
/// those of others, nor keep an old answer alive.
#[tokio::test(start_paused = true)]
async fn renewals_take_the_places_of_whoever_has_brought_the_domains() {
    let (wildcard, slow) = wildcard(Duration::from_secs(2));
    let ask = |number: u32, customer: &'static str| {
        let wildcard = wildcard.clone();
        let domain = format!("d{number}.test").parse().unwrap();
        tokio::spawn(async move { wildcard.serves(&domain, customer).await })
    };
    for number in 0..20 {
        assert_eq!(ask(number, "flood").await.unwrap(), Ok(true));
    }
    assert_eq!(ask(1000, "another").await.unwrap(), Ok(true));
    let before = slow.asked.load(Ordering::SeqCst);
    wildcard.clock.advance(Duration::from_secs(300));

    let renewals: Vec<_> = (0..20).map(|number| ask(number, "anybody")).collect();
    let honest = ask(1000, "anybody");

    let mut answers = Vec::new();
    for renewal in renewals {
        answers.push(renewal.await.unwrap());
    }
    assert_eq!(answers[..16], [const { Ok(true) }; 16]);
    assert_eq!(answers[16..], [const { Err(DoorUnknown::Busy) }; 4]);
    assert_eq!(honest.await.unwrap(), Ok(true));
    assert_eq!(slow.asked.load(Ordering::SeqCst) - before, 17);
}
