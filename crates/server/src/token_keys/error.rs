//! What can be wrong with the keys of tokens, as sentences for the operator, and what to do about it.

use std::io;
use std::path::PathBuf;

use protocol::jose::token::TokenAlgorithm;
use protocol::time::UnixSeconds;

use crate::keyring::KeyringError;

/// Says why there are no keys for tokens, or no new one.
#[derive(Debug, thiserror::Error)]
pub enum TokenKeysError {
    /// Nothing has been made yet.
    #[error("there are no keys for OpenID Connect in {}", .directory.display())]
    NoKeys {
        /// Where they should be.
        directory: PathBuf,
    },
    /// There are keys that sign, and the one that people's names follow from is lost.
    #[error("{} is missing, and sites know everybody by names that follow from it", .path.display())]
    NoSubject {
        /// Where it should be.
        path: PathBuf,
    },
    /// It is there, but not what it must be.
    #[error("{} is not what names follow from: 32 octets in base64url", .path.display())]
    UnfitSubject {
        /// The file.
        path: PathBuf,
    },
    /// A link, a directory, a pipe.
    #[error("{} is no plain file, and links are not followed", .path.display())]
    NotAFile {
        /// What has the name of a key.
        path: PathBuf,
    },
    /// It has the name of a key, but is none.
    #[error("{} holds no private key for {algorithm} (PKCS #8, without passphrase)", .path.display())]
    Unfit {
        /// The file of the key.
        path: PathBuf,
        /// What its name says that it is for.
        algorithm: TokenAlgorithm,
    },
    /// The key of certificates under another name.
    #[error("{} is the key that signs certificates, which must not sign tokens", .path.display())]
    Shared {
        /// The copy.
        path: PathBuf,
    },
    /// There is a new key already that does not sign yet.
    #[error("{} is new and waits to sign, so no newer one was made", .path.display())]
    Waits {
        /// The file of the new key.
        path: PathBuf,
        /// When it begins to sign.
        begins: UnixSeconds,
    },
    /// The newest key was made later than now.
    #[error("{} is from the future: this clock was wrong when it was made, or is wrong now", .path.display())]
    FromTheFuture {
        /// The file of the key.
        path: PathBuf,
    },
    /// The files or their directory cannot be read, written or given away.
    #[error(transparent)]
    File(#[from] KeyringError),
    /// The directory cannot be listed.
    #[error("{} cannot be read: {error}", .directory.display())]
    Directory {
        /// The directory of the keys.
        directory: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// An old key cannot be removed.
    #[error("{} cannot be removed: {error}", .path.display())]
    NotRemoved {
        /// The file of the key.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// The system made none.
    #[error("no key could be generated")]
    NotGenerated,
}

impl TokenKeysError {
    /// Says what to do about it.
    pub fn remedy(&self) -> String {
        match self {
            Self::NoKeys { .. } => "persona setup makes them".to_owned(),
            Self::NoSubject { path } => format!(
                "go back to a backup of it; if there is none, move the other files of {} away and run `persona setup`: every site will take everybody for somebody new",
                path.parent().unwrap_or(path).display()
            ),
            Self::UnfitSubject { .. } => "go back to a backup of it: with another one, every site takes everybody for somebody new".to_owned(),
            Self::NotAFile { path } => {
                format!("put the file itself in the place of {}", path.display())
            }
            Self::Unfit { path, .. } => format!(
                "go back to a backup of it, or move {} away and run `persona setup`",
                path.display()
            ),
            Self::Shared { path } => format!("rm '{}', then persona setup", path.display()),
            Self::Waits { path, .. } => format!(
                "wait until then; if strangers may know that key, remove {} and ask again",
                path.display()
            ),
            Self::FromTheFuture { path } => format!(
                "set the clock, or give {} a name with the time of today",
                path.display()
            ),
            Self::File(_) | Self::Directory { .. } | Self::NotRemoved { .. } => {
                "run this as the owner of that directory, or as root".to_owned()
            }
            Self::NotGenerated => "the system's random source did not answer: look at its log".to_owned(),
        }
    }
}
