//! Is the mail server that is asked still the domain's? Compares it with what DNS names, and says whose it is.
//!
//! SRV records are about logging in and are believed first; MX records are about letters, which may go
//! through somebody else's filter, so what they say is a warning at most. Only hosts of the public internet
//! are compared: inside of a network, DNS has no say. Asked while the other checks look, so that it takes
//! no time of its own, and given up after [`LIMIT`]. To have no answer is a note, and not a failure.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use mailbox::MailboxUrl;
use protocol::email::Domain;
use server::settings::DomainSettings;
use tokio::net::lookup_host;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::Finding;
use crate::discover::{Key, Provider, Resolver, named};

/// Look-ups under way, one for each domain that has a mail server to compare.
#[derive(Debug)]
pub(super) struct Whereabouts(JoinSet<(usize, Option<Finding>)>);

impl Whereabouts {
    /// Begins to ask.
    pub(super) fn ask(domains: &[DomainSettings], resolver: &Resolver) -> Self {
        let mut asking = JoinSet::new();
        let places = Arc::new(Semaphore::new(AT_ONCE));
        for (number, domain) in domains.iter().enumerate() {
            let MailboxUrl::Server(url) = &domain.mailbox else {
                continue;
            };
            if *resolver == Resolver::Nobody || is_known_inside(&url.host()) {
                continue;
            }
            let (name, host) = (domain.name.clone(), url.host());
            let (resolver, places) = (resolver.clone(), Arc::clone(&places));
            asking.spawn(async move {
                let compared = timeout(LIMIT, async {
                    let _place = places.acquire_owned().await;
                    compare(&name, &host, &resolver).await
                });
                let late = || Some(unknown(&name, "no answer in time"));
                (number, compared.await.unwrap_or_else(|_| late()))
            });
        }
        Self(asking)
    }

    /// Gives what came of it, in the order of the domains.
    pub(super) async fn findings(self) -> impl Iterator<Item = Finding> {
        let mut findings = self.0.join_all().await;
        findings.sort_by_key(|(number, _)| *number);
        findings.into_iter().filter_map(|(_, finding)| finding)
    }
}

/// Says so where the mail server in the settings belongs to somebody who does not let it be asked.
pub(super) fn of_a_provider(domain: &DomainSettings) -> Option<Finding> {
    let MailboxUrl::Server(url) = &domain.mailbox else {
        return None;
    };
    let provider = Provider::of(&url.host())?;
    let seen = provider.owns(&url.host());
    let name = domain.name.as_str();
    Some(match provider.key {
        Key::None => Finding::fail(PROVIDER, name, seen)
            .because(format!("nobody at {} can sign in", domain.name.to_unicode()))
            .mend(format!(
                "name a mail server or directory that has these passwords, or take [[domain]] {name} out"
            )),
        Key::Special => Finding::warn(PROVIDER, name, seen)
            .because("whoever types the password of the account is told, as a rule, that it is wrong")
            .mend(format!(
                "name a mail server or directory that has these passwords, or leave it if people at {name} \
                 have such a password"
            )),
    })
}

/// `None` where DNS has no say.
async fn compare(domain: &Domain, host: &str, resolver: &Resolver) -> Option<Finding> {
    let addresses = addresses(host).await;
    if !addresses.is_empty() && addresses.iter().all(|address| is_inside(*address)) {
        return None;
    }
    let named = match named(domain, resolver).await {
        Ok(named) => named,
        Err(why) => return Some(unknown(domain, &why)),
    };
    let (record, hosts) = if named.services.is_empty() {
        ("MX", named.exchangers)
    } else {
        ("SRV", named.services)
    };
    let Some(first) = hosts.first() else {
        return Some(Finding::ok(
            RECORDS,
            domain.as_str(),
            "DNS names no mail server to compare with",
        ));
    };
    for other in &hosts {
        if is_akin(host, other) || shares(&addresses, other).await {
            let seen = format!("{record} names {other}, which goes with {host}");
            return Some(Finding::ok(RECORDS, domain.as_str(), seen));
        }
    }
    Some(elsewhere(domain, host, record, first))
}

fn elsewhere(domain: &Domain, host: &str, record: &str, other: &str) -> Finding {
    let name = domain.as_str();
    if let Some(provider) = Provider::of(other) {
        let seen = format!(
            "{record} of {domain} names {}; {host} is asked instead",
            provider.owns(other)
        );
        return Finding::warn(PROVIDER, name, seen)
            .because("if the mailboxes are there now, their passwords cannot be checked")
            .mend(format!(
                "take [[domain]] {name} out if they are; if {other} only filters mail, leave it as it is"
            ));
    }
    let seen = format!("{record} of {domain} names {other}, and {host} is asked");
    Finding::warn("mailbox-moved", name, seen)
        .because(
            "if the mailboxes have moved, old passwords still open them here and new ones do not",
        )
        .mend(format!(
            "name the new mail server in mailbox of [[domain]] {name}; if {other} only filters mail, leave \
             it as it is"
        ))
}

fn unknown(domain: &Domain, why: &str) -> Finding {
    Finding::ok(
        "mailbox-records-unknown",
        domain.as_str(),
        format!("whether DNS names the same mail server could not be asked: {why}"),
    )
}

/// Do two names belong together? They do when one is in the zone of the other's host: hosters have one
/// machine for letters and another for logging in.
fn is_akin(host: &str, other: &str) -> bool {
    let under = |name: &str, zone: &str| {
        let rest = name.strip_suffix(zone);
        rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    };
    let zone = |name: &str| match name.split_once('.') {
        Some((_, zone)) if zone.contains('.') => zone.to_owned(),
        Some(_) | None => name.to_owned(),
    };
    let (host, other) = (host.to_ascii_lowercase(), other.to_ascii_lowercase());
    under(&host, &zone(&other)) || under(&other, &zone(&host))
}

async fn shares(addresses: &[IpAddr], other: &str) -> bool {
    let of_other = self::addresses(other).await;
    of_other.iter().any(|address| addresses.contains(address))
}

/// Asks as a login would. A host without an address has its own finding.
async fn addresses(host: &str) -> Vec<IpAddr> {
    let found = lookup_host((host, 0)).await;
    found.map_or_else(
        |_| Vec::new(),
        |found| found.map(|address| address.ip().to_canonical()).collect(),
    )
}

fn is_known_inside(host: &str) -> bool {
    let inside = host.parse().is_ok_and(is_inside);
    inside || host == "localhost" || host.ends_with(".localhost")
}

/// Is this an address of somebody's own network?
fn is_inside(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => {
            let [first, second, ..] = address.octets();
            // RFC 6598 §7: shared behind a carrier's translation.
            let is_shared = first == 100 && second & 0xc0 == 64;
            address.is_private() || address.is_loopback() || address.is_link_local() || is_shared
        }
        IpAddr::V6(address) => {
            address.is_loopback() || address.is_unique_local() || address.is_unicast_link_local()
        }
    }
}

const PROVIDER: &str = "mailbox-provider";
const RECORDS: &str = "mailbox-records";

/// How long everything may take.
const LIMIT: Duration = Duration::from_secs(5);
/// How many domains are asked about at once.
const AT_ONCE: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_of_one_zone_belong_together() {
        for (host, other) in [
            ("mail.example.org", "mail.example.org"),
            ("mail.example.org", "MX1.example.org"),
            ("smtp.hoster.example", "mx.mail.hoster.example"),
            ("example.org", "mx.example.org"),
            ("mail.example.co.uk", "mx.example.co.uk"),
        ] {
            assert!(is_akin(host, other), "{host} {other}");
            assert!(is_akin(other, host), "{other} {host}");
        }
    }

    #[test]
    fn hosts_of_other_zones_do_not() {
        for (host, other) in [
            ("mail.example.org", "mx.example.net"),
            ("mail.example.org", "mail.notexample.org"),
            ("mail.one.co.uk", "mail.two.co.uk"),
            ("example.org", "example.net"),
            ("192.0.2.1", "mx.example.org"),
        ] {
            assert!(!is_akin(host, other), "{host} {other}");
            assert!(!is_akin(other, host), "{other} {host}");
        }
    }

    #[test]
    fn inside_of_a_network_dns_has_no_say() {
        for host in [
            "localhost",
            "mail.localhost",
            "127.0.0.9",
            "10.1.2.3",
            "192.168.0.1",
            "172.20.0.1",
            "100.64.0.1",
            "169.254.1.1",
            "::1",
            "fd00::1",
            "fe80::1",
            "::ffff:10.0.0.1",
        ] {
            assert!(is_known_inside(host), "{host}");
        }
        for host in [
            "mail.example.org",
            "192.0.2.1",
            "100.128.0.1",
            "2001:db8::1",
        ] {
            assert!(!is_known_inside(host), "{host}");
        }
    }
}
