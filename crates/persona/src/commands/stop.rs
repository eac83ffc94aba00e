//! When to stop: SIGTERM from the system, SIGINT from the keyboard. And SIGHUP, which asks for something
//! else, unless it says that the terminal has gone.

use std::future::Future;
use std::io::{self, IsTerminal};

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::out::Failure;

/// Listens for both signals from now on, and is done when one of them has come.
///
/// The signals are caught when this returns, not when the future is first asked: a signal that
/// comes in between still ends the program in good order.
pub(crate) fn asked_to() -> Result<impl Future<Output = ()> + Send + 'static, Failure> {
    let mut terminate = catch(SignalKind::terminate())?;
    let mut interrupt = catch(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

/// SIGHUP, from `kill -HUP` or from the end of the terminal.
#[derive(Debug)]
pub(crate) struct Hangup {
    signal: Signal,
    terminals: usize,
}

/// What a SIGHUP asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wish {
    /// To read the settings again.
    Reload,
    /// To stop: whoever started the server in a terminal has closed it.
    Stop,
}

impl Hangup {
    /// Listens for the signal from now on.
    pub(crate) fn caught() -> Result<Self, Failure> {
        Ok(Self {
            signal: catch(SignalKind::hangup())?,
            terminals: terminals(),
        })
    }

    /// Waits for the signal. Those that come while nobody waits count as one.
    pub(crate) async fn next(&mut self) -> Wish {
        if self.signal.recv().await.is_none() || (self.terminals > 0 && terminals() == 0) {
            return Wish::Stop;
        }
        Wish::Reload
    }
}

fn catch(kind: SignalKind) -> Result<Signal, Failure> {
    signal(kind).map_err(|error| Failure::missing(format!("signals cannot be caught: {error}")))
}

/// On how many of its three streams the program has a terminal. One that was closed is none any more.
fn terminals() -> usize {
    let streams = [
        io::stdin().is_terminal(),
        io::stdout().is_terminal(),
        io::stderr().is_terminal(),
    ];
    streams
        .into_iter()
        .filter(|is_terminal| *is_terminal)
        .count()
}
