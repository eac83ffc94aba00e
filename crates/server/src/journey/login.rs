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
use store::{Proof, StoreError};
use tokio::task::JoinError;

use super::Kind;
use super::allowance::{Asker, Counted, TurnedAway};
use super::session::{self, Computer, Opened, SessionError, SessionToken};
use crate::app::App;
use crate::breaker::{Breaker, CouldNotAsk};
use crate::chance;
use crate::hashed;
use crate::queue::{Full, Place};

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
            Self::CouldNotAsk { .. } | Self::Crowded { .. } | Self::Store(_) => Kind::Upstream,
            Self::BrokeOff(_) => Kind::Bug,
            Self::Session(error) => error.kind(),
        }
    }
}

/// Checks the password with the domain's mail server and begins a session.
pub async fn log_in(app: &Arc<App>, attempt: Attempt<'_>) -> Result<Opened, LoginError> {
    let address = EmailAddress::parse(attempt.address.trim())?.canonical();
    let door = app
        .door(address.domain())
        .ok_or_else(|| LoginError::NotOurs(address.domain().clone()))?;
    let settings = &door.settings;
    let login = Login::for_address(&address, settings.login, settings.backend_domain.as_ref())?;
    let password = Password::prepare(attempt.password)?;
    let asker = Asker::new(door, &address, attempt.client);
    let (place, counted) = admit(app, &asker, &address, attempt.client).await?;
    let question = Question {
        address,
        client: attempt.client,
        login,
        password,
        asker,
        counted,
    };
    let asking = ask(Arc::clone(app), Arc::clone(&door.backend), question);

    // In a task of its own: when the browser goes away, the question is still brought to its end,
    // its outcome is written down, and its place is taken until the mail server has answered.
    let proven = tokio::spawn(async move {
        let proven = asking.await;
        drop(place);
        proven
    });

    let proven = proven.await??;
    Ok(session::begin(
        app,
        &proven,
        Proof::Password,
        attempt.former.as_ref(),
        attempt.computer,
    )
    .await?)
}

/// What is put to the mail server, and what is written down about it.
struct Question {
    address: EmailAddress,
    client: IpAddr,
    login: Login,
    password: Password,
    asker: Asker,
    counted: Counted,
}

/// Lets the question through to the mail server, or says when to come back.
async fn admit(
    app: &App,
    asker: &Asker,
    address: &EmailAddress,
    client: IpAddr,
) -> Result<(Place, Counted), LoginError> {
    let (who, domain) = (hashed::digits(address), address.domain());
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

/// Puts the question to the mail server and writes down the outcome.
///
/// The line about a refusal is read by programs that shut guessers out: its form is told in
/// `docs/guide/fail2ban.md`, and it never names the address, at whatever level.
async fn ask(
    app: Arc<App>,
    backend: Arc<Breaker>,
    question: Question,
) -> Result<ProvenEmail, LoginError> {
    let Question {
        address,
        client,
        login,
        password,
        asker,
        counted,
    } = question;
    let (who, domain) = (hashed::digits(&address), address.domain());
    tracing::debug!(%who, %address, "the address of a login");
    let asked = mailbox::Question {
        login: &login,
        password: &password,
        client: Some(client),
    };
    let answer = backend.ask(asked, asker.account(), &app.clock).await;
    match answer {
        Ok(Verdict::Opens) => {
            tracing::info!(outcome = "opened", %client, %who, %domain, "login");
            counted.was_not_wrong(&app).await;
            asker.remember(&app).await;
            Ok(ProvenEmail::the_mailbox_was_opened(&address))
        }
        Ok(Verdict::Refused(refusal)) => {
            let (code, said) = (refusal.code, refusal.text);
            tracing::info!(outcome = "refused", %client, %who, %domain, code, said, "login");
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
                counted.was_not_put(&app).await;
            } else {
                counted.was_not_wrong(&app).await;
            }
            Err(LoginError::CouldNotAsk { reference, cause })
        }
    }
}

/// When to come back while the mail server still works on the question before.
const ONE_AT_A_TIME: Duration = Duration::from_secs(5);
