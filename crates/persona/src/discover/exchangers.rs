//! Tells the running server who takes a domain's mail, for `[any_domain]`.
//!
//! The resolver is opened anew each time: so a changed `/etc/resolv.conf` counts at once, and what
//! was said is remembered in one place only, the server's.

use std::time::Duration;

use mailbox::BoxFuture;
use protocol::email::Domain;
use server::wildcard::{Exchangers, MailExchangers, NotAnswered};

use super::Resolver;
use super::names;

/// DNS, as a resolver tells it.
#[derive(Clone, Debug)]
pub(crate) struct Dns(Resolver);

impl Dns {
    /// Asks whom the system asks, as it stands at each question.
    pub(crate) const fn of_the_system() -> Self {
        Self(Resolver::System)
    }

    /// Asks this one.
    pub(crate) const fn at(resolver: Resolver) -> Self {
        Self(resolver)
    }
}

impl MailExchangers for Dns {
    fn of<'a>(&'a self, domain: &'a Domain) -> BoxFuture<'a, Result<Exchangers, NotAnswered>> {
        Box::pin(async move {
            let found = names::exchangers(domain, &self.0).await;
            Ok(match found.map_err(NotAnswered)? {
                None => Exchangers::None,
                Some((hosts, seconds)) => Exchangers::These {
                    hosts,
                    lifetime: Duration::from_secs(seconds.into()),
                },
            })
        })
    }
}
