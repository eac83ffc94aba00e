//! What each answer of a directory means: the rows "LDAP" of `mail.md` §3.
//!
//! Pure: an outcome goes in, a conclusion comes out. Only [`bound`] can say [`Verdict::Opens`], only
//! for 0, and it is asked only about the answer to a bind with somebody's name and password.

use super::message::Outcome;
use super::policy::{Meaning, State, meaning};
use crate::check::{Refusal, Verdict};
use crate::unavailable::{TlsRequired, Unavailable};

/// Concludes from the answer to the bind of whoever wants to log in.
pub(super) fn bound(outcome: &Outcome, state: Option<State>) -> Result<Verdict, Unavailable> {
    let refused = |state: Option<State>| {
        Ok(Verdict::Refused(Refusal {
            code: outcome.code.to_string(),
            enhanced: state.map(|state| state.as_str().to_owned()),
            text: outcome.shown_text(),
        }))
    };
    match (outcome.code, state) {
        (0, None) => Ok(Verdict::Opens),
        (49, _) => match meaning(&outcome.text) {
            None | Some(Meaning::Wrong) => refused(state),
            Some(Meaning::State(state)) => refused(Some(state)),
            Some(Meaning::Other) => Err(trouble("the login", outcome)),
        },
        // 0: the password is right, and the directory wants something else done first. 19: locked out
        // (389 Directory Server). 32: there is no such entry. 48: it has no password.
        (0 | 19 | 32 | 48, _) => refused(state),
        _ => Err(trouble("the login", outcome)),
    }
}

/// Goes on after our own bind as the account that searches: no answer to it is about anybody else.
pub(super) fn ours(outcome: &Outcome, state: Option<State>) -> Result<(), Unavailable> {
    match (outcome.code, state) {
        (0, None) => Ok(()),
        (0, Some(state)) => Err(Unavailable::Misconfigured {
            what: OUR_LOGIN,
            said: state.as_str().to_owned(),
        }),
        _ => Err(trouble(OUR_LOGIN, outcome)),
    }
}

/// Goes on after a search that came to its end.
pub(super) fn found(outcome: &Outcome) -> Result<(), Unavailable> {
    match outcome.code {
        0 => Ok(()),
        _ => Err(trouble("the search", outcome)),
    }
}

/// Goes on after an answer of 0 to StartTLS (RFC 4511 §4.14).
pub(super) fn started(outcome: &Outcome) -> Result<(), Unavailable> {
    let said = outcome.said();
    match outcome.code {
        0 => Ok(()),
        1 | 3 | 51 | 52 | 80 => Err(Unavailable::Temporary { said }),
        _ => Err(Unavailable::TlsRequired(TlsRequired::Refused { said })),
    }
}

/// Says why there is no conclusion.
fn trouble(what: &'static str, outcome: &Outcome) -> Unavailable {
    let said = outcome.said();
    match outcome.code {
        1 | 3 | 51 | 52 | 80 => Unavailable::Temporary { said },
        8 | 13 => Unavailable::TlsRequired(TlsRequired::Demanded { said }),
        _ => Unavailable::Misconfigured { what, said },
    }
}

const OUR_LOGIN: &str = "the login of ldap.bind_dn";

#[cfg(test)]
mod tests;
