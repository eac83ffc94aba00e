//! The rules between `[[domain]]` sections: no domain is there twice, and the users of none can be
//! taken for those of another.
//!
//! There may be thousands, so none is compared with all others.

use std::collections::HashMap;

use mailbox::{LoginForm, MailboxUrl};
use protocol::email::Domain;

use super::{DomainSettings, Settings, SettingsError};

/// Checks each domain against the rest.
pub(super) fn validate(settings: &Settings) -> Result<(), SettingsError> {
    let mut seen: HashMap<&Domain, usize> = HashMap::new();
    let neighbours = Neighbours::of(settings);
    for (index, domain) in settings.domain.iter().enumerate() {
        if let Some(before) = seen.insert(&domain.name, index) {
            return Err(SettingsError::new(
                &format!("domain[{index}].name"),
                &format!("the domain {} is there twice", domain.name),
                "keep one of the two [[domain]] sections",
            )
            .beside(format!("domain[{before}].name")));
        }
        if domain.catch_all && domain.aliases.is_none() {
            return Err(SettingsError::new(
                &format!("domain[{index}].catch_all"),
                "a catch-all is a line of an alias file, and none is named",
                &format!(
                    "aliases = \"/etc/postfix/virtual\" with a line that begins with @{}",
                    domain.name
                ),
            ));
        }
        if let Some(other) = neighbours.of_domain(index, domain) {
            validate_sharing(index, domain, other)?;
        }
    }
    Ok(())
}

/// Which domains ask the same mail server.
struct Neighbours(HashMap<String, [Option<usize>; 2]>);

impl Neighbours {
    fn of(settings: &Settings) -> Self {
        let mut first_two: HashMap<String, [Option<usize>; 2]> = HashMap::new();
        for (index, domain) in settings.domain.iter().enumerate() {
            match first_two.entry(domain.mailbox.system()).or_default() {
                [first @ None, _] => *first = Some(index),
                [_, second @ None] => *second = Some(index),
                [Some(_), Some(_)] => {}
            }
        }
        Self(first_two)
    }

    /// Gives the number of another domain at the same mail server, if there is one.
    fn of_domain(&self, index: usize, domain: &DomainSettings) -> Option<usize> {
        let there = self.0.get(&domain.mailbox.system())?;
        there
            .iter()
            .flatten()
            .copied()
            .find(|other| *other != index)
    }
}

/// Checks a domain that shares its mail server with the domain number `other`.
fn validate_sharing(
    index: usize,
    domain: &DomainSettings,
    other: usize,
) -> Result<(), SettingsError> {
    let host = domain.mailbox.system();
    // Without the domain the server cannot tell alice of one from alice of the other, and may take
    // either for its own (`mail.md` §9, rule 3).
    if domain.login == LoginForm::LocalPart {
        return Err(SettingsError::new(
            &format!("domain[{index}].login"),
            &format!(
                "{} is asked by local part alone at {host}, where another domain is asked too, so \
                 the users of one could be taken for those of the other",
                domain.name
            ),
            "use login = \"address\", or a mail server for this domain alone",
        )
        .beside(format!("domain[{other}].mailbox")));
    }
    // The same rule for names without a domain: they would be users of both.
    if let MailboxUrl::File(file) = &domain.mailbox
        && file.domain().is_none()
    {
        return Err(SettingsError::new(
            &format!("domain[{index}].mailbox"),
            &format!(
                "{host} is read for {} and for another domain, so nobody can tell whose users the \
                 names without a domain are",
                domain.name
            ),
            &format!("mailbox = \"file:{host}?domain={}\"", domain.name),
        )
        .beside(format!("domain[{other}].mailbox")));
    }
    Ok(())
}
