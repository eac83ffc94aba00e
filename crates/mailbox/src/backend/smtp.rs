//! Asks over SMTP AUTH (RFC 4954), as a mail program does before it submits a message.
//!
//! Greeting, EHLO, STARTTLS and EHLO again (or TLS from the start), one AUTH, QUIT. The order and
//! the stops in it are those of `mail.md` §3 and §10. Why this client is our own:
//! `docs/decisions/0006-own-smtp-client.md`.

use tokio::time::Instant;

use crate::check::{BoxFuture, OpenError, Options, PasswordCheck, Probe, Verdict};
use crate::classify;
use crate::dial::dial;
use crate::dialogue::Dialogue;
use crate::login::Login;
use crate::offer::Offer;
use crate::password::Password;
use crate::sasl::Exchange;
use crate::tls::Tls;
use crate::unavailable::{TlsRequired, Unavailable};
use crate::url::{MailboxUrl, Scheme};

/// A mail server that is asked over SMTP.
#[derive(Debug)]
pub(super) struct Smtp {
    url: MailboxUrl,
    tls: Tls,
    options: Options,
}

impl Smtp {
    pub(super) fn open(url: &MailboxUrl, options: &Options) -> Result<Self, OpenError> {
        let sayable = |b: u8| b.is_ascii_alphanumeric() || b".-:[]".contains(&b);
        let name = &options.ehlo_name;
        if name.is_empty() || name.len() > MAX_EHLO_NAME || !name.bytes().all(sayable) {
            return Err(OpenError::EhloName(name.clone()));
        }
        Ok(Self {
            url: url.clone(),
            tls: Tls::open(url)?,
            options: options.clone(),
        })
    }

    /// Goes up to the point where credentials would be sent: encrypted, or on this machine.
    async fn approach(&self) -> Result<(Dialogue, Offer), Unavailable> {
        let now = Instant::now();
        // A limit beyond the range of the clock is a mistake: it must fail, not wait for ever.
        let deadline = now.checked_add(self.options.whole_limit).unwrap_or(now);
        let limit = self.options.connect_limit.min(self.options.whole_limit);
        let stream = dial(self.url.target(), self.url.port(), limit).await?;
        let mut dialogue = match self.url.scheme() {
            Scheme::Smtp => Dialogue::new(stream, deadline),
            Scheme::Smtps => Dialogue::new_secure(stream, &self.tls, deadline).await?,
        };
        classify::greeting(&dialogue.hear("its greeting").await?)?;
        let offer = self.hello(&mut dialogue).await?;
        if dialogue.is_secure() {
            return Ok((dialogue, offer));
        }
        if offer.starttls {
            dialogue.say(b"STARTTLS\r\n").await?;
            classify::starttls(&dialogue.hear("its answer to STARTTLS").await?)?;
            dialogue = dialogue.secure(&self.tls).await?;
            // RFC 3207 §4.2: what was offered in clear counts for nothing.
            let offer = self.hello(&mut dialogue).await?;
            return Ok((dialogue, offer));
        }
        if self.url.allows_clear_text() {
            return Ok((dialogue, offer));
        }
        Err(Unavailable::TlsRequired(TlsRequired::NotOffered))
    }

    async fn hello(&self, dialogue: &mut Dialogue) -> Result<Offer, Unavailable> {
        let line = format!("EHLO {}\r\n", self.options.ehlo_name);
        dialogue.say(line.as_bytes()).await?;
        let reply = dialogue.hear("its answer to EHLO").await?;
        classify::hello(&reply)?;
        Ok(Offer::read(&reply))
    }

    async fn ask(&self, login: &Login, password: &Password) -> Result<Verdict, Unavailable> {
        let (mut dialogue, offer) = self.approach().await?;
        let mechanism = offer.mechanism()?;
        let (line, mut exchange) = Exchange::begin(mechanism, login.as_str(), password.expose());
        dialogue.say(&line).await?;
        loop {
            let mut reply = dialogue.hear("its answer to the login").await?;
            exchange.secrets().for_each(|secret| reply.hide(secret));
            // A second reply behind this one makes both worthless.
            dialogue.nothing_more().await?;
            if reply.code != 334 {
                let verdict = classify::verdict(&reply, exchange.sent());
                dialogue.leave(b"QUIT\r\n").await;
                return verdict;
            }
            let Some(line) = exchange.respond(&reply.text()) else {
                dialogue.leave(b"*\r\nQUIT\r\n").await;
                let why = "it asks for more than a user name and a password";
                return Err(Unavailable::Gibberish { why });
            };
            dialogue.say(&line).await?;
        }
    }

    async fn look(&self) -> Result<Probe, Unavailable> {
        let (mut dialogue, offer) = self.approach().await?;
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
        self.url.describe()
    }
}

const MAX_EHLO_NAME: usize = 255;
