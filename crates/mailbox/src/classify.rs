//! What each reply means: the table of `mail.md` §3, row by row.
//!
//! Pure: a reply goes in, a conclusion comes out. Only [`verdict`] can say [`Verdict::Opens`], only
//! for 235, and it is asked only about the complete answer to complete credentials.

use crate::check::{Refusal, Verdict};
use crate::reply::Reply;
use crate::sasl::Sent;
use crate::unavailable::{TlsRequired, Unavailable};

/// Goes on after a greeting of 220.
pub(crate) fn greeting(reply: &Reply) -> Result<(), Unavailable> {
    let said = reply.said();
    match reply.code {
        220 => Ok(()),
        400..=499 => Err(Unavailable::Temporary { said }),
        500..=599 => Err(Unavailable::Blocked { said }),
        _ => Err(gibberish("its greeting is neither 220 nor a refusal")),
    }
}

/// Goes on after an answer of 250 to EHLO.
pub(crate) fn hello(reply: &Reply) -> Result<(), Unavailable> {
    let said = reply.said();
    match reply.code {
        250 => Ok(()),
        400..=499 => Err(Unavailable::Temporary { said }),
        500..=599 => Err(Unavailable::Misconfigured { what: "EHLO", said }),
        _ => Err(gibberish("its answer to EHLO is neither 250 nor a refusal")),
    }
}

/// Goes on after an answer of 220 to STARTTLS (RFC 3207 §4).
pub(crate) fn starttls(reply: &Reply) -> Result<(), Unavailable> {
    let said = reply.said();
    match reply.code {
        220 => Ok(()),
        400..=499 => Err(Unavailable::Temporary { said }),
        500..=599 => Err(Unavailable::TlsRequired(TlsRequired::Refused { said })),
        _ => Err(gibberish(
            "its answer to STARTTLS is neither 220 nor a refusal",
        )),
    }
}

/// Goes on after an answer of 220 to XCLIENT: the server begins anew.
pub(crate) fn xclient(reply: &Reply) -> Result<(), Unavailable> {
    let said = reply.said();
    match reply.code {
        220 => Ok(()),
        400..=499 => Err(Unavailable::Temporary { said }),
        500..=599 => Err(Unavailable::Misconfigured {
            what: "to be told where a browser is",
            said,
        }),
        _ => Err(gibberish(
            "its answer to XCLIENT is neither 220 nor a refusal",
        )),
    }
}

/// Concludes from the final answer to AUTH, given how much of the credentials the server has.
///
/// A 235 before it has the password would accept whoever asks; a 535 to the bare word AUTH is no
/// judgement on anybody's password.
pub(crate) fn verdict(reply: &Reply, sent: Sent) -> Result<Verdict, Unavailable> {
    match (conclusion(reply)?, sent) {
        (verdict, Sent::All) => Ok(verdict),
        (Verdict::Opens, Sent::Nothing | Sent::UserName) => {
            Err(gibberish("it accepted a login before it had the password"))
        }
        (Verdict::Refused(refusal), Sent::UserName) => Ok(Verdict::Refused(refusal)),
        (Verdict::Refused(_), Sent::Nothing) => Err(Unavailable::Misconfigured {
            what: "to begin the login",
            said: reply.said(),
        }),
    }
}

fn conclusion(reply: &Reply) -> Result<Verdict, Unavailable> {
    let said = reply.said();
    match reply.code {
        235 => Ok(Verdict::Opens),
        535 => refusal(reply),
        525 => Ok(refused(reply)),
        432 | 504 | 534 => Err(Unavailable::MechanismRefused { said }),
        523 | 530 | 538 => Err(Unavailable::TlsRequired(TlsRequired::Demanded { said })),
        400..=499 => Err(Unavailable::Temporary { said }),
        500..=599 => Err(Unavailable::Misconfigured {
            what: "the login",
            said,
        }),
        _ => Err(gibberish("its answer to AUTH is neither 235 nor a refusal")),
    }
}

/// 535 is ambiguous (`mail.md` §1 fact 1): a few servers say in words that it is no judgement.
fn refusal(reply: &Reply) -> Result<Verdict, Unavailable> {
    let said = reply.said();
    let text = reply.text().to_ascii_lowercase();
    let mentions = |words: &[u8]| text.windows(words.len()).any(|window| window == words);
    // Postfix with Dovecot SASL.
    if mentions(b"invalid authentication mechanism") || mentions(b"invalid base64") {
        return Err(Unavailable::Misconfigured {
            what: "the login",
            said,
        });
    }
    match reply.enhanced() {
        Some(code) if code.starts_with("4.") => Err(Unavailable::Temporary { said }),
        // Exchange Online: SMTP AUTH is off for the tenant, unless the text says otherwise.
        Some("5.7.139") if !mentions(b"credentials were incorrect") => {
            Err(Unavailable::Misconfigured {
                what: "the login",
                said,
            })
        }
        _ => Ok(refused(reply)),
    }
}

fn refused(reply: &Reply) -> Verdict {
    Verdict::Refused(Refusal {
        code: reply.code.to_string(),
        enhanced: reply.enhanced().map(str::to_owned),
        text: reply.shown_text(),
    })
}

const fn gibberish(why: &'static str) -> Unavailable {
    Unavailable::Gibberish { why }
}

#[cfg(test)]
mod tests;
