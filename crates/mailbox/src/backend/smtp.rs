//! Asks over SMTP AUTH (RFC 4954), as a mail program does before it submits a message.
//!
//! One login, QUIT. Why this client is our own: `docs/decisions/0006-own-smtp-client.md`.

use crate::approach::{Approach, log_in};
use crate::check::{BoxFuture, OpenError, Options, PasswordCheck, Probe, Verdict};
use crate::classify;
use crate::login::Login;
use crate::password::Password;
use crate::unavailable::Unavailable;
use crate::url::MailboxUrl;

/// A mail server that is asked over SMTP.
#[derive(Debug)]
pub(super) struct Smtp {
    approach: Approach,
}

impl Smtp {
    pub(super) fn open(url: &MailboxUrl, options: &Options) -> Result<Self, OpenError> {
        let approach = Approach::open(url, options)?;
        Ok(Self { approach })
    }

    async fn ask(&self, login: &Login, password: &Password) -> Result<Verdict, Unavailable> {
        let begun = self.approach.begin().await?;
        let answered = log_in(begun, login.as_str(), password.expose()).await?;
        let verdict = classify::verdict(&answered.reply, answered.sent);
        answered.dialogue.leave(b"QUIT\r\n").await;
        verdict
    }

    async fn look(&self) -> Result<Probe, Unavailable> {
        let (mut dialogue, offer) = self.approach.begin().await?;
        dialogue.nothing_more().await?;
        let tls = dialogue.is_secure();
        dialogue.leave(b"QUIT\r\n").await;
        offer.mechanism()?;
        Ok(Probe {
            greeting_host: offer.host,
            tls,
            mechanisms: offer.mechanisms,
        })
    }
}

impl PasswordCheck for Smtp {
    fn check<'a>(
        &'a self,
        login: &'a Login,
        password: &'a Password,
    ) -> BoxFuture<'a, Result<Verdict, Unavailable>> {
        Box::pin(self.ask(login, password))
    }

    fn probe(&self) -> BoxFuture<'_, Result<Probe, Unavailable>> {
        Box::pin(self.look())
    }

    fn describe(&self) -> String {
        self.approach.describe()
    }
}
