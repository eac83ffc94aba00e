//! The machine of an operator whose mail works, made for one test.
//!
//! The test runs its program once more on it ([`again`]), and is told by [`is_entered`] where it is.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use e2e::curl::Curl;
use e2e::servers::certificates::Certificates;
use e2e::servers::folder::Folder;
use e2e::servers::packages::{self, workspace};
use e2e::servers::persona::form_token;

/// Says whether this is the machine.
pub(crate) fn is_entered() -> bool {
    Path::new(AUTHORITY).exists()
}

/// Makes a machine with a mail server, and runs one test of this program there; an error says how it
/// failed. `mail` is the script that sets up the mail server.
pub(crate) fn again(test: &str, mail: &str) -> Result<()> {
    let folder = Folder::make()?;
    let scripts = workspace().join("e2e/tests/operator/machine");
    let output = Command::new("unshare")
        .args(["--net", "--mount", "--pid", "--fork", "--kill-child", "--"])
        .arg(scripts.join("make.sh"))
        .arg(folder.path())
        .arg(packages::persona()?)
        .args(["sh", "-e", "-c", r#""$0" && exec "$@""#])
        .arg(scripts.join(mail))
        .arg(std::env::current_exe()?)
        .args(["--exact", test, "--nocapture"])
        .output()
        .context("unshare is in Debian's util-linux")?;

    let said = String::from_utf8_lossy(&output.stdout);
    let complaint = String::from_utf8_lossy(&output.stderr);
    ensure!(
        output.status.success() && said.contains("1 passed"),
        "on a machine of its own (unshare needs root, ip is in Debian's iproute2):\n\
         {said}\n{complaint}"
    );
    Ok(())
}

/// Types an address and a password into the login page, as a browser at 127.0.0.7, and gives the status
/// of the answer.
pub(crate) fn log_in(address: &str, password: &str) -> Result<u16> {
    let folder = Folder::make()?;
    let browser = Curl::new(Path::new(AUTHORITY), 443, &folder.join("cookies"));
    let browser = browser.coming_from([127, 0, 0, 7]);
    let page = browser.get(&format!("{ISSUER}/persona/login/"))?.text();
    let fields = [
        ("email", address),
        ("password", password),
        ("csrf", form_token(&page)?),
    ];
    let answer = browser.post(&format!("{ISSUER}/persona/auth/login/"), &fields)?;
    Ok(answer.status)
}

/// Gives the flags with which a browser believes the web server's certificates.
pub(crate) fn browser_flags() -> Result<Vec<String>> {
    let hash = |name: &str| {
        let live = Path::new("/etc/letsencrypt/live").join(name);
        let certificates = Certificates {
            authority: AUTHORITY.into(),
            certificate: live.join("fullchain.pem"),
            key: live.join("privkey.pem"),
        };
        certificates.public_key_hash()
    };
    let hashes = [hash("example.org")?, hash("id.example.org")?].join(",");
    Ok(vec![format!(
        "--ignore-certificate-errors-spki-list={hashes}"
    )])
}

/// The issuer of every page.
pub(crate) const ISSUER: &str = "https://id.example.org";
/// The machine's one address, as `make.sh` gives it.
pub(crate) const ADDRESS: &str = "11.0.0.25";
/// The folder of the source, as far as a page needs it.
pub(crate) const SOURCE: &str = "/srv/source";
/// The authority that the machine believes.
const AUTHORITY: &str = "/srv/authority/authority.pem";
