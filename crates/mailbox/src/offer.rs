//! What a server offers in its answer to EHLO (RFC 5321 §4.1.1.1).
//!
//! Keywords are compared as whole words: `X-AUTH`, `AUTHX` or an `AUTH` in the greeting line offer
//! nothing (`mail.md` §7). Whatever was offered before TLS is forgotten after it (RFC 3207 §4.2): each
//! EHLO makes a new [`Offer`].

use crate::client::Xclient;
use crate::escape::escape;
use crate::reply::Reply;
use crate::sasl::{Mechanism, mechanism_name};
use crate::unavailable::Unavailable;

/// The part of an EHLO answer that a login needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Offer {
    pub(crate) host: String,
    pub(crate) starttls: bool,
    pub(crate) mechanisms: Vec<String>,
    /// Postfix: the server wants to know for whom we ask.
    pub(crate) xclient: Option<Xclient>,
}

impl Offer {
    /// Reads the lines of a 250.
    pub(crate) fn read(reply: &Reply) -> Self {
        let mut lines = reply.lines();
        let host = lines.next().and_then(|line| words(line).next());
        let mut offer = Self {
            host: escape(host.unwrap_or_default()),
            starttls: false,
            mechanisms: Vec::new(),
            xclient: None,
        };
        for line in lines {
            let mut words = words(line);
            match words.next() {
                Some(word) if word.eq_ignore_ascii_case(b"STARTTLS") => offer.starttls = true,
                Some(word) if word.eq_ignore_ascii_case(b"AUTH") => {
                    offer.mechanisms.extend(words.filter_map(mechanism_name));
                }
                Some(word) if word.eq_ignore_ascii_case(b"XCLIENT") => {
                    offer.xclient = Xclient::read(words);
                }
                _ => {}
            }
        }
        offer
    }

    /// Chooses how to log in: PLAIN, or LOGIN where there is no PLAIN.
    pub(crate) fn mechanism(&self) -> Result<Mechanism, Unavailable> {
        let offered = |name| self.mechanisms.iter().any(|offered| offered == name);
        if offered("PLAIN") {
            Ok(Mechanism::Plain)
        } else if offered("LOGIN") {
            Ok(Mechanism::Login)
        } else if self.mechanisms.is_empty() {
            Err(Unavailable::NoLogin)
        } else {
            let offered = escape(self.mechanisms.join(" ").as_bytes());
            Err(Unavailable::NoMechanism { offered })
        }
    }
}

fn words(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    line.split(|&b| b == b' ').filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialogue::Listener;
    use crate::reply::Reader;

    fn offer(wire: &str) -> Offer {
        let mut reader = Reader::default();
        reader.take(wire.as_bytes()).unwrap();
        Offer::read(&reader.message().unwrap().unwrap())
    }

    #[test]
    fn keywords_are_whole_words_in_any_case() {
        let offer =
            offer("250-mail.example.test hello\r\n250-starttls\r\n250 auth xoauth2 Login\r\n");

        assert_eq!(
            offer,
            Offer {
                host: "mail.example.test".to_owned(),
                starttls: true,
                mechanisms: vec!["XOAUTH2".to_owned(), "LOGIN".to_owned()],
                xclient: None,
            }
        );
        assert_eq!(offer.mechanism(), Ok(Mechanism::Login));
    }

    #[test]
    fn xclient_counts_where_it_takes_an_address() {
        for (line, line_sent) in [
            (
                "XCLIENT NAME ADDR PROTO",
                Some("XCLIENT NAME=[UNAVAILABLE] ADDR=192.0.2.1\r\n"),
            ),
            ("xclient port addr", Some("XCLIENT ADDR=192.0.2.1\r\n")),
            ("XCLIENT NAME PORT", None),
            ("XCLIENT", None),
            ("XCLIENT ADDRX", None),
            ("XCLIENTS ADDR", None),
            ("HELP XCLIENT ADDR", None),
        ] {
            let offer = offer(&format!("250-m\r\n250 {line}\r\n"));

            let sent = offer
                .xclient
                .map(|xclient| xclient.line([192, 0, 2, 1].into()));
            assert_eq!(sent.as_deref(), line_sent, "{line}");
        }
    }

    #[test]
    fn plain_comes_first() {
        assert_eq!(
            offer("250-m\r\n250 AUTH LOGIN PLAIN\r\n").mechanism(),
            Ok(Mechanism::Plain)
        );
        assert_eq!(
            offer("250-m\r\n250-AUTH LOGIN\r\n250 AUTH PLAIN\r\n").mechanism(),
            Ok(Mechanism::Plain)
        );
    }

    #[test]
    fn look_alikes_offer_nothing() {
        for wire in [
            "250 AUTH PLAIN\r\n",
            "250-AUTH PLAIN LOGIN STARTTLS\r\n250 HELP\r\n",
            "250-m\r\n250 X-AUTH PLAIN\r\n",
            "250-m\r\n250 AUTHX PLAIN\r\n",
            "250-m\r\n250 AUTH=PLAIN\r\n",
            "250-m\r\n250 AUTH\r\n",
            "250-m\r\n250 XXXXXXXA\r\n",
            "250-m\r\n250 HELP AUTH PLAIN STARTTLS\r\n",
        ] {
            assert_eq!(
                offer(wire).mechanism(),
                Err(Unavailable::NoLogin),
                "{wire:?}"
            );
            assert!(!offer(wire).starttls, "{wire:?}");
        }
        for wire in [
            "250-m\r\n250 AUTH PLAIN-CLIENTTOKEN XPLAIN\r\n",
            "250-m\r\n250 AUTH LOGINX\r\n",
        ] {
            assert_eq!(
                offer(wire).mechanism().unwrap_err().reason(),
                "no-mechanism",
                "{wire:?}"
            );
        }
    }
}
