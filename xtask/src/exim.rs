//! Exim for the tests: unpacked into `target/`, not installed.
//!
//! Debian's Exim and Postfix exclude each other as *the* mail server of a machine. The tests need both
//! and want neither to be the machine's, so Exim's packages are only unpacked.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::{cargo, out, process};

/// Puts Exim into `target/debian/exim`, unless it is there.
pub(crate) fn unpack() -> Result<()> {
    let debian = cargo::root().join("target/debian");
    let exim = debian.join("exim");
    if [PROGRAM, SETTINGS]
        .iter()
        .all(|path| exim.join(path).exists())
    {
        out::line("    exim is there");
        return Ok(());
    }
    let download = debian.join("download");
    fetch(&download).context(
        "cannot fetch Exim; hint: unpack exim4-daemon-light, exim4-base and exim4-config to target/debian/exim",
    )?;
    let new = debian.join("exim.new");
    remove(&new)?;
    fs::create_dir_all(&new)?;
    for entry in fs::read_dir(&download)? {
        let package = entry?.path();
        if package.extension().is_some_and(|ending| ending == "deb") {
            process::run(Command::new("dpkg-deb").arg("-x").arg(&package).arg(&new))?;
        }
    }
    // Debian's Exim is set-user-id root; nothing in `target/` should be.
    fs::set_permissions(new.join(PROGRAM), fs::Permissions::from_mode(0o755))?;
    remove(&exim)?;
    fs::rename(&new, &exim).context("cannot move the unpacked Exim into place")
}

fn fetch(download: &Path) -> Result<()> {
    remove(download)?;
    fs::create_dir_all(download)?;
    let get = || {
        let mut command = Command::new("apt-get");
        command.args([
            "download",
            "exim4-daemon-light",
            "exim4-base",
            "exim4-config",
        ]);
        process::run(command.current_dir(download))
    };
    get().or_else(|_| {
        process::run(Command::new("apt-get").arg("update"))?;
        get()
    })
}

fn remove(folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder)
            .with_context(|| format!("cannot remove {}", folder.display()))?;
    }
    Ok(())
}

const PROGRAM: &str = "usr/sbin/exim4";
const SETTINGS: &str = "etc/exim4/exim4.conf.template";
