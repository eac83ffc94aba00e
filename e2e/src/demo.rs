//! The real `persona demo`, started as a newcomer does, its words read off its output.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::sleep;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::servers::packages;

/// A running demo. It is stopped when it is dropped.
#[derive(Debug)]
pub struct Demo {
    running: Running,
    /// What it printed.
    pub words: String,
    /// The address of the site, without a slash at the end.
    pub site: String,
    /// The address of the issuer, without a slash at the end.
    pub issuer: String,
    /// The three addresses with their passwords.
    pub people: Vec<(String, String)>,
}

impl Demo {
    /// Starts `persona demo` and waits until it has said what to open.
    pub fn start() -> Result<Self> {
        // Its life is tied to the test's: if that is killed outright, no destructor runs.
        let child = Command::new("setpriv")
            .args(["--pdeathsig", "TERM", "--"])
            .arg(packages::persona()?)
            .arg("demo")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .context("persona does not start (setpriv is in Debian's util-linux)")?;
        let mut running = Running(child);
        let words = first_words(&mut running.0)?;
        let origin = |host: &str| {
            words
                .split_whitespace()
                .find(|word| word.starts_with(&format!("http://{host}.localhost:")))
                .and_then(|word| word.split('/').nth(2))
                .map(|authority| format!("http://{authority}"))
                .with_context(|| format!("no address of {host} in:\n{words}"))
        };
        let person = |line: &str| {
            let (address, password) = line.trim().split_once(char::is_whitespace)?;
            let known = address.ends_with("@demo.localhost");
            known.then(|| (address.to_owned(), password.trim().to_owned()))
        };
        Ok(Self {
            running,
            site: origin("shop")?,
            issuer: origin("id")?,
            people: words.lines().filter_map(person).collect(),
            words,
        })
    }

    /// Gives the first person's address and password.
    pub fn alice(&self) -> Result<(&str, &str)> {
        let (address, password) = self.people.first().context("the demo named nobody")?;
        Ok((address, password))
    }

    /// Gives the folder in which it keeps its files.
    pub fn folder(&self) -> Result<PathBuf> {
        let word = |word: &&str| word.contains("/persona-demo-");
        let folder = self.words.split_whitespace().find(word);
        folder
            .map(PathBuf::from)
            .context("the demo named no folder")
    }

    /// Interrupts it, as Ctrl-C does, and gives the exit status.
    pub fn interrupt(mut self) -> Result<ExitStatus> {
        self.running.signal("INT")?;
        Ok(self.running.0.wait()?)
    }
}

/// The process, which cleans up behind itself if it is asked to stop.
#[derive(Debug)]
struct Running(Child);

impl Running {
    fn signal(&self, name: &str) -> Result<()> {
        let pid = self.0.id().to_string();
        Command::new("kill").args(["-s", name, &pid]).status()?;
        Ok(())
    }

    fn stop(&mut self) -> Result<()> {
        for _ in 0..GOODBYE_STEPS {
            if self.0.try_wait()?.is_some() {
                return Ok(());
            }
            self.signal("TERM")?;
            sleep(STEP);
        }
        self.0.kill()?;
        self.0.wait()?;
        Ok(())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Nothing more can be done here than was tried.
        drop(self.stop());
    }
}

fn first_words(child: &mut Child) -> Result<String> {
    let output = child.stdout.take().context("persona has no output")?;
    let mut words = String::new();
    for line in BufReader::new(output).lines() {
        words.push_str(&line?);
        words.push('\n');
        if words.contains("Press Ctrl-C to stop") {
            return Ok(words);
        }
    }
    bail!("the demo ended before it said what to open:\n{words}")
}

const STEP: Duration = Duration::from_millis(20);
const GOODBYE_STEPS: u32 = 250;
