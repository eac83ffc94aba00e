//! What stays in the file, and what does not.

use std::time::Duration;

use protocol::email::Domain;
use protocol::jose::sha256;
use store::{
    Admission, ChallengeAnswer, ChallengeOutcome, Exchange, GrantRow, GrantUse, Grants as _,
    Notices as _, Renewal, Store as _,
};

use crate::place::{Place, at, challenge, code, grant, limit, session, token};

#[tokio::test]
async fn sessions_and_attempts_survive_a_restart() {
    let place = Place::new();
    let before = place.open();
    before.open_session(&session("alice")).await.unwrap();
    before.admit(&[limit(1)], at(1000)).await.unwrap();
    drop(before);

    let after = place.open();

    let found = after.session(&session("alice").id).await.unwrap().unwrap();
    assert_eq!(found.address, session("alice").address);
    assert!(matches!(
        after.admit(&[limit(1)], at(1000)).await.unwrap(),
        Admission::Busy { .. }
    ));
}

#[tokio::test]
async fn what_was_answered_is_in_the_files_already_should_the_program_be_killed() {
    let (place, challenge) = (Place::new(), challenge());
    let store = place.open();
    let example = Domain::parse("example.org").unwrap();
    store.spend(&[7; 32], at(2000)).await.unwrap();
    store.remember_issuer(&example, at(1000)).await.unwrap();
    store.open_challenge(&challenge).await.unwrap();
    let wrong = ChallengeAnswer::Code([0; 32]);
    store
        .answer_challenge(&challenge.id, &wrong, at(1000))
        .await
        .unwrap();

    // The first store is still open: nothing was tidied up.
    let after = place.copy().open();

    assert!(!after.spend(&[7; 32], at(2000)).await.unwrap());
    assert_eq!(after.issuer_seen(&example).await.unwrap(), Some(at(1000)));
    for outcome in [ChallengeOutcome::Wrong { left: 0 }, ChallengeOutcome::Gone] {
        let told = after.answer_challenge(&challenge.id, &wrong, at(1000));
        assert_eq!(told.await.unwrap(), outcome);
    }
}

#[tokio::test]
async fn a_right_answer_does_not_come_back_with_a_restart() {
    let (place, challenge) = (Place::new(), challenge());
    let store = place.open();
    store.open_challenge(&challenge).await.unwrap();
    let code = ChallengeAnswer::Code(challenge.code);
    let told = store.answer_challenge(&challenge.id, &code, at(1000));
    assert_eq!(
        told.await.unwrap(),
        ChallengeOutcome::Right {
            address: challenge.address,
            shared: false,
        }
    );

    for after in [place.copy(), place] {
        let told = after
            .open()
            .answer_challenge(&challenge.id, &code, at(1000))
            .await;
        assert_eq!(told.unwrap(), ChallengeOutcome::Gone);
    }
}

#[tokio::test]
async fn nothing_of_an_answered_challenge_stays_in_the_file() {
    let (place, challenge) = (Place::new(), challenge());
    let store = place.open();
    store.open_challenge(&challenge).await.unwrap();
    assert!(place.holds(b"alice@example.org"));

    let link = ChallengeAnswer::Link(challenge.link);
    let told = store.answer_challenge(&challenge.id, &link, at(1000));
    told.await.unwrap();
    drop(store);

    assert!(!place.holds(b"alice@example.org"));
    assert!(!place.holds(&challenge.code));
}

#[tokio::test]
async fn nothing_of_an_ended_session_stays_in_the_file() {
    let place = Place::new();
    let store = place.open();
    store.open_session(&session("alice")).await.unwrap();

    store.end_session(&session("alice").id).await.unwrap();
    drop(store);

    assert!(!place.holds(&sha256(token("alice").as_bytes())));
    assert!(!place.holds(b"alice@example.org"));
}

#[tokio::test]
async fn a_code_that_was_exchanged_does_not_come_back_with_a_restart() {
    let place = Place::new();
    let store = place.open();
    store.open_grant(&grant("alice"), &[code()]).await.unwrap();
    let renewal = Renewal {
        tokens: Vec::new(),
        content: None,
        expires: at(2000),
    };
    let first = store.exchange(&code().id, &renewal, at(1010)).await;
    assert_eq!(first.unwrap(), Exchange::First);

    for after in [place.copy(), place] {
        let again = after.open().exchange(&code().id, &renewal, at(1020)).await;
        assert_eq!(again.unwrap(), Exchange::Again { spent: at(1010) });
    }
}

#[tokio::test]
async fn who_is_to_be_told_is_in_the_files_already_should_the_program_be_killed() {
    let place = Place::new();
    let store = place.open();
    store.open_session(&session("alice")).await.unwrap();
    store.open_grant(&grant("alice"), &[code()]).await.unwrap();
    store.end_session(&session("alice").id).await.unwrap();
    let lease = Duration::from_secs(10);
    let taken = store.take_notices(1, lease, at(1000)).await.unwrap();

    let after = place.copy().open();

    assert_eq!(after.token(&code().id).await.unwrap(), None);
    let again = after.take_notices(1, lease, at(1010)).await.unwrap();
    assert_eq!(again.len(), 1);
    assert_eq!(again[0].id, taken[0].id);
}

#[tokio::test]
async fn nothing_of_an_ended_grant_stays_in_the_file() {
    let place = Place::new();
    let store = place.open();
    let offline = GrantRow {
        usage: GrantUse::Offline,
        ..grant("alice")
    };
    store.open_grant(&offline, &[code()]).await.unwrap();
    assert!(place.holds(code().id.as_bytes()) && place.holds(b"what alice granted"));

    store.end_grant(&grant("alice").id).await.unwrap();
    drop(store);

    assert!(!place.holds(code().id.as_bytes()));
    assert!(!place.holds(b"what alice granted"));
    assert!(!place.holds(b"alice@example.org"));
}
