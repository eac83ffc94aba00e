//! Asks over SMTP AUTH (RFC 4954), as a mail program does before it submits a message.
//!
//! One login, QUIT. Why this client is our own: `docs/decisions/0006-own-smtp-client.md`.

use crate::approach::{Approach, log_in};
use crate::check::{OpenError, Options, PasswordCheck, Probe, Question, Verdict};
use crate::classify;
use crate::future::BoxFuture;
use crate::unavailable::Unavailable;
use crate::url::ServerUrl;

/// A mail server that is asked over SMTP.
#[derive(Debug)]
pub(super) struct Smtp {
    approach: Approach,
}

impl Smtp {
    pub(super) fn open(url: &ServerUrl, options: &Options) -> Result<Self, OpenError> {
        let approach = Approach::open(url, options)?;
        Ok(Self { approach })
    }

    async fn ask(&self, question: Question<'_>) -> Result<Verdict, Unavailable> {
        let begun = self.approach.begin(question.client).await?;
        let Question {
            login, password, ..
        } = question;
        let answered = log_in(begun, login.as_str(), password.expose()).await?;
        let verdict = classify::verdict(&answered.reply, answered.sent);
        answered.dialogue.leave(b"QUIT\r\n").await;
        verdict
    }

    async fn look(&self) -> Result<Probe, Unavailable> {
        let (mut dialogue, offer) = self.approach.begin(None).await?;
        dialogue.nothing_more().await?;
        let tls = dialogue.is_secure();
        dialogue.leave(b"QUIT\r\n").await;
        offer.mechanism()?;
        self.approach.check_told(&offer)?;
        Ok(Probe {
            greeting_host: offer.host,
            tls,
            mechanisms: offer.mechanisms,
        })
    }
}

impl PasswordCheck for Smtp {
    fn check<'a>(&'a self, question: Question<'a>) -> BoxFuture<'a, Result<Verdict, Unavailable>> {
        Box::pin(self.ask(question))
    }

    fn probe(&self) -> BoxFuture<'_, Result<Probe, Unavailable>> {
        Box::pin(self.look())
    }

    fn describe(&self) -> String {
        self.approach.describe()
    }
}
