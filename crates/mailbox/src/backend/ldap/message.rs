//! LDAP messages (RFC 4511 §4): the requests that we make, and the answers to them.
//!
//! Bind, search, StartTLS and unbind are all that is ever asked. An answer is read strictly, apart from
//! what §4 wants to be skipped: unknown parts at the end of an operation. Called by [`super::connection`].

use zeroize::Zeroizing;

use super::policy::{self, State};
use crate::dialogue::Listener;
use crate::escape::{escape, hide};
use crate::ldap::ber::{
    BOOLEAN, ENUMERATED, FALSE, INTEGER, OCTETS, Reader, SEQUENCE, Writer, message_length,
};
use crate::ldap::{Filter, Names};
use crate::sasl::telling;
use crate::unavailable::Gibberish;
use crate::url::Scope;

/// What a directory says in one message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Message {
    /// The number of the question that it answers; 0 for what was not asked.
    pub(super) id: u32,
    pub(super) answer: Answer,
    /// What a control says about the account.
    pub(super) state: Option<State>,
}

/// The answers that we know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// To a bind.
    Bound(Outcome),
    /// To a search: the name of one entry. We ask for no attributes.
    Entry(Vec<u8>),
    /// To a search: that another server may know more. It is never asked.
    Reference,
    /// To a search: that was all.
    Done(Outcome),
    /// To StartTLS, or unasked.
    Extended(Outcome),
}

/// How an operation ended (RFC 4511 §4.1.9).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Outcome {
    pub(super) code: u32,
    pub(super) text: Vec<u8>,
    /// The same text as it may be shown: without what we must not see in a log.
    shown: Vec<u8>,
}

/// What to look for, and where.
#[derive(Clone, Copy)]
pub(super) struct Search<'a> {
    pub(super) base: &'a str,
    pub(super) scope: Scope,
    pub(super) wanted: Wanted<'a>,
    /// How long the directory may take; 0 is for ever.
    pub(super) seconds: u32,
}

/// What a search is to find.
#[derive(Clone, Copy)]
pub(super) enum Wanted<'a> {
    /// The entry of one person.
    Person(&'a Filter, Names<'a>),
    /// Whatever is there.
    Anything,
}

/// Takes what arrives and gives complete messages.
#[derive(Debug, Default)]
pub(super) struct Inbox {
    pending: Vec<u8>,
}

/// Asks to be somebody (RFC 4511 §4.2), and to be told about the state of the account.
///
/// A password is never empty: that would be an anonymous login, which succeeds (RFC 4513 §5.1.2).
pub(super) fn bind(id: u32, name: &[u8], password: &str) -> Zeroizing<Vec<u8>> {
    message(id, name.len() + password.len(), |w| {
        w.put_all(0x60, |w| {
            w.put_number(INTEGER, 3);
            w.put(OCTETS, name);
            w.put(0x80, password.as_bytes());
        });
        w.put_all(0xa0, |w| {
            w.put_all(SEQUENCE, |w| w.put(OCTETS, policy::CONTROL));
        });
    })
}

/// Asks who has an address (RFC 4511 §4.5): names alone, two at most, aliases not followed.
pub(super) fn search(id: u32, search: Search<'_>) -> Zeroizing<Vec<u8>> {
    message(id, search.base.len() + 2000, |w| {
        w.put_all(0x63, |w| {
            w.put(OCTETS, search.base.as_bytes());
            w.put_number(
                ENUMERATED,
                match search.scope {
                    Scope::Base => 0,
                    Scope::One => 1,
                    Scope::Sub => 2,
                },
            );
            w.put_number(ENUMERATED, 0);
            w.put_number(INTEGER, MOST_ENTRIES);
            w.put_number(INTEGER, search.seconds);
            w.put(BOOLEAN, FALSE);
            match search.wanted {
                Wanted::Person(filter, names) => filter.write(names, w),
                Wanted::Anything => w.put(0x87, b"objectClass"),
            }
            // §4.5.1.8: the attribute that no entry has.
            w.put_all(SEQUENCE, |w| w.put(OCTETS, b"1.1"));
        });
    })
}

/// Asks for encryption (RFC 4511 §4.14).
pub(super) fn start_tls(id: u32) -> Zeroizing<Vec<u8>> {
    message(id, 0, |w| {
        w.put_all(0x77, |w| w.put(0x80, b"1.3.6.1.4.1.1466.20037"));
    })
}

/// Says good-bye (RFC 4511 §4.3); there is no answer.
pub(super) fn unbind(id: u32) -> Zeroizing<Vec<u8>> {
    message(id, 0, |w| w.put(0x42, b""))
}

fn message(id: u32, room: usize, inside: impl FnOnce(&mut Writer)) -> Zeroizing<Vec<u8>> {
    let mut writer = Writer::with_room(room + 200);
    writer.put_all(SEQUENCE, |w| {
        w.put_number(INTEGER, id);
        inside(w);
    });
    writer.finish()
}

impl Listener for Inbox {
    type Message = Message;

    fn take(&mut self, octets: &[u8]) -> Result<(), Gibberish> {
        self.pending.extend_from_slice(octets);
        // What is no message, or too long for one, is refused before more of it is waited for.
        message_length(&self.pending).map(drop)
    }

    fn message(&mut self) -> Result<Option<Message>, Gibberish> {
        let Some(length) = message_length(&self.pending)? else {
            return Ok(None);
        };
        if self.pending.len() < length {
            return Ok(None);
        }
        let octets: Vec<u8> = self.pending.drain(..length).collect();
        Message::read(&octets).map(Some)
    }

    fn forget(self) -> Self {
        Self::default()
    }

    fn is_empty(&self) -> bool {
        self.pending.is_empty()
    }
}

impl Message {
    fn read(octets: &[u8]) -> Result<Self, Gibberish> {
        let mut reader = Reader::new(octets);
        let mut message = Reader::new(reader.expect(SEQUENCE)?);
        reader.end()?;
        let id = message.number(INTEGER)?;
        let operation = message
            .next()?
            .ok_or(Gibberish("an LDAP message has no operation"))?;
        let mut inside = Reader::new(operation.content);
        let answer = match operation.tag {
            0x61 => Answer::Bound(Outcome::read(&mut inside)?),
            0x64 => Answer::Entry(inside.expect(OCTETS)?.to_vec()),
            0x65 => Answer::Done(Outcome::read(&mut inside)?),
            0x73 => Answer::Reference,
            0x78 => Answer::Extended(Outcome::read(&mut inside)?),
            _ => return Err(Gibberish("an LDAP message is no answer that we know")),
        };
        while inside.next()?.is_some() {}
        let state = match message.optional(0xa0)? {
            Some(controls) => policy::state(controls)?,
            None => None,
        };
        message.end()?;
        Ok(Self { id, answer, state })
    }

    /// Makes sure that a server which repeats what it was sent does not put it into our log.
    pub(super) fn hide(&mut self, secret: &str) {
        match &mut self.answer {
            Answer::Bound(outcome) | Answer::Done(outcome) | Answer::Extended(outcome) => {
                for secret in telling([secret.as_bytes()]) {
                    hide(&mut outcome.shown, secret);
                }
            }
            Answer::Entry(_) | Answer::Reference => {}
        }
    }
}

impl Outcome {
    fn read(reader: &mut Reader<'_>) -> Result<Self, Gibberish> {
        let code = reader.number(ENUMERATED)?;
        let _matched = reader.expect(OCTETS)?;
        let text = reader.expect(OCTETS)?.to_vec();
        let shown = text.clone();
        Ok(Self { code, text, shown })
    }

    /// Gives the text as it may be written into a log.
    pub(super) fn shown_text(&self) -> String {
        // slapd and Active Directory end their texts with NUL or a line break.
        let text = self.shown.trim_ascii_end();
        let text = text.strip_suffix(b"\0").unwrap_or(text);
        escape(text.trim_ascii_end())
    }

    /// Gives code and text as they may be written into a log.
    pub(super) fn said(&self) -> String {
        let text = self.shown_text();
        let name = name(self.code);
        let mut said = self.code.to_string();
        for part in [name, &text] {
            if !part.is_empty() {
                said.push(' ');
                said.push_str(part);
            }
        }
        said
    }
}

/// Names the result codes that an operator may meet (RFC 4511 appendix A).
const fn name(code: u32) -> &'static str {
    match code {
        1 => "operationsError",
        2 => "protocolError",
        3 => "timeLimitExceeded",
        4 => "sizeLimitExceeded",
        7 => "authMethodNotSupported",
        8 => "strongerAuthRequired",
        10 => "referral",
        11 => "adminLimitExceeded",
        13 => "confidentialityRequired",
        16 => "noSuchAttribute",
        19 => "constraintViolation",
        32 => "noSuchObject",
        34 => "invalidDNSyntax",
        48 => "inappropriateAuthentication",
        49 => "invalidCredentials",
        50 => "insufficientAccessRights",
        51 => "busy",
        52 => "unavailable",
        53 => "unwillingToPerform",
        80 => "other",
        _ => "",
    }
}

/// One is wanted; the second shows that the address is not one person's alone.
const MOST_ENTRIES: u32 = 2;

#[cfg(test)]
mod tests;
