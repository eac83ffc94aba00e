//! dnsmasq as Debian packages it, with the records of a test and nobody else to ask.

use std::process::Command;

use anyhow::Result;

use super::folder::Folder;
use super::packages;
use super::process::Process;

/// A running dnsmasq, at port 53 of 127.0.0.1. Only for a test that has the network to itself
/// ([`crate::namespace`]).
#[derive(Debug)]
pub struct Dnsmasq {
    _process: Process,
    /// Its output. Last, because it must outlive the server.
    _folder: Folder,
}

impl Dnsmasq {
    /// Starts it with these options, such as `mx-host=example.test,mail.example.test,10`. What no option
    /// names under `.test` does not exist, and what is not under it cannot be asked for.
    pub fn start(options: &[&str]) -> Result<Self> {
        let folder = Folder::make()?;
        let usual = [
            "no-resolv",
            "no-hosts",
            "no-daemon",
            "local=/test/",
            "bind-interfaces",
            "listen-address=127.0.0.1",
            "user=root",
        ];
        let lines = [&usual[..], options].concat().join("\n");
        let settings = folder.write("dnsmasq.conf", &lines)?;

        let mut command = Command::new(packages::dnsmasq()?);
        command
            .arg(format!("--conf-file={}", settings.display()))
            .arg("--pid-file");
        let mut process = Process::start("dnsmasq", &command, folder.path())?;
        process.wait_for_ports(&[([127, 0, 0, 1], 53).into()])?;
        Ok(Self {
            _process: process,
            _folder: folder,
        })
    }
}
