//! The web, asked over real HTTP on a port of its own. Filed like the routes.

#[cfg(test)]
mod any_domain;
#[cfg(test)]
mod auth;
#[cfg(test)]
mod bad_input;
#[cfg(test)]
mod base_path;
#[cfg(test)]
mod calls;
#[cfg(test)]
mod claims;
#[cfg(test)]
mod clients;
#[cfg(test)]
mod dialog;
#[cfg(test)]
mod elsewhere;
#[cfg(test)]
mod handoff;
#[cfg(test)]
mod headers;
#[cfg(test)]
mod issuers;
#[cfg(test)]
mod kept_aliases;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod log;
#[cfg(test)]
mod login_page;
#[cfg(test)]
mod login_words;
#[cfg(test)]
mod oidc;
#[cfg(test)]
mod policy;
#[cfg(test)]
mod reload;
#[cfg(test)]
mod restart;
#[cfg(test)]
mod rests;
#[cfg(test)]
mod standing;
#[cfg(test)]
mod verify;
#[cfg(test)]
mod waits;
#[cfg(test)]
mod webfinger;
#[cfg(test)]
mod well_known;
