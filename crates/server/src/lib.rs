//! placeholder

pub mod keyring;
