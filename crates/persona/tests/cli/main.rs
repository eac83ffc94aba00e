//! The command line as people and scripts see it: the real program is run, and its exit status,
//! its data and its talk are compared together.

#[cfg(test)]
mod alias;
#[cfg(test)]
mod broken;
#[cfg(test)]
mod check;
#[cfg(test)]
mod client;
#[cfg(test)]
mod discovery;
#[cfg(test)]
mod domain;
#[cfg(test)]
mod drop_ins;
#[cfg(test)]
mod findings;
#[cfg(test)]
mod help;
#[cfg(test)]
mod issuers;
#[cfg(test)]
mod key;
#[cfg(test)]
mod library;
#[cfg(test)]
mod lists;
#[cfg(test)]
mod liveness;
#[cfg(test)]
mod many_domains;
#[cfg(test)]
mod performance;
#[cfg(test)]
mod program;
#[cfg(test)]
mod reference;
#[cfg(test)]
mod reload;
#[cfg(test)]
mod serve;
#[cfg(test)]
mod session;
#[cfg(test)]
mod settings;
#[cfg(test)]
mod settings_broker;
#[cfg(test)]
mod setup;
#[cfg(test)]
mod setup_again;
#[cfg(test)]
mod setup_asking;
#[cfg(test)]
mod setup_rehearsal;
#[cfg(test)]
mod setup_website;
#[cfg(test)]
mod stateless;
#[cfg(test)]
mod verify;
