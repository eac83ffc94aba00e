//! Waiting for what must come to pass, and saying what did not.

use std::time::Duration;

use anyhow::{Result, bail};
use tokio::time::{Instant, sleep};

use crate::refusal::WebDriverError;

/// Looks again and again until `probe` gives something; after the deadline it is an error.
///
/// A page that changes while it is looked at is looked at again.
pub async fn until<T>(what: &str, mut probe: impl AsyncFnMut() -> Result<Option<T>>) -> Result<T> {
    let deadline = Instant::now() + DEADLINE;
    loop {
        let last = match probe().await {
            Ok(Some(seen)) => return Ok(seen),
            Ok(None) => String::new(),
            Err(error) => match error.downcast_ref::<WebDriverError>() {
                Some(passing) if passing.is_passing() => format!(" ({passing})"),
                _ => return Err(error),
            },
        };
        if Instant::now() >= deadline {
            bail!("waited {DEADLINE:?} for {what}{last}");
        }
        sleep(BETWEEN_LOOKS).await;
    }
}

/// A busy machine of two cores is slow; what takes longer than this is broken.
const DEADLINE: Duration = Duration::from_secs(30);
const BETWEEN_LOOKS: Duration = Duration::from_millis(40);
