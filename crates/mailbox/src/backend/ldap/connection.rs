//! One connection to a directory: requests with numbers, and the answers to exactly these.

use tokio::time::Instant;

use super::classify;
use super::message::{self, Answer, Inbox, Message, Outcome, Search};
use super::policy::State;
use crate::check::{OpenError, Options, Verdict};
use crate::dial::dial;
use crate::dialogue::Dialogue;
use crate::password::Password;
use crate::tls::Tls;
use crate::unavailable::{Gibberish, Unavailable};
use crate::url::LdapUrl;

/// A directory and the way to it.
#[derive(Debug)]
pub(super) struct Way {
    url: LdapUrl,
    tls: Tls,
    options: Options,
}

/// A connection that is encrypted, or to this machine.
pub(super) struct Connection {
    dialogue: Dialogue<Inbox>,
    /// The number of the last question (RFC 4511 §4.1.1.1).
    id: u32,
}

/// What a search has found.
#[derive(Debug, Default)]
pub(super) struct Entries {
    /// The names: one, none, or two for "more than one".
    pub(super) names: Vec<Vec<u8>>,
    /// Whether the directory says that another one may know more. It is never asked.
    pub(super) elsewhere: bool,
}

impl Way {
    /// Reads certificate files; opens no connection.
    pub(super) fn open(url: &LdapUrl, options: &Options) -> Result<Self, OpenError> {
        let tls = Tls::with_name(url.certificate_name(), url.ca())?;
        Ok(Self {
            url: url.clone(),
            tls: if url.is_in_clear() {
                tls
            } else {
                tls.required()?
            },
            options: options.clone(),
        })
    }

    pub(super) fn describe(&self) -> String {
        self.url.describe()
    }

    pub(super) fn host(&self) -> String {
        self.url.host()
    }

    /// Connects and encrypts: nothing but StartTLS is ever said in clear to another machine.
    pub(super) async fn connect(&self, deadline: Instant) -> Result<Connection, Unavailable> {
        let left = deadline.saturating_duration_since(Instant::now());
        let limit = self.options.connect_limit.min(left);
        let stream = dial(self.url.target(), self.url.port(), limit).await?;
        let dialogue = if self.url.is_secure() {
            Dialogue::new_secure(stream, &self.tls, deadline).await?
        } else {
            Dialogue::new(stream, deadline)
        };
        let mut connection = Connection { dialogue, id: 0 };
        if self.url.is_secure() || self.url.is_in_clear() {
            return Ok(connection);
        }
        connection.say(message::start_tls).await?;
        let message = connection.hear("its answer to StartTLS").await?;
        let Answer::Extended(outcome) = message.answer else {
            return Err(WRONG_ANSWER.into());
        };
        classify::started(&outcome)?;
        // Whatever came behind the answer is the end: none of it is read as an answer later.
        connection.dialogue = connection.dialogue.secure(&self.tls).await?;
        Ok(connection)
    }
}

impl Connection {
    /// Asks whether a password belongs to a name. What the connection was before is forgotten by the
    /// directory with the request (RFC 4511 §4.2.1).
    pub(super) async fn bind(
        &mut self,
        name: &[u8],
        password: &Password,
    ) -> Result<Verdict, Unavailable> {
        let (outcome, state) = self.answer_to_bind(name, password).await?;
        classify::bound(&outcome, state)
    }

    /// Binds as the account that searches.
    pub(super) async fn bind_as_ours(
        &mut self,
        name: &str,
        password: &Password,
    ) -> Result<(), Unavailable> {
        let (outcome, state) = self.answer_to_bind(name.as_bytes(), password).await?;
        classify::ours(&outcome, state)
    }

    async fn answer_to_bind(
        &mut self,
        name: &[u8],
        password: &Password,
    ) -> Result<(Outcome, Option<State>), Unavailable> {
        let password = password.expose();
        self.say(|id| message::bind(id, name, password)).await?;
        let mut message = self.hear("its answer to the login").await?;
        message.hide(password);
        // A second answer behind this one makes both worthless.
        self.dialogue.nothing_more().await?;
        match message.answer {
            Answer::Bound(outcome) => Ok((outcome, message.state)),
            Answer::Entry(_) | Answer::Reference | Answer::Done(_) | Answer::Extended(_) => {
                Err(WRONG_ANSWER.into())
            }
        }
    }

    /// Gives what a search finds.
    pub(super) async fn search(&mut self, search: Search<'_>) -> Result<Entries, Unavailable> {
        self.say(|id| message::search(id, search)).await?;
        let mut entries = Entries::default();
        for _ in 0..MOST_ANSWERS {
            match self.hear("the end of the search").await?.answer {
                Answer::Entry(name) => {
                    // The empty name would make the bind anonymous, which succeeds (RFC 4513 §5.1.2).
                    if !name.contains(&b'=') {
                        return Err(Gibberish("an entry was found that has no name").into());
                    }
                    entries.names.push(name);
                }
                // Another server is never asked: it is the operator who says whom to believe.
                Answer::Reference => entries.elsewhere = true,
                Answer::Done(outcome) => {
                    self.dialogue.nothing_more().await?;
                    // We asked for two at most: "too many" with two is what that looks like.
                    if outcome.code != SIZE_LIMIT_EXCEEDED || entries.names.len() < 2 {
                        classify::found(&outcome)?;
                    }
                    return Ok(entries);
                }
                Answer::Bound(_) | Answer::Extended(_) => return Err(WRONG_ANSWER.into()),
            }
        }
        Err(Gibberish("a search for two entries has more than 100 answers").into())
    }

    /// Says good-bye.
    pub(super) async fn leave(mut self) {
        let last_words = message::unbind(self.next_id());
        self.dialogue.leave(&last_words).await;
    }

    pub(super) const fn is_secure(&self) -> bool {
        self.dialogue.is_secure()
    }

    /// Begins another question on a connection that was kept, with a time limit of its own.
    pub(super) const fn extend_to(&mut self, deadline: Instant) {
        self.dialogue.extend_to(deadline);
    }

    /// Is it there still, and has the directory kept silent?
    pub(super) fn is_quiet(&self) -> bool {
        self.dialogue.is_quiet()
    }

    async fn say<M: AsRef<[u8]>>(
        &mut self,
        message: impl FnOnce(u32) -> M,
    ) -> Result<(), Unavailable> {
        let message = message(self.next_id());
        self.dialogue.say(message.as_ref()).await
    }

    /// Hears the answer to the last question and to no other.
    async fn hear(&mut self, before: &'static str) -> Result<Message, Unavailable> {
        let message = self.dialogue.hear(before).await?;
        if message.id == self.id {
            return Ok(message);
        }
        // The Notice of Disconnection (RFC 4511 §4.4.1) is the only message without a question.
        if let (0, Answer::Extended(outcome)) = (message.id, &message.answer) {
            let said = outcome.said();
            return Err(Unavailable::Temporary { said });
        }
        Err(Gibberish("it answers a question that was not asked").into())
    }

    fn next_id(&mut self) -> u32 {
        self.id = self.id % LAST_ID + 1;
        self.id
    }
}

const WRONG_ANSWER: Gibberish = Gibberish("it answers another kind of question than was asked");
const SIZE_LIMIT_EXCEEDED: u32 = 4;
const MOST_ANSWERS: usize = 100;
/// RFC 4511 §4.1.1: `maxInt`.
const LAST_ID: u32 = 0x7fff_ffff;
