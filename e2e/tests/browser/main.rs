//! The whole way in a real browser: the site's button, the dialog, the mail password, "signed in as".
//!
//! Each test starts a demo and a browser of its own, with an empty profile, and stops both.

mod cookies;
mod forged_returns;
mod keyboard;
mod keys;
mod leaving;
mod looks;
mod mail_server_down;
mod mod_auth_openidc;
mod no_script;
mod other_sites;
mod provisioning;
mod redirect;
mod shared_computer;
mod sign_in;
mod stage;
mod stolen_clicks;
mod watching;
mod wishes;
