//! Runs the program in a folder of its own, with an environment of its own.

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Output, Stdio};

/// A temporary folder in which the program is run.
#[derive(Debug)]
pub(crate) struct Folder(tempfile::TempDir);

/// A server that was started; killed when it is dropped.
#[derive(Debug)]
pub(crate) struct Running {
    child: Child,
    stderr: BufReader<ChildStderr>,
    /// What it has logged so far.
    pub(crate) log: String,
}

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    /// Prepares the program, without anything that this machine's environment says.
    pub(crate) fn command<I: AsRef<OsStr>>(
        &self,
        arguments: impl IntoIterator<Item = I>,
    ) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_persona"));
        command
            .args(arguments)
            .current_dir(self.0.path())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .stdin(Stdio::null());
        command
    }

    /// Runs the program to its end; gives status, stdout and stderr as one text.
    pub(crate) fn run(&self, arguments: &[&str]) -> String {
        self.told(&self.command(arguments).output().unwrap())
    }

    /// Runs the program with one more variable in its environment.
    pub(crate) fn run_with(&self, name: &str, value: &str, arguments: &[&str]) -> String {
        self.told(&self.command(arguments).env(name, value).output().unwrap())
    }

    /// Runs the program with text on its standard input.
    pub(crate) fn run_fed(&self, input: &str, arguments: &[&str]) -> String {
        let mut command = self.command(arguments);
        command.stdin(Stdio::piped());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(input.as_bytes()).unwrap();
        drop(stdin);
        self.told(&child.wait_with_output().unwrap())
    }

    /// Starts the server and waits until it listens.
    pub(crate) fn serve(&self, arguments: &[&str]) -> Running {
        Self::start(self.command([&["serve"], arguments].concat()))
    }

    /// Starts the server with one more variable in its environment.
    pub(crate) fn serve_with(&self, name: &str, value: &str, arguments: &[&str]) -> Running {
        let mut command = self.command([&["serve"], arguments].concat());
        command.env(name, value);
        Self::start(command)
    }

    fn start(mut command: Command) -> Running {
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        let mut running = Running {
            child,
            stderr,
            log: String::new(),
        };
        running.wait_for("listening on");
        running
    }

    /// Writes down how a run ended. The folder's own name is left out: it is another each time.
    pub(crate) fn told(&self, output: &Output) -> String {
        let mut text = match output.status.code() {
            Some(code) => format!("exit {code}\n"),
            None => format!("{}\n", output.status),
        };
        for (name, bytes) in [("stdout", &output.stdout), ("stderr", &output.stderr)] {
            if !bytes.is_empty() {
                let bytes = String::from_utf8_lossy(bytes);
                write!(text, "--- {name}\n{bytes}").unwrap();
            }
        }
        without_times(&text.replace(&self.0.path().display().to_string(), "[DIR]"))
    }
}

/// Leaves out of the names of keys when they were made.
fn without_times(text: &str) -> String {
    let mut parts = text.split(".pem");
    let mut shown = parts.next().unwrap().to_owned();
    for part in parts {
        let time = "-20260102T030405Z".len();
        let name = shown.len().saturating_sub(time);
        if shown.is_char_boundary(name) && is_time(&shown.as_bytes()[name..]) {
            shown.truncate(name);
            shown.push_str("-[TIME]");
        }
        shown.push_str(".pem");
        shown.push_str(part);
    }
    shown
}

fn is_time(text: &[u8]) -> bool {
    let is_like = |(place, byte): (usize, &u8)| match place {
        0 => *byte == b'-',
        9 => *byte == b'T',
        16 => *byte == b'Z',
        _ => byte.is_ascii_digit(),
    };
    text.len() == 17 && text.starts_with(b"-202") && text.iter().enumerate().all(is_like)
}

impl Running {
    /// Reads the log up to the line that has `text` in it.
    pub(crate) fn wait_for(&mut self, text: &str) -> String {
        loop {
            let mut line = String::new();
            let count = self.stderr.read_line(&mut line).unwrap();
            self.log.push_str(&line);
            assert!(
                count > 0,
                "the server ended without {text:?}:\n{}",
                self.log
            );
            if line.contains(text) {
                return line;
            }
        }
    }

    /// Sends a signal and waits for the end; gives the exit status and the whole log.
    pub(crate) fn stop(self, signal: &str) -> (Option<i32>, String) {
        self.send(signal);
        self.end()
    }

    /// Sends a signal.
    pub(crate) fn send(&self, signal: &str) {
        let pid = self.child.id().to_string();
        let kill = Command::new("kill").args(["-s", signal, &pid]).status();
        assert!(kill.unwrap().success());
    }

    /// Waits for the end; gives the exit status and the whole log.
    pub(crate) fn end(mut self) -> (Option<i32>, String) {
        self.stderr.read_to_string(&mut self.log).unwrap();
        let status = self.child.wait().unwrap();
        (status.code(), std::mem::take(&mut self.log))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself, which is what most tests want.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// The mode of a file, as `ls` counts it.
pub(crate) fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata(path).unwrap().mode() & 0o7777
}
