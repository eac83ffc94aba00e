//! The keys of a world's issuers. Those of tokens are made once for all worlds of a process, since RSA
//! takes its time: what tells issuers apart is not their keys alone, and has to hold without them.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;
use std::sync::OnceLock;
use std::time::Duration;

use server::keyring::Keyring;
use server::token_keys::TokenKeys;
use tempfile::TempDir;

use super::NOW;

/// Makes a directory of keys: one for certificates, and those of tokens, which are a month old.
pub(super) fn make(directory: &Path) {
    Keyring::generate(directory, None).unwrap();
    let place = TokenKeys::directory_in(directory);
    if place.exists() {
        return;
    }
    DirBuilder::new().mode(0o700).create(&place).unwrap();
    for (name, text) in FILES.get_or_init(files) {
        let mut options = OpenOptions::new();
        let file = options.write(true).create_new(true).mode(0o600);
        let mut file = file.open(place.join(name)).unwrap();
        file.write_all(text).unwrap();
    }
}

fn files() -> Vec<(String, Vec<u8>)> {
    let folder = TempDir::new().unwrap();
    let made = NOW.to_seconds().minus(Duration::from_secs(30 * 24 * 3600));
    let paths = TokenKeys::make_missing(&folder.path().join("oidc"), None, made).unwrap();
    let name = |path: &Path| path.file_name().unwrap().to_str().unwrap().to_owned();
    paths
        .iter()
        .map(|path| (name(path), fs::read(path).unwrap()))
        .collect()
}

static FILES: OnceLock<Vec<(String, Vec<u8>)>> = OnceLock::new();
