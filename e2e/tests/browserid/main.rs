//! BrowserID whole, in a real browser: two installations of this program on unrelated names, run by
//! strangers, with a site that accepts any address, other people's issuers, and crooks of every kind.
//!
//! Each test starts its own servers behind an nginx of its own, which gives everybody a name and TLS, and
//! a browser with an empty profile that finds every name there. All of it stops with the test.

#[cfg(test)]
mod bad_broker;
#[cfg(test)]
mod bad_issuer;
#[cfg(test)]
mod bad_site;
#[cfg(test)]
mod base_path;
#[cfg(test)]
mod classic;
#[cfg(test)]
mod closing;
#[cfg(test)]
mod handoff;
#[cfg(test)]
mod looks;
#[cfg(test)]
mod mailed;
#[cfg(test)]
mod own_issuer;
#[cfg(test)]
mod redirect;
#[cfg(test)]
mod stage;
#[cfg(test)]
mod unreachable;
