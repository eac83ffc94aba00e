//! A network of a test's own, with no way out: an address that is not loopback, and names that it makes up.
//!
//! The test runs its program once more inside it ([`again`]), and is told by [`is_entered`] where it is.

use std::net::{Ipv4Addr, TcpListener};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use crate::servers::folder::Folder;

/// An address of the block for documentation (RFC 5737), which is nobody's. It exists in the namespace alone.
pub const ELSEWHERE: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 25);

/// Says whether this is the inside.
pub fn is_entered() -> bool {
    TcpListener::bind((ELSEWHERE, 0)).is_ok()
}

/// Runs one test of this program in a new namespace; an error says how it failed. There, names are
/// asked for at 127.0.0.1.
pub fn again(test: &str) -> Result<()> {
    let folder = Folder::make()?;
    let names = folder.write("resolv.conf", "nameserver 127.0.0.1\n")?;
    let switch = folder.write("nsswitch.conf", "hosts: files dns\n")?;
    let script = format!(
        "mount --bind {} /etc/resolv.conf && mount --bind {} /etc/nsswitch.conf && \
         ip link set lo up && ip address add {ELSEWHERE}/32 dev lo && \
         exec \"$0\" --exact {test} --nocapture",
        names.display(),
        switch.display()
    );

    let output = Command::new("unshare")
        .args(["--net", "--mount", "--", "sh", "-c", &script])
        .arg(std::env::current_exe()?)
        .output()
        .context("unshare is in Debian's util-linux")?;

    let said = String::from_utf8_lossy(&output.stdout);
    let complaint = String::from_utf8_lossy(&output.stderr);
    ensure!(
        output.status.success() && said.contains("1 passed"),
        "in a network namespace (unshare needs root, ip is in Debian's iproute2):\n\
         {said}\n{complaint}"
    );
    Ok(())
}
