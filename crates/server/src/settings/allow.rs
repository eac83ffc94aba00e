//! Who may use a client: domains, addresses and groups, or everybody.

use std::fmt;

use protocol::email::{Domain, EmailAddress};
use serde::Deserialize;

/// Who may use a client. Everybody with a mailbox here, unless somebody is named.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Vec<AllowEntry>")]
pub struct Allow(Vec<AllowEntry>);

/// One line of an allow list: `example.org`, `alice@example.org` or `@admins`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum AllowEntry {
    /// Everybody of a mail domain, and of none below it.
    Domain(Domain),
    /// One mailbox.
    Address(EmailAddress),
    /// A group of the group file of whoever asks.
    Group(String),
}

impl Allow {
    /// Is somebody among them who belongs to these groups?
    pub fn fits(&self, address: &EmailAddress, groups: &[String]) -> bool {
        let address = address.canonical();
        let names = |entry: &AllowEntry| match entry {
            AllowEntry::Domain(domain) => domain == address.domain(),
            AllowEntry::Address(one) => *one == address,
            AllowEntry::Group(name) => groups.contains(name),
        };
        self.0.is_empty() || self.0.iter().any(names)
    }

    /// Can it matter to which groups somebody belongs?
    pub fn names_groups(&self) -> bool {
        let group = |entry: &AllowEntry| matches!(entry, AllowEntry::Group(_));
        self.0.iter().any(group)
    }

    /// Gives the lines; there are none where everybody may.
    pub fn entries(&self) -> &[AllowEntry] {
        &self.0
    }
}

impl AllowEntry {
    /// Reads a domain, an address, or a group with an `@` in front.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong = || {
            format!(
                "{text:?} is nobody: write a domain (example.org), an address (alice@example.org) \
                 or a group (@admins)"
            )
        };
        if let Some(group) = text.strip_prefix('@') {
            let plain = |b: u8| b.is_ascii_alphanumeric() || b"._-".contains(&b);
            let fits = (1..=64).contains(&group.len()) && group.bytes().all(plain);
            return fits
                .then(|| Self::Group(group.to_owned()))
                .ok_or_else(wrong);
        }
        // It looks like everybody of a domain, and would be the mailbox of that name.
        if text.starts_with('*') {
            return Err(wrong());
        }
        if text.contains('@') {
            let address = EmailAddress::parse(text).map_err(|_| wrong())?;
            return Ok(Self::Address(address.canonical()));
        }
        Domain::parse(text).map(Self::Domain).map_err(|_| wrong())
    }
}

impl TryFrom<Vec<AllowEntry>> for Allow {
    type Error = &'static str;

    fn try_from(entries: Vec<AllowEntry>) -> Result<Self, Self::Error> {
        // Whoever writes an empty list may mean nobody, and would get everybody.
        if entries.is_empty() {
            return Err("an empty list names nobody: leave it out to let everybody in");
        }
        Ok(Self(entries))
    }
}

impl TryFrom<String> for AllowEntry {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text)
    }
}

impl fmt::Display for AllowEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Domain(domain) => write!(f, "{domain}"),
            Self::Address(address) => write!(f, "{address}"),
            Self::Group(name) => write!(f, "@{name}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allow(entries: &[&str]) -> Allow {
        let entries = entries.iter().map(|text| AllowEntry::parse(text).unwrap());
        Allow(entries.collect())
    }

    fn fits(entries: &[&str], address: &str, groups: &[&str]) -> bool {
        let groups: Vec<String> = groups.iter().map(ToString::to_string).collect();
        allow(entries).fits(&EmailAddress::parse(address).unwrap(), &groups)
    }

    #[test]
    fn whoever_names_nobody_lets_everybody_in() {
        assert!(fits(&[], "alice@example.org", &[]));
        let empty: Result<Allow, _> = serde_json::from_str("[]");
        assert!(empty.is_err());
    }

    #[test]
    fn a_domain_is_that_domain_and_none_below_or_above_it() {
        for (address, expected) in [
            ("alice@example.org", true),
            ("Alice@EXAMPLE.org", true),
            ("alice@sub.example.org", false),
            ("alice@org", false),
            ("alice@badexample.org", false),
            ("alice@example.org.evil.example", false),
        ] {
            assert_eq!(fits(&["example.org"], address, &[]), expected, "{address}");
        }
    }

    #[test]
    fn an_address_is_that_mailbox_in_any_spelling_and_no_other() {
        for (address, expected) in [
            ("alice@example.org", true),
            ("ALICE@example.org", true),
            ("alice+x@example.org", false),
            ("bob@example.org", false),
            ("alice@example.net", false),
        ] {
            let given = fits(&["Alice@example.org"], address, &[]);
            assert_eq!(given, expected, "{address}");
        }
    }

    #[test]
    fn a_group_is_whoever_belongs_to_it_by_its_exact_name() {
        for (groups, expected) in [
            (vec!["admins"], true),
            (vec!["staff", "admins"], true),
            (vec!["Admins"], false),
            (vec!["@admins"], false),
            (vec!["admin"], false),
            (vec![], false),
        ] {
            let given = fits(&["@admins"], "alice@example.org", &groups);
            assert_eq!(given, expected, "{groups:?}");
        }
    }

    #[test]
    fn one_line_is_enough() {
        let entries = ["example.net", "alice@example.org", "@admins"];

        assert!(fits(&entries, "alice@example.org", &[]));
        assert!(fits(&entries, "bob@example.net", &[]));
        assert!(fits(&entries, "bob@example.org", &["admins"]));
        assert!(!fits(&entries, "bob@example.org", &["staff"]));
        assert!(allow(&entries).names_groups());
        assert!(!allow(&entries[..2]).names_groups());
    }

    #[test]
    fn what_is_nobody_is_refused() {
        for text in [
            "",
            "@",
            "@a b",
            "*",
            "*@example.org",
            "@*",
            "a@b@c",
            "example.org ",
            "@@admins",
            "alice@",
            "@\u{e4}dmins",
        ] {
            assert!(AllowEntry::parse(text).is_err(), "{text:?}");
        }
        for text in [
            "example.org",
            "alice@example.org",
            "@admins",
            "@example.org",
        ] {
            assert_eq!(AllowEntry::parse(text).unwrap().to_string(), text);
        }
    }
}
