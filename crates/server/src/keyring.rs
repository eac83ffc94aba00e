//! The signing key on disk: read it, make it once, never replace it.
//!
//! The file is `browserid.pem` in the directory that the settings name (`keys.directory`): RSA of
//! 2048 bits, the one kind that every `BrowserID` peer accepts (`browserid.md` §3.2), in the form
//! of PKCS #8 (RFC 5208), PKCS #1 (RFC 8017) or OpenSSH. The program loads it when it starts;
//! `persona setup` makes it; `persona check` asks who else may read it. How keys are read and written
//! here, [`token_keys`](crate::token_keys) do the same.
//!
//! Deliberately absent: passphrases (nobody is there to type one), overwriting, and rotation.

mod der;
mod error;
mod finding;
mod read;
mod seal;

pub(crate) mod pem;
pub(crate) mod write;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use protocol::jose::{PublicKey, RsaSigner, SignError, Signer};

pub use error::{KeyringError, Unfit};
pub(crate) use finding::look;
pub use finding::{Finding, Problem};
pub(crate) use read::text;
pub use seal::SealingKey;

/// The key that this program signs with.
#[derive(Debug)]
pub struct Keyring {
    signer: Arc<RsaSigner>,
    path: PathBuf,
}

/// What became of the wish for a key.
#[derive(Debug)]
pub enum Generated {
    /// There was none: this one is new.
    New(Keyring),
    /// There was one, and it was left as it is.
    Kept(Keyring),
}

impl Keyring {
    /// Names the file that the key of a directory is in.
    pub fn file_in(directory: &Path) -> PathBuf {
        directory.join(FILE)
    }

    /// Reads the key from the directory.
    pub fn load(directory: &Path) -> Result<Self, KeyringError> {
        let path = Self::file_in(directory);
        let signer = Arc::new(read::signer(&path)?);
        Ok(Self { signer, path })
    }

    /// Makes a key in the directory, unless there is one: that is never replaced.
    ///
    /// The directory is made if it is not there. Both are for their owner alone (0700 and 0600), or
    /// also for a `group` to read (0750 and 0640); at no moment for anybody else. A key or a
    /// directory that was there before keeps its mode and its group.
    pub fn generate(directory: &Path, group: Option<u32>) -> Result<Generated, KeyringError> {
        let path = Self::file_in(directory);
        if path.symlink_metadata().is_ok() {
            return Ok(Generated::Kept(Self::load(directory)?));
        }
        write::make_directory(directory, group)?;
        let (signer, key) = RsaSigner::generate().map_err(|_| KeyringError::NotGenerated)?;
        match write::place(&path, &pem::write_pkcs8(&key), group)? {
            write::Placed::New => Ok(Generated::New(Self {
                signer: Arc::new(signer),
                path,
            })),
            write::Placed::WasThere => Ok(Generated::Kept(Self::load(directory)?)),
        }
    }

    /// Looks at who else may read or change the key in the directory, whether or not it can be
    /// loaded. What is not there is no finding.
    pub fn findings(directory: &Path) -> Vec<Finding> {
        look(directory, &[Self::file_in(directory)])
    }

    /// Gives what signs.
    pub fn signer(&self) -> Arc<dyn Signer> {
        Arc::clone(&self.signer) as Arc<dyn Signer>
    }

    /// Gives the public half.
    pub fn public_key(&self) -> &PublicKey {
        self.signer.public_key()
    }

    /// Derives a key that recognizes what this installation has sealed for `purpose`, on this machine
    /// or on another that has the same signing key.
    pub fn sealing_key(&self, purpose: &str) -> Result<SealingKey, SignError> {
        self.signer
            .derive(purpose)
            .map(|bits| SealingKey::new(&bits))
    }

    /// Gives the file that the key is in.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Generated {
    /// Gives the key, new or old.
    pub fn into_keyring(self) -> Keyring {
        match self {
            Self::New(keyring) | Self::Kept(keyring) => keyring,
        }
    }
}

const FILE: &str = "browserid.pem";
