//! A server process that a test started: it is waited for, signalled, and always stopped.

use std::fs::{DirEntry, File, read_dir, read_to_string};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use rustix::process::{Pid, Signal, kill_process_group};

/// A running server with all its children: one process group, gone when this is dropped.
#[derive(Debug)]
pub struct Process {
    name: &'static str,
    child: Child,
    output: PathBuf,
}

impl Process {
    /// Starts a program in a process group of its own, its output in a file of the test's folder.
    ///
    /// If the test program is killed outright, no guard runs: then the kernel signals the shell
    /// between the two, and that takes the group down. (The kernel would not signal the server
    /// itself, because a process that changes its user is let off.)
    pub fn start(name: &'static str, command: &Command, folder: &Path) -> Result<Self> {
        let output = folder.join(format!("{name}.output"));
        let file = File::create(&output)?;
        let mut tied = Command::new("setpriv");
        tied.args(["--pdeathsig", "TERM", "--", "sh", "-c", SHELL])
            .arg(command.get_program())
            .args(command.get_args())
            .stdin(Stdio::null())
            .stdout(file.try_clone()?)
            .stderr(file)
            .process_group(0);
        for (key, value) in command.get_envs() {
            match value {
                Some(value) => tied.env(key, value),
                None => tied.env_remove(key),
            };
        }
        let child = tied
            .spawn()
            .with_context(|| format!("{name} did not start (setpriv is in Debian's util-linux)"))?;
        Ok(Self {
            name,
            child,
            output,
        })
    }

    /// Waits until something accepts connections at each of the addresses.
    pub fn wait_for_ports(&mut self, addresses: &[SocketAddr]) -> Result<()> {
        for address in addresses {
            self.wait_until(&format!("listens on {address}"), || {
                TcpStream::connect_timeout(address, STEP).is_ok()
            })?;
        }
        Ok(())
    }

    /// Waits until something is so; a server that stops before, or never gets there, is an error.
    pub fn wait_until(&mut self, what: &str, mut is_so: impl FnMut() -> bool) -> Result<()> {
        for _ in 0..PATIENCE_STEPS {
            if is_so() {
                return Ok(());
            }
            if let Some(status) = self.child.try_wait()? {
                bail!(
                    "{} stopped ({status}) before it {what}:\n{}",
                    self.name,
                    self.said()
                );
            }
            sleep(STEP);
        }
        bail!("{} is not there yet: {what}\n{}", self.name, self.said())
    }

    /// Sends a signal to the server and all its children.
    pub fn signal(&self, signal: Signal) -> Result<()> {
        kill_process_group(self.group()?, signal)
            .with_context(|| format!("{} cannot be signalled", self.name))
    }

    /// Ends the server at once, as a crash would, and waits until all of it is gone.
    pub fn kill(&mut self) -> Result<()> {
        self.signal(Signal::KILL)?;
        self.child.wait()?;
        for _ in 0..PATIENCE_STEPS {
            if !self.has_processes()? {
                return Ok(());
            }
            sleep(STEP);
        }
        bail!("{} does not go", self.name)
    }

    /// Gives what the server wrote to its standard output and error streams.
    pub fn said(&self) -> String {
        read_to_string(&self.output).unwrap_or_default()
    }

    fn group(&self) -> Result<Pid> {
        let id = i32::try_from(self.child.id())?;
        Pid::from_raw(id).context("a process has an id above zero")
    }

    /// Looks for processes of the group that still run. Those that have ended and wait for somebody
    /// to ask for their status hold nothing any more, and do not count.
    fn has_processes(&self) -> Result<bool> {
        let group = self.child.id().to_string();
        let runs = |process: DirEntry| {
            let status = read_to_string(process.path().join("stat")).ok()?;
            // proc(5): `pid (name) state parent group …`, and the name may have anything in it.
            let mut fields = status.rsplit_once(')')?.1.split_whitespace();
            let state = fields.next()?;
            (state != "Z" && fields.nth(1)? == group).then_some(())
        };
        let mut processes = read_dir("/proc")?.filter_map(Result::ok);
        Ok(processes.any(|process| runs(process).is_some()))
    }

    /// Asks the group to stop, wakes it if it was paused, and gives it a moment.
    fn stop(&mut self) -> Result<()> {
        if self.child.try_wait()?.is_none() {
            self.signal(Signal::TERM)?;
            self.signal(Signal::CONT)?;
        }
        for _ in 0..GOODBYE_STEPS {
            if self.child.try_wait()?.is_some() && !self.has_processes()? {
                return Ok(());
            }
            sleep(STEP);
        }
        self.kill()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Nothing more can be done here than was tried.
        drop(self.stop());
    }
}

/// Runs a program and hands on the wish to end to the whole group.
const SHELL: &str = r#"trap 'trap - TERM; kill -TERM 0' TERM; "$0" "$@" & wait $!"#;

const STEP: Duration = Duration::from_millis(10);
const PATIENCE_STEPS: u32 = 2_000;
const GOODBYE_STEPS: u32 = 300;
