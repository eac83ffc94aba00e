//! Our own server, set up and run as an operator does it, in front of a real mail server.

use std::ffi::OsStr;
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use anyhow::{Context as _, Result, ensure};
use testkit::http::{Answer, Client};

use super::folder::Folder;
use super::packages;
use super::ports::{Entrance, Ports};
use super::process::Process;

/// An installation with settings, keys and store of its own, and the server while it runs.
#[derive(Debug)]
pub struct Persona {
    serving: Option<Process>,
    port: u16,
    /// The issuer's origin.
    pub issuer: String,
    /// Everything that it reads and writes. Last, because it must outlive the server.
    pub folder: Folder,
}

impl Persona {
    /// Chooses a port and a folder. Nothing is set up yet.
    ///
    /// `issuer` has `{port}` where the chosen port belongs, if it belongs there.
    pub fn prepare(issuer: &str) -> Result<Self> {
        let port = Ports::choose()?.of(Entrance::Submission);
        Ok(Self {
            serving: None,
            port,
            issuer: issuer.replace("{port}", &port.to_string()),
            folder: Folder::make()?,
        })
    }

    /// Runs `persona setup` for some domains and the mail server that knows their passwords.
    pub fn setup(&self, domains: &[&str], mailbox: &str) -> Result<Output> {
        self.setup_with(domains, mailbox, &["--proxy", "nginx"])
    }

    /// The same with further flags.
    pub fn setup_with(&self, domains: &[&str], mailbox: &str, more: &[&str]) -> Result<Output> {
        let mut command = self.command("setup")?;
        for domain in domains {
            command.args(["--domain", domain]);
        }
        command
            .args(["--mailbox", mailbox, "--issuer", &self.issuer])
            .arg("--listen")
            .arg(format!("127.0.0.1:{}", self.port))
            .args([OsStr::new("--secrets"), self.folder.path().as_os_str()])
            .args([OsStr::new("--data"), self.folder.path().as_os_str()])
            .args(more)
            .stdin(Stdio::null());
        command.output().context("persona setup does not start")
    }

    /// Adds lines to the settings that `persona setup` wrote, as an operator does with an editor.
    pub fn add_settings(&self, lines: &str) -> Result<()> {
        let mut file = OpenOptions::new().append(true).open(self.settings())?;
        Ok(file.write_all(lines.as_bytes())?)
    }

    /// Has all its pages below a path of their own. What setup prints then is printed by running it again.
    pub fn move_below(&self, base_path: &str) -> Result<()> {
        let text = fs::read_to_string(self.settings())?;
        let text = format!("base_path = \"{base_path}\"\n{text}");
        Ok(fs::write(self.settings(), text)?)
    }

    /// Starts `persona serve` and waits until it listens. Its log is `persona.output`.
    pub fn serve(&mut self) -> Result<()> {
        self.serve_with(&[])
    }

    /// Starts it with more arguments.
    pub fn serve_with(&mut self, arguments: &[&str]) -> Result<()> {
        let mut command = self.command("serve")?;
        command.args(arguments);
        let mut process = Process::start("persona", &command, self.folder.path())?;
        process.wait_for_ports(&[([127, 0, 0, 1], self.port).into()])?;
        self.serving = Some(process);
        Ok(())
    }

    /// Stops the server. Whoever asks it now finds nobody there.
    pub fn stop(&mut self) {
        self.serving = None;
    }

    /// Sets it up and starts it; for tests that are about something else.
    pub fn running(issuer: &str, domains: &[&str], mailbox: &str) -> Result<Self> {
        let mut persona = Self::prepare(issuer)?;
        let output = persona.setup(domains, mailbox)?;
        let complaint = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "persona setup: {complaint}");
        persona.serve()?;
        Ok(persona)
    }

    /// Runs `persona check`, with passwords for these addresses on its standard input.
    pub fn check(&self, people: &[(&str, &str)]) -> Result<Output> {
        let mut command = self.command("check")?;
        command.args(people.iter().map(|(address, _)| address));
        let mut child = command
            .arg("--password-stdin")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let mut passwords = child.stdin.take().context("it has a standard input")?;
        for (_, password) in people {
            writeln!(passwords, "{password}")?;
        }
        drop(passwords);
        Ok(child.wait_with_output()?)
    }

    /// Runs `persona check --json` without signing anybody in.
    pub fn check_as_json(&self) -> Result<Output> {
        let mut command = self.command("check")?;
        command.arg("--json").stdin(Stdio::null());
        command.output().context("persona check does not start")
    }

    /// Asks for a page as a reverse proxy passes it on: to our port, in the issuer's name.
    pub async fn get(&self, client: &Client, path: &str) -> Result<Answer> {
        let headers = [("host", self.authority())];
        let answer = client.request("GET", &self.url(path), &headers, b"").await;
        answer.map_err(|error| anyhow::anyhow!("{error:?}"))
    }

    /// Sends form fields as one of the issuer's own pages does.
    pub async fn post(
        &self,
        client: &Client,
        path: &str,
        fields: &[(&str, &str)],
    ) -> Result<Answer> {
        let headers = [
            ("host", self.authority()),
            ("origin", self.issuer.as_str()),
            ("sec-fetch-site", "same-origin"),
        ];
        let answer = client.post_form(&self.url(path), &headers, fields).await;
        answer.map_err(|error| anyhow::anyhow!("{error:?}"))
    }

    /// Fills in and sends the login page, and gives the answer.
    pub async fn sign_in(&self, client: &Client, email: &str, password: &str) -> Result<Answer> {
        let page = self.get(client, "/persona/login/").await?.text();
        let token = form_token(&page)?;
        let fields = [("email", email), ("password", password), ("csrf", token)];
        self.post(client, "/persona/auth/login/", &fields).await
    }

    /// Gives the address at which a reverse proxy would ask this server.
    pub fn behind_the_proxy(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Gives the issuer's host, with its port if it has one: what certificates name.
    pub fn authority(&self) -> &str {
        self.issuer.split_once("://").map_or("", |(_, rest)| rest)
    }

    fn url(&self, path: &str) -> String {
        self.behind_the_proxy() + path
    }

    fn command(&self, verb: &str) -> Result<Command> {
        let mut command = Command::new(packages::persona()?);
        command.arg(verb).arg("--config").arg(self.settings());
        Ok(command)
    }

    fn settings(&self) -> PathBuf {
        self.folder.join("persona.toml")
    }
}

/// Reads off the login page the token that its form must bring back.
pub fn form_token(page: &str) -> Result<&str> {
    let (_, rest) = page
        .split_once(r#"name="csrf" value=""#)
        .with_context(|| format!("no token in the login page:\n{page}"))?;
    let token = rest.split('"').next();
    token.context("a text has a first part")
}
