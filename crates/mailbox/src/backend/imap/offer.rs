//! What a server offers in its list of capabilities (RFC 3501 §7.2.1).
//!
//! Capabilities are compared as whole words: `XSTARTTLS` or `AUTH=PLAIN-CLIENTTOKEN` offer nothing
//! (`mail.md` §7). Whatever was offered before TLS is forgotten after it (RFC 3501 §6.2.1): each list
//! makes a new [`Offer`].

use crate::escape::escape;
use crate::sasl::{InitialResponse, Mechanism, mechanism_name};
use crate::unavailable::Unavailable;

/// The part of a list of capabilities that a login needs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Offer {
    pub(super) starttls: bool,
    /// Can the server be told who asks (RFC 2971)?
    pub(super) id: bool,
    /// May the credentials stand behind `AUTHENTICATE` (RFC 4959)?
    pub(super) initial_response: InitialResponse,
    login_disabled: bool,
    mechanisms: Vec<String>,
}

/// How to hand over a login and a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Method {
    /// By the command AUTHENTICATE.
    Authenticate(Mechanism),
    /// By the command LOGIN.
    Login,
}

impl Offer {
    /// Reads what stands behind `CAPABILITY`.
    pub(super) fn read(list: &[u8]) -> Self {
        let mut offer = Self::default();
        let words = list.split(|&b| b == b' ');
        for word in words.map(<[u8]>::to_ascii_uppercase) {
            match word.as_slice() {
                b"STARTTLS" => offer.starttls = true,
                b"ID" => offer.id = true,
                b"SASL-IR" => offer.initial_response = InitialResponse::Allowed,
                b"LOGINDISABLED" => offer.login_disabled = true,
                word => {
                    let name = word.strip_prefix(b"AUTH=").and_then(mechanism_name);
                    offer.mechanisms.extend(name);
                }
            }
        }
        offer
    }

    /// Chooses how to log in: AUTHENTICATE PLAIN, in which everything can be said, or else LOGIN.
    pub(super) fn method(&self) -> Result<Method, Unavailable> {
        let offered = |name| self.mechanisms.iter().any(|offered| offered == name);
        if offered("PLAIN") {
            Ok(Method::Authenticate(Mechanism::Plain))
        } else if !self.login_disabled {
            Ok(Method::Login)
        } else if offered("LOGIN") {
            Ok(Method::Authenticate(Mechanism::Login))
        } else if self.mechanisms.is_empty() {
            Err(Unavailable::LoginDisabled)
        } else {
            let offered = escape(self.mechanisms.join(" ").as_bytes());
            Err(Unavailable::NoMechanism { offered })
        }
    }

    /// Names the ways to log in, as a probe shows them: the command LOGIN is one of them.
    pub(super) fn mechanisms(self) -> Vec<String> {
        let mut mechanisms = self.mechanisms;
        let login = "LOGIN".to_owned();
        if !self.login_disabled && !mechanisms.contains(&login) {
            mechanisms.push(login);
        }
        mechanisms
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offer(list: &str) -> Offer {
        Offer::read(list.as_bytes())
    }

    #[test]
    fn capabilities_are_whole_words_in_any_case() {
        let offer = offer("IMAP4rev1 sasl-ir StartTLS ID LOGINDISABLED auth=xoauth2 AUTH=Plain");

        assert_eq!(
            offer,
            Offer {
                starttls: true,
                id: true,
                initial_response: InitialResponse::Allowed,
                login_disabled: true,
                mechanisms: vec!["XOAUTH2".to_owned(), "PLAIN".to_owned()],
            }
        );
    }

    #[test]
    fn look_alikes_offer_nothing() {
        for list in [
            "",
            "IMAP4rev1",
            "XSTARTTLS STARTTLSX SASL-IRX XID IDLE AUTH= AUTHX=PLAIN X-AUTH=PLAIN AUTH PLAIN",
            "STARTTLS=1 ID=1 SASL-IR=1 LOGINDISABLEDX AUTH=PLAI\u{ff2e}",
            "IMAP4rev1\tSTARTTLS",
        ] {
            assert_eq!(offer(list), Offer::default(), "{list:?}");
        }
    }

    #[test]
    fn authenticate_plain_comes_first_and_login_is_for_servers_without_it() {
        use Method::{Authenticate, Login};
        for (list, method) in [
            ("AUTH=LOGIN AUTH=PLAIN", Authenticate(Mechanism::Plain)),
            ("LOGINDISABLED AUTH=PLAIN", Authenticate(Mechanism::Plain)),
            ("IMAP4rev1", Login),
            ("AUTH=LOGIN AUTH=CRAM-MD5", Login),
            ("AUTH=PLAIN-CLIENTTOKEN AUTH=XPLAIN", Login),
            ("LOGINDISABLED AUTH=LOGIN", Authenticate(Mechanism::Login)),
        ] {
            assert_eq!(offer(list).method(), Ok(method), "{list}");
        }
    }

    #[test]
    fn a_server_that_takes_no_password_says_what_it_takes() {
        assert_eq!(
            offer("LOGINDISABLED AUTH=CRAM-MD5 AUTH=XOAUTH2").method(),
            Err(Unavailable::NoMechanism {
                offered: "CRAM-MD5 XOAUTH2".to_owned()
            })
        );
        assert_eq!(
            offer("IMAP4rev1 LOGINDISABLED").method(),
            Err(Unavailable::LoginDisabled)
        );
    }

    #[test]
    fn the_command_login_is_shown_as_a_mechanism() {
        for (list, shown) in [
            ("AUTH=PLAIN AUTH=LOGIN", vec!["PLAIN", "LOGIN"]),
            ("AUTH=PLAIN", vec!["PLAIN", "LOGIN"]),
            ("AUTH=PLAIN LOGINDISABLED", vec!["PLAIN"]),
            ("IMAP4rev1", vec!["LOGIN"]),
        ] {
            assert_eq!(offer(list).mechanisms(), shown, "{list}");
        }
    }
}
