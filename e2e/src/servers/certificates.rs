//! A certificate authority of one test, and the certificate that its servers show.
//!
//! OpenSSL makes them, as it does for most operators, and not the library that `testkit` uses: what
//! our own TLS library believes is then not only what its sister library makes.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use data_encoding::BASE64;

use super::folder::Folder;

/// The files of one authority and of one server certificate signed by it.
#[derive(Clone, Debug)]
pub struct Certificates {
    /// The authority's certificate: what a client must trust.
    pub authority: PathBuf,
    /// The server's certificate.
    pub certificate: PathBuf,
    /// The server's private key. Exim reads it after it has given up root, so anybody may.
    pub key: PathBuf,
}

impl Certificates {
    /// Makes an authority and a certificate for some DNS names.
    pub fn make(folder: &Folder, names: &[&str]) -> Result<Self> {
        let names: Vec<String> = names.iter().map(|name| format!("DNS:{name}")).collect();
        let authority = folder.join("ca.pem");
        let authority_key = folder.join("ca.key");
        let certificate = folder.join("server.pem");
        let key = folder.join("server.key");
        request(&authority, &authority_key)
            .args(["-subj", "/CN=An authority of one test"])
            .args(["-addext", "keyUsage=critical,keyCertSign"])
            .run()?;
        request(&certificate, &key)
            .args(["-subj", "/CN=server", "-addext"])
            .arg(format!("subjectAltName={}", names.join(",")))
            .args(["-addext", "basicConstraints=critical,CA:FALSE"])
            .args(["-addext", "extendedKeyUsage=serverAuth"])
            .arg("-CA")
            .arg(&authority)
            .arg("-CAkey")
            .arg(&authority_key)
            .run()?;
        std::fs::set_permissions(&key, std::os::unix::fs::PermissionsExt::from_mode(0o644))?;
        Ok(Self {
            authority,
            certificate,
            key,
        })
    }

    /// Gives the SHA-256 of the server's public key, in base64, as browsers name a key (RFC 7469 §2.4).
    pub fn public_key_hash(&self) -> Result<String> {
        let mut command = Command::new("openssl");
        command
            .args(["x509", "-pubkey", "-noout", "-in"])
            .arg(&self.certificate);
        let pem = command.run()?;
        let lines = pem.lines().filter(|line| !line.starts_with("-----"));
        let key = BASE64.decode(lines.collect::<String>().as_bytes())?;
        Ok(BASE64.encode(&protocol::jose::sha256(&key)))
    }
}

/// Begins `openssl req` for a new P-256 key and a certificate of two days.
fn request(certificate: &Path, key: &Path) -> Command {
    let mut command = Command::new("openssl");
    command
        .args(["req", "-x509", "-days", "2", "-nodes", "-newkey", "ec"])
        .args(["-pkeyopt", "ec_paramgen_curve:prime256v1", "-keyout"])
        .arg(key)
        .arg("-out")
        .arg(certificate);
    command
}

/// Runs a program to its end, gives what it printed, and takes anything but success for an error.
trait Run {
    fn run(&mut self) -> Result<String>;
}

impl Run for Command {
    fn run(&mut self) -> Result<String> {
        let output = self
            .output()
            .context("no openssl: install Debian's openssl")?;
        let complaint = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "openssl: {complaint}");
        Ok(String::from_utf8(output.stdout)?)
    }
}
