//! When to stop: SIGTERM from the system, SIGINT from the keyboard.

use std::future::Future;

use tokio::signal::unix::{SignalKind, signal};

use crate::out::Failure;

/// Listens for both signals from now on, and is done when one of them has come.
///
/// The signals are caught when this returns, not when the future is first asked: a signal that
/// comes in between still ends the program in good order.
pub(crate) fn asked_to() -> Result<impl Future<Output = ()> + Send + 'static, Failure> {
    let catch = |kind| {
        signal(kind).map_err(|error| Failure::missing(format!("signals cannot be caught: {error}")))
    };
    let mut terminate = catch(SignalKind::terminate())?;
    let mut interrupt = catch(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}
