//! Runs the stages of a long verb in order, each under a heading and with its time.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};

use crate::out;

/// A named part of a run.
#[derive(Clone, Copy)]
pub(crate) struct Stage {
    pub(crate) name: &'static str,
    pub(crate) work: fn() -> Result<()>,
}

/// Runs the stages until one fails, then says where the time went.
pub(crate) fn run(stages: &[Stage]) -> Result<()> {
    let mut times = Vec::new();
    for stage in stages {
        out::heading(stage.name);
        let start = now();
        (stage.work)().with_context(|| format!("stage `{}` failed", stage.name))?;
        let took = start.elapsed();
        out::line(&format!("    {} took {}", stage.name, seconds(took)));
        times.push((stage.name, took));
    }
    out::heading(&format!("all {} stages passed", times.len()));
    for (name, took) in &times {
        out::line(&format!("    {:<9} {:>8}", name, seconds(*took)));
    }
    Ok(())
}

fn seconds(length: Duration) -> String {
    format!("{:.1} s", length.as_secs_f64())
}

#[expect(
    clippy::disallowed_methods,
    reason = "shows a person how long a stage took; nothing is decided by it"
)]
fn now() -> Instant {
    Instant::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content() -> Result<()> {
        std::str::from_utf8(b"content")
            .map(drop)
            .map_err(Into::into)
    }

    fn broken() -> Result<()> {
        anyhow::bail!("the roof leaks")
    }

    #[test]
    fn the_stage_that_failed_is_named() {
        let stages = [
            Stage {
                name: "walls",
                work: content,
            },
            Stage {
                name: "roof",
                work: broken,
            },
        ];

        let error = run(&stages).unwrap_err();

        assert_eq!(format!("{error:#}"), "stage `roof` failed: the roof leaks");
    }

    #[test]
    fn stages_that_pass_pass() {
        assert!(
            run(&[Stage {
                name: "walls",
                work: content
            }])
            .is_ok()
        );
    }
}
