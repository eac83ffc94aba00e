//! The front door: the program `persona`, and its main commands for programs that call them.
//!
//! [`program`] is the whole program. [`setup`], [`check`] and [`serve`] are three of its commands as functions: they
//! take what stands behind the command's name on the command line, read the same settings and
//! environment, ask nobody, write nothing to the terminal and to the log, and give back what the command would
//! have written. Each brings a runtime of its own, so none is called from within another one.
//! `examples/installation.rs` uses all three.
//!
//! Inside: parse, resolve, run, and leave with one of four exit codes. Each command is a file in
//! `commands`; what they look at is in `checks`; what is written goes through `out`.

mod checks;
mod cli;
mod commands;
mod config;
mod demo;
mod discover;
mod log;
mod nginx;
mod out;
mod program;
mod service;

use std::ffi::OsString;
use std::future::Future;

use clap::Parser;
use protocol::email::EmailAddress;
use protocol::secret::Secret;

pub use crate::program::program;

use crate::cli::{Cli, Command, Common};
use crate::config::{ConfigFile, Draft, Environment};
use crate::out::{Exit, Failure, Out};

/// What a command came to, as a script would see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The exit status: 0 done; 1 it ran, and the answer is bad; 2 wrong use, or settings that cannot be
    /// read; 3 something that is needed is not there.
    pub status: u8,
    /// What the command was asked for: its standard output.
    pub data: String,
    /// What it says about that to a person: its standard error.
    pub talk: String,
}

/// Makes a working installation, as `persona setup` does without a terminal: what is missing is an
/// error, not a question.
///
/// ```no_run
/// let made = persona::setup(["-d", "example.org", "-m", "smtps://mail.example.org"]);
/// assert_eq!(made.status, 0, "{}", made.talk);
/// ```
pub fn setup<I>(arguments: I) -> Outcome
where
    I: IntoIterator<Item: Into<OsString>>,
{
    called("setup", arguments, |cli, environment, out| {
        let Cli { common, command } = cli;
        let Command::Setup(arguments) = command else {
            return Err(another_command());
        };
        commands::setup::run(&arguments, common.config.as_deref(), environment, out)
    })
}

/// Looks for what is wrong with an installation, as `persona check` does. `passwords` are those of the addresses
/// in `arguments`, in the same order; they are neither asked for nor read from standard input.
pub fn check<I>(arguments: I, passwords: &[&str]) -> Outcome
where
    I: IntoIterator<Item: Into<OsString>>,
{
    let mut passwords = passwords.iter();
    let mut password_of = |address: &EmailAddress| {
        let password = passwords.next().map(|&text| Secret::new(text.to_owned()));
        password.ok_or_else(|| Failure::wrong_use(format!("there is no password for {address}")))
    };
    called("check", arguments, |cli, environment, out| {
        let (common, Command::Check(arguments)) = (cli.common, cli.command) else {
            return Err(another_command());
        };
        let file = settings_file(&common, environment);
        let draft = Draft::read(&file, environment, Vec::new())?;
        commands::check::run(&arguments, &mut password_of, &draft, environment, out)
    })
}

/// Runs the server, as `persona serve` does, until `stop` is done; requests under way are answered
/// first. Tells `listening` where it is, such as `127.0.0.1:7070`: port 0 in the settings means any
/// free one. Signals are left to the program that calls this: SIGHUP has no settings read again here.
pub fn serve<I>(
    arguments: I,
    listening: impl FnOnce(&str),
    stop: impl Future<Output = ()> + Send + 'static,
) -> Outcome
where
    I: IntoIterator<Item: Into<OsString>>,
{
    called("serve", arguments, |cli, environment, _| {
        let (common, Command::Serve(arguments)) = (cli.common, cli.command) else {
            return Err(another_command());
        };
        let file = settings_file(&common, environment);
        let front = (listening, || Ok((stop, None)));
        commands::serve::run_until(arguments, &file, environment, front)
    })
}

/// Parses and runs one command, and keeps what it writes.
fn called<I>(
    command: &str,
    arguments: I,
    run: impl FnOnce(Cli, &Environment, &Out) -> Result<Exit, Failure>,
) -> Outcome
where
    I: IntoIterator<Item: Into<OsString>>,
{
    let out = Out::kept();
    let names = ["persona", command].map(OsString::from);
    let line = names
        .into_iter()
        .chain(arguments.into_iter().map(Into::into));
    let exit = match Cli::try_parse_from(line) {
        Ok(cli) => {
            let ran = run(cli, &Environment::of_the_process(), &out);
            ran.unwrap_or_else(|failure| {
                out.failure(&failure);
                failure.exit()
            })
        }
        Err(message) => commands::usage(&message, &out),
    };
    let (data, talk) = out.into_kept();
    Outcome {
        status: exit.status(),
        data,
        talk,
    }
}

fn settings_file(common: &Common, environment: &Environment) -> ConfigFile {
    ConfigFile::resolve(common.config.as_deref(), environment)
}

/// The name of the command comes first, so that no argument can be another's.
fn another_command() -> Failure {
    Failure::wrong_use("the arguments are those of another command")
}
