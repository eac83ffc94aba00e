//! `/persona/auth/…`

mod address;
mod certificate;
mod check;
mod has_session;
mod login;
mod logout;
mod mail;
mod mail_attacks;
mod sealed;
