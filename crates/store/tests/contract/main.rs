//! What every store must do, asked of each store that there is.

#![cfg(test)]

mod attempts;
mod sessions;
mod stage;
