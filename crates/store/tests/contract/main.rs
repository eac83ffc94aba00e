//! What every store must do, asked of each store that there is.

#![cfg(test)]

mod aliases;
mod attempts;
mod challenges;
mod domains;
mod issuers;
mod sessions;
mod spent;
mod stage;
mod standings;
