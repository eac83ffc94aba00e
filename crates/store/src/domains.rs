//! The mail domains that the operator keeps in the store rather than in the settings.

use protocol::email::Domain;
use protocol::time::UnixSeconds;

/// A mail domain, as its `[[domain]]` section in the settings would have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DomainRow {
    /// The domain.
    pub name: Domain,
    /// The text of its section, with the line `[[domain]]`. The store does not read it. It must hold no
    /// secret, only the place of one.
    pub section: String,
    /// When it was put there.
    pub added: UnixSeconds,
}
