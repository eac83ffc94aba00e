//! The rehearsal with real programs: mail servers, a web server, a browser, and verifiers that are not ours.
//!
//! The tests start everything themselves, on loopback, and stop what they started. A program that is
//! missing is a failure that names the package.

pub mod book;
pub mod curl;
pub mod demo;
pub mod issuer;
pub mod namespace;
pub mod pages;
pub mod portrait;
pub mod refusal;
pub mod servers;
pub mod shop;
pub mod wait;
pub mod webdriver;
