//! What the end-to-end tests stand on: a real browser and the real program.
//!
//! The tests start everything themselves, on loopback, and stop what they started. A program that is
//! missing is a failure that names the package.

pub mod demo;
pub mod wait;
pub mod webdriver;
