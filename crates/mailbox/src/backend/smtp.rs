//! Asks over SMTP AUTH (RFC 4954), as a mail program does before it submits a message.

use crate::check::{BoxFuture, OpenError, Options, PasswordCheck, Probe, Verdict};
use crate::login::Login;
use crate::password::Password;
use crate::unavailable::Unavailable;
use crate::url::MailboxUrl;

/// A mail server that is asked over SMTP.
#[derive(Debug)]
pub(super) struct Smtp {
    url: MailboxUrl,
}

impl Smtp {
    pub(super) fn open(url: &MailboxUrl, options: &Options) -> Result<Self, OpenError> {
        let sayable = |b: u8| b.is_ascii_alphanumeric() || b".-:[]".contains(&b);
        let name = &options.ehlo_name;
        if name.is_empty() || name.len() > 255 || !name.bytes().all(sayable) {
            return Err(OpenError::EhloName(name.clone()));
        }
        Ok(Self { url: url.clone() })
    }
}

impl PasswordCheck for Smtp {
    fn check<'a>(
        &'a self,
        _login: &'a Login,
        _password: &'a Password,
    ) -> BoxFuture<'a, Result<Verdict, Unavailable>> {
        Box::pin(async { Err(Unavailable::NoLogin) })
    }

    fn probe(&self) -> BoxFuture<'_, Result<Probe, Unavailable>> {
        Box::pin(async { Err(Unavailable::NoLogin) })
    }

    fn describe(&self) -> String {
        self.url.describe()
    }
}
