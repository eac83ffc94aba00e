//! Postfix as Debian packages it, with submission ports for every way a server may be set up.

use std::fs;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use super::certificates::Certificates;
use super::dovecot::{Dovecot, Failures};
use super::folder::{Folder, User};
use super::ports::{Entrance, LOOPBACK, Ports};
use super::process::Process;
use super::{MailServer, SERVER_NAME, packages};

/// A running Postfix with the Dovecot that knows its users. Its log is `postfix.log` in the folder.
#[derive(Debug)]
pub struct Postfix {
    /// Postfix itself, to be signalled.
    pub process: Process,
    /// Dovecot, to be signalled.
    pub dovecot: Dovecot,
    /// The authority of its certificate.
    pub certificates: Certificates,
    /// Where it listens.
    pub ports: Ports,
    /// Everything that it reads and writes. Last, because it must outlive the servers.
    pub folder: Folder,
}

/// What else a Postfix can do.
#[derive(Clone, Copy, Debug)]
enum Extra<'a> {
    Nothing,
    Delivery(&'a str),
    Recipient(&'a str, &'a str),
    Xclient,
    Proxy,
}

impl Postfix {
    /// Starts Postfix and Dovecot on loopback, with a certificate for [`SERVER_NAME`].
    pub fn start(failures: Failures) -> Result<Self> {
        Self::start_as(SERVER_NAME, failures, &LOOPBACK)
    }

    /// Starts them so that whoever logs in may send letters to a domain. They all end up in one folder.
    pub fn delivering_to(domain: &str) -> Result<Self> {
        Self::run(
            SERVER_NAME,
            Failures::Quick,
            &LOOPBACK,
            Extra::Delivery(domain),
        )
    }

    /// Starts them so that letters to a domain are taken without a login, for one recipient and the
    /// postmaster.
    pub fn taking_letters_for(domain: &str, recipient: &str) -> Result<Self> {
        let extra = Extra::Recipient(domain, recipient);
        Self::run(SERVER_NAME, Failures::Quick, &LOOPBACK, extra)
    }

    /// Starts them so that who connects may say with XCLIENT on whose behalf.
    pub fn taking_xclient() -> Result<Self> {
        Self::run(SERVER_NAME, Failures::Quick, &LOOPBACK, Extra::Xclient)
    }

    /// Starts them so that every connection has to begin with a header of the PROXY protocol.
    pub fn behind_a_proxy() -> Result<Self> {
        Self::run(SERVER_NAME, Failures::Quick, &LOOPBACK, Extra::Proxy)
    }

    /// Starts them with a certificate for another name, or on other addresses of this machine.
    pub fn start_as(name: &str, failures: Failures, addresses: &[IpAddr]) -> Result<Self> {
        Self::run(name, failures, addresses, Extra::Nothing)
    }

    /// Gives the letters that were delivered so far, with their headers, in no particular order.
    pub fn letters(&self) -> Result<Vec<String>> {
        let inbox = self.folder.join(INBOX).join("new");
        if !inbox.exists() {
            return Ok(Vec::new());
        }
        let files = fs::read_dir(inbox)?;
        files
            .map(|file| Ok(fs::read_to_string(file?.path())?))
            .collect()
    }

    /// Gives what it has logged, for those who miss a letter.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.join("postfix.log")).unwrap_or_default()
    }

    fn run(name: &str, failures: Failures, addresses: &[IpAddr], extra: Extra<'_>) -> Result<Self> {
        let program = packages::postfix()?;
        let folder = Folder::make()?;
        let certificates = Certificates::make(&folder, &[name])?;
        let dovecot = Dovecot::start(&folder, failures)?;
        let ports = Ports::choose()?;
        let mut main = main_cf(folder.path(), &certificates, &dovecot.socket);
        let mut master = master_cf(addresses, ports);
        match extra {
            Extra::Delivery(domain) | Extra::Recipient(domain, _) => {
                main += &delivery(&folder, domain)?;
                master += DELIVERY_SERVICES;
            }
            Extra::Nothing | Extra::Xclient | Extra::Proxy => {
                main += "smtpd_relay_restrictions = reject\n";
            }
        }
        match extra {
            Extra::Nothing | Extra::Delivery(_) => {}
            Extra::Recipient(domain, recipient) => {
                let known = format!(
                    "virtual_mailbox_maps = inline:{{ {{ {recipient} = {INBOX}/ }}, \
                     {{ postmaster@{domain} = {INBOX}/ }} }}\n"
                );
                main += &known;
                main += "smtpd_relay_restrictions = reject_unauth_destination\n";
            }
            Extra::Xclient => main += "smtpd_authorized_xclient_hosts = $mynetworks\n",
            Extra::Proxy => main += "smtpd_upstream_proxy_protocol = haproxy\n",
        }
        let settings = write_settings(&folder, &main, &master)?;

        let mut command = Command::new(program);
        command.arg("-d").arg("-c").arg(settings);
        let mut process = Process::start("postfix", &command, folder.path())?;
        for entrance in Entrance::ALL {
            process.wait_for_ports(&ports.on(addresses, entrance))?;
        }
        Ok(Self {
            process,
            dovecot,
            certificates,
            ports,
            folder,
        })
    }
}

impl MailServer for Postfix {
    fn process(&mut self) -> &mut Process {
        &mut self.process
    }

    fn certificates(&self) -> &Certificates {
        &self.certificates
    }

    fn ports(&self) -> Ports {
        self.ports
    }

    /// Postfix counts the commands of a session as `ehlo=2 starttls=1 auth=0/1 commands=3/4`, the
    /// second figure being all and the first those that it carried out.
    fn logins_sent(&self) -> Result<usize> {
        let line = self
            .folder
            .wait_for_line("postfix.log", &["disconnect from", "ehlo="])?;
        let count = line.split_once(" auth=").map_or("0", |(_, rest)| rest);
        let count = count.split(' ').next().unwrap_or("0");
        let all = count.split_once('/').map_or(count, |(_, all)| all);
        Ok(all.parse()?)
    }
}

/// Lays out what Postfix wants to find, and gives the folder of its settings.
fn write_settings(folder: &Folder, main: &str, master: &str) -> Result<PathBuf> {
    let postfix = User::named("postfix", "postfix")?;
    folder.subfolder("data", Some(postfix))?;
    folder.subfolder("queue/pid", None)?;
    folder.subfolder("queue/private", Some(postfix))?;
    folder.subfolder("queue/public", Some(postfix))?;
    let settings = folder.subfolder("postfix", None)?;
    fs::write(settings.join("main.cf"), main)?;
    fs::write(settings.join("master.cf"), master)?;
    Ok(settings)
}

fn main_cf(folder: &Path, certificates: &Certificates, dovecot: &Path) -> String {
    format!(
        "compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
daemon_directory = {programs}
maillog_file = {folder}/postfix.log
maillog_file_prefixes = {folder}
myhostname = {SERVER_NAME}
mydestination =
mynetworks = 127.0.0.0/8 [::1]/128
inet_protocols = all
alias_maps =
local_recipient_maps =
smtpd_tls_security_level = may
smtpd_tls_auth_only = yes
smtpd_tls_cert_file = {certificate}
smtpd_tls_key_file = {key}
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = {socket}
smtpd_sasl_security_options = noanonymous
smtpd_sasl_mechanism_filter = plain, login
",
        folder = folder.display(),
        programs = packages::POSTFIX_PROGRAMS,
        certificate = certificates.certificate.display(),
        key = certificates.key.display(),
        socket = dovecot.display(),
    )
}

/// Lays out what delivery wants to find, and gives the settings for it.
fn delivery(folder: &Folder, domain: &str) -> Result<String> {
    let postfix = User::named("postfix", "postfix")?;
    for queue in [
        "incoming", "active", "deferred", "defer", "bounce", "corrupt", "hold",
    ] {
        folder.subfolder(&format!("queue/{queue}"), Some(postfix))?;
    }
    let nobody = User::named("nobody", "base-passwd")?;
    let inbox = folder.subfolder(INBOX, Some(nobody))?;
    Ok(format!(
        "virtual_mailbox_domains = {domain}
virtual_mailbox_base = {base}
virtual_mailbox_maps = static:{INBOX}/
virtual_uid_maps = static:{user}
virtual_gid_maps = static:{group}
smtpd_relay_restrictions = permit_sasl_authenticated, reject
",
        base = inbox.parent().unwrap_or(&inbox).display(),
        user = nobody.user,
        group = nobody.group,
    ))
}

fn master_cf(addresses: &[IpAddr], ports: Ports) -> String {
    let lines = Entrance::ALL.iter().flat_map(|entrance| {
        let difference = difference(*entrance);
        let sockets = ports.on(addresses, *entrance).into_iter();
        sockets.map(move |socket| format!("{socket} inet n - n - - smtpd {difference}\n"))
    });
    SERVICES.to_owned() + &lines.collect::<String>()
}

/// Says how an entrance differs from the usual submission port.
const fn difference(entrance: Entrance) -> &'static str {
    match entrance {
        Entrance::Submission => "",
        Entrance::Submissions => "-o smtpd_tls_wrappermode=yes",
        Entrance::LoginOnly => "-o smtpd_sasl_mechanism_filter=login",
        Entrance::CramOnly => "-o smtpd_sasl_mechanism_filter=cram-md5",
        Entrance::Clear => "-o smtpd_tls_security_level=none -o smtpd_tls_auth_only=no",
        Entrance::NoAuth => "-o smtpd_sasl_auth_enable=no",
        Entrance::Strict => {
            "-o smtpd_client_auth_rate_limit=1 -o smtpd_client_event_limit_exceptions="
        }
        Entrance::Blocked => "-o smtpd_client_restrictions=reject -o smtpd_delay_reject=no",
    }
}

const INBOX: &str = "inbox";

/// What takes a letter in, keeps it in the queue, and puts it into the folder.
const DELIVERY_SERVICES: &str = "cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
virtual unix - n n - - virtual
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
";
/// What `smtpd` asks on its way to the answer to `AUTH`, and nothing that delivers.
const SERVICES: &str = "tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
anvil unix - - n - 1 anvil
proxymap unix - - n - - proxymap
postlog unix-dgram n - n - 1 postlogd
";
