//! The keys that sign the tokens of OpenID Connect, and the one that people's names at sites follow
//! from. They are in `oidc` below the directory of the settings (`keys.directory`), one file each.
//!
//! A key file is PKCS #8 (RFC 5208) in the form of RFC 7468; its name says its algorithm and when it was
//! made, and from that alone follows which key signs and which are published (`schedule.rs`). Made by
//! `persona setup`, else by `persona serve` where it may; changed by `persona key rotate`. Read and
//! written with the care of the [keyring], whose key is never one of these.
//!
//! Deliberately absent: overwriting, passphrases, links (they are not followed), and one key for two
//! algorithms.

mod error;
mod files;
mod name;
mod schedule;
mod subject;

use std::fs;
use std::path::{Path, PathBuf};

use protocol::email::EmailAddress;
use protocol::jose::PublicKey;
use protocol::jose::token::{SigningKey, TokenAlgorithm, VerificationKey};
use protocol::time::UnixSeconds;
use serde_json::{Value, json};

use crate::keyring::{self, Finding, Problem, write};

pub use error::TokenKeysError;
pub use schedule::Standing;

use files::{KeyFile, is_there, key_files, make_key, read_file, read_key};
use subject::SubjectKey;

/// All keys of one issuer that have to do with tokens.
#[derive(Debug)]
pub struct TokenKeys {
    /// By algorithm, the oldest first.
    keys: Vec<TokenKey>,
    subject: SubjectKey,
}

/// A key that signs tokens, has signed them, or will.
#[derive(Debug)]
pub struct TokenKey {
    key: SigningKey,
    file: KeyFile,
}

/// What `persona key rotate` has done.
#[derive(Debug)]
pub struct Rotated {
    /// The new file.
    pub path: PathBuf,
    /// When the new key begins to sign; `None`: at once, for there is no other of its algorithm.
    pub begins: Option<UnixSeconds>,
    /// When the key that signs until then is published no more.
    pub ends: Option<UnixSeconds>,
}

impl TokenKeys {
    /// Names the directory of these keys in the directory of the settings.
    pub fn directory_in(keys: &Path) -> PathBuf {
        keys.join(DIRECTORY)
    }

    /// Reads the keys of the directory. One that is no key, or that is `certificates`, the key of the
    /// keyring, refuses all of them: which sites know cannot be guessed.
    pub fn load(directory: &Path, certificates: &PublicKey) -> Result<Self, TokenKeysError> {
        let files = key_files(directory)?;
        if files.is_empty() {
            let directory = directory.to_owned();
            return Err(TokenKeysError::NoKeys { directory });
        }
        let subject = SubjectKey::load(&directory.join(SUBJECT))?;
        // A key of DSA has no place among tokens, and so is none of them.
        let forbidden = VerificationKey::from_jwk(&certificates.to_jwk()).ok();
        let load = |file: KeyFile| {
            let key = read_key(&file)?;
            if forbidden.as_ref() == Some(key.public()) {
                return Err(TokenKeysError::Shared { path: file.path });
            }
            Ok(TokenKey { key, file })
        };
        Ok(Self {
            keys: files.into_iter().map(load).collect::<Result<_, _>>()?,
            subject,
        })
    }

    /// Lists the files that a complete directory would have besides those that it has: `subject.key`
    /// first, then a key for each algorithm that has none.
    ///
    /// Where only `subject.key` is missing it was lost, which is an error: a new one would make everybody
    /// somebody new at every site.
    pub fn missing(directory: &Path, now: UnixSeconds) -> Result<Vec<PathBuf>, TokenKeysError> {
        let (subject, algorithms) = gaps(directory)?;
        let keys = algorithms.into_iter();
        let keys = keys.map(|algorithm| directory.join(name::write(algorithm, now)));
        Ok(subject.into_iter().chain(keys).collect())
    }

    /// Lists the files that a new directory would have.
    pub fn all_files(directory: &Path, now: UnixSeconds) -> Vec<PathBuf> {
        let keys = TokenAlgorithm::ALL.map(|algorithm| name::write(algorithm, now));
        let names = std::iter::once(SUBJECT.to_owned()).chain(keys);
        names.map(|name| directory.join(name)).collect()
    }

    /// Makes what is [missing](Self::missing), and the directory; a `group` may read all of it, as with
    /// the key of the keyring. Gives the new files.
    pub fn make_missing(
        directory: &Path,
        group: Option<u32>,
        now: UnixSeconds,
    ) -> Result<Vec<PathBuf>, TokenKeysError> {
        let (subject, algorithms) = gaps(directory)?;
        let mut made = Vec::new();
        write::make_directory(directory, group)?;
        // First this one: keys without it are what a loss looks like.
        if let Some(path) = subject {
            write::place(&path, &SubjectKey::generate()?, group)?;
            made.push(path);
        }
        for algorithm in algorithms {
            let path = directory.join(name::write(algorithm, now));
            make_key(&path, algorithm, group)?;
            made.push(path);
        }
        Ok(made)
    }

    /// Makes a key that takes the place of the one of `algorithm` that signs, a day from now. Refused
    /// while one waits: sites would have to remember more and more keys.
    pub fn rotate(
        directory: &Path,
        algorithm: TokenAlgorithm,
        now: UnixSeconds,
    ) -> Result<Rotated, TokenKeysError> {
        let made = next(directory, algorithm, now)?;
        let is_first = !key_files(directory)?
            .iter()
            .any(|file| file.algorithm == algorithm);
        let path = directory.join(name::write(algorithm, made));
        make_key(&path, algorithm, write::group_of(directory))?;
        Ok(Rotated {
            path,
            begins: (!is_first).then(|| schedule::begins(made)),
            ends: (!is_first).then(|| schedule::ends(made)),
        })
    }

    /// Would [`rotate`](Self::rotate) make a key now?
    pub fn may_rotate(
        directory: &Path,
        algorithm: TokenAlgorithm,
        now: UnixSeconds,
    ) -> Result<(), TokenKeysError> {
        next(directory, algorithm, now).map(drop)
    }

    /// Removes the files of keys that are published no more, and names them.
    pub fn remove_retired(
        directory: &Path,
        now: UnixSeconds,
    ) -> Result<Vec<PathBuf>, TokenKeysError> {
        let files = key_files(directory)?;
        let standings = standings(&files, now);
        let over = files.into_iter().zip(standings);
        let over = over.filter(|(_, standing)| !standing.is_published());
        over.map(|(KeyFile { path, .. }, _)| match fs::remove_file(&path) {
            Ok(()) => Ok(path),
            Err(error) => Err(TokenKeysError::NotRemoved { path, error }),
        })
        .collect()
    }

    /// Gives the key that signs with `algorithm` now, if there is one for it.
    pub fn signing(&self, algorithm: TokenAlgorithm, now: UnixSeconds) -> Option<&SigningKey> {
        let (key, _) = self
            .standings(now)
            .find(|(key, standing)| key.algorithm() == algorithm && *standing == Standing::Signs)?;
        Some(&key.key)
    }

    /// Gives the keys that sites are to know now.
    pub fn published(&self, now: UnixSeconds) -> Vec<&SigningKey> {
        self.standings(now)
            .filter(|(_, standing)| standing.is_published())
            .map(|(key, _)| &key.key)
            .collect()
    }

    /// Writes the public halves of the published keys as sites read them: a JWK set (RFC 7517 §5).
    pub fn key_set(&self, now: UnixSeconds) -> String {
        let published = self.published(now);
        let keys: Vec<Value> = published.into_iter().map(SigningKey::to_jwk).collect();
        json!({ "keys": keys }).to_string()
    }

    /// Gives each key and what it does now, by algorithm, the oldest first.
    pub fn standings(&self, now: UnixSeconds) -> impl Iterator<Item = (&TokenKey, Standing)> {
        let files: Vec<_> = self.keys.iter().map(|key| key.file.clone()).collect();
        self.keys.iter().zip(standings(&files, now))
    }

    /// Gives the name that every site has for somebody (`sub`): 43 characters of base64url.
    pub fn subject(&self, address: &EmailAddress) -> String {
        self.subject.public(address)
    }

    /// Gives the name that the sites of the host `sector` have for somebody (OpenID Connect Core 1.0
    /// §8.1), from which no other site's can be told.
    pub fn pairwise(&self, sector: &str, address: &EmailAddress) -> String {
        self.subject.pairwise(sector, address)
    }

    /// Lists the files that are there, `subject.key` first.
    pub fn files(directory: &Path) -> Result<Vec<PathBuf>, TokenKeysError> {
        let subject = directory.join(SUBJECT);
        let subject = is_there(&subject).then_some(subject);
        let keys = key_files(directory)?.into_iter().map(|file| file.path);
        Ok(subject.into_iter().chain(keys).collect())
    }

    /// Looks at who else may read or change the files, whether or not they can be loaded. What is not
    /// there is no finding.
    pub fn findings(directory: &Path) -> Vec<Finding> {
        let files = Self::files(directory).unwrap_or_default();
        let mut findings = keyring::look(directory, &files);
        findings.extend(
            files
                .iter()
                .filter_map(|file| group_may_read(directory, file)),
        );
        findings
    }
}

impl TokenKey {
    /// The algorithm that it signs with.
    pub const fn algorithm(&self) -> TokenAlgorithm {
        self.file.algorithm
    }

    /// The name that tokens have for it (`kid`).
    pub fn id(&self) -> &str {
        self.key.id()
    }

    /// When it was made.
    pub const fn made(&self) -> UnixSeconds {
        self.file.made
    }

    /// Its file.
    pub fn path(&self) -> &Path {
        &self.file.path
    }
}

/// Gives the group, besides its owner, that a directory and so the keys in it are for.
pub fn group_of(directory: &Path) -> Option<u32> {
    write::group_of(directory)
}

/// Copies the key that names follow from into another directory, unless there is one; `None` if there
/// is none to copy.
pub fn keep_subject(
    from: &Path,
    to: &Path,
    group: Option<u32>,
) -> Result<Option<PathBuf>, TokenKeysError> {
    let (from, path) = (from.join(SUBJECT), to.join(SUBJECT));
    if !is_there(&from) {
        return Ok(None);
    }
    SubjectKey::load(&from)?;
    write::place(&path, &read_file(&from)?, group)?;
    Ok(Some(path))
}

/// When would the next key of `algorithm` be made?
fn next(
    directory: &Path,
    algorithm: TokenAlgorithm,
    now: UnixSeconds,
) -> Result<UnixSeconds, TokenKeysError> {
    let mut files = key_files(directory)?;
    let subject = directory.join(SUBJECT);
    if files.is_empty() {
        let directory = directory.to_owned();
        return Err(TokenKeysError::NoKeys { directory });
    }
    if !is_there(&subject) {
        return Err(TokenKeysError::NoSubject { path: subject });
    }
    files.retain(|file| file.algorithm == algorithm);
    let newest = standings(&files, now).pop().zip(files.pop());
    let Some((standing, file)) = newest else {
        return Ok(now);
    };
    let path = file.path;
    if file.made > now {
        return Err(TokenKeysError::FromTheFuture { path });
    }
    if let Standing::Waits { begins } = standing {
        return Err(TokenKeysError::Waits { path, begins });
    }
    // Two keys of one second would have one name.
    Ok(now.max(file.made.plus(std::time::Duration::from_secs(1))))
}

/// What is missing: `subject.key`, and for which algorithms there is no key.
fn gaps(directory: &Path) -> Result<(Option<PathBuf>, Vec<TokenAlgorithm>), TokenKeysError> {
    let files = key_files(directory)?;
    let path = directory.join(SUBJECT);
    let subject = (!is_there(&path)).then_some(path);
    if let Some(path) = subject.clone()
        && !files.is_empty()
    {
        return Err(TokenKeysError::NoSubject { path });
    }
    let mut algorithms = TokenAlgorithm::ALL.to_vec();
    algorithms.retain(|algorithm| files.iter().all(|file| file.algorithm != *algorithm));
    Ok((subject, algorithms))
}

/// Says what each key does now; those of one algorithm stand together, the oldest first.
fn standings(files: &[KeyFile], now: UnixSeconds) -> Vec<Standing> {
    let kinds = files.chunk_by(|one, next| one.algorithm == next.algorithm);
    kinds
        .flat_map(|files| {
            let made: Vec<_> = files.iter().map(|file| file.made).collect();
            schedule::standings(&made, now)
        })
        .collect()
}

fn group_may_read(directory: &Path, file: &Path) -> Option<Finding> {
    use std::os::unix::fs::MetadataExt as _;

    let found = fs::metadata(file).ok()?;
    let is_for_another =
        found.mode() & 0o040 != 0 && write::group_of(directory) != Some(found.gid());
    let mode = found.mode() & 0o7777;
    is_for_another.then(|| Problem::GroupMayRead { mode }.of(file))
}

const DIRECTORY: &str = "oidc";
const SUBJECT: &str = "subject.key";
