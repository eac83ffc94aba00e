//! What is sent to the mail server as the user name: computed from the address, never typed.
//!
//! `mail.md` §8 (the allow-list) and §9 rules 2 to 4 and 7: the person types an address of a domain
//! that we serve, and exactly one login follows from it. Characters by which servers separate master
//! users, domains, routes or shell words never get into it.

use std::fmt;

use protocol::email::{Domain, EmailAddress};
use serde::{Deserialize, Serialize};

/// The user name for one mailbox, safe to be sent.
#[derive(Clone, PartialEq, Eq)]
pub struct Login(String);

/// Which part of the address the mail server knows its users by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LoginForm {
    /// The whole address, `alice@example.org`.
    #[default]
    Address,
    /// What stands before the `@`. Only safe where one server serves one domain (`mail.md` §9 rule 3).
    LocalPart,
}

/// Says why no login can be made of an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LoginError {
    /// A character that some mail servers give a meaning of its own.
    #[error("a mailbox whose name contains {0:?} cannot be opened here")]
    Character(char),
    /// A letter outside ASCII, which mail servers spell in more than one way.
    #[error("a mailbox whose name contains {0:?} cannot be opened here: only a-z are understood")]
    NotAscii(char),
    /// Longer than RFC 5321 and RFC 4616 let a server be asked for.
    #[error("the user name for the mail server is longer than 255 characters")]
    TooLong,
}

impl Login {
    /// Computes the login for an address of a served domain.
    ///
    /// The canonical spelling is sent: on a server that tells `Alice` from `alice`, the password of
    /// the one must not prove the address of the other.
    pub fn for_address(
        address: &EmailAddress,
        form: LoginForm,
        backend_domain: Option<&Domain>,
    ) -> Result<Self, LoginError> {
        let address = address.canonical();
        for c in address.local().chars() {
            if !c.is_ascii() {
                return Err(LoginError::NotAscii(c));
            }
            if !c.is_ascii_alphanumeric() && !PUNCTUATION.contains(c) {
                return Err(LoginError::Character(c));
            }
        }
        let login = match form {
            LoginForm::Address => {
                let domain = backend_domain.unwrap_or_else(|| address.domain());
                format!("{}@{domain}", address.local())
            }
            LoginForm::LocalPart => address.local().to_owned(),
        };
        if login.len() > MAX_LOGIN {
            return Err(LoginError::TooLong);
        }
        Ok(Self(login))
    }

    /// Gives the text that goes to the server, and nowhere else.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// A login names a person: it is kept out of logs like the address itself.
impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Login(‹address›)")
    }
}

/// Beside letters and digits; the placing of dots was checked when the address was read.
const PUNCTUATION: &str = "._-+'&=";

const MAX_LOGIN: usize = 255;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn login(
        address: &str,
        form: LoginForm,
        backend_domain: Option<&str>,
    ) -> Result<String, LoginError> {
        let address = EmailAddress::parse(address).unwrap();
        let backend_domain = backend_domain.map(|d| Domain::parse(d).unwrap());
        Login::for_address(&address, form, backend_domain.as_ref()).map(|l| l.as_str().to_owned())
    }

    #[test]
    fn one_login_follows_from_an_address() {
        use LoginForm::{Address, LocalPart};
        for (address, form, domain, sent) in [
            ("alice@example.org", Address, None, "alice@example.org"),
            ("Alice.B@Example.ORG", Address, None, "alice.b@example.org"),
            ("Alice@example.org", LocalPart, None, "alice"),
            (
                "o'neil&co=x_y-z+t@example.org",
                LocalPart,
                None,
                "o'neil&co=x_y-z+t",
            ),
            (
                "alice@example.org",
                Address,
                Some("internal.example"),
                "alice@internal.example",
            ),
            (
                "alice@example.org",
                LocalPart,
                Some("internal.example"),
                "alice",
            ),
            (
                "hans@bücher.example",
                Address,
                None,
                "hans@xn--bcher-kva.example",
            ),
        ] {
            assert_eq!(login(address, form, domain).unwrap(), sent, "{address}");
        }
    }

    #[test]
    fn characters_with_a_meaning_of_their_own_are_refused() {
        for c in "!#$%*/?^`{|}~".chars() {
            let address = format!("alice{c}admin@example.org");

            assert_eq!(
                login(&address, LoginForm::Address, None),
                Err(LoginError::Character(c))
            );
            assert_eq!(
                login(&address, LoginForm::LocalPart, None),
                Err(LoginError::Character(c))
            );
        }
    }

    #[test]
    fn letters_outside_ascii_are_refused() {
        assert_eq!(
            login("jörg@example.org", LoginForm::Address, None),
            Err(LoginError::NotAscii('ö'))
        );
    }

    #[test]
    fn a_long_backend_domain_does_not_make_an_endless_login() {
        let address = format!("{}@example.org", "a".repeat(64));
        let domain = [
            "b".repeat(60),
            "c".repeat(60),
            "d".repeat(60),
            "e".repeat(20),
        ]
        .join(".");

        assert_eq!(
            login(&address, LoginForm::Address, Some(&domain)),
            Err(LoginError::TooLong)
        );
    }

    #[test]
    fn a_login_does_not_print_itself() {
        let address = EmailAddress::parse("alice@example.org").unwrap();
        let login = Login::for_address(&address, LoginForm::Address, None).unwrap();

        assert!(!format!("{login:?}").contains("alice"));
    }

    proptest! {
        #[test]
        fn whatever_is_accepted_is_made_of_allowed_characters(
            local in "[ -~é\u{2028}]{1,70}",
            domain in "[a-zA-Zü0-9.-]{1,20}",
            form in prop_oneof![Just(LoginForm::Address), Just(LoginForm::LocalPart)],
        ) {
            let Ok(address) = EmailAddress::parse(&format!("{local}@{domain}")) else {
                return Ok(());
            };
            let Ok(login) = Login::for_address(&address, form, None) else { return Ok(()) };

            let (local, domain) = login.as_str().split_once('@').unwrap_or((login.as_str(), ""));
            let allowed =
                |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || PUNCTUATION.contains(c);
            prop_assert!(local.chars().all(allowed), "{local:?}");
            prop_assert!(domain.bytes().all(|b| b.is_ascii_alphanumeric() || b".-".contains(&b)));
            prop_assert!(login.as_str().len() <= MAX_LOGIN);
        }
    }
}
