//! What can be wrong with the key on disk, as sentences for the operator.

use std::io;
use std::path::PathBuf;

/// Says why there is no key to sign with.
#[derive(Debug, thiserror::Error)]
pub enum KeyringError {
    /// Nothing has been made yet.
    #[error("there is no key {}; `persona setup` makes one", .path.display())]
    NoKey {
        /// Where it should be.
        path: PathBuf,
    },
    /// The system does not let us read it.
    #[error("the key {} cannot be read: {error}", .path.display())]
    Read {
        /// The file of the key.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// It is there, but not what it must be.
    #[error("the key {} {unfit}", .path.display())]
    Unfit {
        /// The file of the key.
        path: PathBuf,
        /// What it is instead.
        unfit: Unfit,
    },
    /// The system does not let us write it.
    #[error("the key {} cannot be written: {error}", .path.display())]
    Write {
        /// The file or directory that should be made.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// The system does not let us give it away.
    #[error(
        "{} cannot be given to the group {group}: {error}; run this as root, or name a group that you belong to",
        .path.display()
    )]
    Group {
        /// The file or directory.
        path: PathBuf,
        /// The group's number.
        group: u32,
        /// What the system said.
        error: io::Error,
    },
    /// The cryptographic library made none.
    #[error("no RSA key could be generated")]
    NotGenerated,
}

/// Says why a file is no key for us, and what to do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// Not the text of a private key.
    #[error(
        "holds no private key: a line such as -----BEGIN PRIVATE KEY----- is missing; go back to a backup, or move it away and run `persona setup`"
    )]
    NoPrivateKey,
    /// Locked, in one of the forms that OpenSSL writes.
    #[error(
        "is locked with a passphrase; take that off with: openssl pkey -in browserid.pem -out unlocked.pem && mv unlocked.pem browserid.pem"
    )]
    Locked,
    /// Locked, in the form that OpenSSH writes.
    #[error(
        "is locked with a passphrase; take that off with: ssh-keygen -p -N '' -f browserid.pem"
    )]
    LockedByOpenSsh,
    /// Another algorithm.
    #[error(
        "is not an RSA key, and BrowserID needs one of 2048 bits; move it away and run `persona setup`, or make one with: openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out browserid.pem"
    )]
    NotRsa,
    /// Another size.
    #[error(
        "is an RSA key of {0} bits, and BrowserID needs 2048; move it away and run `persona setup`, or make one with: openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out browserid.pem"
    )]
    Size(usize),
    /// The right kind, but its parts do not fit together.
    #[error("is damaged; go back to a backup, or move it away and run `persona setup`")]
    Damaged,
}
