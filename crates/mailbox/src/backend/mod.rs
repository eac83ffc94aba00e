//! The kinds of mail server that can be asked, a file each, and the choice between them.

mod command;
mod dovecot;
mod file;
mod imap;
mod ldap;
mod recipient;
mod smtp;

use std::sync::Arc;

use crate::check::{OpenError, Options, PasswordCheck};
use crate::standing::MailboxStanding;
use crate::url::{LdapUrl, MailboxUrl, Scheme, StandingUrl};

pub use ldap::Directory;

/// Makes ready to ask the server that a URL names. Reads certificate files; opens no connection.
pub fn open(url: &MailboxUrl, options: &Options) -> Result<Arc<dyn PasswordCheck>, OpenError> {
    match url {
        MailboxUrl::Dovecot(url) => Ok(Arc::new(dovecot::Dovecot::open(url, options))),
        MailboxUrl::Server(url) => match url.scheme() {
            // No mailbox URL is one of LMTP; at a login such a server would say that it takes none.
            Scheme::Smtp | Scheme::Smtps | Scheme::Lmtp => {
                Ok(Arc::new(smtp::Smtp::open(url, options)?))
            }
            Scheme::Imap | Scheme::Imaps => Ok(Arc::new(imap::Imap::open(url, options)?)),
        },
        MailboxUrl::File(url) => Ok(Arc::new(file::File::open(url, options))),
        MailboxUrl::Command(url) => Ok(Arc::new(command::Command::open(url, options))),
        MailboxUrl::Ldap(url) => open_directory(url, Directory::default(), options),
    }
}

/// Makes ready to ask a directory, which takes more than a URL.
pub fn open_directory(
    url: &LdapUrl,
    directory: Directory,
    options: &Options,
) -> Result<Arc<dyn PasswordCheck>, OpenError> {
    Ok(Arc::new(ldap::Ldap::open(url, directory, options)?))
}

/// Makes ready to ask whether mailboxes are still there. Reads certificate files; opens no connection.
pub fn open_standing(
    url: &StandingUrl,
    options: &Options,
) -> Result<Arc<dyn MailboxStanding>, OpenError> {
    match url {
        StandingUrl::Lmtp(path) => Ok(Arc::new(recipient::Recipient::at_socket(
            path.clone(),
            options,
        )?)),
        StandingUrl::Server(url) => Ok(Arc::new(recipient::Recipient::at_server(url, options)?)),
        StandingUrl::Userdb(path) => Ok(Arc::new(dovecot::Userdb::open(path, options))),
    }
}
