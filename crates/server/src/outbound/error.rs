//! Why a host gave no support document, in the words that sites know.

use protocol::browserid::{Authority, SupportError};

use super::resolver::NotResolved;

/// Says why a host gave no support document. The texts are those of `browserid.md` §5.5; what only
/// an operator may know is in [`FetchError::cause`].
#[derive(Clone, Debug, thiserror::Error)]
pub enum FetchError {
    /// The name does not exist, or it has no address.
    #[error("{0} is not a browserid primary: there is no such host")]
    NoSuchHost(Authority),
    /// It answered with a redirect, which is never followed.
    #[error("{0} is not a browserid primary - redirection not supported for support documents")]
    Redirect(Authority),
    /// It answered with a status that is not 200.
    #[error("{0} is not a browserid primary - non-200 response code to /.well-known/browserid")]
    Status(Authority, u16),
    /// It answered with something that is not said to be JSON.
    #[error(
        "{0} is not a browserid primary - \
         non \"application/json\" response to /.well-known/browserid"
    )]
    NotJson(Authority),
    /// It answered with JSON that is no support document.
    #[error("bad support document for '{0}': Error: {1}")]
    Malformed(Authority, SupportError),
    /// It answered with a document that is too large, or stopped within it.
    #[error("bad support document for '{0}': Error: {1}")]
    Cut(Authority, &'static str),
    /// It did not answer in time.
    #[error("timeout trying to load well-known for {0}")]
    Timeout(Authority),
    /// It could not be asked at all.
    #[error("{0} is not a browserid primary: it could not be asked")]
    NotAsked(Authority, Obstacle),
}

/// Says what was in the way.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Obstacle {
    /// Nobody could say whether the name has an address.
    #[error("its name could not be looked up: {0}")]
    Unresolved(String),
    /// All its addresses are private, loopback or special in another way.
    #[error("its name leads to addresses that are not public")]
    SpecialAddress,
    /// It is written with a port, and the settings do not say where that is.
    #[error("it is written with a port, and no outbound.hosts names it")]
    Port,
    /// No connection came about.
    #[error("no connection: {0}")]
    Connection(String),
    /// This machine has no authority to verify certificates by.
    #[error("this machine has no authorities to verify its certificate by")]
    NoRoots,
    /// The encryption, or the certificate, is not good.
    #[error("no trusted encryption: {0}")]
    Encryption(String),
    /// What it said is no HTTP.
    #[error("its answer is no HTTP: {0}")]
    Http(String),
    /// Too many hosts are being asked already.
    #[error("too many hosts are being asked at once")]
    Busy,
}

/// Says why there is no connection to a host, whatever was to be asked there.
#[derive(Debug)]
pub(super) enum NotReached {
    /// The name does not exist, or it has no address.
    NoSuchHost,
    /// Something was in the way.
    Obstacle(Obstacle),
}

impl NotReached {
    /// Says it about the host that was to give a support document.
    pub(super) fn about(self, host: &Authority) -> FetchError {
        match self {
            Self::NoSuchHost => FetchError::NoSuchHost(host.clone()),
            Self::Obstacle(obstacle) => FetchError::NotAsked(host.clone(), obstacle),
        }
    }
}

impl From<NotResolved> for NotReached {
    fn from(error: NotResolved) -> Self {
        match error {
            NotResolved::NoAddress => Self::NoSuchHost,
            NotResolved::Unknown(why) => Self::Obstacle(Obstacle::Unresolved(why)),
        }
    }
}

impl From<Obstacle> for NotReached {
    fn from(obstacle: Obstacle) -> Self {
        Self::Obstacle(obstacle)
    }
}

impl FetchError {
    /// Whom it is about: the host that was asked.
    pub(crate) const fn host(&self) -> &Authority {
        match self {
            Self::NoSuchHost(host)
            | Self::Redirect(host)
            | Self::Status(host, _)
            | Self::NotJson(host)
            | Self::Malformed(host, _)
            | Self::Cut(host, _)
            | Self::Timeout(host)
            | Self::NotAsked(host, _) => host,
        }
    }

    /// Did the host say that it has no support document, in the words that are made for it? This is
    /// the one refusal that counts also where an issuer was before, or was named.
    pub(crate) const fn is_plain(&self) -> bool {
        matches!(self, Self::Status(_, 404 | 410))
    }

    /// Did the host say that it is no issuer? Otherwise nobody knows. The table stands in the
    /// module's documentation; only what is definite lets anybody else speak for the domain.
    pub const fn is_definite(&self) -> bool {
        match self {
            Self::NoSuchHost(_) | Self::Redirect(_) | Self::NotJson(_) => true,
            // The server is in trouble, has too much to do, or was not the one that we meant.
            Self::Status(_, code) => !matches!(code, 408 | 421 | 425 | 429 | 500..=599),
            Self::Malformed(..) | Self::Cut(..) | Self::Timeout(_) | Self::NotAsked(..) => false,
        }
    }

    /// Tells the operator what happened, more closely than a stranger may know.
    pub fn cause(&self) -> String {
        match self {
            Self::NotAsked(_, obstacle) => obstacle.to_string(),
            Self::Status(_, code) => format!("it answered with status {code}"),
            Self::NoSuchHost(_)
            | Self::Redirect(_)
            | Self::NotJson(_)
            | Self::Malformed(..)
            | Self::Cut(..)
            | Self::Timeout(_) => self.to_string(),
        }
    }
}

/// Makes the words of a stranger, or about one, safe to log and to print.
pub(super) fn safe(error: &dyn std::error::Error) -> String {
    let text = error.to_string();
    text.escape_default().take(MOST_CHARACTERS).collect()
}

const MOST_CHARACTERS: usize = 200;
