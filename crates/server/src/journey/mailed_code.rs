//! Mailed code: somebody whose domain has no issuer proves their mailbox by what we mail to it.
//!
//! The letter carries a code to type and a link to open; either counts only from the browser that
//! asked, which holds a token of its own, and only once (`browserid.md` §8.1 F20, F23). The store sees
//! hashes alone: that of a code is made with the browser's token, so a stolen store gives none away.
//! This is one of the three files that may say that an address is proven: here, because what was
//! mailed to it came back.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::time::Duration;

use mailbox::{Letter, Login, LoginError, LoginForm, NotSent, Posted};
use protocol::email::{EmailAddress, EmailError, ProvenEmail};
use protocol::jose::sha256;
use protocol::secret::Secret;
use protocol::time::UnixSeconds;
use store::{
    Admission, AttemptId, Challenge, ChallengeAnswer, ChallengeId, ChallengeOutcome, NewChallenge,
    Proof, StoreError,
};

use super::Kind;
use super::fallback::{self, FallbackError};
use super::postage;
use super::session::{self, Computer, Opened, SessionError, SessionToken};
use crate::app::{App, Post};
use crate::chance::{self, NoRandomness};
use crate::hashed::Hashed;

/// What ties a mailed code to the browser that asked for it: 256 random bits in its cookie.
#[derive(Clone, Debug)]
pub struct ChallengeToken(Secret<String>);

/// A letter is on its way.
#[derive(Debug)]
pub struct Asked {
    /// What the browser is given, to come back with.
    pub token: ChallengeToken,
    /// Until when the code counts.
    pub expires: UnixSeconds,
    /// How long that is.
    pub lifetime: Duration,
}

/// Why no letter is on its way.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// What was typed is no address, or none that a letter can be sent to.
    #[error("this is no e-mail address: {0}")]
    NotAnAddress(#[from] EmailError),
    /// Relays give a meaning of its own to a character of the name: `a%b@c` may go to b.
    #[error("no letter can be sent to this address: {0}")]
    UnsuitableName(#[from] LoginError),
    /// This server does not speak for the domain.
    #[error(transparent)]
    Fallback(#[from] FallbackError),
    /// Enough letters have been sent to this address, or for this network, or in all.
    #[error("too many letters were asked for; try again in {} s", retry_after.as_secs())]
    TooMany {
        /// When there is room again.
        retry_after: Duration,
    },
    /// The relay says that there is no such mailbox.
    #[error("the mail server takes no letters for this address")]
    MailboxRefused,
    /// The letter could not be sent.
    #[error("the letter could not be sent: {cause}")]
    NotSent {
        /// What the log line is found by.
        reference: String,
        /// Why.
        cause: NotSent,
    },
    /// The store did not answer.
    #[error("codes cannot be kept just now: {0}")]
    Store(#[from] StoreError),
    /// There is no randomness to make a code from.
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
}

/// Whose a link is that was opened in a browser.
#[derive(Debug)]
pub enum Whose {
    /// It was mailed to this address, for this browser.
    Of(EmailAddress),
    /// This browser waits for an answer to another letter.
    AnotherLetters,
    /// This browser waits for no answer: it was given, or came too late.
    Nobodys,
}

/// What came back.
#[derive(Debug)]
pub enum Returned<'a> {
    /// The code, as somebody typed it.
    Code(&'a str),
    /// The link's token.
    Link(&'a str),
}

/// Why what came back proves nothing.
#[derive(Debug, thiserror::Error)]
pub enum AnswerError {
    /// It is not what was mailed.
    #[error("this is not the code that was mailed; {left} tries are left")]
    Wrong {
        /// How often another code may be tried.
        left: u32,
    },
    /// Nothing is waited for: it was used, is too old, or another browser asked.
    #[error("no code is waited for here: it was used, is too old, or another browser asked for it")]
    Gone,
    /// This server no longer speaks for the domain.
    #[error(transparent)]
    Fallback(#[from] FallbackError),
    /// The store did not answer.
    #[error("codes cannot be read just now: {0}")]
    Store(#[from] StoreError),
    /// The session could not be begun.
    #[error(transparent)]
    Session(#[from] SessionError),
}

impl AskError {
    /// Says whose the error is.
    pub const fn kind(&self) -> Kind {
        match self {
            Self::NotAnAddress(_) | Self::UnsuitableName(_) | Self::MailboxRefused => Kind::Caller,
            Self::Fallback(error) => error.kind(),
            Self::TooMany { .. } => Kind::Busy,
            Self::NotSent { .. } | Self::Store(_) => Kind::Upstream,
            Self::NoRandomness(_) => Kind::Bug,
        }
    }
}

impl AnswerError {
    /// Says whose the error is.
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Wrong { .. } | Self::Gone => Kind::Refused,
            Self::Fallback(error) => error.kind(),
            Self::Store(_) => Kind::Upstream,
            Self::Session(error) => error.kind(),
        }
    }
}

impl ChallengeToken {
    /// Reads a token from a cookie. Anything that we did not make is nobody's.
    pub fn read(text: &str) -> Option<Self> {
        chance::is_token(text).then(|| Self(Secret::new(text.to_owned())))
    }

    /// Hands out the text for the cookie.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }

    fn id(&self) -> ChallengeId {
        ChallengeId::from_sha256(self.hash("the browser", ""))
    }

    /// Hashes what was mailed together with what only the browser knows.
    fn hash(&self, what: &str, mailed: &str) -> [u8; 32] {
        sha256([what, self.expose(), mailed].join("\0").as_bytes())
    }
}

/// Mails a code and a link to an address whose domain has no issuer.
pub async fn ask(
    app: &App,
    typed: &str,
    computer: Computer,
    client: IpAddr,
) -> Result<Asked, AskError> {
    let address = EmailAddress::parse(typed.trim())?.canonical();
    Login::for_address(&address, LoginForm::Address, None)?;
    fallback::require(app, address.domain(), client).await?;
    let post = app.post.as_ref().ok_or(FallbackError::Off)?;
    let counted = admit(app, &address, client).await?;

    let token = ChallengeToken(chance::token()?);
    let (code, link) = (chance::digits()?, chance::token()?);
    let expires = app.clock.now().to_seconds().plus(LIFETIME);
    let challenge = NewChallenge {
        id: token.id(),
        address: address.clone(),
        code: token.hash("the code", code.expose()),
        link: token.hash("the link", link.expose()),
        attempts: ATTEMPTS,
        shared: computer == Computer::Shared,
        expires,
    };
    app.store.open_challenge(&challenge).await?;
    let sent = post
        .relay
        .send(&letter(app, post, &address, &code, &link)?)
        .await;
    let (who, domain) = (Hashed(&address), address.domain());
    let cause = match sent {
        Ok(posted) => {
            let known = matches!(posted, Posted::Taken);
            tracing::info!(outcome = "sent", %who, %domain, %client, known, "mailed code");
            return Ok(Asked {
                token,
                expires,
                lifetime: LIFETIME,
            });
        }
        Err(cause) => cause,
    };

    // Nobody holds the code: it must not wait.
    app.store.close_challenge(&token.id()).await?;
    if let NotSent::Refused { code, text } = &cause {
        // It stays counted, or mailboxes could be tried out without end.
        tracing::info!(outcome = "mailbox-refused", %who, %domain, %client, code, said = text, "mailed code");
        return Err(AskError::MailboxRefused);
    }
    // The next try must not find the mailbox counted out.
    app.store.forgive(&counted).await?;
    let (reference, reason) = (chance::reference(), cause.reason());
    tracing::warn!(
        outcome = "not-sent", %who, %domain, %client, reason, reference,
        relay = %post.relay.describe(), %cause, "mailed code"
    );
    Err(AskError::NotSent { reference, cause })
}

/// Says whose link was opened. Looking changes nothing, as mail servers look too.
pub async fn whose(app: &App, token: &ChallengeToken, link: &str) -> Result<Whose, StoreError> {
    Ok(match waits_for(app, token).await? {
        None => Whose::Nobodys,
        Some(waiting) if waiting.link == token.hash("the link", link) => Whose::Of(waiting.address),
        Some(_) => Whose::AnotherLetters,
    })
}

/// Finds the challenge that this browser waits for, unless it has ended.
async fn waits_for(app: &App, token: &ChallengeToken) -> Result<Option<Challenge>, StoreError> {
    let now = app.clock.now().to_seconds();
    let challenge = app.store.challenge(&token.id()).await?;
    Ok(challenge.filter(|challenge| now < challenge.expires))
}

/// Believes what came back, once, and begins a session for the address that it was mailed to.
pub async fn answer(
    app: &App,
    token: Option<&ChallengeToken>,
    returned: &Returned<'_>,
    former: Option<&SessionToken>,
    computer: Computer,
    client: IpAddr,
) -> Result<Opened, AnswerError> {
    let token = token.ok_or(AnswerError::Gone)?;
    let hash = match returned {
        Returned::Code(code) => ChallengeAnswer::Code(token.hash("the code", &digits_of(code))),
        Returned::Link(link) => ChallengeAnswer::Link(token.hash("the link", link)),
    };
    // Asked before the code is used up: the domain may have got an issuer since the letter was sent,
    // and one that cannot be asked just now must not cost anybody a right code.
    let Some(waiting) = waits_for(app, token).await? else {
        tracing::info!(outcome = "gone", "mailed code");
        return Err(AnswerError::Gone);
    };
    fallback::require(app, waiting.address.domain(), client).await?;
    let now = app.clock.now().to_seconds();
    let (address, shared) = match app.store.answer_challenge(&token.id(), &hash, now).await? {
        ChallengeOutcome::Right { address, shared } => (address, shared),
        ChallengeOutcome::Wrong { left } => {
            tracing::info!(outcome = "wrong", %client, left, "mailed code");
            // A link is too long to be guessed: a wrong one is of another letter.
            if let Returned::Code(_) = returned {
                postage::count_wrong_code(app, client).await?;
            }
            return Err(AnswerError::Wrong { left });
        }
        ChallengeOutcome::Gone => {
            tracing::info!(outcome = "gone", "mailed code");
            return Err(AnswerError::Gone);
        }
    };
    tracing::info!(outcome = "came-back", who = %Hashed(&address), "mailed code");
    let proven = ProvenEmail::the_mailed_code_came_back(&address);
    // Said when the letter was asked for, or now: in either case others use the computer.
    let computer = if shared { Computer::Shared } else { computer };
    Ok(session::begin(app, &proven, Proof::Mail, former, computer).await?)
}

/// Counts a letter, or says when the next one may be sent.
async fn admit(app: &App, address: &EmailAddress, client: IpAddr) -> Result<AttemptId, AskError> {
    match postage::admit(app, address, client).await? {
        Admission::Admitted(counted) => Ok(counted),
        Admission::Busy { retry_after } => {
            let (who, wait_s) = (Hashed(address), retry_after.as_secs());
            tracing::info!(outcome = "too-many", %who, %client, wait_s, "mailed code");
            Err(AskError::TooMany { retry_after })
        }
    }
}

/// Writes the letter. Nothing in it was chosen by whoever asked for it, except whom it is for.
fn letter(
    app: &App,
    post: &Post,
    address: &EmailAddress,
    code: &Secret<String>,
    link: &Secret<String>,
) -> Result<Letter, AskError> {
    let issuer = &app.settings.issuer;
    let base = app.settings.base_path.prefix();
    let (host, minutes) = (issuer.host(), LIFETIME.as_secs() / 60);
    let (first, second) = code.expose().split_at(CODE_DIGITS / 2);
    let link = link.expose();
    let text = format!(
        "\
Somebody, we hope it was you, asked {host} to confirm that this
is your address. This is the code:

    {first} {second}

It is good for {minutes} minutes. Type it only in a window whose
address begins with

    {issuer}/

or open this link in the same browser:

    {issuer}{base}/persona/mailed/?k={link}

If it was not you, do nothing: without the code nobody gets in.
Never tell it to anybody who asks you for it.
"
    );
    Ok(Letter {
        from: post.from.clone(),
        to: address.clone(),
        subject: format!("Your code for {host}"),
        text,
        id: chance::token()?.expose().to_owned(),
        date: app.clock.now(),
    })
}

/// Leaves out what people put between digits.
fn digits_of(code: &str) -> String {
    code.chars().filter(char::is_ascii_digit).collect()
}

/// Digits of a code.
pub const CODE_DIGITS: usize = chance::DIGITS;
/// How long a code counts.
const LIFETIME: Duration = Duration::from_secs(15 * 60);
/// How many codes may be tried: five of a hundred million.
const ATTEMPTS: NonZeroU32 = NonZeroU32::new(5).unwrap();
