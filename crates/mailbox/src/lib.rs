//! The question: does this password open this mailbox?
//!
//! A domain's mail server already knows who its users are. This room asks it, and hands back one of
//! three things that must never be confused: *it opens*, *it was refused* (both a [`Verdict`]), and
//! *the question could not be asked* ([`Unavailable`]). A server that is down, slow, odd or hostile
//! ends in the third, always.
//!
//! Long after a login, [`MailboxStanding`] asks whether the mailbox is still there, without a password.
//!
//! Where a domain has nobody to ask, a letter with a code in it asks the mailbox itself: [`Relay`]
//! hands it over, by the same way in.
//!
//! The dialogues and classes are those of `mail.md` §3, the hostile behaviours that must be survived
//! those of its §7, the rules for what may be sent those of its §8. Called by the journeys of
//! login and of mailed codes, by `persona setup` and `persona check`. Deliberately absent: limits on
//! attempts, retries, queues, caches of answers, logs. Whoever asks decides on those; the reasons are
//! handed back, not printed.

mod approach;
mod backend;
mod check;
mod classify;
mod client;
#[cfg(test)]
mod damage;
mod dial;
mod dialogue;
mod escape;
mod future;
mod hash;
mod ldap;
mod letter;
mod login;
mod offer;
mod password;
mod places;
mod relay;
mod reply;
mod sasl;
mod standing;
mod tls;
mod unavailable;
mod url;

pub use backend::{Directory, open, open_directory, open_standing};
pub use check::{OpenError, Options, PasswordCheck, Probe, Question, Refusal, Remark, Verdict};
pub use future::BoxFuture;
pub use hash::Workers;
pub use ldap::{BindName, FilterError, TemplateError};
pub use letter::{Letter, LetterError};
pub use login::{Login, LoginError, LoginForm};
pub use password::{Password, PasswordError};
pub use relay::{NotSent, Posted, Relay};
pub use standing::{Absence, AbsenceKind, MailboxStanding, Person, Standing};
pub use tls::client_config;
pub use unavailable::{Concern, Kind, TlsRequired, Unavailable};
pub use url::{
    CommandUrl, DovecotUrl, FileUrl, LdapUrl, MailboxUrl, ServerUrl, StandingUrl, UrlError,
};
