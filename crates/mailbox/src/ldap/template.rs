//! Texts with places for the parts of an address: `uid={local},ou=people,dc=example,dc=org`.
//!
//! What is filled in came from a browser. In a name it is escaped after RFC 4514 §2.4; in a filter it
//! needs no escaping, because filters travel as trees (`super::filter`). Called by settings, which
//! read [`BindName`], and by [`super::filter`].

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::login::Login;

/// The name that somebody binds by, as a pattern: a distinguished name, or for Active Directory a user
/// principal name, `{address}`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct BindName {
    text: String,
    pieces: Vec<Piece>,
}

/// Says why a text is no pattern of a name or filter.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// A brace that begins or ends no placeholder.
    #[error("{0:?} is no placeholder: known are {{address}}, {{local}} and {{domain}}")]
    Placeholder(String),
    /// The same name for everybody.
    #[error("{0:?} is the same for everybody: it needs {{address}} or {{local}} in it")]
    SameForAll(String),
    /// Controls, or too long.
    #[error("a name is one line of at most 1000 characters")]
    Line,
}

/// A part of a pattern.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Piece {
    /// Stands as it is.
    Octets(Vec<u8>),
    /// The whole address.
    Address,
    /// What is before the `@`.
    Local,
    /// What is behind it.
    Domain,
}

/// What is filled in.
#[derive(Clone, Copy)]
pub(crate) struct Names<'a> {
    address: &'a str,
    local: &'a str,
    domain: &'a str,
}

impl<'a> Names<'a> {
    /// Takes a login apart; `None` if it is a local part alone.
    pub(crate) fn of(login: &'a Login) -> Option<Self> {
        Self::of_text(login.as_str())
    }

    pub(super) fn of_text(address: &'a str) -> Option<Self> {
        let (local, domain) = address.rsplit_once('@')?;
        Some(Self {
            address,
            local,
            domain,
        })
    }
}

impl Piece {
    /// Reads the placeholder at the beginning of a text, and gives what follows it.
    pub(super) fn placeholder(text: &str) -> Result<(Self, &str), TemplateError> {
        for (name, piece) in [
            ("{address}", Self::Address),
            ("{local}", Self::Local),
            ("{domain}", Self::Domain),
        ] {
            if let Some(rest) = text.strip_prefix(name) {
                return Ok((piece, rest));
            }
        }
        let end = text.find('}').map_or(text.len(), |at| at + 1);
        let wrong = text.get(..end).unwrap_or(text);
        Err(TemplateError::Placeholder(wrong.to_owned()))
    }

    /// Is something filled in here?
    pub(super) const fn is_placeholder(&self) -> bool {
        !matches!(self, Self::Octets(_))
    }

    /// Does it tell one person of a domain from another?
    pub(super) const fn tells_people_apart(&self) -> bool {
        matches!(self, Self::Address | Self::Local)
    }

    /// Does it tell one domain from another?
    pub(super) const fn tells_domains_apart(&self) -> bool {
        matches!(self, Self::Address | Self::Domain)
    }

    /// Gives the octets to be put in its place, unescaped.
    pub(super) fn filled<'a>(&'a self, names: Names<'a>) -> &'a [u8] {
        match self {
            Self::Octets(octets) => octets,
            Self::Address => names.address.as_bytes(),
            Self::Local => names.local.as_bytes(),
            Self::Domain => names.domain.as_bytes(),
        }
    }
}

impl BindName {
    /// Reads a pattern.
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        if text.len() > MOST_OCTETS || text.chars().any(char::is_control) {
            return Err(TemplateError::Line);
        }
        let mut pieces = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            let brace = rest.find(['{', '}']).unwrap_or(rest.len());
            let (plain, behind) = rest.split_at_checked(brace).unwrap_or((rest, ""));
            if !plain.is_empty() {
                pieces.push(Piece::Octets(plain.as_bytes().to_vec()));
            }
            rest = behind;
            if !rest.is_empty() {
                let (piece, behind) = Piece::placeholder(rest)?;
                pieces.push(piece);
                rest = behind;
            }
        }
        if !pieces.iter().any(Piece::tells_people_apart) {
            return Err(TemplateError::SameForAll(text.to_owned()));
        }
        let text = text.to_owned();
        Ok(Self { text, pieces })
    }

    /// Says whether people of two domains have different names by it.
    pub fn tells_domains_apart(&self) -> bool {
        self.pieces.iter().any(Piece::tells_domains_apart)
    }

    /// Gives the name of one person; `None` if it could be read as something else than it is meant for.
    pub(crate) fn filled(&self, names: Names<'_>) -> Option<Vec<u8>> {
        let is_distinguished = self.text.contains('=');
        let mut name = Vec::new();
        for piece in &self.pieces {
            let octets = piece.filled(names);
            match piece {
                Piece::Octets(_) => name.extend_from_slice(octets),
                _ if is_distinguished => escape(octets, &mut name),
                // A user principal name has no `=`. With one, a server could take it for a
                // distinguished name that somebody else chose.
                _ if octets.contains(&b'=') => return None,
                Piece::Address | Piece::Local | Piece::Domain => name.extend_from_slice(octets),
            }
        }
        Some(name)
    }
}

/// Writes a value into a distinguished name (RFC 4514 §2.4). Everything that has a meaning anywhere in
/// a name becomes its code: that is allowed for every octet, wherever it stands.
fn escape(value: &[u8], name: &mut Vec<u8>) {
    for &octet in value {
        if octet.is_ascii_alphanumeric() || b".-_@".contains(&octet) {
            name.push(octet);
        } else {
            name.extend(format!("\\{octet:02x}").bytes());
        }
    }
}

impl fmt::Display for BindName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl TryFrom<String> for BindName {
    type Error = TemplateError;

    fn try_from(text: String) -> Result<Self, TemplateError> {
        Self::parse(&text)
    }
}

impl From<BindName> for String {
    fn from(name: BindName) -> Self {
        name.text
    }
}

const MOST_OCTETS: usize = 1000;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PEOPLE: &str = "uid={local},ou={domain},dc=example";

    fn filled(pattern: &str, local: &str) -> Option<String> {
        let address = format!("{local}@example.org");
        let names = Names::of_text(&address).unwrap();
        let name = BindName::parse(pattern).unwrap().filled(names)?;
        Some(String::from_utf8(name).unwrap())
    }

    #[test]
    fn a_pattern_is_filled_in() {
        for (pattern, name) in [
            (PEOPLE, "uid=alice,ou=example.org,dc=example"),
            ("{address}", "alice@example.org"),
            ("EXAMPLE\\{local}", "EXAMPLE\\alice"),
            (
                "mail={address},dc=example",
                "mail=alice@example.org,dc=example",
            ),
        ] {
            assert_eq!(filled(pattern, "alice").unwrap(), name);
        }
    }

    #[test]
    fn what_has_a_meaning_in_a_name_is_escaped() {
        for (local, escaped) in [
            ("a,ou=admins", "a\\2cou\\3dadmins"),
            ("a+cn=b", "a\\2bcn\\3db"),
            (" #a ", "\\20\\23a\\20"),
            ("a\\,b\"<>;", "a\\5c\\2cb\\22\\3c\\3e\\3b"),
            ("a\0é", "a\\00\\c3\\a9"),
        ] {
            let name = format!("uid={escaped},ou=example.org,dc=example");
            assert_eq!(filled(PEOPLE, local).unwrap(), name);
        }
    }

    #[test]
    fn a_user_name_that_could_be_a_distinguished_one_is_not_made() {
        assert_eq!(filled("{address}", "cn=admin"), None);
        assert_eq!(filled("EXAMPLE\\{local}", "cn=admin"), None);
        assert!(filled("{address}", "o'neil+x").is_some());
    }

    #[test]
    fn what_is_no_pattern_is_refused() {
        for (text, error) in [
            (
                "uid=alice,dc=example",
                "\"uid=alice,dc=example\" is the same for everybody: it needs {address} or {local} \
                 in it",
            ),
            (
                "",
                "\"\" is the same for everybody: it needs {address} or {local} in it",
            ),
            (
                "ou={domain}",
                "\"ou={domain}\" is the same for everybody: it needs {address} or {local} in it",
            ),
            (
                "uid={user},dc=example",
                "\"{user}\" is no placeholder: known are {address}, {local} and {domain}",
            ),
            (
                "uid={local",
                "\"{local\" is no placeholder: known are {address}, {local} and {domain}",
            ),
            (
                "uid=}{local}",
                "\"}\" is no placeholder: known are {address}, {local} and {domain}",
            ),
            (
                "uid={local}\n",
                "a name is one line of at most 1000 characters",
            ),
        ] {
            assert_eq!(BindName::parse(text).unwrap_err().to_string(), error);
        }
    }

    proptest! {
        #[test]
        fn no_address_adds_a_part_to_a_name(local in ".{0,40}") {
            let name = filled(PEOPLE, &local).unwrap();

            let value = name.strip_prefix("uid=").unwrap();
            let value = value.strip_suffix(",ou=example.org,dc=example").unwrap();
            let mut octets = value.bytes();
            let mut unescaped = Vec::new();
            while let Some(octet) = octets.next() {
                if octet == b'\\' {
                    let digits = [octets.next().unwrap(), octets.next().unwrap()];
                    let digits = str::from_utf8(&digits).unwrap();
                    unescaped.push(u8::from_str_radix(digits, 16).unwrap());
                } else {
                    prop_assert!(octet.is_ascii_alphanumeric() || b".-_@".contains(&octet));
                    unescaped.push(octet);
                }
            }
            prop_assert_eq!(unescaped, local.as_bytes());
        }

        #[test]
        fn a_pattern_is_printed_as_it_was_read(text in "[a-z=,]{0,9}(\\{local\\})[a-z={}]{0,9}") {
            if let Ok(name) = BindName::parse(&text) {
                prop_assert_eq!(name.to_string(), text);
            }
        }
    }
}
