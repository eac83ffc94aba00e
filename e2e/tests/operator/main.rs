//! The operator's guide, taken at its word: the commands and configuration lines of a page are cut out of
//! its Markdown and run, in their order, on a machine that is made for the test. A block of a page is
//! `sh`, `nginx` or `toml` with the name of the part that it belongs to; `text` without a name is what
//! one should see of the commands above it.
//!
//! The machine ([`machine`]) is this one in a namespace of its own, so that paths, ports and host names
//! stay as the page has them. What is changed in a page before it is run is one short table
//! ([`walk::CHANGES`]); what stands in for programs that need the world is in the folder
//! `machine/instead`.

#[cfg(test)]
mod exim;
#[cfg(test)]
mod machine;
#[cfg(test)]
mod postfix_dovecot;
#[cfg(test)]
mod tried;
#[cfg(test)]
mod walk;
