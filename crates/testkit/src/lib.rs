//! The rehearsal: fakes, and a whole world in a test. Development only.
//!
//! Everything here runs on loopback, on ports that the system chooses, and stops when it is dropped.

pub mod certificates;
pub mod dovecot;
pub mod exchangers;
pub mod front;
pub mod http;
pub mod https;
pub mod ldap;
pub mod smtp;
pub mod world;
