//! The guide for sites, taken at its word: its page and its five back ends are cut out of the Markdown,
//! started as it says, and used by a real browser.
//!
//! Only the two host names and the port are changed.

mod back_end;
mod book;
mod lengths;
mod refusals;
mod scene;
mod sign_in;
mod tables;
mod without_a_window;
