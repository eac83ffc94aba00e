//! A mail server that knows some mailboxes and takes letters: SMTP with AUTH (RFC 4954), and its moods.
//!
//! The same mailboxes can be read over IMAP instead ([`super::imap`]).

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use data_encoding::BASE64;

use super::conversation::{Conversation, Ended};
use super::mood::Mood;
use super::post::{Desk, Tray};
use crate::certificates::Identity;

/// The mailboxes of an honest server, and how it wants to be talked to.
#[derive(Debug)]
pub struct Mailboxes {
    passwords: Vec<(String, String)>,
    unknown: Vec<String>,
    mechanisms: &'static str,
    encryption: Encryption,
    capabilities: Option<&'static str>,
    delivers: bool,
    gone: Gone,
}

/// Mailboxes that were taken away since the server was started.
pub(super) type Gone = Arc<Mutex<Vec<String>>>;

/// When a server encrypts.
#[derive(Clone, Debug)]
pub enum Encryption {
    /// Never.
    None,
    /// When it is asked with STARTTLS, and no login before.
    StartTls(Arc<Identity>),
    /// From the first octet.
    Implicit(Arc<Identity>),
}

impl Mailboxes {
    /// Knows nobody yet, offers PLAIN and LOGIN.
    ///
    /// It takes letters for everybody: from everybody as long as it has no mailboxes, and after a login
    /// when it has some.
    pub fn new(encryption: Encryption) -> Self {
        Self {
            passwords: Vec::new(),
            unknown: Vec::new(),
            mechanisms: "PLAIN LOGIN",
            encryption,
            capabilities: None,
            delivers: false,
            gone: Gone::default(),
        }
    }

    /// Takes letters for its own mailboxes and for every postmaster, from everybody and without a
    /// login, over SMTP or LMTP; for nobody else.
    #[must_use]
    pub const fn delivering(mut self) -> Self {
        self.delivers = true;
        self
    }

    pub(super) fn gone(&self) -> Gone {
        Arc::clone(&self.gone)
    }

    /// Adds a mailbox.
    #[must_use]
    pub fn with(mut self, login: &str, password: &str) -> Self {
        self.passwords.push((login.to_owned(), password.to_owned()));
        self
    }

    /// Takes no letters for this address: 550.
    #[must_use]
    pub fn without(mut self, address: &str) -> Self {
        self.unknown.push(address.to_owned());
        self
    }

    /// Offers other mechanisms than PLAIN and LOGIN.
    #[must_use]
    pub const fn offering(mut self, mechanisms: &'static str) -> Self {
        self.mechanisms = mechanisms;
        self
    }

    /// Speaks IMAP instead of SMTP, with these capabilities besides those of encryption.
    #[must_use]
    pub const fn over_imap(mut self, capabilities: &'static str) -> Self {
        self.capabilities = Some(capabilities);
        self
    }

    /// Gives the capabilities with which IMAP is spoken, if it is.
    pub(super) const fn capabilities(&self) -> Option<&'static str> {
        self.capabilities
    }

    pub(super) fn identity(&self) -> Option<Arc<Identity>> {
        match &self.encryption {
            Encryption::None => None,
            Encryption::StartTls(identity) | Encryption::Implicit(identity) => {
                Some(Arc::clone(identity))
            }
        }
    }

    pub(super) async fn serve(
        &self,
        mood: Mood,
        tray: &Tray,
        conversation: &mut Conversation,
    ) -> io::Result<Ended> {
        if !self.welcomes(mood, conversation).await? {
            return Ok(Ended::Listening);
        }
        conversation.say(b"220 mail.example.test ESMTP\r\n").await?;
        let takes = |address: &str| self.takes(address);
        let mut desk = Desk {
            tray,
            mood,
            takes: &takes,
            from: None,
            to: None,
        };
        let mut may_post = self.passwords.is_empty() || self.delivers;
        loop {
            let line = conversation.hear().await?;
            let line = String::from_utf8_lossy(&line).trim_end().to_owned();
            let (verb, rest) = line.split_once(' ').unwrap_or((&line, ""));
            match verb.to_ascii_uppercase().as_str() {
                "EHLO" | "LHLO" => self.say_hello(mood, conversation).await?,
                "STARTTLS" if conversation.can_encrypt() => {
                    conversation
                        .say(b"220 2.0.0 Ready to start TLS\r\n")
                        .await?;
                    conversation.handshake().await?;
                }
                "AUTH" if self.takes_logins(conversation) => {
                    let opens = self.hear_credentials(rest, conversation).await?;
                    if mood == Mood::Dropping {
                        return Ok(Ended::HungUp);
                    }
                    let answer = match (mood == Mood::Forgetful, opens) {
                        (true, _) => FORGETFUL,
                        (false, true) => ACCEPTED,
                        (false, false) => REFUSED,
                    };
                    conversation.say(answer).await?;
                    may_post |= answer == ACCEPTED;
                }
                "MAIL" | "RCPT" | "DATA" if may_post && self.takes_logins(conversation) => {
                    if !desk.serve(&line, conversation).await? {
                        return Ok(Ended::HungUp);
                    }
                }
                "MAIL" if self.takes_logins(conversation) => conversation.say(LOGIN_FIRST).await?,
                "MAIL" | "AUTH" => conversation.say(TLS_FIRST).await?,
                "QUIT" => {
                    conversation.say(b"221 2.0.0 Bye\r\n").await?;
                    return Ok(Ended::Listening);
                }
                _ => conversation.say(b"502 5.5.1 not here\r\n").await?,
            }
        }
    }

    /// Does what comes before the first word, and says whether there is one.
    pub(super) async fn welcomes(
        &self,
        mood: Mood,
        conversation: &mut Conversation,
    ) -> io::Result<bool> {
        if mood == Mood::Silent {
            return Ok(false);
        }
        if matches!(self.encryption, Encryption::Implicit(_)) {
            conversation.handshake().await?;
        }
        if mood == Mood::Confused {
            conversation
                .say(b"HTTP/1.1 400 Bad Request\r\n\r\n")
                .await?;
        }
        Ok(mood != Mood::Confused)
    }

    async fn say_hello(&self, mood: Mood, conversation: &mut Conversation) -> io::Result<()> {
        let mut answer = "250-mail.example.test\r\n".to_owned();
        if conversation.can_encrypt() && mood != Mood::Hiding {
            answer += "250-STARTTLS\r\n";
        }
        if self.takes_logins(conversation) || mood == Mood::Hiding {
            answer.extend(["250-AUTH ", self.mechanisms, "\r\n"]);
        }
        answer += "250 8BITMIME\r\n";
        conversation.say(answer.as_bytes()).await
    }

    pub(super) const fn takes_logins(&self, conversation: &Conversation) -> bool {
        conversation.is_secure() || matches!(self.encryption, Encryption::None)
    }

    /// Hears the rest of an AUTH command, and tells whether login and password belong together.
    async fn hear_credentials(
        &self,
        arguments: &str,
        conversation: &mut Conversation,
    ) -> io::Result<bool> {
        let (mechanism, initial) = arguments.split_once(' ').unwrap_or((arguments, ""));
        let (login, password) = if mechanism.eq_ignore_ascii_case("LOGIN") {
            let login = challenge(b"334 VXNlcm5hbWU6\r\n", conversation).await?;
            let password = challenge(b"334 UGFzc3dvcmQ6\r\n", conversation).await?;
            (login, password)
        } else {
            let message = match initial {
                "" => challenge(b"334 \r\n", conversation).await?,
                initial => decode(initial.as_bytes()),
            };
            return Ok(self.opens_by_plain(&message));
        };
        Ok(self.opens(&login, &password))
    }

    /// Does the message of the mechanism PLAIN open a mailbox?
    pub(super) fn opens_by_plain(&self, message: &[u8]) -> bool {
        let mut parts = message.split(|&b| b == 0);
        match (parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some(b""), Some(login), Some(password), None) => self.opens(login, password),
            _ => false,
        }
    }

    /// Do login and password belong together?
    pub(super) fn opens(&self, login: &[u8], password: &[u8]) -> bool {
        let known = |(name, secret): &(String, String)| {
            name.as_bytes() == login && secret.as_bytes() == password
        };
        self.passwords.iter().any(known) && !self.is_gone(&String::from_utf8_lossy(login))
    }

    /// Is there a mailbox that takes letters for this address?
    pub(super) fn takes(&self, address: &str) -> bool {
        let own = |(name, _): &(String, String)| name == address;
        let known =
            !self.delivers || address.starts_with("postmaster@") || self.passwords.iter().any(own);
        known && !self.unknown.iter().any(|unknown| unknown == address) && !self.is_gone(address)
    }

    fn is_gone(&self, address: &str) -> bool {
        let gone = self.gone.lock().unwrap_or_else(PoisonError::into_inner);
        gone.iter().any(|gone| gone == address)
    }
}

pub(super) async fn challenge(
    prompt: &[u8],
    conversation: &mut Conversation,
) -> io::Result<Vec<u8>> {
    conversation.say(prompt).await?;
    let line = conversation.hear().await?;
    Ok(decode(line.trim_ascii_end()))
}

/// What is not base64 belongs to nobody.
pub(super) fn decode(text: &[u8]) -> Vec<u8> {
    BASE64.decode(text).unwrap_or_default()
}

const ACCEPTED: &[u8] = b"235 2.7.0 Authentication successful\r\n";
const REFUSED: &[u8] = b"535 5.7.8 Error: authentication failed: (reason unavailable)\r\n";
const TLS_FIRST: &[u8] = b"530 5.7.0 Must issue a STARTTLS command first\r\n";
const LOGIN_FIRST: &[u8] = b"530 5.7.0 Authentication required\r\n";
const FORGETFUL: &[u8] =
    b"454 4.7.0 Temporary authentication failure: Connection lost to authentication server\r\n";
