//! The memory: how often a host is asked, counted at the host.

use std::future::poll_fn;
use std::task::Poll;
use std::time::Duration;

use testkit::https::Reply;

use crate::world::{World, delegation, issuer, not_found};

fn document(cache_control: &str) -> Reply {
    let cache_control = format!("cache-control: {cache_control}");
    let headers = ["content-type: application/json", &cache_control];
    Reply::new("200 OK", &headers, &issuer())
}

/// Asks, lets time pass until a second before `end`, asks, lets two seconds pass, and asks again.
async fn is_kept_until(world: &World, name: &str, end: Duration) {
    let second = Duration::from_secs(1);
    let before = world.requests();
    let first = world.outcome(name).await;
    assert_eq!(world.requests(), before + 1);

    world.clock.advance(end.checked_sub(second).unwrap());
    assert_eq!(world.outcome(name).await, first);
    assert_eq!(world.requests(), before + 1, "{name} was asked too early");

    world.clock.advance(second * 2);
    assert_eq!(world.outcome(name).await, first);
    assert_eq!(world.requests(), before + 2, "{name} was believed too long");
}

#[tokio::test]
async fn an_answer_is_kept_for_as_long_as_it_says_within_limits() {
    let hosts = [
        ("silent.example", Reply::json(&issuer())),
        ("two.example", document("max-age=120")),
        ("day.example", document("public, max-age=86400")),
        ("never.example", document("no-store")),
        ("no.example", not_found()),
        ("down.example", Reply::new("503 Down", &[], "")),
        ("malformed.example", Reply::json("{}")),
    ];
    let world = World::open(&hosts).await;

    for (name, seconds) in [
        ("silent.example", 300),
        ("two.example", 120),
        ("day.example", 3600),
        ("never.example", 60),
        ("no.example", 60),
        ("down.example", 10),
        ("malformed.example", 10),
    ] {
        is_kept_until(&world, name, Duration::from_secs(seconds)).await;
    }
}

#[tokio::test]
async fn what_is_said_about_one_domain_is_not_said_about_another() {
    let hosts = [
        ("a.example", delegation("idp.example")),
        ("b.example", delegation("idp.example")),
        ("idp.example", Reply::json(&issuer())),
    ];
    let world = World::open(&hosts).await;

    world.outcome("a.example").await;
    world.change("idp.example", not_found());

    assert_eq!(world.outcome("a.example").await, "issuer idp.example");
    assert!(world.outcome("b.example").await.starts_with("no: "));
}

#[tokio::test]
async fn many_who_ask_at_once_cost_one_request() {
    let hosts = [
        ("example.com", delegation("idp.example")),
        ("idp.example", Reply::json(&issuer())),
    ];
    let world = World::open(&hosts).await;

    let askers = (0..20).map(|_| world.outcome("example.com"));
    let outcomes = all(askers).await;

    assert_eq!(outcomes, vec!["issuer idp.example"; 20]);
    assert_eq!(world.requests(), 2);
}

#[tokio::test]
async fn whoever_goes_away_leaves_the_question_to_the_others() {
    let world = World::open(&[("idp.example", Reply::json(&issuer()))]).await;

    // The first one begins the question and leaves while it is under way.
    let mut first = Box::pin(world.outcome("idp.example"));
    let begun = poll_fn(|context| Poll::Ready(first.as_mut().poll(context).is_pending()));
    assert!(begun.await);
    let second = world.outcome("idp.example");
    drop(first);

    assert_eq!(second.await, "issuer idp.example");
    assert_eq!(world.requests(), 1);
}

/// Waits for all, who begin one after the other before any of them is done.
async fn all<F: Future>(futures: impl IntoIterator<Item = F>) -> Vec<F::Output> {
    let mut waiting: Vec<_> = futures.into_iter().map(Box::pin).collect();
    let mut done: Vec<Option<F::Output>> = waiting.iter().map(|_| None).collect();
    poll_fn(|context| {
        for (future, done) in waiting.iter_mut().zip(&mut done) {
            if done.is_none()
                && let Poll::Ready(output) = future.as_mut().poll(context)
            {
                *done = Some(output);
            }
        }
        if done.iter().all(Option::is_some) {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
    .await;
    done.into_iter().flatten().collect()
}
