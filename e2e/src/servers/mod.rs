//! Real servers for a test, as Debian packages them: Postfix with Dovecot's SASL and Exim for mail,
//! slapd for directories, nginx, Apache and Caddy for the web, dnsmasq for names.
//!
//! Each server is started by the test that asks it, on free loopback ports, with its own folder for
//! settings, spool, users and log, and its own certificate authority. Nothing outside that folder is
//! written and no system service is touched. A server stops when its value is dropped.
//!
//! Postfix must be started by root and Exim changes user, so these tests want root. A missing
//! program is an error that names its package ([`packages`]), never a reason to skip.
//!
//! Absent on purpose: delivering mail to another server. Most tests are about the dialogue up to the
//! answer to `AUTH`; where a letter matters, Postfix puts it into a folder.

pub mod accounts;
pub mod certificates;
pub mod dnsmasq;
pub mod dovecot;
pub mod exim;
pub mod folder;
pub mod packages;
pub mod persona;
pub mod ports;
pub mod postfix;
pub mod process;
pub mod slapd;
pub mod web_server;

/// The name on every certificate that the mail servers show, unless a test wants a wrong one.
pub const SERVER_NAME: &str = "mail.example.test";

use anyhow::Result;

use self::certificates::Certificates;
use self::ports::{Entrance, Ports};
use self::process::Process;

/// A real mail server, as the tests that hold for every one of them see it.
pub trait MailServer {
    /// Gives the server itself, to be signalled.
    fn process(&mut self) -> &mut Process;

    /// Gives the authority and the certificate that it shows.
    fn certificates(&self) -> &Certificates;

    /// Says where it listens.
    fn ports(&self) -> Ports;

    /// Waits for the line of its log that sums up a finished session, and says how many times the
    /// client sent `AUTH` in it. The test has had one session at this entrance.
    fn logins_sent(&self) -> Result<usize>;

    /// Gives the setting that an operator would write to have this entrance asked.
    fn url(&self, scheme: &str, entrance: Entrance) -> String {
        self.url_at(scheme, "localhost", entrance)
    }

    /// Gives the same with the host in another spelling.
    fn url_at(&self, scheme: &str, host: &str, entrance: Entrance) -> String {
        let port = self.ports().of(entrance);
        let authority = self.certificates().authority.display();
        format!("{scheme}://{host}:{port}?ca={authority}&server_name={SERVER_NAME}")
    }
}
