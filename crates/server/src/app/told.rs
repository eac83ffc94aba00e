//! Which of the served domains a page may name to whoever looks at it.
//!
//! Whoever hosts mail for others does not tell strangers for whom. So a page names the only domain, or
//! a few of one issuer; of many, of any domain whose mail comes to us, and where others have issuers
//! of their own, it names none.

use protocol::email::Domain;

use super::App;
use crate::settings::DomainSettings;

impl App {
    /// The domains that may be named: all that are served, or none.
    pub(crate) fn told_domains(&self) -> &[DomainSettings] {
        let domains = self.settings.domain.as_slice();
        let few = domains.len() <= MOST_TOLD && self.siblings.are_none();
        if self.any_door.is_none() && (few || domains.len() == 1) {
            domains
        } else {
            &[]
        }
    }

    /// A served domain for an example of an address: the one in which the issuer's host is, which says
    /// nothing new, or else the first that may be named.
    pub(crate) fn example_domain(&self) -> Option<&Domain> {
        let host = self.settings.issuer.host();
        let is_around = |name: &Domain| {
            host.strip_suffix(name.as_str())
                .is_some_and(|before| before.is_empty() || before.ends_with('.'))
        };
        let around = self.settings.domain.iter().map(|domain| &domain.name);
        around
            .into_iter()
            .find(|name| is_around(name))
            .or_else(|| self.told_domains().first().map(|domain| &domain.name))
    }
}

/// More than these are a list that nobody reads.
const MOST_TOLD: usize = 3;
