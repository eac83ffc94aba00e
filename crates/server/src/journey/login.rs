//! Log in: a mailbox owner proves an address with the password of the mailbox.
//!
//! The address comes first and the user name is computed from it, never the other way round
//! (`mail.md` §9). Cheap refusals come before the mail server is troubled: the domain must be ours,
//! the password must be one that can be sent, and there must be attempts left. Only the mail
//! server's own "no" is a wrong password; everything else is "could not ask".
//!
//! This is one of the two files that may say that an address is proven.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::time::Duration;

use mailbox::{Login, LoginError as UnsuitableName, Password, PasswordError, Unavailable, Verdict};
use protocol::email::{Domain, EmailAddress, EmailError, ProvenEmail};
use protocol::secret::Secret;
use store::{Admission, AttemptKey, AttemptLimit, StoreError};

use super::Kind;
use super::session::{self, Opened, SessionError, SessionToken};
use crate::app::{App, Door};
use crate::chance;
use crate::hashed::{Hashed, hex_of};

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

    let proven = ask(app, door, &address, (&login, &password), attempt.client).await?;

    Ok(session::begin(app, &proven, attempt.former.as_ref()).await?)
}

/// Puts the question to the mail server, if there are attempts left, and writes down the outcome.
async fn ask(
    app: &App,
    door: &Door,
    address: &EmailAddress,
    (login, password): (&Login, &Password),
    client: IpAddr,
) -> Result<ProvenEmail, LoginError> {
    let who = Hashed(address);
    let domain = address.domain();
    let Some(_place) = app.place(door, address) else {
        tracing::info!(outcome = "busy", %who, %domain, %client, "login");
        return Err(LoginError::TooMany {
            retry_after: QUEUE_IS_FULL,
        });
    };
    let now = app.clock.now().to_seconds();
    let attempt = match app.store.admit(&limits(address, client), now).await? {
        Admission::Admitted(attempt) => attempt,
        Admission::Busy { retry_after } => {
            let wait_s = retry_after.as_secs();
            tracing::info!(outcome = "too-many", %who, %domain, %client, wait_s, "login");
            return Err(LoginError::TooMany { retry_after });
        }
    };

    match door.backend().check(login, password).await {
        Ok(Verdict::Opens) => {
            app.store.forgive(&attempt).await?;
            tracing::info!(outcome = "opened", %who, %domain, %client, "login");
            Ok(ProvenEmail::the_mailbox_was_opened(address))
        }
        Ok(Verdict::Refused(refusal)) => {
            tracing::info!(outcome = "refused", %who, %domain, %client, code = refusal.code, said = refusal.text, "login");
            Err(LoginError::Refused)
        }
        Err(cause) => {
            app.store.forgive(&attempt).await?;
            let (reference, reason) = (chance::reference(), cause.reason());
            tracing::warn!(
                outcome = "could-not-ask", %who, %domain, %client, reason, reference,
                server = %door.backend().describe(), cause = %cause, "login"
            );
            Err(LoginError::CouldNotAsk { reference, cause })
        }
    }
}

/// What is counted, and how much of it there may be within a quarter of an hour.
///
/// The smallest allowance is for one address from one network, so that a stranger elsewhere who
/// guesses at an address does not soon lock out its owner.
fn limits(address: &EmailAddress, client: IpAddr) -> [AttemptLimit; 4] {
    let network = network_of(client);
    let limit = |what: &str, most: NonZeroU32| AttemptLimit {
        key: AttemptKey::new(hex_of(&["attempt", what])),
        most,
        window: ATTEMPT_WINDOW,
    };
    [
        limit(&format!("pair {address} {network}"), PAIR_LIMIT),
        limit(&format!("address {address}"), ADDRESS_LIMIT),
        limit(&format!("network {network}"), NETWORK_LIMIT),
        limit(&format!("domain {}", address.domain()), DOMAIN_LIMIT),
    ]
}

/// One customer's network: a v4 address, or the first 64 bits of a v6 address.
fn network_of(client: IpAddr) -> String {
    match client.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
}

/// Wrong passwords for one address from one network.
const PAIR_LIMIT: NonZeroU32 = NonZeroU32::new(6).unwrap();
/// Wrong passwords for one address from everywhere.
const ADDRESS_LIMIT: NonZeroU32 = NonZeroU32::new(24).unwrap();
/// Wrong passwords from one network for all addresses.
const NETWORK_LIMIT: NonZeroU32 = NonZeroU32::new(48).unwrap();
/// Wrong passwords for all addresses of one domain.
const DOMAIN_LIMIT: NonZeroU32 = NonZeroU32::new(600).unwrap();
/// How long an attempt is remembered.
const ATTEMPT_WINDOW: Duration = Duration::from_secs(15 * 60);
/// When to come back if the queue before the mail server is full.
const QUEUE_IS_FULL: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_is_what_one_customer_has() {
        for (client, network) in [
            ("203.0.113.7", "203.0.113.7"),
            ("::ffff:203.0.113.7", "203.0.113.7"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ] {
            assert_eq!(network_of(client.parse().unwrap()), network);
        }
    }
}
