//! E-mail addresses and the domains in them: the one parser of the whole program.
//!
//! Grammar: RFC 5321 §4.1.2 (`Dot-string` local parts, no quoted strings, no address literals), with
//! the non-ASCII local parts of RFC 6531 §3.3. Domains are internationalised names, kept as
//! lower-case A-labels (UTS 46, non-transitional), which is what `BrowserID` peers compare.
//!
//! Two addresses are different questions: the *spelling* that somebody used ([`EmailAddress`]) and
//! the *account* that it names ([`EmailAddress::canonical`]). The proof that somebody holds an
//! address is a third thing, [`ProvenEmail`], and what they may be called by it a fourth,
//! [`ClaimedEmail`]; only that can be put into a credential.

use std::fmt;
use std::str::FromStr;

use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

/// A mail domain or host name: lower-case A-labels, no trailing dot, at most 253 octets.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Domain(String);

/// An e-mail address: a local part as it was written, and a [`Domain`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EmailAddress {
    local: String,
    domain: Domain,
}

/// An address whose mailbox somebody has opened with its password, or has read a letter in, now or in
/// a live session.
///
/// Every [`ClaimedEmail`] is made from one of these and from nothing else.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ProvenEmail(EmailAddress);

/// An address that somebody may be called: the one that they have proven, or another one of the same
/// domain, which the domain's settings give to them.
///
/// Every credential is made from one of these and from nothing else.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ClaimedEmail(EmailAddress);

/// Says why a text is no e-mail address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EmailError {
    /// There is no `@`, or more than one.
    #[error("an address has one @ between a name and a domain")]
    NotOneAt,
    /// Longer than 254 octets, or the local part is longer than 64 (RFC 5321 §4.5.3.1).
    #[error("the address is too long")]
    TooLong,
    /// The local part is empty, quoted, has misplaced dots, or a character that may not be there.
    #[error("the part before the @ has a character that cannot be there")]
    LocalPart,
    /// The domain is no host name.
    #[error("the part after the @ is not a domain name")]
    Domain(#[from] DomainError),
}

/// Says why a text is no domain name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a domain name")]
pub struct DomainError;

impl Domain {
    /// Reads a domain name in any spelling: upper case, U-labels or A-labels.
    pub fn parse(text: &str) -> Result<Self, DomainError> {
        if is_plain(text) {
            return Ok(Self(text.to_owned()));
        }
        Self::parse_any(text)
    }

    /// Reads a domain name that may have to be converted.
    fn parse_any(text: &str) -> Result<Self, DomainError> {
        if text.len() > MAX_DOMAIN_INPUT {
            return Err(DomainError);
        }
        let ascii = Uts46::new()
            .to_ascii(
                text.as_bytes(),
                AsciiDenyList::STD3,
                Hyphens::Allow,
                DnsLength::Verify,
            )
            .map_err(|_| DomainError)?;
        let edge_hyphen = |label: &str| label.starts_with('-') || label.ends_with('-');
        if ascii.split('.').any(edge_hyphen) || ascii.rsplit('.').next().is_none_or(is_number) {
            return Err(DomainError);
        }
        Ok(Self(ascii.into_owned()))
    }

    /// Gives the name as lower-case A-labels.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Gives the name as people read it (U-labels where they are safe to show).
    pub fn to_unicode(&self) -> String {
        let (text, result) =
            Uts46::new().to_unicode(self.0.as_bytes(), AsciiDenyList::STD3, Hyphens::Allow);
        // A U-label that looks like an A-label would be read as another name, or as none.
        let reads_back = Self::parse(&text).is_ok_and(|domain| domain == *self);
        if result.is_ok() && reads_back {
            text.into_owned()
        } else {
            self.0.clone()
        }
    }
}

impl EmailAddress {
    /// Reads an address. Surrounding white space is not forgiven: trim at the edge where people type.
    pub fn parse(text: &str) -> Result<Self, EmailError> {
        let (local, domain) = text.rsplit_once('@').ok_or(EmailError::NotOneAt)?;
        if local.contains('@') {
            return Err(EmailError::NotOneAt);
        }
        if local.len() > MAX_LOCAL {
            return Err(EmailError::TooLong);
        }
        let well_placed = local.split('.').all(|atom| !atom.is_empty());
        if !well_placed || !local.chars().all(is_local_character) {
            return Err(EmailError::LocalPart);
        }
        // A few characters grow when they are composed, and the canonical spelling has to fit too.
        let composed = if local.is_ascii() {
            local.len()
        } else {
            local.nfc().map(char::len_utf8).sum()
        };
        if composed > MAX_LOCAL {
            return Err(EmailError::TooLong);
        }
        let domain = Domain::parse(domain)?;
        if local.len().max(composed) + 1 + domain.as_str().len() > MAX_ADDRESS {
            return Err(EmailError::TooLong);
        }
        Ok(Self {
            local: local.to_owned(),
            domain,
        })
    }

    /// Gives the part before the `@`, as it was written.
    pub fn local(&self) -> &str {
        &self.local
    }

    /// Gives the part after the `@`.
    pub const fn domain(&self) -> &Domain {
        &self.domain
    }

    /// Is this the text that the address is printed as?
    pub(crate) fn is_written(&self, text: &str) -> bool {
        text.strip_prefix(self.local.as_str())
            .and_then(|rest| rest.strip_prefix('@'))
            .is_some_and(|domain| domain == self.domain.as_str())
    }

    /// Gives the spelling that names the account: ASCII letters in lower case, composed (NFC).
    ///
    /// Mail servers fold ASCII case (Postfix, Dovecot and Exim all do by default), so
    /// `Alice@example.org` and `alice@example.org` are one mailbox and must be one identity.
    #[must_use]
    pub fn canonical(&self) -> Self {
        let composed = self.local.nfc().map(|c| c.to_ascii_lowercase());
        // Composed again, because a few small letters compose with what their capitals do not.
        let local = composed.nfc().collect();
        Self {
            local,
            domain: self.domain.clone(),
        }
    }
}

impl ProvenEmail {
    /// States that whoever is asking has proven that this mailbox is theirs.
    ///
    /// Called in exactly two files: the login journey, when the mail server has said yes, and the
    /// session journey, when a live session says that it did. `cargo x tidy` holds that list.
    #[must_use]
    pub fn the_mailbox_was_opened(address: &EmailAddress) -> Self {
        Self(address.canonical())
    }

    /// States that what was mailed to this address has come back, from the browser that asked for it.
    ///
    /// Called in exactly one file, the journey of the mailed code. `cargo x tidy` holds that too.
    #[must_use]
    pub fn the_mailed_code_came_back(address: &EmailAddress) -> Self {
        Self(address.canonical())
    }

    /// Gives the address that was proven, in its canonical spelling.
    pub const fn address(&self) -> &EmailAddress {
        &self.0
    }
}

impl ClaimedEmail {
    /// States that the settings let whoever has proven `who` be called `address`.
    ///
    /// Called in exactly one file, the journey of claims. `cargo x tidy` holds that. Whatever is
    /// decided there, nothing that is said of one domain gives anybody an address of another: `None`.
    #[must_use]
    pub fn the_settings_allow(who: &ProvenEmail, address: &EmailAddress) -> Option<Self> {
        (address.domain == who.0.domain).then(|| Self(address.canonical()))
    }

    /// Gives the address that somebody may be called, in its canonical spelling.
    pub const fn address(&self) -> &EmailAddress {
        &self.0
    }
}

/// Is this a host name in which nothing can mean anything but itself? Such are nearly all, and a
/// verifier reads three of them in each bundle.
///
/// Small letters and digits, hyphens between them but not two in a row (`xn--` and its kin), a last
/// label that begins with a letter (so that it is no number), everything within the lengths of the DNS.
pub(crate) fn is_plain(name: &str) -> bool {
    let letter_or_digit = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let mut label_length = 0;
    let mut before = b'.';
    let mut begins_with_letter = false;
    for b in name.bytes() {
        let fits = match b {
            b'.' | b'-' => letter_or_digit(before),
            _ => letter_or_digit(b),
        };
        if before == b'.' {
            label_length = 0;
            begins_with_letter = b.is_ascii_lowercase();
        }
        label_length += usize::from(b != b'.');
        if !fits || label_length > MAX_LABEL {
            return false;
        }
        before = b;
    }
    begins_with_letter && letter_or_digit(before) && name.len() <= MAX_NAME
}

/// RFC 5322 `atext` and the dot, or any non-ASCII character that is visible text (RFC 6531 §3.3).
fn is_local_character(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_alphanumeric() || ".!#$%&'*+-/=?^_`{|}~".contains(c);
    }
    // The Kelvin sign composes to the letter K: with it, one mailbox could take another's name.
    let stands_for_ascii = std::iter::once(c).nfc().any(|c| c.is_ascii());
    !c.is_control() && !c.is_whitespace() && !is_invisible(c) && !stands_for_ascii
}

/// Is this a number to whoever reads URLs or resolves names? Hosts that end in one are addresses of
/// the network (URL standard, "ends in a number"): `127.0.0.1`, and also `0x7f.1` and `1.0x`.
fn is_number(label: &str) -> bool {
    let hexadecimal = label
        .strip_prefix("0x")
        .is_some_and(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()));
    hexadecimal || label.bytes().all(|b| b.is_ascii_digit())
}

/// Zero-width, direction-changing and tag characters, private use and the replacement character:
/// they make two addresses look alike, or a log line lie.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
        | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}' | '\u{3164}' | '\u{E000}'..='\u{F8FF}' | '\u{FE00}'..='\u{FE0F}'
        | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFFF}' | '\u{E0000}'..='\u{10FFFF}')
}

impl FromStr for Domain {
    type Err = DomainError;

    fn from_str(text: &str) -> Result<Self, DomainError> {
        Self::parse(text)
    }
}

impl TryFrom<String> for Domain {
    type Error = DomainError;

    fn try_from(text: String) -> Result<Self, DomainError> {
        Self::parse(&text)
    }
}

impl From<Domain> for String {
    fn from(domain: Domain) -> Self {
        domain.0
    }
}

impl fmt::Display for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for EmailAddress {
    type Err = EmailError;

    fn from_str(text: &str) -> Result<Self, EmailError> {
        Self::parse(text)
    }
}

impl TryFrom<String> for EmailAddress {
    type Error = EmailError;

    fn try_from(text: String) -> Result<Self, EmailError> {
        Self::parse(&text)
    }
}

impl From<EmailAddress> for String {
    fn from(address: EmailAddress) -> Self {
        address.to_string()
    }
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.local, self.domain)
    }
}

/// Octets of a whole address (RFC 5321 §4.5.3.1.3, less the angle brackets).
const MAX_ADDRESS: usize = 254;
/// Octets of a local part (RFC 5321 §4.5.3.1.1).
const MAX_LOCAL: usize = 64;
/// Octets of a label and of a name (RFC 1035 §2.3.4, less the lengths and the root).
const MAX_LABEL: usize = 63;
const MAX_NAME: usize = 253;
/// Octets of a domain as typed: U-labels may be longer than their A-labels, but not without end.
const MAX_DOMAIN_INPUT: usize = 1024;

#[cfg(test)]
mod tests;
