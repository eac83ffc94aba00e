//! `persona completions SHELL`: from the same definitions as the command line itself.

use clap::CommandFactory;

use crate::cli::{Cli, CompletionsArguments};
use crate::out::{Exit, Failure, Out};

/// Prints the completions.
pub(crate) fn run(arguments: &CompletionsArguments, out: &Out) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Cli::command(), "persona", &mut script);
    out.data(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Done)
}
