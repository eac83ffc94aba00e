//! OpenLDAP's slapd as Debian packages it, with a directory of its own.

use std::process::Command;

use anyhow::{Result, ensure};

use super::certificates::Certificates;
use super::folder::Folder;
use super::ports::{Entrance, Ports};
use super::process::Process;
use super::{SERVER_NAME, packages};

/// A running slapd. What it was asked is in its output ([`Process::said`]).
#[derive(Debug)]
pub struct Slapd {
    /// The server, to be signalled.
    pub process: Process,
    /// The authority of its certificate.
    pub certificates: Certificates,
    ports: Ports,
    /// Everything that it reads and writes. Last, because it must outlive the server.
    _folder: Folder,
}

/// What slapd lets others do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rules {
    /// As packaged.
    AsPackaged,
    /// A bind with a name and no password is anonymous, and succeeds.
    Lax,
    /// Nothing but StartTLS without encryption.
    EncryptedOnly,
}

impl Slapd {
    /// Starts it with the people of `PEOPLE` and a certificate for [`SERVER_NAME`].
    pub fn start(rules: Rules) -> Result<Self> {
        let program = packages::slapd()?;
        let folder = Folder::make()?;
        let certificates = Certificates::make(&folder, &[SERVER_NAME])?;
        let ports = Ports::choose()?;
        folder.subfolder("db", None)?;
        let settings = folder.write("slapd.conf", &settings(&folder, &certificates, rules))?;
        let people = folder.write("people.ldif", PEOPLE)?;
        let filled = Command::new("/usr/sbin/slapadd")
            .arg("-f")
            .arg(&settings)
            .arg("-l")
            .arg(people)
            .output()?;
        let complaint = String::from_utf8_lossy(&filled.stderr);
        ensure!(filled.status.success(), "slapadd: {complaint}");

        let (ldap, ldaps) = (
            ports.of(Entrance::Submission),
            ports.of(Entrance::Submissions),
        );
        let mut command = Command::new(program);
        command
            .args(["-d", "stats", "-h"])
            .arg(format!(
                "ldap://127.0.0.1:{ldap}/ ldaps://127.0.0.1:{ldaps}/"
            ))
            .arg("-f")
            .arg(settings);
        let mut process = Process::start("slapd", &command, folder.path())?;
        for port in [ldap, ldaps] {
            process.wait_for_ports(&[([127, 0, 0, 1], port).into()])?;
        }
        Ok(Self {
            process,
            certificates,
            ports,
            _folder: folder,
        })
    }

    /// Gives the setting that an operator would write for it, encrypted: `behind` stands behind the
    /// host, up to the fourth question mark.
    pub fn url(&self, scheme: &str, behind: &str) -> String {
        let clear = self.url_in_clear(scheme, behind);
        let missing = "?".repeat(4 - behind.matches('?').count());
        let authority = self.certificates.authority.display();
        let slash = if behind.is_empty() { "/" } else { "" };
        format!("{clear}{slash}{missing}ca={authority},server_name={SERVER_NAME}")
    }

    /// Gives the same without a word about certificates.
    pub fn url_in_clear(&self, scheme: &str, behind: &str) -> String {
        let entrance = match scheme {
            "ldaps" => Entrance::Submissions,
            _ => Entrance::Submission,
        };
        format!("{scheme}://127.0.0.1:{}{behind}", self.ports.of(entrance))
    }
}

fn settings(folder: &Folder, certificates: &Certificates, rules: Rules) -> String {
    let more = match rules {
        Rules::AsPackaged => "",
        Rules::Lax => "allow bind_anon_cred bind_anon_dn",
        Rules::EncryptedOnly => "security tls=1",
    };
    format!(
        "include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
include /etc/ldap/schema/misc.schema
modulepath /usr/lib/ldap
moduleload back_mdb
moduleload back_ldap
moduleload ppolicy
pidfile {folder}/slapd.pid
argsfile {folder}/slapd.args
TLSCertificateFile {certificate}
TLSCertificateKeyFile {key}
{more}
database mdb
suffix \"dc=example,dc=test\"
rootdn \"cn=admin,dc=example,dc=test\"
directory {folder}/db
maxsize 10485760
overlay ppolicy
ppolicy_default \"cn=usual,dc=example,dc=test\"
ppolicy_use_lockout
access to attrs=userPassword by anonymous auth by * none
access to * by dn.exact=\"{SEARCHER}\" read by * none
database ldap
suffix \"{BROKEN}\"
uri \"ldap://127.0.0.1:1/\"
",
        folder = folder.path().display(),
        certificate = certificates.certificate.display(),
        key = certificates.key.display(),
    )
}

/// The account that may search.
pub const SEARCHER: &str = "cn=persona,dc=example,dc=test";

/// The branch whose own server is gone.
pub const BROKEN: &str = "dc=broken,dc=test";

/// Who is in the directory. All have the same password.
const PEOPLE: &str = include_str!("slapd.ldif");
