//! Dovecot as whoever takes the letters: LMTP on a socket, and its list of users on another.

use std::fs;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;

use anyhow::Result;

use super::super::folder::{Folder, User};
use super::super::packages;
use super::{Dovecot, Failures};

/// A running Dovecot that takes letters for those in its tables.
#[derive(Debug)]
pub struct Lmtp {
    /// Dovecot itself.
    pub dovecot: Dovecot,
    /// The socket of LMTP.
    pub lmtp: PathBuf,
    /// The socket of the list of users.
    pub userdb: PathBuf,
    /// Everything that it reads and writes. Last, because it must outlive the server.
    pub folder: Folder,
}

impl Lmtp {
    /// Starts it.
    pub fn start() -> Result<Self> {
        packages::dovecot_lmtp()?;
        let folder = Folder::make()?;
        let nobody = User::named("nobody", "base-passwd")?;
        folder.subfolder("mail", Some(nobody))?;
        let mut dovecot =
            Dovecot::start_with(&folder, Failures::Quick, &settings(&folder, nobody))?;
        let home = folder.join("dovecot");
        let (lmtp, userdb) = (home.join("lmtp"), home.join("auth-userdb"));
        for socket in [&lmtp, &userdb] {
            dovecot.process.wait_until("answers on its sockets", || {
                UnixStream::connect(socket).is_ok()
            })?;
        }
        Ok(Self {
            dovecot,
            lmtp,
            userdb,
            folder,
        })
    }

    /// Takes somebody out of the tables.
    pub fn take_away(&self, login: &str) -> Result<()> {
        let domain = login.rsplit_once('@').map_or("", |(_, domain)| domain);
        let table = self.folder.join(&format!("users/at-{domain}"));
        let text = fs::read_to_string(&table)?;
        let mut left = String::new();
        for line in text
            .lines()
            .filter(|line| !line.starts_with(&format!("{login}:")))
        {
            left += line;
            left.push('\n');
        }
        fs::write(table, left)?;
        Ok(())
    }
}

fn settings(folder: &Folder, nobody: User) -> String {
    format!(
        "protocols = lmtp
mail_location = maildir:{folder}/mail/%u
first_valid_uid = 1
postmaster_address = postmaster@example.test
userdb {{
  driver = passwd-file
  args = username_format=%Lu {folder}/users/at-%Ld
  default_fields = uid={user} gid={group} home={folder}/mail/%u
}}
service lmtp {{
  unix_listener lmtp {{
    mode = 0666
  }}
}}
service auth {{
  unix_listener auth-userdb {{
    mode = 0600
  }}
}}
",
        folder = folder.path().display(),
        user = nobody.user,
        group = nobody.group,
    )
}
