//! curl as a browser that speaks TLS, which the client of `testkit` does not.
//!
//! It keeps cookies by the rules, shows redirects and does not follow them, and can come from any
//! address of this machine. Every host name leads to one place of this machine; no name is looked up.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use testkit::http::{Answer, form};

/// How to call curl for one server.
#[derive(Clone, Debug)]
pub struct Curl {
    authority: PathBuf,
    /// Address and port, as curl writes them. Without a port it is that of each web address.
    place: String,
    jar: PathBuf,
    from: IpAddr,
}

impl Curl {
    /// Trusts one authority, asks one port, and keeps its cookies in a file.
    pub fn new(authority: &Path, port: u16, jar: &Path) -> Self {
        Self {
            authority: authority.to_path_buf(),
            place: format!("127.0.0.1:{port}"),
            jar: jar.to_path_buf(),
            from: IpAddr::from([127, 0, 0, 1]),
        }
    }

    /// Trusts one authority, asks the usual ports of the address that it comes from, and keeps its cookies
    /// in a file.
    pub fn on_usual_ports(authority: &Path, address: IpAddr, jar: &Path) -> Self {
        let place = match address {
            IpAddr::V4(address) => format!("{address}:"),
            IpAddr::V6(address) => format!("[{address}]:"),
        };
        Self {
            authority: authority.to_path_buf(),
            place,
            jar: jar.to_path_buf(),
            from: address,
        }
    }

    /// Comes from another address of this machine.
    #[must_use]
    pub fn coming_from(mut self, address: impl Into<IpAddr>) -> Self {
        self.from = address.into();
        self
    }

    /// Asks for a page.
    pub fn get(&self, url: &str) -> Result<Answer> {
        self.get_with(url, &[])
    }

    /// Asks for a page with header fields of the test's choice.
    pub fn get_with(&self, url: &str, headers: &[&str]) -> Result<Answer> {
        let mut command = self.command(url);
        for header in headers {
            command.args(["--header", header]);
        }
        ask(&mut command)
    }

    /// Sends form fields as a page of the same origin does.
    pub fn post(&self, url: &str, fields: &[(&str, &str)]) -> Result<Answer> {
        let origin: Vec<&str> = url.splitn(4, '/').take(3).collect();
        let mut command = self.command(url);
        command
            .arg("--header")
            .arg(format!("origin: {}", origin.join("/")))
            .args(["--header", "sec-fetch-site: same-origin"])
            .args(["--data-raw", &form(fields)]);
        ask(&mut command)
    }

    /// Sends form fields as a program does that is no browser.
    pub fn submit(&self, url: &str, fields: &[(&str, &str)]) -> Result<Answer> {
        ask(self.command(url).args(["--data-raw", &form(fields)]))
    }

    fn command(&self, url: &str) -> Command {
        let mut command = Command::new("curl");
        command
            // What the user of this machine has set for curl does not count: this must come first.
            .arg("--disable")
            .args(["--silent", "--show-error", "--include", "--http1.1"])
            .args(["--max-time", LONGEST_EXCHANGE, "--noproxy", "*"])
            .args(["--interface", &self.from.to_string()])
            .args(["--connect-to", &format!("::{}", self.place)])
            .arg("--cacert")
            .arg(&self.authority)
            .arg("--cookie")
            .arg(&self.jar)
            .arg("--cookie-jar")
            .arg(&self.jar)
            .arg(url);
        command
    }
}

fn ask(command: &mut Command) -> Result<Answer> {
    let output = command.output().context("no curl: install Debian's curl")?;
    let complaint = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{complaint}");
    read(&output.stdout)
}

fn read(exchange: &[u8]) -> Result<Answer> {
    let end = exchange.windows(4).position(|octets| octets == b"\r\n\r\n");
    let (head, body) = end
        .and_then(|end| exchange.split_at_checked(end))
        .context("the answer has no end of its headers")?;
    let head = String::from_utf8_lossy(head);
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1));
    let fields = lines.filter_map(|line| line.split_once(':'));
    Ok(Answer {
        status: status.context("the answer has no status")?.parse()?,
        headers: fields
            .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
            .collect(),
        body: body.iter().skip(4).copied().collect(),
    })
}

/// In seconds, as curl wants it.
const LONGEST_EXCHANGE: &str = "30";
