//! `/persona/auth/…`

mod address;
mod certificate;
mod has_session;
mod login;
mod logout;
