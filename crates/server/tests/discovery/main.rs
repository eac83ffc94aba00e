//! Discovery, with real HTTPS servers on loopback in the place of other people's hosts.
#![expect(unreachable_pub, reason = "a test binary has no readers but its own")]

#[cfg(test)]
mod delegation;
#[cfg(test)]
mod memory;
#[cfg(test)]
mod outcome;
#[cfg(test)]
mod world;
