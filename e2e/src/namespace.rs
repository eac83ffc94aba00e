//! A network of a test's own, with no way out: an address that is not loopback, and names that it makes up.
//!
//! The test runs its program once more inside it ([`again`]), and is told by [`is_entered`] where it is. A test
//! that writes where an operator writes gets a machine of its own besides ([`again_on_a_machine`]).

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
    run(test, "")
}

/// The same on a machine that looks like this one and is thrown away: what the test writes under
/// `/etc`, `/var`, `/run` and `/srv` is in memory, and gone with it. `addresses` are its own as well.
pub fn again_on_a_machine(test: &str, addresses: &[&str]) -> Result<()> {
    let folder = Folder::make()?;
    let layers = folder.path().display();
    let add = |address: &&str| format!("ip address add {address} dev lo && ");
    let addresses: String = addresses.iter().map(add).collect();
    let script = format!(
        "mount -t tmpfs none {layers} && for place in etc var run srv; do \
         mkdir -p {layers}/$place/upper {layers}/$place/work && \
         mount -t overlay none -o lowerdir=/$place,upperdir={layers}/$place/upper,workdir={layers}/$place/work \
         /$place || exit 1; done; {addresses}"
    );
    run(test, &script)
}

/// `first` is a part of a shell script that ends in `&&`.
fn run(test: &str, first: &str) -> Result<()> {
    let folder = Folder::make()?;
    let names = folder.write("resolv.conf", "nameserver 127.0.0.1\n")?;
    let switch = folder.write("nsswitch.conf", "hosts: files dns\n")?;
    let script = format!(
        "{first}mount --bind {} /etc/resolv.conf && mount --bind {} /etc/nsswitch.conf && \
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
