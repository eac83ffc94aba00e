//! What each response means: the IMAP rows of the table in `mail.md` §3, and RFC 5530 code by code.
//!
//! Pure: a response goes in, a conclusion comes out. Only [`verdict`] can say [`Verdict::Opens`], only
//! for OK, and it is asked only about the answer to our own command.

use crate::check::{Refusal, Verdict};
use crate::sasl::Sent;
use crate::unavailable::{TlsRequired, Unavailable};

use super::response::{Condition, Status};

/// Goes on after a greeting of OK. PREAUTH says that somebody is logged in; it was not us.
pub(super) fn greeting(status: &Status) -> Result<(), Unavailable> {
    not_referred(status)?;
    match status.condition {
        Condition::Ok => Ok(()),
        Condition::Bye => Err(Unavailable::Temporary {
            said: status.said(),
        }),
        Condition::Preauth => Err(PREAUTH),
        Condition::No | Condition::Bad => Err(gibberish("its greeting is neither OK nor BYE")),
    }
}

/// Goes on after an untagged condition that came before the answer to a command: most are remarks.
pub(super) fn notice(status: &Status) -> Result<(), Unavailable> {
    not_referred(status)?;
    match status.condition {
        Condition::Ok | Condition::No | Condition::Bad => Ok(()),
        Condition::Bye => Err(Unavailable::Temporary {
            said: status.said(),
        }),
        Condition::Preauth => Err(PREAUTH),
    }
}

/// Goes on after OK to a command that is about nothing but the dialogue.
pub(super) fn command(what: &'static str, status: &Status) -> Result<(), Unavailable> {
    not_referred(status)?;
    let said = status.said();
    match status.condition {
        Condition::Ok => Ok(()),
        _ if is_temporary(status) => Err(Unavailable::Temporary { said }),
        Condition::No | Condition::Bad | Condition::Bye | Condition::Preauth => {
            Err(Unavailable::Misconfigured { what, said })
        }
    }
}

/// Goes on after OK to STARTTLS (RFC 3501 §6.2.1).
pub(super) fn starttls(status: &Status) -> Result<(), Unavailable> {
    match command("STARTTLS", status) {
        Err(Unavailable::Misconfigured { said, .. }) => {
            Err(Unavailable::TlsRequired(TlsRequired::Refused { said }))
        }
        other => other,
    }
}

/// Concludes from the answer to a login, given how much of the credentials the server has.
///
/// An OK before it has the password would accept whoever asks; a NO before that is no judgement on
/// anybody's password.
pub(super) fn verdict(status: &Status, sent: Sent) -> Result<Verdict, Unavailable> {
    match (conclusion(status)?, sent) {
        (verdict, Sent::All) => Ok(verdict),
        (Verdict::Opens, Sent::Nothing | Sent::UserName) => {
            Err(gibberish("it accepted a login before it had the password"))
        }
        (Verdict::Refused(_), Sent::Nothing | Sent::UserName) => Err(Unavailable::Misconfigured {
            what: "to begin the login",
            said: status.said(),
        }),
    }
}

fn conclusion(status: &Status) -> Result<Verdict, Unavailable> {
    not_referred(status)?;
    match status.condition {
        Condition::Ok => Ok(Verdict::Opens),
        Condition::No => refusal(status),
        Condition::Bad | Condition::Bye | Condition::Preauth => Err(no_judgement(status)),
    }
}

/// RFC 5530 §3: some codes say that the refusal is no judgement on the password. An unknown code
/// counts for nothing (RFC 3501 §7.1), and a NO without one is the refusal of older servers.
fn refusal(status: &Status) -> Result<Verdict, Unavailable> {
    let said = status.said();
    let text = status.text().to_ascii_lowercase();
    let mentions = |words: &[u8]| text.windows(words.len()).any(|window| window == words);
    match code(status) {
        _ if is_temporary(status) => Err(Unavailable::Temporary { said }),
        "PRIVACYREQUIRED" => Err(Unavailable::TlsRequired(TlsRequired::Demanded { said })),
        // Dovecot, and Gmail to the password of an account with a second factor.
        "ALERT" if mentions(b"unsupported") || mentions(b"application-specific password") => {
            Err(Unavailable::MechanismRefused { said })
        }
        "CANNOT" | "CLIENTBUG" | "CORRUPTION" | "OVERQUOTA" | "NONEXISTENT" | "ALREADYEXISTS"
        | "EXPUNGEISSUED" => Err(no_judgement(status)),
        // AUTHENTICATIONFAILED, AUTHORIZATIONFAILED, EXPIRED, CONTACTADMIN and NOPERM among them.
        code => Ok(Verdict::Refused(Refusal {
            code: if code.is_empty() { "NO" } else { code }.to_owned(),
            enhanced: None,
            text: status.shown_text(),
        })),
    }
}

fn is_temporary(status: &Status) -> bool {
    ["UNAVAILABLE", "SERVERBUG", "INUSE", "LIMIT"].contains(&code(status))
}

/// RFC 2221: a server may say that another one knows this user. That one is not sent a password.
fn not_referred(status: &Status) -> Result<(), Unavailable> {
    if code(status) == "REFERRAL" {
        let said = status.said();
        return Err(Unavailable::Referred { said });
    }
    Ok(())
}

fn no_judgement(status: &Status) -> Unavailable {
    Unavailable::Misconfigured {
        what: "the login",
        said: status.said(),
    }
}

fn code(status: &Status) -> &str {
    status.code.as_ref().map_or("", |code| &code.name)
}

const fn gibberish(why: &'static str) -> Unavailable {
    Unavailable::Gibberish { why }
}

const PREAUTH: Unavailable =
    gibberish("it says that somebody is logged in before anybody has logged in");

#[cfg(test)]
mod tests;
