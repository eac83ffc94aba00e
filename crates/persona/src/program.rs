//! The program: one command line, one command, one exit code.

use std::process::ExitCode;

use clap::Parser;

use crate::cli::{Cli, Command, LogLevel};
use crate::commands;
use crate::config::{self, ConfigFile, Environment};
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
    let settings = || config::load(&file, environment, Vec::new());
    match command {
        Command::Demo(arguments) => commands::demo::run(&arguments, out),
        Command::Setup(arguments) => {
            commands::setup::run(&arguments, common.config.as_deref(), environment, out)
        }
        Command::Check(arguments) => {
            let mut settings = settings()?;
            config::read_directory_secrets(&mut settings, environment)?;
            let mut typed = commands::check::typed(&arguments);
            commands::check::run(&arguments, &mut typed, &file, &settings, out)
        }
        Command::Serve(arguments) => commands::serve::run(arguments, &file, environment),
        Command::Verify(arguments) => commands::verify::run(&arguments, settings()?, out),
        Command::Session(arguments) => commands::session::run(&arguments.action, &settings()?, out),
        Command::Completions(arguments) => commands::completions::run(&arguments, out),
        Command::Man(arguments) => commands::man::run(&arguments, out),
        Command::Reference(arguments) => commands::reference::run(&arguments, out),
    }
}
