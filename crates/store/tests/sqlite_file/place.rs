//! A place for a store's file, and short words for what goes in.

use std::fs;
use std::num::NonZeroU32;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use protocol::email::EmailAddress;
use protocol::jose::sha256;
use protocol::time::UnixSeconds;
use rusqlite::Connection;
use store::{
    AttemptKey, AttemptLimit, Beyond, ChallengeId, GrantId, GrantRow, GrantUse, NewChallenge,
    NewSession, NewToken, Proof, SessionId, SqliteStore, StoreError, TokenId, TokenKind,
};
use tempfile::TempDir;

/// A file that does not exist yet, in a directory that goes with it.
pub(crate) struct Place {
    pub(crate) directory: TempDir,
    pub(crate) file: PathBuf,
}

impl Place {
    pub(crate) fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("persona.db");
        Self { directory, file }
    }

    pub(crate) fn open(&self) -> SqliteStore {
        SqliteStore::open(&self.file).unwrap()
    }

    pub(crate) fn refusal(&self) -> StoreError {
        SqliteStore::open(&self.file).unwrap_err()
    }

    /// Takes the files as they are at this moment.
    pub(crate) fn copy(&self) -> Self {
        let copy = Self::new();
        for end in ["", "-wal"] {
            let name = |file: &Path| format!("{}{end}", file.display());
            fs::copy(name(&self.file), name(&copy.file)).unwrap();
        }
        copy
    }

    /// Runs a statement that the store itself never would.
    pub(crate) fn change(&self, statement: &str) {
        let connection = Connection::open(&self.file).unwrap();
        connection.execute_batch(statement).unwrap();
    }

    /// Says whether these bytes are in the file or in one beside it.
    pub(crate) fn holds(&self, bytes: &[u8]) -> bool {
        let files = fs::read_dir(self.directory.path()).unwrap();
        files
            .map(|entry| fs::read(entry.unwrap().path()).unwrap())
            .any(|content| content.windows(bytes.len()).any(|window| window == bytes))
    }

    pub(crate) fn mode(&self, end: &str) -> u32 {
        let path = format!("{}{end}", self.file.display());
        fs::metadata(Path::new(&path)).unwrap().permissions().mode() & 0o7777
    }

    pub(crate) fn make_private(&self) {
        fs::set_permissions(&self.file, fs::Permissions::from_mode(0o600)).unwrap();
    }
}

pub(crate) fn session(name: &str) -> NewSession {
    NewSession {
        id: SessionId::from_sha256(sha256(token(name).as_bytes())),
        address: EmailAddress::parse(&format!("{name}@example.org")).unwrap(),
        proof: Proof::Password,
        opened: at(1000),
        expires: at(2000),
    }
}

pub(crate) fn challenge() -> NewChallenge {
    NewChallenge {
        id: ChallengeId::from_sha256([0x11; 32]),
        address: EmailAddress::parse("alice@example.org").unwrap(),
        code: [0xcc; 32],
        link: [0xaa; 32],
        attempts: NonZeroU32::new(2).unwrap(),
        shared: false,
        expires: at(2000),
    }
}

pub(crate) fn grant(name: &str) -> GrantRow {
    GrantRow {
        id: GrantId::from_random([0x99; 32]),
        issuer: "https://id.example.org".to_owned(),
        client: "shop".to_owned(),
        address: session(name).address,
        proof: Proof::Password,
        session: Some(session(name).id),
        usage: GrantUse::WithSession,
        content: format!("what {name} granted"),
        opened: at(1000),
        expires: at(2000),
    }
}

pub(crate) fn code() -> NewToken {
    NewToken {
        id: TokenId::from_sha256([0x77; 32]),
        kind: TokenKind::Code,
        expires: at(1060),
    }
}

pub(crate) fn token(name: &str) -> String {
    format!("the token in the cookie of {name}")
}

pub(crate) fn limit(most: u32) -> AttemptLimit {
    AttemptLimit {
        key: AttemptKey::new("address:alice"),
        most: NonZeroU32::new(most).unwrap(),
        window: Duration::from_secs(60),
        beyond: Beyond::None,
    }
}

pub(crate) fn at(seconds: i64) -> UnixSeconds {
    UnixSeconds::from_seconds(seconds)
}
