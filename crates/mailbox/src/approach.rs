//! The beginning of every conversation with a mail server, whatever it is about: from the first
//! packet to the point where credentials may be sent, and the login itself.
//!
//! The first packet for every protocol; then, in SMTP, greeting, EHLO, STARTTLS and EHLO again (or TLS
//! from the start), AUTH. The order and the stops in it are those of `mail.md` §3 and §10. Called by
//! [`crate::backend`], which only wants to know what becomes of the login, and by [`crate::relay`],
//! which goes on behind it.

use std::io;
use std::net::IpAddr;
use std::path::Path;

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::timeout_at;

use crate::check::{OpenError, Options};
use crate::classify;
use crate::client::{Told, proxy_header};
use crate::dial::{dial, dial_socket};
use crate::dialogue::{Dialogue, Listener};
use crate::offer::Offer;
use crate::reply::{Reader, Reply};
use crate::sasl::{Command, Exchange, InitialResponse, Sent};
use crate::tls::{Tls, trouble};
use crate::unavailable::{TlsRequired, Unavailable};
use crate::url::{Scheme, ServerUrl};

/// A mail server and the way to it.
#[derive(Debug)]
pub(crate) struct Approach {
    url: ServerUrl,
    tls: Tls,
    options: Options,
}

/// A dialogue in which a login has been answered, and the answer.
pub(crate) struct LoggedIn {
    pub(crate) dialogue: Dialogue<Reader>,
    /// What we sent is hidden in it.
    pub(crate) reply: Reply,
    /// How much of the credentials the server had been given by then.
    pub(crate) sent: Sent,
}

impl Approach {
    /// Reads certificate files; opens no connection.
    pub(crate) fn open(url: &ServerUrl, options: &Options) -> Result<Self, OpenError> {
        check_name(options)?;
        Ok(Self {
            url: url.clone(),
            tls: Tls::open(url)?,
            options: options.clone(),
        })
    }

    /// Names the server, for people: `smtps://mail.example.org:465`.
    pub(crate) fn describe(&self) -> String {
        self.url.describe()
    }

    /// Gives the URL of the server.
    pub(crate) const fn url(&self) -> &ServerUrl {
        &self.url
    }

    /// Goes up to the point where credentials would be sent in SMTP: encrypted, or on this machine. On
    /// the way the server is told where the browser is, if it shall be told and wants to know.
    pub(crate) async fn begin(
        &self,
        client: Option<IpAddr>,
    ) -> Result<(Dialogue<Reader>, Offer), Unavailable> {
        let (mut dialogue, offer) = self.enter(client).await?;
        let (Some(Told::Xclient), Some(client), Some(xclient)) =
            (self.url.told(), client, offer.xclient)
        else {
            return Ok((dialogue, offer));
        };
        let line = xclient.line(client);
        dialogue.say(line.as_bytes()).await?;
        classify::xclient(&dialogue.hear("its answer to XCLIENT").await?)?;
        // The server begins anew, for another client, who may be offered something else.
        let offer = self.hello(&mut dialogue).await?;
        Ok((dialogue, offer))
    }

    /// Refuses a server that shall be told where the browser is, and does not want to know. A login
    /// goes on without; a probe says so.
    pub(crate) fn check_told(&self, offer: &Offer) -> Result<(), Unavailable> {
        if self.url.told() == Some(Told::Xclient) && offer.xclient.is_none() {
            return Err(Unavailable::Misconfigured {
                what: "to be told where a browser is",
                said: "its answer to EHLO has no XCLIENT with ADDR; add this machine to \
                       smtpd_authorized_xclient_hosts, or remove client=xclient"
                    .to_owned(),
            });
        }
        Ok(())
    }

    /// Connects. Where the server goes by the PROXY protocol, its header comes before all else.
    pub(crate) async fn connect<L: Listener>(
        &self,
        client: Option<IpAddr>,
    ) -> Result<Dialogue<L>, Unavailable> {
        let deadline = self.options.deadline();
        let limit = self.options.connect_limit.min(self.options.whole_limit);
        let mut stream = dial(self.url.target(), self.url.port(), limit).await?;
        if self.url.told() == Some(Told::Proxy) {
            let before = "it had taken the PROXY header";
            timeout_at(deadline, introduce(&mut stream, client))
                .await
                .map_err(|_| Unavailable::Timeout { before })?
                .map_err(|error| trouble(&error, before))?;
        }
        match self.url.scheme() {
            Scheme::Smtp | Scheme::Lmtp | Scheme::Imap => Ok(Dialogue::new(stream, deadline)),
            Scheme::Smtps | Scheme::Imaps => {
                Dialogue::new_secure(stream, &self.tls, deadline).await
            }
        }
    }

    /// Goes on encrypted, when the server is ready for it.
    pub(crate) async fn encrypt<L: Listener>(
        &self,
        dialogue: Dialogue<L>,
    ) -> Result<Dialogue<L>, Unavailable> {
        dialogue.secure(&self.tls).await
    }

    async fn enter(
        &self,
        client: Option<IpAddr>,
    ) -> Result<(Dialogue<Reader>, Offer), Unavailable> {
        let mut dialogue = self.connect(client).await?;
        classify::greeting(&dialogue.hear("its greeting").await?)?;
        let offer = self.hello(&mut dialogue).await?;
        if dialogue.is_secure() {
            return Ok((dialogue, offer));
        }
        if offer.starttls {
            dialogue.say(b"STARTTLS\r\n").await?;
            classify::starttls(&dialogue.hear("its answer to STARTTLS").await?)?;
            dialogue = self.encrypt(dialogue).await?;
            // RFC 3207 §4.2: what was offered in clear counts for nothing.
            let offer = self.hello(&mut dialogue).await?;
            return Ok((dialogue, offer));
        }
        if self.url.allows_clear_text() {
            return Ok((dialogue, offer));
        }
        Err(Unavailable::TlsRequired(TlsRequired::NotOffered))
    }

    async fn hello(&self, dialogue: &mut Dialogue<Reader>) -> Result<Offer, Unavailable> {
        hello(dialogue, self.url.scheme(), &self.options).await
    }
}

/// Introduces us, and hears what the server offers. In LMTP the word for it is another one
/// (RFC 2033 §4.1).
async fn hello(
    dialogue: &mut Dialogue<Reader>,
    scheme: Scheme,
    options: &Options,
) -> Result<Offer, Unavailable> {
    let word = match scheme {
        Scheme::Lmtp => "LHLO",
        Scheme::Smtp | Scheme::Smtps | Scheme::Imap | Scheme::Imaps => "EHLO",
    };
    let line = format!("{word} {}\r\n", options.ehlo_name);
    dialogue.say(line.as_bytes()).await?;
    let reply = dialogue.hear("its answer to EHLO").await?;
    classify::hello(&reply)?;
    Ok(Offer::read(&reply))
}

/// Begins to hand over letters at a socket of this machine, where nothing need be encrypted.
pub(crate) async fn begin_locally(
    path: &Path,
    options: &Options,
) -> Result<Dialogue<Reader>, Unavailable> {
    let mut dialogue = dial_socket(path, format!("lmtp:{}", path.display()), options).await?;
    classify::greeting(&dialogue.hear("its greeting").await?)?;
    hello(&mut dialogue, Scheme::Lmtp, options).await?;
    Ok(dialogue)
}

/// Makes sure that we can introduce ourselves.
pub(crate) fn check_name(options: &Options) -> Result<(), OpenError> {
    let sayable = |b: u8| b.is_ascii_alphanumeric() || b".-:[]".contains(&b);
    let name = &options.ehlo_name;
    if name.is_empty() || name.len() > MAX_EHLO_NAME || !name.bytes().all(sayable) {
        return Err(OpenError::EhloName(name.clone()));
    }
    Ok(())
}

/// Says on whose behalf we come.
async fn introduce(stream: &mut TcpStream, client: Option<IpAddr>) -> io::Result<()> {
    let header = proxy_header(client, stream.local_addr()?, stream.peer_addr()?);
    stream.write_all(&header).await
}

/// Logs in once, by a mechanism on offer. What the answer means is for the caller to say.
pub(crate) async fn log_in(
    (mut dialogue, offer): (Dialogue<Reader>, Offer),
    login: &str,
    password: &str,
) -> Result<LoggedIn, Unavailable> {
    let (line, mut exchange) = Exchange::begin(AUTH, offer.mechanism()?, login, password);
    dialogue.say(&line).await?;
    loop {
        let mut reply = dialogue.hear("its answer to the login").await?;
        exchange.secrets().for_each(|secret| reply.hide(secret));
        // A second reply behind this one makes both worthless.
        dialogue.nothing_more().await?;
        if reply.code != 334 {
            return Ok(LoggedIn {
                dialogue,
                reply,
                sent: exchange.sent(),
            });
        }
        let Some(line) = exchange.respond(&reply.text()) else {
            dialogue.leave(b"*\r\nQUIT\r\n").await;
            return Err(Unavailable::Challenged);
        };
        dialogue.say(&line).await?;
    }
}

/// RFC 4954 §4.
const AUTH: Command<'_> = Command {
    words: "AUTH",
    initial_response: InitialResponse::Allowed,
};
const MAX_EHLO_NAME: usize = 255;
