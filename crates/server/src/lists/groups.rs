//! Group files: who belongs to what, where there is no directory to ask.
//!
//! ```text
//! admins: alice@example.org bob@example.org
//! staff: @example.org, *@example.net      # all of a domain, in either way of writing
//! ```
//!
//! Members are whole addresses: a name without its domain could be somebody else's. Lines are
//! continued as in alias files; a group that is there twice has the members of both lines. A pattern
//! stands for the addresses of exactly that domain, not for those of the domains under it.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use protocol::email::{Domain, EmailAddress};

use super::aliases::is_suitable;
use super::{Remark, Remarks, lines, shown};

/// What a group file says.
#[derive(Clone, Debug, Default)]
pub struct Groups {
    members: BTreeMap<String, Members>,
    domains: BTreeMap<Domain, usize>,
    remarks: Remarks,
}

#[derive(Clone, Debug, Default)]
struct Members {
    addresses: HashSet<EmailAddress>,
    domains: HashSet<Domain>,
}

impl Groups {
    /// Reads a group file.
    pub fn read(octets: &[u8]) -> Self {
        let mut all = Self::default();
        for line in lines::joined(octets, &mut all.remarks) {
            let named = line.text.split_once(':');
            let Some((name, members)) = named.filter(|(name, _)| is_name(name.trim())) else {
                let says = "it does not begin with the name of a group and a colon; it is left out";
                all.remarks.add(line.number, says.to_owned());
                continue;
            };
            let group = all.members.entry(name.trim().to_owned()).or_default();
            for word in members.split(|c: char| c == ',' || c.is_whitespace()) {
                if word.is_empty() {
                    continue;
                }
                let Some(domain) = group.add(word) else {
                    let says = format!(
                        "{} is neither an address nor a domain with an @ in front; it is left out",
                        shown(word)
                    );
                    all.remarks.add(line.number, says);
                    continue;
                };
                all.domains.entry(domain).or_insert(line.number);
            }
        }
        all
    }

    /// Finds the groups that an address belongs to, in the order of their names.
    pub fn groups_of(&self, address: &EmailAddress) -> BTreeSet<&str> {
        let address = address.canonical();
        let belongs = |members: &Members| {
            members.addresses.contains(&address) || members.domains.contains(address.domain())
        };
        let groups = self.members.iter();
        groups
            .filter(|(_, members)| belongs(members))
            .map(|(name, _)| name.as_str())
            .collect()
    }

    /// How many groups there are.
    pub fn count(&self) -> usize {
        self.members.len()
    }

    /// Is there a group of this name?
    pub fn has(&self, name: &str) -> bool {
        self.members.contains_key(name)
    }

    /// The domains of all members, each with the first line that names it.
    pub fn domains(&self) -> impl Iterator<Item = (&Domain, usize)> {
        self.domains.iter().map(|(domain, &line)| (domain, line))
    }

    /// What is odd about the file.
    pub fn remarks(&self) -> &[Remark] {
        &self.remarks.0
    }
}

impl Members {
    /// Takes a member in, and gives its domain; `None` if it is none.
    fn add(&mut self, word: &str) -> Option<Domain> {
        let pattern = word.strip_prefix('*').unwrap_or(word).strip_prefix('@');
        if let Some(domain) = pattern {
            let domain = Domain::parse(domain).ok()?;
            self.domains.insert(domain.clone());
            return Some(domain);
        }
        let address = EmailAddress::parse(word).ok()?.canonical();
        let domain = address.domain().clone();
        is_suitable(&address).then(|| self.addresses.insert(address))?;
        Some(domain)
    }
}

/// Group names go into tokens and settings: letters, digits, `.`, `_` and `-`, 64 at most.
fn is_name(text: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"._-".contains(&b);
    (1..=LONGEST_NAME).contains(&text.len()) && text.bytes().all(plain)
}

const LONGEST_NAME: usize = 64;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn groups_of(file: &str, address: &str) -> Vec<String> {
        let address = EmailAddress::parse(address).unwrap();
        let groups = Groups::read(file.as_bytes());
        let found = groups.groups_of(&address);
        found.into_iter().map(str::to_owned).collect()
    }

    const FILE: &str = "# who may do what\n\
        admins: alice@example.org bob@Example.ORG,\n  Carol@example.net\n\
        staff: @example.org\n\
        guests: *@b\u{fc}cher.example\n\
        staff: dave@example.net\n\
        empty:\n";

    #[test]
    fn a_member_is_an_address_or_one_of_a_domain() {
        for (address, groups) in [
            ("alice@example.org", vec!["admins", "staff"]),
            ("BOB@example.org", vec!["admins", "staff"]),
            ("carol@example.net", vec!["admins"]),
            ("dave@example.net", vec!["staff"]),
            ("eve@example.org", vec!["staff"]),
            ("hans@xn--bcher-kva.example", vec!["guests"]),
            ("alice@example.net", vec![]),
            ("eve@sub.example.org", vec![]),
            ("eve@example.org.evil.example", vec![]),
            ("alice+x@example.net", vec![]),
        ] {
            assert_eq!(groups_of(FILE, address), groups, "{address}");
        }
        let groups = Groups::read(FILE.as_bytes());
        assert_eq!((groups.count(), groups.remarks()), (4, &[][..]));
        let domains: Vec<_> = groups.domains().map(|(d, n)| (d.as_str(), n)).collect();
        assert_eq!(
            domains,
            [
                ("example.net", 2),
                ("example.org", 2),
                ("xn--bcher-kva.example", 5)
            ]
        );
    }

    #[test]
    fn what_cannot_be_understood_makes_nobody_a_member() {
        let file = "admins alice@example.org\n\
                    a b: alice@example.org\n\
                    : alice@example.org\n\
                    ok: alice, @, *, @*, @admins team, **@example.org, %@example.org, \
                    *alice@example.org, alice@example.org\n";

        assert_eq!(groups_of(file, "alice@example.org"), ["ok"]);
        assert_eq!(groups_of(file, "bob@example.org"), [""; 0]);
        let groups = Groups::read(file.as_bytes());
        let remarks: Vec<_> = groups.remarks().iter().map(ToString::to_string).collect();
        insta::assert_snapshot!(remarks.join("\n"), @r#"
        line 1: it does not begin with the name of a group and a colon; it is left out
        line 2: it does not begin with the name of a group and a colon; it is left out
        line 3: it does not begin with the name of a group and a colon; it is left out
        line 4: "alice" is neither an address nor a domain with an @ in front; it is left out
        line 4: "@" is neither an address nor a domain with an @ in front; it is left out
        line 4: "*" is neither an address nor a domain with an @ in front; it is left out
        line 4: "@*" is neither an address nor a domain with an @ in front; it is left out
        line 4: "team" is neither an address nor a domain with an @ in front; it is left out
        line 4: "**@example.org" is neither an address nor a domain with an @ in front; it is left out
        line 4: "%@example.org" is neither an address nor a domain with an @ in front; it is left out
        line 4: "*alice@example.org" is neither an address nor a domain with an @ in front; it is left out
        "#);
    }

    proptest! {
        #[test]
        fn no_file_makes_it_panic_or_puts_a_stranger_into_a_group(
            file in "([a-c]|@example\\.org|@|\\*|:|,| |\n|#|é){0,60}",
        ) {
            let groups = Groups::read(file.as_bytes());

            let stranger = EmailAddress::parse("a@example.net").unwrap();
            prop_assert!(groups.groups_of(&stranger).is_empty());
            prop_assert!(groups.count() <= file.len());
        }

        #[test]
        fn no_octets_make_it_panic(octets in proptest::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(Groups::read(&octets).count() <= octets.len());
        }
    }
}
