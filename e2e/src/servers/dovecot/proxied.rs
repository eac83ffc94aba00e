//! Dovecot's IMAP behind a proxy: each connection has to begin with a header of the PROXY protocol.

use anyhow::Result;

use super::super::certificates::Certificates;
use super::super::folder::{Folder, User};
use super::super::ports::{Entrance, LOOPBACK, Ports};
use super::super::{SERVER_NAME, packages};
use super::{Dovecot, Failures};

/// A running Dovecot that speaks IMAP.
#[derive(Debug)]
pub struct ProxiedImap {
    /// Dovecot itself.
    pub dovecot: Dovecot,
    /// Where it listens: [`Entrance::Submission`] with STARTTLS, [`Entrance::Submissions`] with TLS.
    pub ports: Ports,
    /// The authority of its certificate.
    pub certificates: Certificates,
    /// Everything that it reads and writes. Last, because it must outlive the server.
    pub folder: Folder,
}

impl ProxiedImap {
    /// Starts it on loopback, with a certificate for [`SERVER_NAME`].
    pub fn start() -> Result<Self> {
        packages::dovecot_imap()?;
        let folder = Folder::make()?;
        let certificates = Certificates::make(&folder, &[SERVER_NAME])?;
        let ports = Ports::choose()?;
        let nobody = User::named("nobody", "base-passwd")?;
        folder.subfolder("mail", Some(nobody))?;
        let settings = settings(&folder, &certificates, ports, nobody);
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

    /// Gives the setting that an operator would write to have it asked.
    pub fn url(&self, scheme: &str, entrance: Entrance) -> String {
        let port = self.ports.of(entrance);
        let authority = self.certificates.authority.display();
        format!("{scheme}://localhost:{port}?ca={authority}&server_name={SERVER_NAME}&client=proxy")
    }
}

fn settings(folder: &Folder, certificates: &Certificates, ports: Ports, nobody: User) -> String {
    format!(
        "protocols = imap
listen = 127.0.0.1, ::1
ssl = required
ssl_cert = <{certificate}
ssl_key = <{key}
haproxy_trusted_networks = 127.0.0.0/8 ::1/128
mail_location = maildir:{folder}/mail/%u
first_valid_uid = 1
userdb {{
  driver = static
  args = uid={user} gid={group} home={folder}/mail
}}
service imap-login {{
  inet_listener imap {{
    port = {imap}
    haproxy = yes
  }}
  inet_listener imaps {{
    port = {imaps}
    haproxy = yes
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
