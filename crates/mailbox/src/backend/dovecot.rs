//! Asks Dovecot's auth service over its socket, as Postfix does (`mail.md` §2.3).
//!
//! The fastest and best-informed way: no TLS, no mail session, and the answer tells a user who may not
//! log in, a backend that is down and a master user's password from a wrong one. Connections are kept
//! between questions, and each has one question under way at most: so no answer can be taken for
//! another's, a connection that is lost takes one question with it, and Dovecot's pause behind a wrong
//! password keeps nobody else waiting. How many questions there are at once is for the caller to limit.
//!
//! Tried with Dovecot 2.3; of 2.4, whose server waits for the client's version, the handshake was
//! tried with a server that follows a script.

mod answer;
mod handshake;
mod lines;
mod question;
mod userdb;

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};

use tokio::time::Instant;

use crate::check::{Options, PasswordCheck, Probe, Question, Verdict};
use crate::dial::{dial, dial_socket};
use crate::dialogue::Dialogue;
use crate::future::BoxFuture;
use crate::sasl;
use crate::unavailable::{Gibberish, Unavailable};
use crate::url::{DovecotUrl, Place};

use answer::Answer;
use handshake::{Greeted, Handshake};
use lines::Lines;
pub(super) use userdb::Userdb;

/// A Dovecot that is asked on its auth-client socket.
#[derive(Debug)]
pub(super) struct Dovecot {
    url: DovecotUrl,
    options: Options,
    kept: Kept,
    opened: AtomicU32,
}

/// Connections that have nothing under way, the one used last on top.
#[derive(Default)]
struct Kept(Mutex<Vec<Connection>>);

/// A connection behind its handshake.
struct Connection {
    dialogue: Dialogue<Lines>,
    number: u32,
    questions: u32,
}

impl Dovecot {
    pub(super) fn open(url: &DovecotUrl, options: &Options) -> Self {
        Self {
            url: url.clone(),
            options: options.clone(),
            kept: Kept::default(),
            opened: AtomicU32::new(0),
        }
    }

    async fn ask(&self, question: Question<'_>) -> Result<Verdict, Unavailable> {
        let deadline = self.options.deadline();
        let mut connection = match self.kept.take(deadline) {
            Some(connection) => connection,
            None => self.connect(deadline).await?.0,
        };
        let answer = connection.ask(question).await?;
        let verdict = answer::verdict(&answer, question.login.as_str())?;
        // Only a connection whose last answer was in order is asked again.
        self.kept.put(connection);
        Ok(verdict)
    }

    async fn look(&self) -> Result<Probe, Unavailable> {
        let (mut connection, greeted) = self.connect(self.options.deadline()).await?;
        connection.dialogue.nothing_more().await?;
        connection.dialogue.leave(b"").await;
        Ok(Probe {
            greeting_host: format!("Dovecot's auth service, protocol {}", greeted.version),
            tls: false,
            mechanisms: greeted.mechanisms,
        })
    }

    async fn connect(&self, deadline: Instant) -> Result<(Connection, Greeted), Unavailable> {
        let mut dialogue = self.dial(deadline).await?;
        let number = self.number();
        let introduction = handshake::introduction(number);
        dialogue.say_unasked(&introduction).await?;
        let mut handshake = Handshake::default();
        let greeted = loop {
            let line = dialogue.hear("the end of its handshake").await?;
            if let Some(greeted) = handshake.take(&line)? {
                break greeted;
            }
        };
        let connection = Connection {
            dialogue,
            number,
            questions: 0,
        };
        Ok((connection, greeted))
    }

    async fn dial(&self, deadline: Instant) -> Result<Dialogue<Lines>, Unavailable> {
        let limit = self.options.connect_limit.min(self.options.whole_limit);
        match self.url.place() {
            Place::Port(host, port) => {
                let stream = dial(host, *port, limit).await?;
                Ok(Dialogue::new(stream, deadline))
            }
            Place::File(path) => dial_socket(path, self.url.to_string(), &self.options).await,
        }
    }

    /// Gives a number that no other connection of this process has had for long, and none of another
    /// process. Zero, which Dovecot refuses, cannot come out: no process has that number.
    fn number(&self) -> u32 {
        let opened = self.opened.fetch_add(1, Ordering::Relaxed);
        std::process::id() << 8 | opened & 0xff
    }
}

impl Connection {
    /// Asks, and gives the one answer that there is.
    async fn ask(&mut self, asked: Question<'_>) -> Result<Answer, Unavailable> {
        self.questions += 1;
        let id = self.questions;
        let line = question::question(asked, id, self.number);
        self.dialogue.say(&line).await?;
        let mut answer = self.hear(id).await?;
        // A second answer behind this one makes both worthless.
        self.dialogue.nothing_more().await?;
        let (login, password) = (asked.login.as_str(), asked.password.expose());
        for secret in sasl::telling([password.as_bytes(), login.as_bytes()]) {
            answer.hide(secret);
        }
        Ok(answer)
    }

    async fn hear(&mut self, id: u32) -> Result<Answer, Unavailable> {
        for _ in 0..LINE_COUNT_LIMIT {
            let line = self.dialogue.hear("its answer to the login").await?;
            match Answer::read(&line)? {
                None => {}
                Some(answer) if answer.id == id => return Ok(answer),
                Some(_) => {
                    return Err(Gibberish("it answered a question that was not asked").into());
                }
            }
        }
        Err(Gibberish("it said more than 100 lines that are no answer").into())
    }
}

impl Kept {
    /// Takes a connection that is still there, and gives it a new time limit.
    fn take(&self, deadline: Instant) -> Option<Connection> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let mut connection = kept.pop()?;
            // Dovecot restarts, and what it says unasked belongs to no question of ours.
            if connection.dialogue.is_quiet() {
                connection.dialogue.extend_to(deadline);
                return Some(connection);
            }
        }
    }

    fn put(&self, connection: Connection) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() < MOST_KEPT && connection.questions < MOST_QUESTIONS {
            kept.push(connection);
        }
    }
}

impl std::fmt::Debug for Kept {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Kept(‹connections›)")
    }
}

impl PasswordCheck for Dovecot {
    fn check<'a>(&'a self, question: Question<'a>) -> BoxFuture<'a, Result<Verdict, Unavailable>> {
        Box::pin(self.ask(question))
    }

    fn probe(&self) -> BoxFuture<'_, Result<Probe, Unavailable>> {
        Box::pin(self.look())
    }

    fn describe(&self) -> String {
        self.url.to_string()
    }
}

const LINE_COUNT_LIMIT: usize = 100;

/// Dovecot takes a thousand clients in all (`client_limit`), and mail must go on.
const MOST_KEPT: usize = 8;

/// Behind so many questions a connection is made anew: its numbers never come round again.
const MOST_QUESTIONS: u32 = 100_000;

#[cfg(test)]
mod tests {
    use tokio::io::AsyncWriteExt;
    use tokio::net::UnixStream;

    use super::*;

    fn kept() -> (Kept, UnixStream, Instant) {
        let (ours, theirs) = UnixStream::pair().unwrap();
        let deadline = Options::new("idp.example.test").deadline();
        let kept = Kept::default();
        kept.put(Connection {
            dialogue: Dialogue::local(ours, deadline),
            number: 1,
            questions: 1,
        });
        (kept, theirs, deadline)
    }

    #[tokio::test]
    async fn a_quiet_connection_is_used_again() {
        let (kept, _theirs, deadline) = kept();

        assert!(kept.take(deadline).is_some());
        assert!(kept.take(deadline).is_none());
    }

    #[tokio::test]
    async fn what_is_said_between_questions_answers_none() {
        let (kept, mut theirs, deadline) = kept();

        theirs.write_all(b"OK\t2\tuser=a\n").await.unwrap();

        assert!(kept.take(deadline).is_none());
    }

    #[tokio::test]
    async fn a_connection_that_was_lost_is_not_used_again() {
        let (kept, theirs, deadline) = kept();

        drop(theirs);

        assert!(kept.take(deadline).is_none());
    }

    #[tokio::test]
    async fn only_so_many_connections_are_kept() {
        let kept = Kept::default();
        let mut others = Vec::new();
        for number in 0..20 {
            let (ours, theirs) = UnixStream::pair().unwrap();
            others.push(theirs);
            kept.put(Connection {
                dialogue: Dialogue::local(ours, Instant::now()),
                number,
                questions: 1,
            });
        }

        assert_eq!(kept.0.lock().unwrap().len(), MOST_KEPT);
    }
}
