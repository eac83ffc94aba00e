//! Log in: a mailbox owner proves an address with the password of the mailbox.
//!
//! The address comes first and the user name is computed from it, never the other way round
//! (`mail.md` §9). Cheap refusals come before the mail server is troubled: the domain must be ours,
//! the password must be one that can be sent, and there must be attempts left. Only the mail
//! server's own "no" is a wrong password; everything else is "could not ask".
//!
//! An alias has no password. Whoever signs in with one types the password of a user to whom it leads
//! ([`claim`]): these are asked about in turn, up to the first yes, and each question counts. The
//! session is that user's.
//!
//! This is one of the two files that may say that an address is proven.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use mailbox::{Login, LoginError as UnsuitableName, Password, PasswordError, Unavailable, Verdict};
use protocol::email::{Domain, EmailAddress, EmailError, ProvenEmail};
use protocol::secret::Secret;
use store::{Proof, StoreError};
use tokio::task::JoinError;

use super::Kind;
use super::allowance::{Asker, Counted, TurnedAway};
use super::claim::{self, CannotTell, Openers};
use super::session::{self, Computer, Opened, SessionError, SessionToken};
use crate::app::{App, Door};
use crate::breaker::{Breaker, CouldNotAsk};
use crate::chance;
use crate::clock::stopwatch;
use crate::hashed;
use crate::queue::{Full, Place};
use crate::wildcard::DoorUnknown;

/// What somebody sent in order to log in.
#[derive(Debug)]
pub struct Attempt<'a> {
    /// The address as it was typed.
    pub address: &'a str,
    /// The password as it was typed.
    pub password: Secret<String>,
    /// Where the browser is, as far as the proxies in front of us are believed.
    pub client: IpAddr,
    /// The session that the browser brought along, if any. It is replaced.
    pub former: Option<SessionToken>,
    /// Whose computer it is, as far as they have said.
    pub computer: Computer,
}

/// Why nobody was logged in.
#[derive(Debug, thiserror::Error)]
pub enum LoginError {
    /// What was typed is no address.
    #[error("this is no e-mail address: {0}")]
    NotAnAddress(#[from] EmailError),
    /// The address is somebody else's to vouch for.
    #[error("addresses of {0} are not served here")]
    NotOurs(Domain),
    /// The address has characters that mail servers give a meaning to.
    #[error("{0}")]
    UnsuitableName(#[from] UnsuitableName),
    /// The password is empty, too long, or has characters that no password has.
    #[error("{0}")]
    UnusablePassword(#[from] PasswordError),
    /// There were too many wrong passwords, or too many questions at once.
    #[error("too many attempts; come back in {} s", retry_after.as_secs())]
    TooMany {
        /// When to come back.
        retry_after: Duration,
    },
    /// The mail server said no.
    #[error("the mail server did not accept this address and password")]
    Refused,
    /// The mail server said neither yes nor no.
    #[error("the mail server could not be asked: {cause}")]
    CouldNotAsk {
        /// What stands in the log beside the cause.
        reference: String,
        /// What happened.
        cause: Unavailable,
    },
    /// The mail server has as many questions as it should have at once.
    #[error("the mail server is busy with the questions of others")]
    Crowded {
        /// What stands in the log.
        reference: String,
    },
    /// Whoever was asked about said no, and not everybody was asked about who might have said yes.
    #[error("whether the password is right is not known: {why}")]
    Undecided {
        /// What stands in the log beside the cause.
        reference: String,
        /// Who was not asked about, and why.
        why: Unasked,
    },
    /// Whether the domain is ours is not known.
    #[error("whether this server can check the password is not known: {why}")]
    DoorUnknown {
        /// What stands in the log beside the cause.
        reference: String,
        /// What happened.
        why: DoorUnknown,
    },
    /// The store could not count the attempt. Nobody is asked about uncounted attempts.
    #[error("attempts cannot be counted just now: {0}")]
    Store(#[from] StoreError),
    /// The task that asked came to grief.
    #[error("the question to the mail server broke off: {0}")]
    BrokeOff(#[from] JoinError),
    /// The session could not be begun.
    #[error(transparent)]
    Session(#[from] SessionError),
}

/// Why somebody behind an address was not asked about.
#[derive(Debug, thiserror::Error)]
pub enum Unasked {
    /// Who they are is not known.
    #[error(transparent)]
    Aliases(#[from] CannotTell),
    /// The mail server takes so long to say no that there was no time.
    #[error("the mail server answers too slowly to be asked about all users behind this alias")]
    TooSlow,
    /// There are more than are asked about.
    #[error(
        "more users are behind this alias than are asked about: they sign in with their own address"
    )]
    Many,
}

impl LoginError {
    /// Says whose the error is.
    pub const fn kind(&self) -> Kind {
        match self {
            Self::NotAnAddress(_)
            | Self::NotOurs(_)
            | Self::UnsuitableName(_)
            | Self::UnusablePassword(_) => Kind::Caller,
            Self::Refused => Kind::Refused,
            Self::TooMany { .. } => Kind::Busy,
            Self::CouldNotAsk { .. }
            | Self::Crowded { .. }
            | Self::DoorUnknown { .. }
            | Self::Undecided { .. }
            | Self::Store(_) => Kind::Upstream,
            Self::BrokeOff(_) => Kind::Bug,
            Self::Session(error) => error.kind(),
        }
    }
}

/// Checks the password with the domain's mail server and begins a session.
pub async fn log_in(app: &Arc<App>, attempt: Attempt<'_>) -> Result<Opened, LoginError> {
    let address = EmailAddress::parse(attempt.address.trim())?.canonical();
    let door = find_door(app, address.domain(), attempt.client).await?;
    let Openers {
        users,
        unknown,
        more,
    } = claim::openers(app, &door, &address).await;
    let login = |user: &EmailAddress| {
        let settings = &door.settings;
        Login::for_address(user, settings.login, settings.backend_domain.as_ref())
    };
    let users = users.into_iter().filter_map(|user| {
        let login = login(&user).ok()?;
        let asker = Asker::new(&door, &user, attempt.client);
        Some(Candidate { user, login, asker })
    });
    let users: Vec<Candidate> = users.collect();
    if users.is_empty() {
        login(&address)?;
    }
    let inquiry = Inquiry {
        users,
        unknown: unknown
            .map(Unasked::Aliases)
            .or(more.then_some(Unasked::Many)),
        password: Password::prepare(attempt.password)?,
        client: attempt.client,
        backend: Arc::clone(&door.backend),
    };

    // In a task of its own: when the browser goes away, a question is still brought to its end, its
    // outcome is written down, and its place is taken until the mail server has answered.
    let asking = tokio::spawn(ask_in_turn(Arc::clone(app), inquiry));

    let proven = asking.await??;
    let opened = session::begin(
        app,
        &proven,
        Proof::Password,
        attempt.former.as_ref(),
        attempt.computer,
    )
    .await?;
    Ok(Opened { address, ..opened })
}

async fn find_door(app: &App, domain: &Domain, client: IpAddr) -> Result<Arc<Door>, LoginError> {
    match app.door(domain, client).await {
        Ok(Some(door)) => Ok(door),
        Ok(None) => Err(LoginError::NotOurs(domain.clone())),
        Err(DoorUnknown::Busy) => Err(LoginError::TooMany {
            retry_after: ONE_AT_A_TIME,
        }),
        Err(why @ DoorUnknown::NotAnswered { .. }) => {
            let reference = chance::reference();
            tracing::warn!(outcome = "undecided", %client, reference, cause = %why, "login");
            Err(LoginError::DoorUnknown { reference, why })
        }
    }
}

/// What is put to the mail server: does this password open the mailbox of one of these users?
struct Inquiry {
    users: Vec<Candidate>,
    /// Why there may be users who are not among them.
    unknown: Option<Unasked>,
    password: Password,
    client: IpAddr,
    backend: Arc<Breaker>,
}

/// Somebody whose password it may be.
struct Candidate {
    user: EmailAddress,
    login: Login,
    asker: Asker,
}

/// Asks about one user after the other, up to the first yes.
async fn ask_in_turn(app: Arc<App>, mut inquiry: Inquiry) -> Result<ProvenEmail, LoginError> {
    let watch = stopwatch();
    let mut busy = None;
    for candidate in &inquiry.users {
        if watch.elapsed() > LATEST_NEXT {
            inquiry.unknown.get_or_insert(Unasked::TooSlow);
            break;
        }
        match ask(&app, &inquiry, candidate).await {
            Err(LoginError::Refused) => {}
            // This one cannot be asked about; whether the password is another's can.
            Err(error @ LoginError::TooMany { .. }) => busy = Some(error),
            answered => return answered,
        }
    }
    match (busy, inquiry.unknown) {
        (Some(busy), _) => Err(busy),
        (None, Some(why)) => {
            let (reference, client) = (chance::reference(), inquiry.client);
            tracing::warn!(outcome = "undecided", %client, reference, cause = %why, "login");
            Err(LoginError::Undecided { reference, why })
        }
        (None, None) => Err(LoginError::Refused),
    }
}

/// Lets the question through to the mail server, or says when to come back.
async fn admit(
    app: &App,
    Candidate { user, asker, .. }: &Candidate,
    client: IpAddr,
) -> Result<(Place, Counted), LoginError> {
    let (who, domain) = (hashed::digits(user), user.domain());
    let too_many = |retry_after: Duration| {
        let wait_s = retry_after.as_secs();
        tracing::info!(outcome = "too-many", %client, %who, %domain, wait_s, "login");
        LoginError::TooMany { retry_after }
    };
    let place = app.queue.enter(&asker.lines()).map_err(|full| match full {
        Full::Caller => too_many(ONE_AT_A_TIME),
        Full::Server => {
            let reference = chance::reference();
            tracing::warn!(outcome = "crowded", %client, %who, %domain, reference, "login");
            LoginError::Crowded { reference }
        }
    })?;
    match asker.count(app).await {
        Ok(counted) => Ok((place, counted)),
        Err(TurnedAway::Busy { retry_after }) => Err(too_many(retry_after)),
        Err(TurnedAway::Store(error)) => Err(error.into()),
    }
}

/// Puts one question to the mail server and writes down the outcome.
///
/// The line about a refusal is read by programs that shut guessers out: its form is told in
/// `docs/guide/fail2ban.md`, and it never names the address, at whatever level. There is one for each
/// password that somebody typed, however many users it was asked about, and none where it may be right
/// for somebody who was not asked about.
async fn ask(
    app: &App,
    inquiry: &Inquiry,
    candidate: &Candidate,
) -> Result<ProvenEmail, LoginError> {
    let Candidate { user, login, asker } = candidate;
    let (client, backend) = (inquiry.client, &inquiry.backend);
    let (who, domain) = (hashed::digits(user), user.domain());
    tracing::debug!(%who, address = %user, "the address of a login");
    let (_place, counted) = admit(app, candidate, client).await?;
    let asked = mailbox::Question {
        login,
        password: &inquiry.password,
        client: Some(client),
    };
    let answer = backend.ask(asked, asker.asked(), &app.clock).await;
    match answer {
        Ok(Verdict::Opens) => {
            tracing::info!(outcome = "opened", %client, %who, %domain, "login");
            counted.was_not_wrong(app).await;
            asker.remember(app).await;
            Ok(ProvenEmail::the_mailbox_was_opened(user))
        }
        Ok(Verdict::Refused(refusal)) => {
            let (code, said) = (refusal.code, refusal.text);
            // Where others may be behind the address, nobody can say that the password was wrong.
            let is_last = inquiry.users.last().is_some_and(|last| last.user == *user);
            let is_all = is_last && inquiry.unknown.is_none();
            let outcome = if is_all { "refused" } else { "not-this-user" };
            tracing::info!(outcome, %client, %who, %domain, code, said, "login");
            Err(LoginError::Refused)
        }
        Err(could_not) => {
            let (reference, reason) = (chance::reference(), could_not.reason());
            let CouldNotAsk { cause, rested } = could_not;
            tracing::warn!(
                outcome = "could-not-ask", %client, %who, %domain, reason, reference,
                server = %backend.describe(), cause = %cause, "login"
            );
            if rested {
                counted.was_not_put(app).await;
            } else {
                counted.was_not_wrong(app).await;
            }
            Err(LoginError::CouldNotAsk { reference, cause })
        }
    }
}

/// How late another user may still be asked about: the longest question fits in before the browser is
/// answered without it.
const LATEST_NEXT: Duration = Duration::from_secs(7);
/// When to come back while the mail server still works on the question before.
const ONE_AT_A_TIME: Duration = Duration::from_secs(5);
