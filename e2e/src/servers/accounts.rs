//! The mailboxes that every real server of these tests has: the cases of the mail dossier's §2.1.

/// A mailbox as the server's own table has it.
#[derive(Clone, Debug)]
pub struct Account {
    /// What is sent as user name.
    pub login: String,
    /// The password.
    pub password: String,
    /// In what state the account is.
    pub standing: Standing,
}

/// The states an account can be in, as far as the servers know them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// In order.
    Good,
    /// Its owner may not log in (Dovecot's `nologin`); over SMTP nobody can tell.
    Suspended,
}

impl Account {
    fn good(login: &str, password: impl Into<String>) -> Self {
        Self::with(login, password, Standing::Good)
    }

    fn with(login: &str, password: impl Into<String>, standing: Standing) -> Self {
        Self {
            login: login.to_owned(),
            password: password.into(),
            standing,
        }
    }
}

/// Gives the mailboxes, of four domains.
pub fn all() -> Vec<Account> {
    vec![
        Account::good(ALICE, ALICE_PASSWORD),
        Account::good(UMLAUT, UMLAUT_PASSWORD),
        Account::good(LONG, long_password()),
        Account::good(QUOTED, QUOTED_PASSWORD),
        Account::good(PLUS, ALICE_PASSWORD),
        Account::good(CORP, CORP_PASSWORD),
        Account::good(BUECHER, BUECHER_PASSWORD),
        Account::good(LOCAL_ONLY, CORP_PASSWORD),
        Account::with(SUSPENDED, ALICE_PASSWORD, Standing::Suspended),
    ]
}

/// A password of 200 characters, which are 400 octets.
pub fn long_password() -> String {
    "äé".repeat(100)
}

/// An ordinary mailbox.
pub const ALICE: &str = "alice@example.test";
/// Alice's password.
pub const ALICE_PASSWORD: &str = "correct horse battery staple";
/// A mailbox whose password is not ASCII.
pub const UMLAUT: &str = "umlaut@example.test";
/// Composed letters (NFC), Greek and an emoji.
pub const UMLAUT_PASSWORD: &str = "Grüße, κόσμε 🐘";
/// The mailbox with [`long_password`].
pub const LONG: &str = "long@example.test";
/// A mailbox whose password wants to be quoted.
pub const QUOTED: &str = "quoted@example.test";
/// Spaces at both ends, quotes, a backslash, and what shells and tables take for special.
pub const QUOTED_PASSWORD: &str = "  \"two\" 'three' \\ :;#$%{}`<&> = ";
/// A mailbox with a tag that is part of its name.
pub const PLUS: &str = "erin.o_neil+work@example.test";
/// A mailbox of another domain.
pub const CORP: &str = "alice@corp.test";
/// Its password, which is not that of the other Alice.
pub const CORP_PASSWORD: &str = "another Alice";
/// A mailbox of an internationalised domain, which the server knows by its A-label.
pub const BUECHER: &str = "hans@xn--bcher-kva.test";
/// The password of that mailbox.
pub const BUECHER_PASSWORD: &str = "Lesen";
/// A mailbox that its server knows without a domain.
pub const LOCAL_ONLY: &str = "carol";
/// A mailbox that may not log in.
pub const SUSPENDED: &str = "nora@example.test";
/// A mailbox of [`BROKEN_DOMAIN`].
pub const BROKEN: &str = "tina@states.test";
/// A mailbox over whose password Exim does not decide until its directory answers.
pub const HELD: &str = "hold@example.test";
/// The domain whose table the server cannot read.
pub const BROKEN_DOMAIN: &str = "states.test";
