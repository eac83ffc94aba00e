//! Who is signed in: from a cookie's token to the address that was proven, and back to nobody.
//!
//! The store keeps only the SHA-256 of a token, so a stolen database opens no session. Where nothing is
//! stored (`memory:`), the token is the session itself, under a seal. This is one of the two files that
//! may say that an address is proven: here, because a live session says so.

use std::net::IpAddr;
use std::time::Duration;

use protocol::email::{EmailAddress, ProvenEmail};
use protocol::jose::sha256;
use protocol::secret::Secret;
use protocol::time::UnixSeconds;
use store::{NewSession, Proof, Session, SessionId, StoreError};

use super::Kind;
use crate::app::{App, Issuers};
use crate::chance::{self, NoRandomness};
use crate::sealed;
use crate::wildcard::DoorUnknown;

/// What a session cookie carries: 256 random bits, known to the browser alone, or a sealed session.
#[derive(Clone, Debug)]
pub struct SessionToken(Secret<String>);

/// A session that has just begun.
#[derive(Debug)]
pub struct Opened {
    /// What the browser is given.
    pub token: SessionToken,
    /// Whose session it is.
    pub address: EmailAddress,
    /// How long the browser shall keep it; nothing for "until it is closed".
    pub keep: Option<Duration>,
}

/// A session that is good now.
#[derive(Clone, Debug)]
pub struct LiveSession {
    /// Whose it is.
    pub who: ProvenEmail,
    /// How that was proven.
    pub proof: Proof,
    /// When it was.
    pub opened: UnixSeconds,
    /// Until when the session is good.
    pub expires: UnixSeconds,
    /// The name that the store has for it.
    pub id: SessionId,
}

/// Whose computer somebody signs in on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Computer {
    /// Their own, which may stay signed in.
    Own,
    /// One that others use too: it must not stay signed in.
    Shared,
}

/// Why a session could not be looked up, begun or ended.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// The store did not answer.
    #[error("sessions cannot be read just now: {0}")]
    Store(#[from] StoreError),
    /// Whether the domain is still ours is not known.
    #[error(transparent)]
    Door(#[from] DoorUnknown),
    /// There is no randomness to make a token from.
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
}

impl SessionError {
    /// Says whose the error is.
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Store(_) => Kind::Upstream,
            Self::Door(error) => Kind::of_door(error),
            Self::NoRandomness(_) => Kind::Bug,
        }
    }
}

impl SessionToken {
    /// Reads a token from a cookie. Anything that we did not make is nobody's.
    pub fn read(text: &str) -> Option<Self> {
        (chance::is_token(text) || sealed::is_sealed(text))
            .then(|| Self(Secret::new(text.to_owned())))
    }

    /// Hands out the text for the cookie.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }

    fn id(&self) -> SessionId {
        SessionId::from_sha256(sha256(self.0.expose().as_bytes()))
    }
}

/// Finds the live session of this token: none, if it is unknown, ended or over, or if what it was
/// proven by does not count for its domain any more. `client` is who shows the token.
pub async fn live(
    app: &App,
    token: &SessionToken,
    client: IpAddr,
) -> Result<Option<LiveSession>, SessionError> {
    let found = match &app.sealed {
        Some(sealed) => sealed.read(token.expose()),
        None => app.store.session(&token.id()).await?,
    };
    let Some(session) = found else {
        return Ok(None);
    };
    let now = app.clock.now().to_seconds();
    if now >= session.expires {
        return Ok(None);
    }
    let has_door = app.door(session.address.domain(), client).await?.is_some();
    // The settings may have changed since: our own domains' mail servers know the password, and a
    // letter counts where there is nobody to ask, never beside (`browserid.md` §8.1 F20).
    let counts = match session.proof {
        Proof::Password => has_door,
        Proof::Mail => !has_door && app.post.is_some(),
    };
    Ok(counts.then(|| LiveSession {
        who: ProvenEmail::the_mailbox_was_opened(&session.address),
        proof: session.proof,
        opened: session.opened,
        expires: session.expires,
        id: token.id(),
    }))
}

/// Begins a session for an address that has just been proven, and ends the one it replaces.
pub(super) async fn begin(
    app: &App,
    who: &ProvenEmail,
    proof: Proof,
    former: Option<&SessionToken>,
    computer: Computer,
) -> Result<Opened, SessionError> {
    let opened = app.clock.now().to_seconds();
    let set = app.settings.session_lifetime().length();
    let usual = match proof {
        Proof::Password => set,
        Proof::Mail => set.min(MAIL_LIFETIME),
    };
    let (lifetime, keep) = match computer {
        Computer::Own => (usual, Some(usual)),
        // The next person may sit down before this one has closed the browser.
        Computer::Shared => (usual.min(SHARED_LIFETIME), None),
    };
    let session = Session {
        address: who.address().clone(),
        proof,
        opened,
        expires: opened.plus(lifetime),
    };
    let token = keep_session(app, &session).await?;
    if let Some(former) = former {
        forget_session(app, former).await?;
    }
    Ok(Opened {
        token,
        address: session.address,
        keep,
    })
}

/// Keeps a session where this installation keeps them, and gives the token that finds it.
async fn keep_session(app: &App, session: &Session) -> Result<SessionToken, SessionError> {
    if let Some(sealed) = &app.sealed {
        return Ok(SessionToken(sealed.write(session, &chance::name()?)));
    }
    let token = SessionToken(chance::token()?);
    let session = NewSession {
        id: token.id(),
        address: session.address.clone(),
        proof: session.proof,
        opened: session.opened,
        expires: session.expires,
    };
    app.store.open_session(&session).await?;
    Ok(token)
}

/// Lets a token find nothing from now on, and says whether it found something.
async fn forget_session(app: &App, token: &SessionToken) -> Result<bool, SessionError> {
    match &app.sealed {
        Some(sealed) => {
            let ended = sealed.end(token.expose());
            // What sites were given in it is in the store all the same, and ends with it.
            app.store.end_session(&token.id()).await?;
            Ok(ended)
        }
        None => Ok(app.store.end_session(&token.id()).await?),
    }
}

/// Ends a session. One that is not there is as good as ended.
pub async fn end(app: &App, token: &SessionToken) -> Result<(), SessionError> {
    let ended = forget_session(app, token).await?;
    tracing::info!(outcome = "signed-out", ended, "sign-out");
    Ok(())
}

/// Throws away what is over: sessions and counted attempts. The issuers of a process have one store.
pub async fn purge(issuers: &Issuers) -> Result<u64, SessionError> {
    let app = issuers.main();
    let now: UnixSeconds = app.clock.now().to_seconds();
    let sealed = issuers.all().filter_map(|app| app.sealed.as_ref());
    let marks: u64 = sealed.map(|sealed| sealed.purge(now)).sum();
    Ok(marks + app.store.purge(now).await?)
}

/// How long a session by mail lasts at most: nobody here hears when a mailbox of a stranger's domain
/// changes hands.
const MAIL_LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);
/// How long a session lasts at most on a computer that others use too.
const SHARED_LIFETIME: Duration = Duration::from_secs(60 * 60);
