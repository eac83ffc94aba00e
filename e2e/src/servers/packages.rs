//! Where Debian's packages put the programs that these tests start, and what to install if not.
//!
//! Exim's package refuses to be installed beside Postfix's, so `cargo x test` only unpacks it, into
//! `target/debian/exim`. What it installs is decided there (`xtask`); this file only looks.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};

/// Postfix's master program, which starts the others.
pub fn postfix() -> Result<PathBuf> {
    present("/usr/lib/postfix/sbin/master".into(), "postfix")
}

/// The folder of Postfix's programs.
pub const POSTFIX_PROGRAMS: &str = "/usr/lib/postfix/sbin";

/// Dovecot.
pub fn dovecot() -> Result<PathBuf> {
    present("/usr/sbin/dovecot".into(), "dovecot-core")
}

/// The program of Dovecot's that takes IMAP logins.
pub fn dovecot_imap() -> Result<PathBuf> {
    present("/usr/lib/dovecot/imap-login".into(), "dovecot-imapd")
}

/// The program of Dovecot's that takes letters.
pub fn dovecot_lmtp() -> Result<PathBuf> {
    present("/usr/lib/dovecot/lmtp".into(), "dovecot-lmtpd")
}

/// The part of Dovecot's that lets a script decide about passwords.
pub fn dovecot_lua() -> Result<PathBuf> {
    let module = "/usr/lib/dovecot/modules/auth/libauthdb_lua.so";
    present(module.into(), "dovecot-auth-lua")
}

/// Exim, from its unpacked package.
pub fn exim() -> Result<PathBuf> {
    let unpacked = workspace().join("target/debian/exim/usr/sbin/exim4");
    present(unpacked, "exim4-daemon-light (unpacked, by `cargo x test`)")
}

/// OpenLDAP's server.
pub fn slapd() -> Result<PathBuf> {
    present("/usr/sbin/slapd".into(), "slapd")
}

/// nginx.
pub fn nginx() -> Result<PathBuf> {
    present("/usr/sbin/nginx".into(), "nginx")
}

/// dnsmasq.
pub fn dnsmasq() -> Result<PathBuf> {
    present("/usr/sbin/dnsmasq".into(), "dnsmasq-base")
}

/// Apache.
pub fn apache() -> Result<PathBuf> {
    present("/usr/sbin/apache2".into(), "apache2")
}

/// The part of Apache's that signs people in by OpenID Connect.
pub fn mod_auth_openidc() -> Result<PathBuf> {
    let module = "/usr/lib/apache2/modules/mod_auth_openidc.so";
    present(module.into(), "libapache2-mod-auth-openidc")
}

/// Caddy.
pub fn caddy() -> Result<PathBuf> {
    present("/usr/bin/caddy".into(), "caddy")
}

/// The library that hands Exim a user of its own, wherever this kind of processor keeps libraries.
pub fn nss_wrapper() -> Result<PathBuf> {
    let folders = std::fs::read_dir("/usr/lib")?;
    let found = folders.filter_map(|folder| {
        let library = folder.ok()?.path().join("libnss_wrapper.so");
        library.exists().then_some(library)
    });
    found
        .last()
        .context("no libnss_wrapper.so: install Debian's libnss-wrapper")
}

/// Our own program, which was built beside the test that runs.
pub fn persona() -> Result<PathBuf> {
    let test = std::env::current_exe()?;
    let built = test.ancestors().nth(2).context("a test lies in a folder")?;
    let program = built.join("persona");
    let missing = "is not there: run `cargo build -p persona` first";
    ensure!(program.exists(), "{} {missing}", program.display());
    Ok(program)
}

/// Gives the folder of the whole project.
pub fn workspace() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_path_buf()
}

fn present(program: PathBuf, package: &str) -> Result<PathBuf> {
    ensure!(
        program.exists(),
        "{} is not there: install Debian's {package}",
        program.display()
    );
    Ok(program)
}
