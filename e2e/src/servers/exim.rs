//! Exim as Debian packages it, unpacked and not installed, with a password table of its own.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use anyhow::Result;
use data_encoding::BASE64;

use super::accounts;
use super::certificates::Certificates;
use super::folder::{Folder, User};
use super::ports::{Entrance, LOOPBACK, Ports};
use super::process::Process;
use super::{MailServer, SERVER_NAME, packages};

/// A running Exim. Its log is `exim.log/main` in the folder.
#[derive(Debug)]
pub struct Exim {
    /// Exim itself, to be signalled.
    pub process: Process,
    /// The authority of its certificate.
    pub certificates: Certificates,
    /// Where it listens.
    pub ports: Ports,
    /// Everything that it reads and writes. Last, because it must outlive the server.
    pub folder: Folder,
}

impl Exim {
    /// Starts Exim with [`accounts::all`] and a certificate for [`SERVER_NAME`].
    pub fn start() -> Result<Self> {
        Self::start_as(SERVER_NAME)
    }

    /// Starts it with a certificate for another name.
    pub fn start_as(certificate_name: &str) -> Result<Self> {
        let program = packages::exim()?;
        let folder = Folder::make()?;
        let certificates = Certificates::make(&folder, &[certificate_name])?;
        let ports = Ports::choose()?;
        write_users(&folder)?;
        let settings = settings(folder.path(), &certificates, ports);
        let settings = folder.write("exim.conf", &settings)?;
        let passwd = folder.write(
            "passwd",
            &format!(
                "root:x:0:0::/:/bin/sh\nDebian-exim:x:{EXIM_USER}:{EXIM_USER}::/:/bin/false\n"
            ),
        )?;
        let group = folder.write("group", &format!("root:x:0:\nDebian-exim:x:{EXIM_USER}:\n"))?;

        let mut command = Command::new(program);
        command
            .arg("-bdf")
            .arg("-C")
            .arg(settings)
            .env("LD_PRELOAD", packages::nss_wrapper()?)
            .env("NSS_WRAPPER_PASSWD", passwd)
            .env("NSS_WRAPPER_GROUP", group);
        let mut process = Process::start("exim", &command, folder.path())?;
        for entrance in Entrance::ALL {
            process.wait_for_ports(&ports.on(&LOOPBACK, entrance))?;
        }
        Ok(Self {
            process,
            certificates,
            ports,
            folder,
        })
    }
}

impl MailServer for Exim {
    fn process(&mut self) -> &mut Process {
        &mut self.process
    }

    fn certificates(&self) -> &Certificates {
        &self.certificates
    }

    fn ports(&self) -> Ports {
        self.ports
    }

    /// Exim lists the commands of a session as `C=EHLO,STARTTLS,EHLO,AUTH,QUIT`.
    fn logins_sent(&self) -> Result<usize> {
        let line = self.folder.wait_for_line("exim.log/main", &[" C=EHLO"])?;
        Ok(line.matches(",AUTH").count())
    }
}

/// Writes the password table that Exim searches: the login, a colon, the password in base64.
fn write_users(folder: &Folder) -> Result<()> {
    let mut text = String::new();
    for account in accounts::all() {
        let password = BASE64.encode(account.password.as_bytes());
        writeln!(text, "{}: {password}", account.login)?;
    }
    folder.write("exim.users", &text)?;
    let exim = User {
        user: EXIM_USER,
        group: EXIM_USER,
    };
    folder.subfolder("exim.log", Some(exim))?;
    folder.subfolder("exim.spool", Some(exim))?;
    Ok(())
}

/// Puts this server's names and numbers, as Exim's macros, before the settings that never change.
fn settings(folder: &Path, certificates: &Certificates, ports: Ports) -> String {
    let all = Entrance::ALL
        .map(|entrance| ports.of(entrance).to_string())
        .join(" : ");
    format!(
        "FOLDER = {folder}
SERVER_NAME = {SERVER_NAME}
UNPRIVILEGED = {EXIM_USER}
CERTIFICATE = {certificate}
PRIVATE_KEY = {key}
PORTS_ALL = {all}
PORT_SUBMISSIONS = {submissions}
PORT_LOGIN_ONLY = {login_only}
PORT_CRAM_ONLY = {cram_only}
PORT_CLEAR = {clear}
PORT_NO_AUTH = {no_auth}
PORT_STRICT = {strict}
PORT_BLOCKED = {blocked}
{SETTINGS}",
        folder = folder.display(),
        certificate = certificates.certificate.display(),
        key = certificates.key.display(),
        submissions = ports.of(Entrance::Submissions),
        login_only = ports.of(Entrance::LoginOnly),
        cram_only = ports.of(Entrance::CramOnly),
        clear = ports.of(Entrance::Clear),
        no_auth = ports.of(Entrance::NoAuth),
        strict = ports.of(Entrance::Strict),
        blocked = ports.of(Entrance::Blocked),
    )
}

const SETTINGS: &str = include_str!("exim.conf");

/// The program wants a user named `Debian-exim`, which its package would make. It is told of one
/// through `libnss_wrapper`, with the number of `nobody`, so that this machine needs none.
const EXIM_USER: u32 = 65_534;
