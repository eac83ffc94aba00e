//! Is a mailbox still there? Asked without anybody's password, long after somebody has signed in.
//!
//! A session outlives the mailbox that it was opened with: somebody leaves, and the mail server knows
//! it at once. What can be asked here says so too. As with passwords, three things must never be
//! confused: *it is there*, *it is gone*, and everything else, which decides nothing
//! (`docs/decisions/0020-a-mailbox-that-is-gone.md`).

use std::fmt::Debug;

use protocol::email::{Domain, EmailAddress};

use crate::future::BoxFuture;
use crate::login::{Login, LoginError, LoginForm};
use crate::unavailable::Unavailable;

/// Something that can be asked whether a mailbox is still there.
pub trait MailboxStanding: Send + Sync + Debug {
    /// Asks once. Nothing is delivered, and nobody's password is sent.
    fn standing<'a>(&'a self, person: &'a Person) -> BoxFuture<'a, Result<Standing, Unavailable>>;

    /// Names what is asked, for people: `lmtp:/run/dovecot/lmtp`.
    fn describe(&self) -> String;
}

/// What is known of a mailbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It is there.
    There,
    /// It is not there any more, or nobody may use it.
    Gone(Absence),
    /// There was an answer, and it decides nothing.
    Unknown {
        /// What was said, escaped and cut, without the address.
        why: String,
    },
}

/// How a mailbox is gone: for the log and for `persona check`, never for the browser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Absence {
    /// Not there, or closed.
    pub kind: AbsenceKind,
    /// What was said, escaped and cut, without the address.
    pub said: String,
}

/// The two ways in which a mailbox opens to nobody any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AbsenceKind {
    /// There is no such mailbox.
    Missing,
    /// There is one, and it was closed by whoever runs the mail server.
    Disabled,
}

impl AbsenceKind {
    /// Gives one stable word for logs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Disabled => "disabled",
        }
    }
}

/// Somebody whose mailbox is asked about, by each of the names that a server may want.
#[derive(Clone, Debug)]
pub struct Person {
    login: Login,
    recipient: Login,
}

impl Person {
    /// Computes the names for an address of a served domain, as they are for a login.
    pub fn of(
        address: &EmailAddress,
        form: LoginForm,
        backend_domain: Option<&Domain>,
    ) -> Result<Self, LoginError> {
        Ok(Self {
            login: Login::for_address(address, form, backend_domain)?,
            recipient: Login::for_address(address, LoginForm::Address, backend_domain)?,
        })
    }

    /// The user name, as it is sent with a password.
    pub(crate) const fn login(&self) -> &Login {
        &self.login
    }

    /// The whole address that letters go to, as far as the mail server knows.
    pub(crate) fn recipient(&self) -> &str {
        self.recipient.as_str()
    }

    /// The domain of [`Person::recipient`].
    pub(crate) fn domain(&self) -> &str {
        let recipient = self.recipient();
        recipient
            .rsplit_once('@')
            .map_or(recipient, |(_, domain)| domain)
    }
}
