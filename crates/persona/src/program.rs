//! The program: one command line, one command, one exit code.

use std::process::ExitCode;

use clap::Parser;

use crate::cli::{Cli, Command, LogLevel};
use crate::commands;
use crate::config::{ConfigFile, Draft, Environment};
use crate::log::LogSettings;
use crate::out::{Exit, Failure, Out};

/// Runs the program: reads the command line and the environment, does what they say, and writes to the
/// terminal and to the log. For `main` alone.
pub fn program() -> ExitCode {
    let environment = Environment::of_the_process();
    let out = Out::new(environment.colour());
    let exit = Cli::try_parse()
        .map_err(Reply::Usage)
        .and_then(|cli| run(cli, &environment, &out).map_err(Reply::Failure));
    match exit {
        Ok(exit) => exit.into(),
        Err(Reply::Usage(message)) => commands::usage(&message, &out).into(),
        Err(Reply::Failure(failure)) => {
            out.failure(&failure);
            failure.exit().into()
        }
    }
}

/// Why no command ran to its end.
enum Reply {
    /// Help, a version, or a command line that nobody understands.
    Usage(clap::Error),
    Failure(Failure),
}

fn run(cli: Cli, environment: &Environment, out: &Out) -> Result<Exit, Failure> {
    let Cli { common, command } = cli;
    let usual = if matches!(command, Command::Serve(_)) {
        LogLevel::Info
    } else {
        LogLevel::Error
    };
    LogSettings::resolve(common.log_level, common.log_format, environment, usual)?.start();
    let file = ConfigFile::resolve(common.config.as_deref(), environment);
    let draft = || Draft::read(&file, environment, Vec::new());
    match command {
        Command::Demo(arguments) => commands::demo::run(&arguments, out),
        Command::Setup(arguments) => {
            commands::setup::run(&arguments, common.config.as_deref(), environment, out)
        }
        Command::Check(arguments) => {
            let mut typed = commands::check::typed(&arguments);
            commands::check::run(&arguments, &mut typed, &draft()?, environment, out)
        }
        Command::Serve(arguments) => commands::serve::run(arguments, &file, environment),
        Command::Verify(arguments) => commands::verify::run(&arguments, &draft()?, out),
        Command::Session(arguments) => {
            commands::session::run(&arguments.action, draft()?.alone(), out)
        }
        Command::Alias(arguments) => commands::alias::run(&arguments.action, &draft()?, out),
        Command::Key(arguments) => commands::key::run(&arguments.action, &draft()?, out),
        Command::Domain(arguments) => commands::domain::run(&arguments.action, &draft()?, out),
        Command::Client(arguments) => commands::client::run(&arguments.action, &draft()?, out),
        Command::Completions(arguments) => commands::completions::run(&arguments, out),
        Command::Man(arguments) => commands::man::run(&arguments, out),
        Command::Reference(arguments) => commands::reference::run(&arguments, out),
    }
}
