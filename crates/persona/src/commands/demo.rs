//! `persona demo`: hands the terminal and the end of the program to [`crate::demo`].

use super::{Threads, runtime, stop};
use crate::cli::DemoArguments;
use crate::out::{Exit, Failure, Out};

/// Runs the demo until somebody stops it.
pub(crate) fn run(arguments: &DemoArguments, out: &Out) -> Result<Exit, Failure> {
    let mut unwritten = Ok(());
    let demo = async {
        let stop = stop::asked_to()?;
        let mut show = |text: &str| unwritten = out.data(text);
        crate::demo::run(&mut show, arguments.port, stop)
            .await
            .map_err(|error| Failure::missing(format!("{error:#}")))
    };
    runtime(Threads::EachCore)?.block_on(demo)?;
    unwritten?;
    out.talk("stopped");
    Ok(Exit::Done)
}
