//! The one folder of a test, where everything that its servers read and write is.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use tempfile::TempDir;

/// A temporary folder that other users may pass through, because mail servers give up root.
#[derive(Debug)]
pub struct Folder(TempDir);

impl Folder {
    /// Makes a folder; short, because it holds sockets, whose paths may have 107 octets.
    pub fn make() -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("mail").tempdir()?;
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755))?;
        Ok(Self(folder))
    }

    /// Gives the folder's path.
    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// Gives the path of something in it.
    pub fn join(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Writes a file that everybody may read.
    pub fn write(&self, name: &str, text: &str) -> Result<PathBuf> {
        let path = self.join(name);
        fs::write(&path, text)?;
        Ok(path)
    }

    /// Makes a folder inside, for one user or for root.
    pub fn subfolder(&self, name: &str, owner: Option<User>) -> Result<PathBuf> {
        let path = self.join(name);
        fs::create_dir_all(&path)?;
        if let Some(owner) = owner {
            chown(&path, Some(owner.user), Some(owner.group))
                .with_context(|| format!("{} cannot be given away: not root?", path.display()))?;
        }
        Ok(path)
    }

    /// Waits until a log in the folder has a line with all of these words, and gives the line.
    pub fn wait_for_line(&self, log: &str, words: &[&str]) -> Result<String> {
        let path = self.join(log);
        for _ in 0..PATIENCE_STEPS {
            let text = fs::read(&path).unwrap_or_default();
            let text = String::from_utf8_lossy(&text);
            let mut lines = text.lines();
            if let Some(line) = lines.find(|line| words.iter().all(|word| line.contains(word))) {
                return Ok(line.to_owned());
            }
            sleep(STEP);
        }
        bail!(
            "{log} has no line with {words:?}: {:?}",
            fs::read_to_string(&path)
        )
    }
}

/// A user of this machine and its group, by number.
#[derive(Clone, Copy, Debug)]
pub struct User {
    /// The user's number.
    pub user: u32,
    /// The group's number.
    pub group: u32,
}

impl User {
    /// Finds a user that a Debian package made.
    pub fn named(name: &str, package: &str) -> Result<Self> {
        let users = fs::read_to_string("/etc/passwd")?;
        let row = users.lines().find_map(|line| {
            let mut fields = line.split(':');
            (fields.next()? == name).then_some(())?;
            let user = fields.nth(1)?.parse().ok()?;
            let group = fields.next()?.parse().ok()?;
            Some(Self { user, group })
        });
        row.with_context(|| format!("no user {name}: install Debian's {package}"))
    }
}

const STEP: Duration = Duration::from_millis(10);
const PATIENCE_STEPS: u32 = 1_000;
