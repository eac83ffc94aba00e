//! Writes that wait together are made together, and each has its own fate.

use std::path::Path;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use tempfile::TempDir;

use super::*;

type Answer<T> = oneshot::Receiver<Result<T, StoreError>>;

#[test]
fn a_write_that_fails_among_others_is_undone_alone() {
    let (place, mut connection) = place();
    let (first, told_first) = change(|transaction| note(transaction, 1));
    let (fails, told_fails) = change(|transaction| {
        note(transaction, 2)?;
        Err::<(), _>(StoreError::SessionExists)
    });
    let (panics, told_panics) = change(|transaction| {
        note(transaction, 3)?;
        panic!("in the middle of a write")
    });
    let (last, told_last) = change(|transaction| note(transaction, 4));

    write_group(&mut connection, vec![first, fails, panics, last]);

    assert_eq!(noted(&place), [1, 4]);
    assert!(told(told_first).is_ok() && told(told_last).is_ok());
    assert!(matches!(told(told_fails), Err(StoreError::SessionExists)));
    let broken_off: Result<(), _> = told(told_panics);
    assert_eq!(
        broken_off.unwrap_err().to_string(),
        "the store cannot be used: a write was broken off"
    );
}

#[test]
fn each_write_sees_what_those_before_it_have_written() {
    let (_place, mut connection) = place();
    let (changes, answers): (Vec<_>, Vec<_>) = (0..5)
        .map(|number| {
            change(move |transaction| {
                note(transaction, number)?;
                Ok(count(transaction))
            })
        })
        .unzip();

    write_group(&mut connection, changes);

    let seen: Vec<i64> = answers.into_iter().map(|it| told(it).unwrap()).collect();
    assert_eq!(seen, [1, 2, 3, 4, 5]);
}

#[test]
fn nobody_is_answered_before_all_of_the_group_can_be_read_by_others() {
    let (place, mut connection) = place();
    let (seen, looks) = channel();
    let changes = (0..5).map(|number| {
        let (other, seen) = (open(&place), seen.clone());
        let change: Change = Box::new(move |transaction| {
            note(transaction.unwrap(), number).unwrap();
            let before = count(&other);
            Made {
                stays: true,
                answer: Box::new(move |outcome| {
                    outcome.unwrap();
                    seen.send((before, count(&other))).unwrap();
                }),
            }
        });
        change
    });

    write_group(&mut connection, changes.collect());

    let looks: Vec<_> = looks.try_iter().collect();
    assert_eq!(looks, [(0, 5); 5]);
}

#[test]
fn a_commit_that_is_refused_is_told_to_all_and_the_next_goes_on() {
    let (place, mut connection) = place();
    let (first, told_first) = change(|transaction| note(transaction, 1));
    // What is only looked at when everything is to be committed.
    let (breaks, told_breaks) =
        change(|transaction| execute(transaction, "INSERT INTO later VALUES (99)", ()).map(drop));
    let (next, told_next) = change(|transaction| note(transaction, 2));

    write_group(&mut connection, vec![first, breaks]);
    write_group(&mut connection, vec![next]);

    assert_eq!(noted(&place), [2]);
    assert!(told(told_first).is_err() && told(told_breaks).is_err());
    assert!(told(told_next).is_ok());
}

#[test]
fn what_the_database_undoes_is_told_to_those_it_was_undone_for_and_the_rest_is_written() {
    let (place, mut connection) = place();
    let (first, told_first) = change(|transaction| note(transaction, 1));
    // What SQLite does by itself where the disk is full.
    let (full, told_full) = change(|transaction| {
        execute(transaction, "ROLLBACK", ())?;
        Err::<(), _>(StoreError::DiskFull)
    });
    let (last, told_last) = change(|transaction| note(transaction, 2));

    write_group(&mut connection, vec![first, full, last]);

    assert_eq!(noted(&place), [2]);
    assert_eq!(
        told(told_first).unwrap_err().to_string(),
        "the store cannot be used: a write was undone with another that was made at the same time"
    );
    assert!(matches!(told(told_full), Err(StoreError::DiskFull)));
    assert!(told(told_last).is_ok());
}

#[test]
fn while_another_process_writes_all_are_told_so_and_nothing_is_made() {
    let (place, mut connection) = place();
    connection.busy_timeout(Duration::ZERO).unwrap();
    let other = open(&place);
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let (changes, answers): (Vec<_>, Vec<_>) = (0..3)
        .map(|number| change(move |transaction| note(transaction, number)))
        .unzip();

    write_group(&mut connection, changes);

    other.execute_batch("COMMIT").unwrap();
    for answer in answers {
        assert!(matches!(told(answer), Err(StoreError::Busy)));
    }
    assert_eq!(noted(&place), [] as [i64; 0]);
}

#[tokio::test]
async fn what_is_asked_for_while_the_thread_is_busy_is_written_together_and_in_order() {
    let (place, connection) = place();
    let connection = Arc::new(Mutex::new(connection));
    let writer = Writer::start(Arc::clone(&connection)).unwrap();
    let busy = connection.lock().unwrap();
    let mut writes: Vec<_> = (0..20)
        .map(|number| {
            let other = open(&place);
            Box::pin(writer.write(move |transaction| {
                note(transaction, number)?;
                Ok(count(&other))
            }))
        })
        .collect();
    for write in &mut writes {
        assert!(is_pending(write.as_mut()));
    }

    drop(busy);
    let mut committed_before = Vec::new();
    for write in writes {
        committed_before.push(write.await.unwrap());
    }

    assert_eq!(committed_before, [0; 20], "one transaction");
    assert_eq!(noted(&place), (0..20).collect::<Vec<i64>>());
}

#[tokio::test]
async fn callers_that_go_away_lose_neither_their_own_writes_nor_others() {
    let (place, connection) = place();
    let connection = Arc::new(Mutex::new(connection));
    let writer = Writer::start(Arc::clone(&connection)).unwrap();
    let busy = connection.lock().unwrap();
    for number in 0..5 {
        let mut gone = Box::pin(writer.write(move |transaction| note(transaction, number)));
        assert!(is_pending(gone.as_mut()));
    }
    let mut stays = Box::pin(writer.write(|transaction| note(transaction, 5)));
    assert!(is_pending(stays.as_mut()));

    drop(busy);
    stays.await.unwrap();

    assert_eq!(noted(&place), [0, 1, 2, 3, 4, 5]);
}

#[test]
fn a_writer_that_is_dropped_has_done_what_was_asked_for() {
    let (place, connection) = place();
    let connection = Arc::new(Mutex::new(connection));
    let writer = Writer::start(Arc::clone(&connection)).unwrap();
    for number in 0..200 {
        let mut write = Box::pin(writer.write(move |transaction| note(transaction, number)));
        is_pending(write.as_mut());
    }

    drop(writer);

    assert_eq!(noted(&place).len(), 200);
    assert_eq!(Arc::strong_count(&connection), 1, "the thread has ended");
}

fn change<T: Send + 'static>(
    what: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError> + Send + 'static,
) -> (Change, Answer<T>) {
    let (reply, answer) = oneshot::channel();
    (boxed(what, reply), answer)
}

/// What was answered, which must have been by now.
fn told<T>(mut answer: Answer<T>) -> Result<T, StoreError> {
    answer.try_recv().unwrap()
}

fn is_pending<T>(future: std::pin::Pin<&mut impl Future<Output = T>>) -> bool {
    let mut context = Context::from_waker(Waker::noop());
    matches!(future.poll(&mut context), Poll::Pending)
}

/// A file with a table for notes, and one that wants to be right only in the end.
fn place() -> (TempDir, Connection) {
    let place = tempfile::tempdir().unwrap();
    let connection = open(&place);
    connection
        .execute_batch(
            "PRAGMA journal_mode = WAL;
             CREATE TABLE notes (number INTEGER NOT NULL UNIQUE);
             CREATE TABLE later (
                 number INTEGER REFERENCES notes (number) DEFERRABLE INITIALLY DEFERRED
             );",
        )
        .unwrap();
    (place, connection)
}

fn open(place: &TempDir) -> Connection {
    let file: &Path = &place.path().join("notes.db");
    let connection = Connection::open(file).unwrap();
    connection
        .pragma_update(None, "foreign_keys", true)
        .unwrap();
    connection
}

fn note(transaction: &Transaction<'_>, number: i64) -> Result<(), StoreError> {
    execute(transaction, "INSERT INTO notes VALUES (?1)", [number]).map(drop)
}

fn count(connection: &Connection) -> i64 {
    let counted = connection.query_one("SELECT count(*) FROM notes", [], |row| row.get(0));
    counted.unwrap()
}

/// The notes that another connection sees, in the order in which they were written.
fn noted(place: &TempDir) -> Vec<i64> {
    let connection = open(place);
    let mut statement = connection
        .prepare("SELECT number FROM notes ORDER BY rowid")
        .unwrap();
    let rows = statement.query_map([], |row| row.get(0)).unwrap();
    rows.collect::<Result<_, _>>().unwrap()
}
