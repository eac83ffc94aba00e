//! What directories say about an account beside "yes" and "no".
//!
//! The password policy control of draft-behera-ldap-password-policy-10 §6 (OpenLDAP and many others),
//! the older one of Netscape (389 Directory Server), and the `data` codes in Active Directory's
//! texts. They make a "yes" into a "no" where the account is not in order, and tell the
//! operator why. Called by [`super::message`] and [`super::classify`].

use crate::ldap::ber::{BOOLEAN, OCTETS, Reader, SEQUENCE, number};
use crate::unavailable::Gibberish;

/// The state of an account that may not log in now, though the password may be right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    PasswordExpired,
    Locked,
    MustChange,
    Disabled,
    AccountExpired,
    NotAtThisHour,
    NotFromHere,
}

/// What Active Directory means by "49".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// The password is wrong, or there is no such user.
    Wrong,
    /// The account is not in order.
    State(State),
    /// A code that says something else.
    Other,
}

impl State {
    /// Gives one stable word for logs.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::PasswordExpired => "password-expired",
            Self::Locked => "locked",
            Self::MustChange => "must-change-password",
            Self::Disabled => "disabled",
            Self::AccountExpired => "account-expired",
            Self::NotAtThisHour => "not-at-this-hour",
            Self::NotFromHere => "not-from-here",
        }
    }
}

/// Reads controls, and gives the state that one of them tells.
pub(super) fn state(controls: &[u8]) -> Result<Option<State>, Gibberish> {
    let mut controls = Reader::new(controls);
    let mut state = None;
    while let Some(control) = controls.next()? {
        if control.tag != SEQUENCE {
            return Err(Gibberish("a control in an LDAP message is no sequence"));
        }
        let mut control = Reader::new(control.content);
        let kind = control.expect(OCTETS)?;
        control.optional(BOOLEAN)?;
        let value = control.optional(OCTETS)?;
        control.end()?;
        let told = match (kind, value) {
            (CONTROL, Some(value)) => response(value)?,
            (NETSCAPE_EXPIRED, _) => Some(State::PasswordExpired),
            _ => None,
        };
        state = state.or(told);
    }
    Ok(state)
}

/// Reads `PasswordPolicyResponseValue`: how long a password is good still, and what is wrong.
fn response(value: &[u8]) -> Result<Option<State>, Gibberish> {
    let mut outer = Reader::new(value);
    let mut inner = Reader::new(outer.expect(SEQUENCE)?);
    outer.end()?;
    inner.optional(0xa0)?;
    let error = inner.optional(0x81)?.map(number).transpose()?;
    inner.end()?;
    Ok(match error {
        Some(0) => Some(State::PasswordExpired),
        Some(1) => Some(State::Locked),
        Some(2) => Some(State::MustChange),
        // The others are about new passwords, and we set none.
        _ => None,
    })
}

/// Finds Active Directory's own code in the text of a "49"; `None` if it is no text of that kind.
pub(super) fn meaning(text: &[u8]) -> Option<Meaning> {
    let begin = text
        .windows(ACTIVE_DIRECTORY.len())
        .position(|part| part == ACTIVE_DIRECTORY)?;
    let rest = text.get(begin + ACTIVE_DIRECTORY.len()..)?;
    let code: Vec<u8> = rest
        .iter()
        .take_while(|b| b.is_ascii_hexdigit())
        .map(u8::to_ascii_lowercase)
        .collect();
    Some(match code.as_slice() {
        b"525" | b"52e" => Meaning::Wrong,
        b"530" => Meaning::State(State::NotAtThisHour),
        b"531" => Meaning::State(State::NotFromHere),
        b"532" => Meaning::State(State::PasswordExpired),
        b"533" => Meaning::State(State::Disabled),
        b"701" => Meaning::State(State::AccountExpired),
        b"773" => Meaning::State(State::MustChange),
        b"775" => Meaning::State(State::Locked),
        _ => Meaning::Other,
    })
}

/// Both the request for it, which has no value, and the response.
pub(super) const CONTROL: &[u8] = b"1.3.6.1.4.1.42.2.27.8.5.1";
const NETSCAPE_EXPIRED: &[u8] = b"2.16.840.1.113730.3.4.4";
const ACTIVE_DIRECTORY: &[u8] = b"AcceptSecurityContext error, data ";
