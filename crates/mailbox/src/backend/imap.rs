//! Asks over IMAP (RFC 3501, RFC 9051), as a mail program does before it reads mail.
//!
//! One login, LOGOUT: each login is a mail session, so it ends at once. AUTHENTICATE PLAIN wherever it
//! is offered, because everything can be said in it, otherwise LOGIN. The dialogue and the classes are
//! those of `mail.md` §2.2 and §3. Deliberately absent: everything that is done with mail.

mod classify;
mod login;
mod offer;
mod response;
mod talk;

use std::net::IpAddr;

use crate::approach::Approach;
use crate::check::{OpenError, Options, PasswordCheck, Probe, Question, Verdict};
use crate::client::{Told, canonical};
use crate::future::BoxFuture;
use crate::unavailable::{TlsRequired, Unavailable};
use crate::url::ServerUrl;

use offer::Offer;
use talk::Talk;

/// A mail server that is asked over IMAP.
#[derive(Debug)]
pub(super) struct Imap {
    approach: Approach,
}

impl Imap {
    pub(super) fn open(url: &ServerUrl, options: &Options) -> Result<Self, OpenError> {
        let approach = Approach::open(url, options)?;
        Ok(Self { approach })
    }

    async fn ask(&self, question: Question<'_>) -> Result<Verdict, Unavailable> {
        let (mut talk, offer) = self.begin(question.client).await?;
        if let Some(client) = question.client
            && self.introduces()
            && offer.id
        {
            // A server that does not want to know it can still be asked.
            talk.command(&id(client), "its answer to ID").await?;
        }
        let (login, password) = (question.login.as_str(), question.password.expose());
        let (talk, answered) = talk.log_in(&offer, login, password).await?;
        let verdict = classify::verdict(&answered.status, answered.sent);
        talk.leave("").await;
        verdict
    }

    async fn look(&self) -> Result<Probe, Unavailable> {
        let (mut talk, offer) = self.begin(None).await?;
        talk.nothing_more().await?;
        let (tls, greeting_host) = (talk.is_secure(), talk.greeting().to_owned());
        talk.leave("").await;
        offer.method()?;
        if self.introduces() && !offer.id {
            let said = "its list of capabilities has no ID".to_owned();
            let what = "to be told where a browser is";
            return Err(Unavailable::Misconfigured { what, said });
        }
        Ok(Probe {
            greeting_host,
            tls,
            mechanisms: offer.mechanisms(),
        })
    }

    /// Is the server to be told where the browser is?
    fn introduces(&self) -> bool {
        self.approach.url().told() == Some(Told::Id)
    }

    /// Goes up to the point where credentials would be sent: encrypted, or on this machine.
    async fn begin(&self, client: Option<IpAddr>) -> Result<(Talk, Offer), Unavailable> {
        let mut talk = Talk::new(self.approach.connect(client).await?);
        let offered = talk.hear_greeting().await?;
        let offer = match offered {
            Some(offer) => offer,
            None => talk.capabilities().await?,
        };
        if talk.is_secure() {
            return Ok((talk, offer));
        }
        if offer.starttls {
            let mut talk = talk.start_tls(&self.approach).await?;
            // RFC 3501 §6.2.1: what was offered in clear counts for nothing.
            let offer = talk.capabilities().await?;
            return Ok((talk, offer));
        }
        if self.approach.url().allows_clear_text() {
            return Ok((talk, offer));
        }
        Err(Unavailable::TlsRequired(TlsRequired::NotOffered))
    }
}

impl PasswordCheck for Imap {
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

/// Tells where the browser is (RFC 2971; the field is Dovecot's, and counts if it trusts us).
fn id(client: IpAddr) -> String {
    format!("ID (\"x-originating-ip\" \"{}\")", canonical(client))
}
