//! What each answer to MAIL and RCPT says about a mailbox (RFC 5321 §4.2.3, RFC 3463, RFC 5248).
//!
//! Pure. Only [`recipient`] can say that a mailbox is gone, only for a refusal that is for ever and is
//! about the mailbox by its own words. What is about us, about letters, or about now decides nothing.

use crate::reply::Reply;
use crate::standing::{Absence, AbsenceKind, Standing};
use crate::unavailable::Unavailable;

/// What the answer about one recipient amounts to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Heard {
    /// The answer says it all.
    Decided(Standing),
    /// The mailbox is gone, if others of the domain are there.
    Depends(Absence),
}

/// Goes on after an answer of 250 to MAIL.
pub(super) fn sender(reply: &Reply) -> Result<(), Unavailable> {
    let said = reply.said();
    match reply.code {
        250 => Ok(()),
        400..=499 => Err(Unavailable::Temporary { said }),
        500..=599 => Err(Unavailable::Misconfigured {
            what: "a letter without a sender",
            said,
        }),
        _ => Err(ODD),
    }
}

/// Says whether a recipient is taken, whatever the reason if not.
pub(super) fn is_taken(reply: &Reply) -> Result<bool, Unavailable> {
    match reply.code {
        250 | 251 => Ok(true),
        252 | 400..=599 => Ok(false),
        _ => Err(ODD),
    }
}

/// Concludes from the answer to RCPT.
pub(super) fn recipient(reply: &Reply) -> Result<Heard, Unavailable> {
    let said = reply.said();
    let unknown = |why| Ok(Heard::Decided(Standing::Unknown { why }));
    match reply.code {
        // 251: the server will see to it that the letter arrives, though elsewhere.
        250 | 251 => Ok(Heard::Decided(Standing::There)),
        // 252: it takes letters for whoever it may be.
        252 => unknown(said),
        400..=499 => Err(Unavailable::Temporary { said }),
        550 | 551 | 553 | 554 => Ok(refusal(reply)),
        500..=599 => match reply.enhanced() {
            Some("5.2.2") => Ok(Heard::Decided(Standing::There)),
            _ => unknown(said),
        },
        _ => Err(ODD),
    }
}

fn refusal(reply: &Reply) -> Heard {
    let absence = |kind| Absence {
        kind,
        said: reply.said(),
    };
    match (reply.code, reply.enhanced()) {
        (_, Some("5.1.1" | "5.1.10")) => {
            Heard::Decided(Standing::Gone(absence(AbsenceKind::Missing)))
        }
        (_, Some("5.2.1")) => Heard::Decided(Standing::Gone(absence(AbsenceKind::Disabled))),
        // A mailbox that is full is there.
        (_, Some("5.2.2")) => Heard::Decided(Standing::There),
        // No word about why, or none about anything but this recipient. 554 without such a word is "no
        // service here" as often as not.
        (550 | 551 | 553, None | Some("5.0.0" | "5.1.0" | "5.1.3" | "5.1.6" | "5.2.0")) => {
            Heard::Depends(absence(AbsenceKind::Missing))
        }
        // 5.7.1 and its like: a policy against us. 5.1.2: the whole domain. 4.x.x: it contradicts itself.
        _ => Heard::Decided(Standing::Unknown { why: reply.said() }),
    }
}

const ODD: Unavailable = Unavailable::Gibberish {
    why: "its answer is neither what comes next nor a refusal",
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialogue::Listener;
    use crate::reply::Reader;

    fn reply(wire: &str) -> Reply {
        let mut reader = Reader::default();
        reader.take(format!("{wire}\r\n").as_bytes()).unwrap();
        reader.message().unwrap().unwrap()
    }

    /// Gives one word for what an answer to RCPT amounts to.
    fn word(wire: &str) -> &'static str {
        match recipient(&reply(wire)) {
            Ok(Heard::Decided(Standing::There)) => "there",
            Ok(Heard::Decided(Standing::Gone(absence))) => absence.kind.as_str(),
            Ok(Heard::Decided(Standing::Unknown { .. })) => "unknown",
            Ok(Heard::Depends(_)) => "depends",
            Err(unavailable) => unavailable.reason(),
        }
    }

    #[test]
    fn a_mailbox_that_takes_letters_is_there() {
        for wire in [
            "250 2.1.5 Ok",
            "250 accepted",
            "251 2.1.5 User not local; will forward",
            "552 5.2.2 Mailbox full",
            "550 5.2.2 over quota",
        ] {
            assert_eq!(word(wire), "there", "{wire}");
        }
    }

    #[test]
    fn a_refusal_for_ever_that_names_the_mailbox_speaks_for_itself() {
        for (wire, expected) in [
            // Postfix.
            (
                "550 5.1.1 <‹›>: Recipient address rejected: User unknown in local recipient table",
                "missing",
            ),
            // Dovecot, LMTP.
            ("550 5.1.1 <‹›> User doesn't exist: ‹›", "missing"),
            ("550-5.1.1 no such\r\n550 5.1.1 account", "missing"),
            ("550 5.1.10 RESOLVER.ADR.RecipientNotFound", "missing"),
            ("554 5.1.1 unknown", "missing"),
            ("550 5.2.1 mailbox disabled", "disabled"),
        ] {
            assert_eq!(word(wire), expected, "{wire}");
        }
    }

    #[test]
    fn a_refusal_for_ever_without_a_word_about_why_depends() {
        for wire in [
            "550 Unrouteable address",
            "550",
            "550 5.1.0 rejected",
            "551 User not local; please try elsewhere",
            "553 5.1.3 mailbox name not allowed",
            "553 sorry, no mailbox here by that name",
        ] {
            assert_eq!(word(wire), "depends", "{wire}");
        }
    }

    #[test]
    fn what_is_about_us_or_about_letters_decides_nothing() {
        for wire in [
            "252 2.1.5 cannot verify",
            "554 5.7.1 <‹›>: Relay access denied",
            "550 5.7.1 Service unavailable; client host blocked",
            "550 5.7.0 authentication required",
            "550 5.1.2 no such domain",
            "550 5.1.8 sender rejected",
            "550 5.4.1 no route",
            "550 4.1.1 later",
            "550 2.1.5 what",
            "554 no service here",
            "553 5.7.1 relaying denied",
            "530 5.7.0 Must issue a STARTTLS command first",
            "503 5.5.1 bad sequence",
            "501 5.1.3 bad syntax",
            "521 does not take mail",
            "556 5.1.10 null MX",
            "552 too much",
        ] {
            assert_eq!(word(wire), "unknown", "{wire}");
        }
    }

    #[test]
    fn not_now_and_nonsense_are_no_answers() {
        for (wire, expected) in [
            ("450 4.2.0 greylisted", "temporary"),
            ("450 5.1.1 contradiction", "temporary"),
            ("451 4.3.0 Temporary lookup failure", "temporary"),
            ("452 4.2.2 full for now", "temporary"),
            ("421 4.3.2 shutting down", "temporary"),
            ("220 hello again", "gibberish"),
            ("354 go on", "gibberish"),
            ("235 logged in", "gibberish"),
        ] {
            assert_eq!(word(wire), expected, "{wire}");
        }
    }

    #[test]
    fn no_code_but_those_of_refusals_can_say_gone() {
        for code in 200..600 {
            for enhanced in ["", " 5.1.1", " 5.2.1", " 5.1.10", " 5.0.0"] {
                let wire = format!("{code}{enhanced} x");
                let gone = ["missing", "disabled", "depends"].contains(&word(&wire));

                assert!(!gone || [550, 551, 553, 554].contains(&code), "{wire}");
            }
        }
    }
}
