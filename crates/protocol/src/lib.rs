//! The words: what `persona` reads, writes, signs and verifies.
//!
//! This room is pure. It has no `async`, no clock, no randomness that it was not handed, no
//! logging and no input or output: bytes come in, values and bytes go out. Everything that an
//! attacker can send is parsed here, so that it can be fuzzed and tested without a network.
//!
//! The vocabulary ([`email`], [`origin`], [`time`], [`secret`]) knows nothing else of ours;
//! [`jose`] builds on it, and [`browserid`] on both.

pub mod browserid;
pub mod email;
pub mod jose;
pub mod oidc;
pub mod origin;
pub mod secret;
pub mod time;
pub mod webfinger;
