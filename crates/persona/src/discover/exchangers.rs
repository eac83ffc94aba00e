//! Tells the running server who takes a domain's mail, for `[any_domain]`.
//!
//! Asks whom the system asks, anew each time: so a changed `/etc/resolv.conf` counts at once, and what
//! was said is remembered in one place only, the server's.

use std::time::Duration;

use mailbox::BoxFuture;
use protocol::email::Domain;
use server::wildcard::{Exchangers, MailExchangers, NotAnswered};

use super::Resolver;
use super::names;

/// DNS, as this machine sees it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Dns;

impl MailExchangers for Dns {
    fn of<'a>(&'a self, domain: &'a Domain) -> BoxFuture<'a, Result<Exchangers, NotAnswered>> {
        Box::pin(async move {
            let found = names::exchangers(domain, &Resolver::System).await;
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
