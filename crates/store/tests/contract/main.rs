//! What every store must do, asked of each store that there is.

#![cfg(test)]

mod aliases;
mod attempts;
mod challenges;
mod clients;
mod consents;
mod domains;
mod grant_ends;
mod grants;
mod issuers;
mod notices;
mod oidc;
mod sessions;
mod spent;
mod stage;
mod standings;
