//! Real mail servers, asked by the `mailbox` room as the login journey asks them.
//!
//! [`cases`] holds what must be so with every server; [`postfix`] and [`exim`] run each of them with
//! a server of their own, and add what only that server does. The answers expected are those that
//! the mail dossier measured (`mail.md` §2.1 and its record), word for word.

#![cfg(test)]

mod any_domain;
mod asking;
mod cases;
mod clients;
mod dovecot;
mod exim;
mod finding;
mod imap;
mod moved;
mod outside_loopback;
mod postfix;
mod slapd;
mod standing;
