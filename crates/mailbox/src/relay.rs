//! Hands a letter to a mail relay (RFC 5321, RFC 6409), as a mail program does.
//!
//! Approach and login as for a password check, then MAIL, RCPT, DATA, QUIT, under one time limit. A
//! letter is handed over once: whether and when to try again is for the caller to say.
//! Deliberately absent: a queue, pipelining, several recipients, letters outside ASCII.

use std::fmt;

use protocol::secret::Secret;

use crate::approach::{Approach, log_in};
use crate::check::{OpenError, Options, Refusal, Verdict};
use crate::classify;
use crate::dialogue::Dialogue;
use crate::letter::{Letter, LetterError};
use crate::password::Password;
use crate::reply::{Reader, Reply};
use crate::unavailable::Unavailable;
use crate::url::ServerUrl;

/// A mail server that takes letters for others.
pub struct Relay {
    approach: Approach,
    credentials: Option<(String, Password)>,
}

/// What is known of a letter that was handed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Posted {
    /// The relay has taken it.
    Taken,
    /// It was sent to its last octet, and then there was no answer that could be understood.
    ///
    /// The relay may well deliver it, so this is no failure: who throws away what the letter is about
    /// (a code) makes a liar of a letter that arrives. Who waits in vain asks for another.
    NotKnown(Unavailable),
}

/// Says why a letter was not sent.
///
/// Texts of the relay in it are escaped and cut, and the recipient's address is hidden.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotSent {
    /// The relay could not be asked, or cannot take the letter now.
    #[error("{0}")]
    Unavailable(Unavailable),
    /// The relay says that no mail reaches the recipient: there is no such mailbox, as far as it
    /// knows.
    #[error("the mail server sends nothing to this recipient, it said: {code} {text}")]
    Refused {
        /// The reply code, 550 as a rule.
        code: u16,
        /// The relay's words.
        text: String,
    },
    /// The relay refused for a reason that is not the recipient's mailbox: its settings, or ours.
    #[error("the mail server refused {what}: {said}")]
    Misconfigured {
        /// What it refused.
        what: &'static str,
        /// The relay's reply.
        said: String,
    },
    /// The letter cannot be written, so the relay was not asked.
    #[error("{0}")]
    Letter(#[from] LetterError),
}

impl Relay {
    /// Makes ready to send letters through the server that `url` names, with a user name and a
    /// password if it wants a login. Reads certificate files; opens no connection.
    ///
    /// Letter and password go out in clear where [`ServerUrl`] allows that, and nowhere else.
    pub fn open(
        url: &ServerUrl,
        credentials: Option<(String, Secret<String>)>,
        options: &Options,
    ) -> Result<Self, OpenError> {
        let credentials = credentials
            .map(|(user, password)| prepared(user, password))
            .transpose()?;
        Ok(Self {
            approach: Approach::open(url, options)?,
            credentials,
        })
    }

    /// Names the relay, for people: `smtps://mail.example.org:465`.
    pub fn describe(&self) -> String {
        self.approach.describe()
    }

    /// Sends a letter, once.
    ///
    /// An `Err` says that it was not sent, and nobody will read it.
    pub async fn send(&self, letter: &Letter) -> Result<Posted, NotSent> {
        let wire = letter.wire()?;
        let mut dialogue = self.begin().await?;
        let sending = hand_over(&mut dialogue, letter, &wire).await;
        dialogue.leave(b"QUIT\r\n").await;
        sending
    }

    /// Goes up to the point where a letter may be handed over.
    async fn begin(&self) -> Result<Dialogue<Reader>, NotSent> {
        let begun = self.approach.begin(None).await?;
        let Some((user, password)) = &self.credentials else {
            return Ok(begun.0);
        };
        let answered = log_in(begun, user, password.expose()).await?;
        let verdict = classify::verdict(&answered.reply, answered.sent)?;
        if let Verdict::Refused(Refusal { code, text, .. }) = verdict {
            answered.dialogue.leave(b"QUIT\r\n").await;
            return Err(NotSent::Misconfigured {
                what: "the user name or password that this server logs in with",
                said: format!("{code} {text}"),
            });
        }
        Ok(answered.dialogue)
    }
}

impl NotSent {
    /// Gives one stable word for logs and figures.
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::Unavailable(unavailable) => unavailable.reason(),
            Self::Refused { .. } => "mailbox-refused",
            Self::Misconfigured { .. } => "misconfigured",
            Self::Letter(_) => "letter",
        }
    }
}

impl From<Unavailable> for NotSent {
    fn from(unavailable: Unavailable) -> Self {
        // Its own sentence speaks of a password that somebody typed.
        if let Unavailable::Misconfigured { what, said } = unavailable {
            return Self::Misconfigured { what, said };
        }
        Self::Unavailable(unavailable)
    }
}

/// The user name is kept out of logs like the password.
impl fmt::Debug for Relay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Relay")
            .field("server", &self.describe())
            .finish_non_exhaustive()
    }
}

fn prepared(user: String, password: Secret<String>) -> Result<(String, Password), OpenError> {
    if user.is_empty() || user.len() > MAX_USER || user.chars().any(char::is_control) {
        return Err(OpenError::User);
    }
    let password = Password::prepare(password).map_err(OpenError::Password)?;
    Ok((user, password))
}

async fn hand_over(
    dialogue: &mut Dialogue<Reader>,
    letter: &Letter,
    wire: &[u8],
) -> Result<Posted, NotSent> {
    let to = letter.recipient().to_string();
    let line = format!("MAIL FROM:<{}>\r\n", letter.from);
    dialogue.say(line.as_bytes()).await?;
    let reply = hear(dialogue, "its answer to MAIL", &to).await?;
    goes_on(&reply, &[250], "this server's sender address")?;
    dialogue
        .say(format!("RCPT TO:<{to}>\r\n").as_bytes())
        .await?;
    recipient(&hear(dialogue, "its answer to RCPT", &to).await?)?;
    dialogue.say(b"DATA\r\n").await?;
    let reply = hear(dialogue, "its answer to DATA", &to).await?;
    goes_on(&reply, &[354], "to take a letter")?;
    // As long as the dot that ends it has not gone out, the letter counts for nothing
    // (RFC 5321 §4.1.1.4): trouble in here is a letter that was not sent.
    dialogue.say(wire).await?;
    match hear(dialogue, "its answer to the letter", &to).await {
        Ok(reply) if reply.code == 250 || is_refusal(&reply) => {
            goes_on(&reply, &[250], "the letter").map(|()| Posted::Taken)
        }
        Ok(_) => Ok(Posted::NotKnown(ODD)),
        Err(unavailable) => Ok(Posted::NotKnown(unavailable)),
    }
}

/// Hears a reply. Relays like to repeat the recipient's address, which must not be in a log.
async fn hear(
    dialogue: &mut Dialogue<Reader>,
    before: &'static str,
    to: &str,
) -> Result<Reply, Unavailable> {
    let mut reply = dialogue.hear(before).await?;
    // A second reply behind this one makes both worthless.
    dialogue.nothing_more().await?;
    reply.hide(to.as_bytes());
    Ok(reply)
}

/// Goes on after one of these codes. A refusal blames nobody's mailbox.
fn goes_on(reply: &Reply, codes: &[u16], what: &'static str) -> Result<(), NotSent> {
    let said = reply.said();
    match reply.code {
        code if codes.contains(&code) => Ok(()),
        400..=499 => Err(Unavailable::Temporary { said }.into()),
        500..=599 => Err(NotSent::Misconfigured { what, said }),
        _ => Err(ODD.into()),
    }
}

/// Goes on after an answer of 250 or 251 to RCPT (RFC 5321 §4.3.2).
///
/// A 5xx is about the mailbox, unless it is about us: a command out of place, a login that is missing
/// (RFC 4954 §6), or a policy such as "relay access denied" (RFC 3463 §3.8).
fn recipient(reply: &Reply) -> Result<(), NotSent> {
    let is_policy = reply
        .enhanced()
        .is_some_and(|code| code.starts_with("5.7."));
    if matches!(reply.code, 540..=599) && !is_policy {
        return Err(NotSent::Refused {
            code: reply.code,
            text: reply.shown_text(),
        });
    }
    goes_on(reply, &[250, 251], "the recipient")
}

fn is_refusal(reply: &Reply) -> bool {
    matches!(reply.code, 400..=599)
}

const ODD: Unavailable = Unavailable::Gibberish {
    why: "its answer is neither what comes next nor a refusal",
};

/// Octets of a user name.
const MAX_USER: usize = 255;
