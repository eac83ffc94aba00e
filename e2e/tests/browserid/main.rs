//! BrowserID whole, in a real browser: two installations of this program on unrelated names, run by
//! strangers, with a site that accepts any address, other people's issuers, and crooks of every kind.
//!
//! Each test starts its own servers behind an nginx of its own, which gives everybody a name and TLS, and
//! a browser with an empty profile that finds every name there. All of it stops with the test.

#[cfg(test)]
mod closing;
#[cfg(test)]
mod own_issuer;
#[cfg(test)]
mod stage;
