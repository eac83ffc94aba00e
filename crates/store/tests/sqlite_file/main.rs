//! What the SQLite store does with its file: who may read it, what stays in it, what it refuses.

#![cfg(test)]

mod place;
mod survival;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::{Arc, Barrier};
use std::task::{Context, Waker};
use std::thread;

use protocol::jose::sha256;
use rusqlite::Connection;
use store::{
    Admission, ChallengeAnswer, ChallengeOutcome, NewSession, Proof, SqliteStore, StorageUrl,
    Store, StoreError,
};

use crate::place::{Place, at, challenge, limit, session, token};

#[tokio::test]
async fn a_token_is_in_no_file_of_the_store_and_its_hash_is() {
    let place = Place::new();
    let store = place.open();

    store.open_session(&session("alice")).await.unwrap();

    assert!(!place.holds(token("alice").as_bytes()));
    assert!(place.holds(&sha256(token("alice").as_bytes())));
    assert!(place.holds(b"alice@example.org"));
}

#[tokio::test]
async fn nobody_else_may_read_the_files() {
    let place = Place::new();
    let store = place.open();

    store.open_session(&session("alice")).await.unwrap();

    let modes: Vec<_> = ["", "-wal", "-shm"].map(|end| place.mode(end)).into();
    assert_eq!(modes, [0o600, 0o600, 0o600]);
}

#[tokio::test]
async fn a_file_that_everybody_may_read_is_refused() {
    let place = Place::new();
    drop(place.open());
    for mode in [0o604, 0o602, 0o666] {
        fs::set_permissions(&place.file, fs::Permissions::from_mode(mode)).unwrap();

        let refusal = place.refusal();

        assert_eq!(
            refusal.to_string(),
            format!(
                "every user of this machine may read or write the store; run: chmod o-rwx '{}'",
                place.file.display()
            )
        );
    }
}

#[tokio::test]
async fn a_missing_directory_is_named_and_not_made() {
    let place = Place::new();
    let directory = place.directory.path().join("missing");

    let refusal = SqliteStore::open(&directory.join("persona.db")).unwrap_err();

    assert_eq!(
        refusal.to_string(),
        format!(
            "there is no directory {} for the store; make it, owned by the user that runs this program",
            directory.display()
        )
    );
    assert!(!directory.exists());
}

#[tokio::test]
async fn a_session_of_an_older_version_is_taken_for_one_by_password() {
    let place = Place::new();
    let older = place.open();
    let alice = session("alice");
    older
        .open_session(&NewSession {
            proof: Proof::Mail,
            ..alice.clone()
        })
        .await
        .unwrap();
    drop(older);
    place.change(
        "ALTER TABLE sessions DROP COLUMN proof;
         ALTER TABLE challenges DROP COLUMN shared;
         DROP TABLE domains;
         DROP TABLE standings;
         DROP TABLE aliases;
         DROP TABLE tokens;
         DROP TABLE grants;
         DROP TABLE notices;
         DROP TABLE consents;
         DROP TABLE clients;
         DELETE FROM migrations WHERE number > 5;",
    );

    let found = place.open().session(&alice.id).await.unwrap().unwrap();

    assert_eq!(found.proof, Proof::Password);
}

#[tokio::test]
async fn the_store_of_a_newer_version_is_refused_and_left_alone() {
    let place = Place::new();
    drop(place.open());
    place.change("INSERT INTO migrations VALUES (9999, 'later', 'CREATE TABLE later (x)')");
    let bytes = fs::read(&place.file).unwrap();

    let refusal = place.refusal();

    assert_eq!(
        refusal.to_string(),
        "the store is of a newer version of this program (schema 9999, this version knows 11); \
         run that version, or go back to a backup"
    );
    assert_eq!(fs::read(&place.file).unwrap(), bytes);
}

#[tokio::test]
async fn a_store_made_by_other_statements_is_refused() {
    for change in [
        "UPDATE migrations SET text = text || ' ' WHERE number = 1",
        "UPDATE migrations SET number = 99 WHERE number = 1",
        "DELETE FROM migrations WHERE number = 1",
    ] {
        let place = Place::new();
        drop(place.open());
        place.change(change);

        let refusal = place.refusal();

        assert!(
            matches!(
                refusal,
                StoreError::ChangedMigration { .. } | StoreError::NewerSchema { .. }
            ),
            "{change}: {refusal}"
        );
    }
}

#[tokio::test]
async fn files_of_other_programs_are_refused_and_left_alone() {
    let place = Place::new();
    let other = Connection::open(&place.file).unwrap();
    other.execute_batch("CREATE TABLE theirs (x)").unwrap();
    drop(other);
    place.make_private();
    let database = fs::read(&place.file).unwrap();

    assert!(matches!(place.refusal(), StoreError::NotAStore));
    assert_eq!(fs::read(&place.file).unwrap(), database);

    for length in [1, 16, 511, 512, 5000] {
        fs::write(&place.file, "x".repeat(length)).unwrap();
        let refusal = place.refusal();
        assert!(
            matches!(refusal, StoreError::NotAStore),
            "{length}: {refusal}"
        );
        let left = fs::read_to_string(&place.file).unwrap();
        assert_eq!(left, "x".repeat(length));
    }
}

#[tokio::test]
async fn an_address_that_is_none_is_named_by_table_and_column() {
    let place = Place::new();
    let store = place.open();
    store.open_session(&session("alice")).await.unwrap();
    place.change("UPDATE sessions SET address = 'alice'");

    for answer in [
        store.session(&session("alice").id).await.map(drop),
        store.sessions().await.map(drop),
    ] {
        assert_eq!(
            answer.unwrap_err().to_string(),
            "the store holds a value that makes no sense in table sessions, column address"
        );
    }
}

#[tokio::test]
async fn two_programs_on_one_file_see_what_the_other_writes() {
    let place = Place::new();
    let (one, two) = (place.open(), place.open());

    one.open_session(&session("alice")).await.unwrap();
    two.open_session(&session("bob")).await.unwrap();

    assert!(two.session(&session("alice").id).await.unwrap().is_some());
    assert!(one.end_session(&session("bob").id).await.unwrap());
    assert!(two.session(&session("bob").id).await.unwrap().is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_programs_share_one_limit() {
    let place = Place::new();
    let stores = [Arc::new(place.open()), Arc::new(place.open())];

    let tasks: Vec<_> = (0..32)
        .map(|number| {
            let store = Arc::clone(&stores[number % 2]);
            tokio::spawn(async move { store.admit(&[limit(7)], at(1000)).await.unwrap() })
        })
        .collect();

    let mut winners = 0;
    for task in tasks {
        winners += usize::from(matches!(task.await.unwrap(), Admission::Admitted(_)));
    }
    assert_eq!(winners, 7);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_programs_accept_an_assertion_and_an_answer_once_between_them() {
    let (place, challenge) = (Place::new(), challenge());
    let stores = [Arc::new(place.open()), Arc::new(place.open())];
    stores[0].open_challenge(&challenge).await.unwrap();

    let tasks: Vec<_> = (0..32)
        .map(|number| {
            let store = Arc::clone(&stores[number % 2]);
            let (id, code) = (challenge.id, ChallengeAnswer::Code(challenge.code));
            tokio::spawn(async move {
                let outcome = store.answer_challenge(&id, &code, at(1000)).await.unwrap();
                (store.spend(&[7; 32], at(2000)).await.unwrap(), outcome)
            })
        })
        .collect();

    let (mut firsts, mut right) = (0, 0);
    for task in tasks {
        let (first, outcome) = task.await.unwrap();
        firsts += usize::from(first);
        right += usize::from(matches!(outcome, ChallengeOutcome::Right { .. }));
    }
    assert_eq!((firsts, right), (1, 1));
}

#[test]
fn programs_that_start_at_once_make_one_store() {
    let place = Place::new();
    let start = Barrier::new(8);

    let opened: Vec<_> = thread::scope(|scope| {
        let open = || {
            start.wait();
            SqliteStore::open(&place.file).map(drop)
        };
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(open)).collect();
        threads.into_iter().map(|t| t.join().unwrap()).collect()
    });

    for outcome in opened {
        outcome.unwrap();
    }
    place.open();
}

#[tokio::test]
async fn callers_that_go_away_do_not_stand_in_the_way_of_the_next() {
    let place = Place::new();
    let store = place.open();

    for number in 0..20 {
        let session = session(&format!("user{number}"));
        // Asked once, then dropped, while the write waits, is under way, or has just been done.
        let mut opening = store.open_session(&session);
        let mut context = Context::from_waker(Waker::noop());
        drop(opening.as_mut().poll(&mut context));
    }

    store.open_session(&session("alice")).await.unwrap();
    assert!(store.session(&session("alice").id).await.unwrap().is_some());
}

#[tokio::test]
async fn the_settings_open_the_store_that_they_name() {
    let place = Place::new();
    let url = StorageUrl::parse(&format!("sqlite:{}", place.file.display())).unwrap();

    let store = store::open(&url).unwrap();

    store.open_session(&session("alice")).await.unwrap();
    assert_eq!(place.open().sessions().await.unwrap().len(), 1);
}
