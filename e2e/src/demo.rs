//! The real `persona demo`, started as a newcomer does, its words read off its output.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::servers::packages;

/// A running demo. It is stopped when it is dropped.
#[derive(Debug)]
pub struct Demo {
    child: Child,
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
        let mut child = Command::new(packages::persona()?)
            .arg("demo")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .context("persona does not start")?;
        let words = match first_words(&mut child) {
            Ok(words) => words,
            Err(error) => {
                drop(child.kill());
                drop(child.wait());
                return Err(error);
            }
        };
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
            child,
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
    pub fn interrupt(mut self) -> Result<std::process::ExitStatus> {
        let pid = self.child.id().to_string();
        Command::new("kill").args(["-INT", &pid]).status()?;
        Ok(self.child.wait()?)
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
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
