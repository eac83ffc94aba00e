//! One conversation in IMAP: commands are said, and what comes before their answers is heard out.
//!
//! Each command has a number, and only the answer with that number is one to it (RFC 3501 §2.2.1).
//! Before it, a server may make remarks, as many as the limit allows.

use crate::approach::Approach;
use crate::dialogue::Dialogue;
use crate::sasl::{Command, Exchange, Sent};
use crate::unavailable::Unavailable;

use super::classify;
use super::login;
use super::offer::{Method, Offer};
use super::response::{Reader, Response, Status, tag};

/// A connection, and how far the talk has come.
pub(super) struct Talk {
    dialogue: Dialogue<Reader>,
    /// The number of the last command.
    number: u16,
    /// The last list of capabilities that was heard.
    offered: Option<Offer>,
    /// The words of the greeting, escaped and cut.
    greeting: String,
}

/// What a server said to a login.
pub(super) struct Answered {
    /// What we sent is hidden in it.
    pub(super) status: Status,
    /// How much of the credentials the server had been given by then.
    pub(super) sent: Sent,
}

/// What ends the waiting.
enum Heard {
    /// The server wants the rest of the command.
    Prompt(Vec<u8>),
    /// It has done with the command.
    Answer(Status),
}

impl Talk {
    pub(super) const fn new(dialogue: Dialogue<Reader>) -> Self {
        Self {
            dialogue,
            number: 0,
            offered: None,
            greeting: String::new(),
        }
    }

    /// Hears the greeting, which may have a list of capabilities in it.
    pub(super) async fn hear_greeting(&mut self) -> Result<Option<Offer>, Unavailable> {
        let Response::Notice(status) = self.dialogue.hear("its greeting").await? else {
            return Err(Unavailable::Gibberish {
                why: "it does not begin with a greeting",
            });
        };
        classify::greeting(&status)?;
        self.greeting = status.shown_text();
        Ok(status.offer())
    }

    /// Asks for the list of capabilities.
    pub(super) async fn capabilities(&mut self) -> Result<Offer, Unavailable> {
        self.offered = None;
        let status = self
            .command("CAPABILITY", "its list of capabilities")
            .await?;
        classify::command("CAPABILITY", &status)?;
        self.offered.take().ok_or(Unavailable::Gibberish {
            why: "it answers CAPABILITY without a list of them",
        })
    }

    /// Goes on encrypted. Nothing that was heard in clear is kept.
    pub(super) async fn start_tls(mut self, approach: &Approach) -> Result<Self, Unavailable> {
        let status = self.command("STARTTLS", "its answer to STARTTLS").await?;
        classify::starttls(&status)?;
        Ok(Self {
            dialogue: approach.encrypt(self.dialogue).await?,
            number: self.number,
            offered: None,
            greeting: self.greeting,
        })
    }

    /// Says a whole command and waits for the answer to it.
    pub(super) async fn command(
        &mut self,
        words: &str,
        before: &'static str,
    ) -> Result<Status, Unavailable> {
        let line = format!("{} {words}\r\n", self.next_tag());
        self.dialogue.say(line.as_bytes()).await?;
        match self.hear(before, None).await? {
            Heard::Answer(status) => Ok(status),
            Heard::Prompt(_) => Err(Unavailable::Gibberish {
                why: "it asks for more than there is to a command",
            }),
        }
    }

    /// Logs in once, by a method on offer. What the answer means is for the caller to say.
    pub(super) async fn log_in(
        mut self,
        offer: &Offer,
        login: &str,
        password: &str,
    ) -> Result<(Self, Answered), Unavailable> {
        let method = offer.method()?;
        let tag = self.next_tag();
        let (line, mut exchange) = match method {
            Method::Login => login::begin(&tag, login, password),
            Method::Authenticate(mechanism) => {
                let command = Command {
                    words: &format!("{tag} AUTHENTICATE"),
                    initial_response: offer.initial_response,
                };
                Exchange::begin(command, mechanism, login, password)
            }
        };
        self.dialogue.say(&line).await?;
        loop {
            match self
                .hear("its answer to the login", Some(&exchange))
                .await?
            {
                Heard::Answer(status) => {
                    self.no_second_answer()?;
                    let sent = exchange.sent();
                    return Ok((self, Answered { status, sent }));
                }
                Heard::Prompt(challenge) => {
                    let Some(line) = exchange.respond(&challenge) else {
                        self.leave("*\r\n").await;
                        return Err(Unavailable::Challenged);
                    };
                    self.dialogue.say(&line).await?;
                }
            }
        }
    }

    /// Makes sure that nothing has arrived which belongs to no question of ours.
    pub(super) async fn nothing_more(&mut self) -> Result<(), Unavailable> {
        self.dialogue.nothing_more().await
    }

    pub(super) fn greeting(&self) -> &str {
        &self.greeting
    }

    pub(super) const fn is_secure(&self) -> bool {
        self.dialogue.is_secure()
    }

    /// Says good-bye, behind other last words, without waiting for an answer.
    pub(super) async fn leave(mut self, last_words: &str) {
        let farewell = format!("{last_words}{} LOGOUT\r\n", self.next_tag());
        self.dialogue.leave(farewell.as_bytes()).await;
    }

    /// Waits for the end of a command, or for a question in it. Credentials under way are taken out
    /// of what is said.
    async fn hear(
        &mut self,
        before: &'static str,
        exchange: Option<&Exchange>,
    ) -> Result<Heard, Unavailable> {
        let hide = |status: &mut Status| {
            let secrets = exchange.into_iter().flat_map(Exchange::secrets);
            secrets.for_each(|secret| status.hide(secret));
        };
        for _ in 0..MOST_REMARKS {
            match self.dialogue.hear(before).await? {
                Response::Aside => {}
                Response::Capabilities(offer) => self.offered = Some(offer),
                Response::Notice(mut status) => {
                    hide(&mut status);
                    classify::notice(&status)?;
                }
                Response::Prompt(text) => return Ok(Heard::Prompt(text)),
                Response::Answer(number, mut status) if number == self.number => {
                    hide(&mut status);
                    return Ok(Heard::Answer(status));
                }
                Response::Answer(..) => {
                    let why = "it answers a command that was not given";
                    return Err(Unavailable::Gibberish { why });
                }
            }
        }
        Err(Unavailable::Gibberish {
            why: "it makes more than 100 remarks before an answer",
        })
    }

    /// A second answer behind the first makes both worthless. Remarks may come at any time.
    fn no_second_answer(&mut self) -> Result<(), Unavailable> {
        while let Some(response) = self.dialogue.arrived()? {
            if matches!(response, Response::Prompt(_) | Response::Answer(..)) {
                let why = "it answers one login twice";
                return Err(Unavailable::Gibberish { why });
            }
        }
        Ok(())
    }

    fn next_tag(&mut self) -> String {
        self.number = self.number.saturating_add(1);
        tag(self.number)
    }
}

const MOST_REMARKS: usize = 100;
