//! Log in: a mailbox owner proves an address with the password of the mailbox.
//!
//! The address comes first and the user name is computed from it, never the other way round
//! (`mail.md` §9). Cheap refusals come before the mail server is troubled: the domain must be ours,
//! the password must be one that can be sent, and there must be attempts left. Only the mail
//! server's own "no" is a wrong password; everything else is "could not ask".
//!
//! This is one of the two files that may say that an address is proven.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use mailbox::{Login, LoginError as UnsuitableName, Password, PasswordError, Unavailable, Verdict};
use protocol::email::{Domain, EmailAddress, EmailError, ProvenEmail};
use protocol::secret::Secret;
use store::{Admission, AttemptId, StoreError};
use tokio::task::JoinError;

use super::Kind;
use super::allowance::Asker;
use super::session::{self, Opened, SessionError, SessionToken};
use crate::app::{App, Door};
use crate::chance;
use crate::hashed::Hashed;
use crate::queue::Place;

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
            Self::CouldNotAsk { .. } | Self::Store(_) => Kind::Upstream,
            Self::BrokeOff(_) => Kind::Bug,
            Self::Session(error) => error.kind(),
        }
    }
}

/// Checks the password with the domain's mail server and begins a session.
pub async fn log_in(app: &App, attempt: Attempt<'_>) -> Result<Opened, LoginError> {
    let address = EmailAddress::parse(attempt.address.trim())?.canonical();
    let door = app
        .door(address.domain())
        .ok_or_else(|| LoginError::NotOurs(address.domain().clone()))?;
    let settings = &door.settings;
    let login = Login::for_address(&address, settings.login, settings.backend_domain.as_ref())?;
    let password = Password::prepare(attempt.password)?;

    let asker = Asker::new(door, &address, attempt.client);
    let question = Question {
        address: &address,
        client: attempt.client,
        login,
        password,
    };

    let proven = ask(app, door, &asker, question).await?;

    Ok(session::begin(app, &proven, attempt.former.as_ref()).await?)
}

/// What is put to the mail server, and what is written down about it.
struct Question<'a> {
    address: &'a EmailAddress,
    client: IpAddr,
    login: Login,
    password: Password,
}

/// Puts the question to the mail server, if it may be put, and writes down the outcome.
async fn ask(
    app: &App,
    door: &Door,
    asker: &Asker,
    question: Question<'_>,
) -> Result<ProvenEmail, LoginError> {
    let Question {
        address,
        client,
        login,
        password,
    } = question;
    let (who, domain) = (Hashed(address), address.domain());
    let admitted = admit(app, asker).await.inspect_err(|error| {
        if let LoginError::TooMany { retry_after } = error {
            let wait_s = retry_after.as_secs();
            tracing::info!(outcome = "too-many", %who, %domain, %client, wait_s, "login");
        }
    });
    let (place, attempt) = admitted?;
    let backend = Arc::clone(&door.backend);
    // In a task of its own: a browser that goes away does not free a place while the mail server
    // is still at work, and its attempt has been counted.
    let answer = tokio::spawn(async move {
        let answer = backend.check(&login, &password).await;
        drop(place);
        answer
    });

    match answer.await? {
        Ok(Verdict::Opens) => {
            app.store.forgive(&attempt).await?;
            tracing::info!(outcome = "opened", %who, %domain, %client, "login");
            Ok(ProvenEmail::the_mailbox_was_opened(address))
        }
        Ok(Verdict::Refused(refusal)) => {
            let (code, said) = (refusal.code, refusal.text);
            tracing::info!(outcome = "refused", %who, %domain, %client, code, said, "login");
            Err(LoginError::Refused)
        }
        Err(cause) => {
            app.store.forgive(&attempt).await?;
            let (reference, reason) = (chance::reference(), cause.reason());
            tracing::warn!(
                outcome = "could-not-ask", %who, %domain, %client, reason, reference,
                server = %door.backend.describe(), cause = %cause, "login"
            );
            Err(LoginError::CouldNotAsk { reference, cause })
        }
    }
}

/// Lets the question through to the mail server, or says when to come back.
async fn admit(app: &App, asker: &Asker) -> Result<(Place, AttemptId), LoginError> {
    let place = app.queue.enter(&asker.lines());
    let place = place.ok_or(LoginError::TooMany {
        retry_after: QUEUE_IS_FULL,
    })?;
    let now = app.clock.now().to_seconds();
    let mut admitted = None;
    // The second count is the one that is forgiven if the password was not wrong.
    for limits in [asker.questions(), asker.wrong_passwords()] {
        admitted = match app.store.admit(&limits, now).await? {
            Admission::Admitted(attempt) => Some(attempt),
            Admission::Busy { retry_after } => return Err(LoginError::TooMany { retry_after }),
        };
    }
    let attempt = admitted.ok_or(LoginError::TooMany {
        retry_after: QUEUE_IS_FULL,
    })?;
    Ok((place, attempt))
}

/// When to come back if the queue before the mail server is full.
const QUEUE_IS_FULL: Duration = Duration::from_secs(5);
