//! The hosts that DNS names for a domain's mail, without a look at any of them. For `persona check`.

use protocol::email::Domain;

use super::names::{self, Resolver};
use super::service::{SERVICES, in_order};

/// What DNS says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Named {
    /// Where mail programs log in (SRV, RFC 6186).
    pub(crate) services: Vec<String>,
    /// Where letters go (MX, RFC 5321 §5.1).
    pub(crate) exchangers: Vec<String>,
}

/// Asks for all records at once. None is an answer; an error says why one of them could not be asked
/// for, without which nothing can be said about the others.
pub(crate) async fn named(domain: &Domain, resolver: &Resolver) -> Result<Named, String> {
    let records = names::look_up(domain, resolver).await?;
    let mut services = Vec::new();
    for service in SERVICES {
        let found = in_order(records.srv(service)?).into_iter();
        services.extend(found.map(|record| record.host.clone()));
    }
    // A lone root says that the domain takes no letters (RFC 7505).
    let exchangers = records.mx()?.iter().filter(|host| *host != ".");
    Ok(Named {
        services,
        exchangers: exchangers.cloned().collect(),
    })
}
