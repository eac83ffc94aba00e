//! The house: the journeys, their web pages, the keys.
//!
//! [`App`] is one issuer's installation, put together from its [`settings`]; [`Issuers`] are all of a
//! process; [`serve`] lets people in. Inside,
//! `web` turns requests into the arguments of a [`journey`] and its result into an answer; the
//! journey decides. Nobody calls up.

mod app;
mod assets;
mod breaker;
mod customer;
mod hashed;
mod pages;
mod queue;
mod sealed;
mod since;
mod web;
mod witness;

pub mod chance;
pub mod clients;
pub mod clock;
pub mod journey;
pub mod keyring;
pub mod lists;
pub mod outbound;
pub mod places;
pub mod settings;
pub mod token_keys;
pub mod wildcard;

pub use app::{
    App, ClientUnknown, Issuers, Shared, StartError, mail_options, open_backend, open_standing,
};
pub use web::current::Current;
pub use web::listen::{Listener, serve};
