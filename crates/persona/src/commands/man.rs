//! `persona man DIR`: a manual page for each command, from the same definitions as `--help`.

use std::path::Path;

use clap::CommandFactory;

use crate::cli::{Cli, ManArguments};
use crate::out::{Exit, Failure, Out};

/// Writes `persona.1`, `persona-setup.1` and so on, and lists what it wrote.
pub(crate) fn run(arguments: &ManArguments, out: &Out) -> Result<Exit, Failure> {
    let directory = &arguments.directory;
    let trouble = |error: std::io::Error| {
        Failure::missing(format!(
            "the pages cannot be written to {}: {error}",
            directory.display()
        ))
    };
    std::fs::create_dir_all(directory).map_err(trouble)?;
    let mut command = Cli::command().disable_help_subcommand(true);
    command.build();
    write_pages(command, directory, out, &trouble)?;
    Ok(Exit::Done)
}

fn write_pages(
    command: clap::Command,
    directory: &Path,
    out: &Out,
    trouble: &dyn Fn(std::io::Error) -> Failure,
) -> Result<(), Failure> {
    for subcommand in command.get_subcommands() {
        write_pages(subcommand.clone(), directory, out, trouble)?;
    }
    let page = clap_mangen::Man::new(command);
    let path = directory.join(page.get_filename());
    let mut text = Vec::new();
    page.render(&mut text).map_err(trouble)?;
    std::fs::write(&path, text).map_err(trouble)?;
    out.data(&format!("{}\n", path.display()))
}
