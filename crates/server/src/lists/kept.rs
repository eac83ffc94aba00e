//! The rows of the store's table of aliases: which names lead to which.
//!
//! `persona alias` writes only rows that are understood. But the table is a file on a disk, and the settings
//! change: each row is judged anew when it is read, and one that is odd leads to nobody.

use std::collections::HashMap;

use protocol::email::{Domain, EmailAddress};
use store::AliasRow;

use super::{Target, is_suitable, shown};

/// What the table says about some names of a domain.
#[derive(Clone, Debug, Default)]
pub struct KeptAliases(HashMap<EmailAddress, Vec<Target>>);

impl KeptAliases {
    /// Reads rows, of which only those of `domain` count.
    pub fn read(rows: &[AliasRow], domain: &Domain) -> Self {
        let mut names: HashMap<EmailAddress, Vec<Target>> = HashMap::new();
        for row in rows {
            let Ok(alias) = read_name(&row.alias) else {
                continue;
            };
            if alias.domain() != domain {
                continue;
            }
            // Something is said about the name, even if it leads to nobody: a catch-all has it no more.
            let targets = names.entry(alias).or_default();
            if let Ok((_, target)) = read_row(row) {
                targets.push(Target::Name(target));
            }
        }
        Self(names)
    }

    /// Finds what is listed for a name; `None` if there is no row.
    pub fn targets(&self, name: &EmailAddress) -> Option<&[Target]> {
        self.0.get(name).map(Vec::as_slice)
    }
}

/// Reads the alias and the target of a row, whatever their domain is, or says why it gives nobody anything.
pub fn read_row(row: &AliasRow) -> Result<(EmailAddress, EmailAddress), OddRow> {
    let (alias, target) = (read_name(&row.alias)?, read_name(&row.target)?);
    if alias.domain() != target.domain() {
        return Err(OddRow::OtherDomain {
            alias: alias.domain().clone(),
            target,
        });
    }
    Ok((alias, target))
}

fn read_name(text: &str) -> Result<EmailAddress, OddRow> {
    let address = EmailAddress::parse(text).map_err(|_| OddRow::NoAddress(shown(text)))?;
    let canonical = address.canonical();
    // Rows are found by the canonical spelling, so another one would count in some places and not in others.
    if canonical.to_string() != text {
        return Err(OddRow::Spelling(canonical));
    }
    if is_suitable(&canonical) {
        Ok(canonical)
    } else {
        Err(OddRow::Character(shown(text)))
    }
}

/// Why a row gives nobody anything.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OddRow {
    /// There is something else in it.
    #[error("{0} is no address")]
    NoAddress(String),
    /// Mail servers give some characters a meaning of their own.
    #[error("{0} has a character that means something to mail servers")]
    Character(String),
    /// It is not in the spelling in which names are looked for.
    #[error("it is not spelled {0}")]
    Spelling(EmailAddress),
    /// What one domain lists gives nobody an address of another.
    #[error("{target} has no address of {alias}: it is of another domain")]
    OtherDomain {
        /// The domain of the alias.
        alias: Domain,
        /// The address to which it would lead.
        target: EmailAddress,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(alias: &str, target: &str) -> AliasRow {
        AliasRow {
            alias: alias.to_owned(),
            target: target.to_owned(),
        }
    }

    #[test]
    fn a_row_that_is_odd_says_why() {
        let cases = [
            ("info", "alice@example.org", r#""info" is no address"#),
            ("info@example.org", "", r#""" is no address"#),
            (
                "info@example.org",
                "alice@example.org\n",
                r#""alice@example.org\n" is no address"#,
            ),
            (
                "Info@example.org",
                "alice@example.org",
                "it is not spelled info@example.org",
            ),
            (
                "info@example.org",
                "alice@EXAMPLE.org",
                "it is not spelled alice@example.org",
            ),
            (
                "*@example.org",
                "alice@example.org",
                r#""*@example.org" has a character that means something to mail servers"#,
            ),
            (
                "info@example.org",
                "alice*admin@example.org",
                r#""alice*admin@example.org" has a character that means something to mail servers"#,
            ),
            (
                "info@example.org",
                "alice@example.net",
                "alice@example.net has no address of example.org: it is of another domain",
            ),
            (
                "info@example.org",
                "alice@sub.example.org",
                "alice@sub.example.org has no address of example.org: it is of another domain",
            ),
        ];
        for (alias, target, expected) in cases {
            let odd = read_row(&row(alias, target)).unwrap_err();

            assert_eq!(odd.to_string(), expected);
        }
    }

    #[test]
    fn what_leads_to_nobody_is_listed_all_the_same() {
        let domain: Domain = "example.org".parse().unwrap();
        let rows = [
            row("info@example.org", "alice@example.net"),
            row("info@example.net", "alice@example.net"),
            row("sales@example.org", "alice@example.org"),
        ];

        let kept = KeptAliases::read(&rows, &domain);

        let name = |text| EmailAddress::parse(text).unwrap();
        assert_eq!(kept.targets(&name("info@example.org")), Some(&[][..]));
        assert_eq!(kept.targets(&name("info@example.net")), None);
        assert_eq!(
            kept.targets(&name("sales@example.org")),
            Some(&[Target::Name(name("alice@example.org"))][..])
        );
    }
}
