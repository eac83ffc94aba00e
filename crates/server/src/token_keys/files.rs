//! The key files of a directory: found by their names, read, written.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use protocol::jose::token::{SigningKey, TokenAlgorithm};
use protocol::secret::Secret;
use protocol::time::UnixSeconds;

use super::error::TokenKeysError;
use super::name;
use crate::keyring::{self, pem, write};

/// A file whose name is that of a key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct KeyFile {
    pub(super) algorithm: TokenAlgorithm,
    pub(super) made: UnixSeconds,
    pub(super) path: PathBuf,
}

/// Lists the key files of a directory by algorithm, the oldest first. There are none in a directory that
/// is not there.
pub(super) fn key_files(directory: &Path) -> Result<Vec<KeyFile>, TokenKeysError> {
    let trouble = |error| TokenKeysError::Directory {
        directory: directory.to_owned(),
        error,
    };
    let entries = match fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(trouble(error)),
    };
    let mut files = Vec::new();
    for entry in entries {
        let entry = entry.map_err(trouble)?;
        if let Some((algorithm, made)) = entry.file_name().to_str().and_then(name::read) {
            let path = entry.path();
            files.push(KeyFile {
                algorithm,
                made,
                path,
            });
        }
    }
    files.sort();
    Ok(files)
}

/// Reads the key of a file.
pub(super) fn read_key(file: &KeyFile) -> Result<SigningKey, TokenKeysError> {
    let unfit = || TokenKeysError::Unfit {
        path: file.path.clone(),
        algorithm: file.algorithm,
    };
    let text = read_file(&file.path)?;
    let text = str::from_utf8(text.expose()).map_err(|_| unfit())?;
    let section = pem::read(text).filter(|section| section.label == "PRIVATE KEY");
    let section = section.ok_or_else(unfit)?;
    SigningKey::from_pkcs8(file.algorithm, section.content.expose()).map_err(|_| unfit())
}

/// Makes a key in a file of its own, unless that is there.
pub(super) fn make_key(
    path: &Path,
    algorithm: TokenAlgorithm,
    group: Option<u32>,
) -> Result<(), TokenKeysError> {
    let (_, der) = SigningKey::generate(algorithm).map_err(|_| TokenKeysError::NotGenerated)?;
    write::place(path, &pem::write_pkcs8(&der), group)?;
    Ok(())
}

/// Reads a file that is one: a link could lead to a key of somebody else's choice, and a pipe to none.
pub(super) fn read_file(path: &Path) -> Result<Secret<Vec<u8>>, TokenKeysError> {
    let is_other = |found: fs::Metadata| !found.is_file();
    if fs::symlink_metadata(path).is_ok_and(is_other) {
        let path = path.to_owned();
        return Err(TokenKeysError::NotAFile { path });
    }
    Ok(keyring::text(path)?)
}

/// Has anything that name?
pub(super) fn is_there(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}
