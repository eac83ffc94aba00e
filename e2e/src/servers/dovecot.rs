//! Dovecot as the password checker behind Postfix: its auth service alone, on a socket.

mod imap;
mod lmtp;
mod states;

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;
use data_encoding::BASE64;

use super::accounts::{self, Account, BROKEN_DOMAIN, Standing};
use super::folder::Folder;
use super::packages;
use super::process::Process;

pub use imap::Imap;
pub use lmtp::Lmtp;
pub use states::{MASTER, MASTER_PASSWORD, MASTER_SEPARATOR, STATES_DOMAIN, STATES_PASSWORD};

/// A running Dovecot.
#[derive(Debug)]
pub struct Dovecot {
    /// The server, to be signalled.
    pub process: Process,
    /// The socket on which Postfix asks it.
    pub socket: PathBuf,
}

/// How Dovecot answers a wrong password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failures {
    /// At once (within half a second: its queue is looked at so often), and without memory.
    Quick,
    /// As packaged: after 2 seconds, then 6, then longer than Postfix waits.
    AsPackaged,
    /// After a minute, which no test waits for: the check is under way until something happens.
    Held,
}

impl Dovecot {
    /// Starts Dovecot with [`accounts::all`]; its log is `dovecot.log` in the folder.
    pub fn start(folder: &Folder, failures: Failures) -> Result<Self> {
        Self::start_with(folder, failures, "")
    }

    /// Starts it with more settings, which count where they differ.
    fn start_with(folder: &Folder, failures: Failures, more: &str) -> Result<Self> {
        let program = packages::dovecot()?;
        let home = folder.subfolder("dovecot", None)?;
        write_users(folder, &accounts::all())?;
        let settings = settings(folder.path(), failures, &states::passdbs(folder)?);
        let settings = folder.write("dovecot.conf", &(settings + more))?;

        let mut command = Command::new(program);
        command.arg("-F").arg("-c").arg(settings);
        let mut process = Process::start("dovecot", &command, folder.path())?;
        let socket = home.join("auth-client");
        process.wait_until("answers on its socket", || {
            UnixStream::connect(&socket).is_ok()
        })?;
        Ok(Self { process, socket })
    }
}

/// Writes one table for each domain; the broken domain's cannot be read, as if a disk had gone.
fn write_users(folder: &Folder, accounts: &[Account]) -> Result<()> {
    let users = folder.subfolder("users", None)?;
    for account in accounts {
        let domain = account
            .login
            .rsplit_once('@')
            .map_or("", |(_, domain)| domain);
        let table = users.join(format!("at-{domain}"));
        let mut text = fs::read_to_string(&table).unwrap_or_default();
        let password = BASE64.encode(account.password.as_bytes());
        let state = match account.standing {
            Standing::Good => "",
            Standing::Suspended => "nologin=yes reason=suspended",
        };
        writeln!(
            text,
            "{}:{{PLAIN.b64}}{password}::::::{state}",
            account.login
        )?;
        fs::write(&table, text)?;
    }
    let broken = users.join(format!("at-{BROKEN_DOMAIN}"));
    fs::write(&broken, "")?;
    fs::set_permissions(&broken, fs::Permissions::from_mode(0o000))?;
    Ok(())
}

fn settings(folder: &Path, failures: Failures, states: &str) -> String {
    let folder = folder.display();
    let delay = match failures {
        Failures::Quick => 0,
        Failures::AsPackaged => 2,
        Failures::Held => 60,
    };
    let penalty = match failures {
        Failures::AsPackaged => "",
        Failures::Quick | Failures::Held => NO_PENALTY,
    };
    format!(
        "base_dir = {folder}/dovecot
state_dir = {folder}/dovecot
log_path = {folder}/dovecot.log
protocols =
ssl = no
auth_mechanisms = plain login cram-md5 scram-sha-256
auth_failure_delay = {delay} secs
auth_username_chars =
auth_verbose = yes
{states}passdb {{
  driver = passwd-file
  args = username_format=%Lu {folder}/users/at-%Ld
}}
service auth {{
  unix_listener auth-client {{
    mode = 0666
  }}
}}
{penalty}"
    )
}

/// Takes away the socket by which failures are remembered for each client address.
const NO_PENALTY: &str = "service anvil {
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
";
