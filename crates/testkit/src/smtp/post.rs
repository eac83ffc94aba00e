//! What an honest server does with letters (RFC 5321 §3.3): it keeps them for the test.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use super::conversation::Conversation;
use super::mood::Mood;

/// A letter that a server has taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// The address in MAIL.
    pub from: String,
    /// The address in RCPT.
    pub to: String,
    /// Headers, an empty line and the text, each line with its CRLF, without the dots of the wire.
    pub text: String,
}

/// Where the letters of all sessions are kept.
pub(super) type Tray = Arc<Mutex<Vec<Letter>>>;

/// Takes what the tray holds.
pub(super) fn empty(tray: &Tray) -> Vec<Letter> {
    std::mem::take(&mut *tray.lock().unwrap_or_else(PoisonError::into_inner))
}

/// One client's letters.
pub(super) struct Desk<'a> {
    pub(super) tray: &'a Tray,
    pub(super) mood: Mood,
    /// Says whether there is a mailbox that takes letters for an address.
    pub(super) takes: &'a (dyn Fn(&str) -> bool + Send + Sync),
    pub(super) from: Option<String>,
    pub(super) to: Option<String>,
}

impl Desk<'_> {
    /// Answers MAIL, RCPT and DATA. Says whether the server stays.
    pub(super) async fn serve(
        &mut self,
        line: &str,
        conversation: &mut Conversation,
    ) -> io::Result<bool> {
        let (path, _) = line.split_once('>').unwrap_or((line, ""));
        let (verb, address) = path.split_once('<').unwrap_or((path, ""));
        let answer: &[u8] = match verb.to_ascii_uppercase().as_str() {
            "MAIL FROM:" => {
                self.from = Some(address.to_owned());
                b"250 2.1.0 Ok\r\n"
            }
            "RCPT TO:" if self.from.is_some() => self.recipient(address),
            "DATA" if self.to.is_some() => {
                let stays = self.take(conversation).await?;
                if !stays {
                    return Ok(false);
                }
                b"250 2.0.0 Ok: queued\r\n"
            }
            _ => b"503 5.5.1 Error: need another command first\r\n",
        };
        conversation.say(answer).await?;
        Ok(true)
    }

    fn recipient(&mut self, address: &str) -> &'static [u8] {
        if self.mood == Mood::Forgetful {
            return b"451 4.3.0 Temporary lookup failure\r\n";
        }
        if !(self.takes)(address) {
            return b"550 5.1.1 Recipient address rejected: User unknown\r\n";
        }
        self.to = Some(address.to_owned());
        b"250 2.1.5 Ok\r\n"
    }

    /// Takes a letter, and says whether the server answers to it.
    async fn take(&mut self, conversation: &mut Conversation) -> io::Result<bool> {
        conversation
            .say(b"354 End data with <CR><LF>.<CR><LF>\r\n")
            .await?;
        let mut text = String::new();
        loop {
            let line = conversation.hear().await?;
            if line == b".\r\n" {
                break;
            }
            let line = line.strip_prefix(b".").unwrap_or(&line);
            text += &String::from_utf8_lossy(line);
        }
        if let (Some(from), Some(to)) = (self.from.take(), self.to.take()) {
            let letter = Letter { from, to, text };
            let mut tray = self.tray.lock().unwrap_or_else(PoisonError::into_inner);
            tray.push(letter);
        }
        Ok(self.mood != Mood::Dropping)
    }
}
