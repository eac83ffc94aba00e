//! Dovecot as a whole IMAP server, with STARTTLS and with TLS from the start.

use anyhow::Result;

use super::super::certificates::Certificates;
use super::super::folder::{Folder, User};
use super::super::ports::{Entrance, LOOPBACK, Ports};
use super::super::{SERVER_NAME, packages};
use super::{Dovecot, Failures};

/// A running Dovecot that speaks IMAP.
#[derive(Debug)]
pub struct Imap {
    /// Dovecot itself.
    pub dovecot: Dovecot,
    /// Where it listens: [`Entrance::Submission`] with STARTTLS, [`Entrance::Submissions`] with TLS.
    pub ports: Ports,
    /// The authority of its certificate.
    pub certificates: Certificates,
    /// Everything that it reads and writes. Last, because it must outlive the server.
    pub folder: Folder,
}

impl Imap {
    /// Starts it on loopback, with a certificate for [`SERVER_NAME`].
    pub fn start() -> Result<Self> {
        Self::run(SERVER_NAME, "")
    }

    /// Starts it with a certificate for another name.
    pub fn start_as(name: &str) -> Result<Self> {
        Self::run(name, "")
    }

    /// Starts it so that it believes clients on this machine where the browser is.
    pub fn trusting() -> Result<Self> {
        let trusted = "login_trusted_networks = 127.0.0.0/8 ::1/128\n";
        Self::run(SERVER_NAME, trusted)
    }

    /// Starts it so that each connection has to begin with a header of the PROXY protocol.
    pub fn behind_a_proxy() -> Result<Self> {
        Self::run(SERVER_NAME, BEHIND_A_PROXY)
    }

    /// Gives the setting that an operator would write to have it asked.
    pub fn url(&self, scheme: &str) -> String {
        self.url_at(scheme, "localhost")
    }

    /// Gives the same with the host in another spelling.
    pub fn url_at(&self, scheme: &str, host: &str) -> String {
        let entrance = match scheme {
            "imaps" => Entrance::Submissions,
            _ => Entrance::Submission,
        };
        let port = self.ports.of(entrance);
        let authority = self.certificates.authority.display();
        format!("{scheme}://{host}:{port}?ca={authority}&server_name={SERVER_NAME}")
    }

    fn run(name: &str, more: &str) -> Result<Self> {
        packages::dovecot_imap()?;
        let folder = Folder::make()?;
        let certificates = Certificates::make(&folder, &[name])?;
        let ports = Ports::choose()?;
        let nobody = User::named("nobody", "base-passwd")?;
        folder.subfolder("mail", Some(nobody))?;
        let settings = settings(&folder, &certificates, ports, nobody) + more;
        let mut dovecot = Dovecot::start_with(&folder, Failures::Quick, &settings)?;
        for entrance in [Entrance::Submission, Entrance::Submissions] {
            dovecot
                .process
                .wait_for_ports(&ports.on(&LOOPBACK, entrance))?;
        }
        Ok(Self {
            dovecot,
            ports,
            certificates,
            folder,
        })
    }
}

fn settings(folder: &Folder, certificates: &Certificates, ports: Ports, nobody: User) -> String {
    format!(
        "protocols = imap
listen = 127.0.0.1, ::1
ssl = required
ssl_cert = <{certificate}
ssl_key = <{key}
mail_location = maildir:{folder}/mail/%u
first_valid_uid = 1
userdb {{
  driver = static
  args = uid={user} gid={group} home={folder}/mail allow_all_users=yes
}}
service imap-login {{
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
    ssl = yes
  }}
}}
",
        certificate = certificates.certificate.display(),
        key = certificates.key.display(),
        folder = folder.path().display(),
        user = nobody.user,
        group = nobody.group,
        imap = ports.of(Entrance::Submission),
        imaps = ports.of(Entrance::Submissions),
    )
}

/// Joins what [`settings`] says of the same service.
const BEHIND_A_PROXY: &str = "haproxy_trusted_networks = 127.0.0.0/8 ::1/128
service imap-login {
  inet_listener imap {
    haproxy = yes
  }
  inet_listener imaps {
    haproxy = yes
  }
}
";
