//! Every domain whose mail comes to us: are our mail exchangers called as the settings say, can the mail
//! server be asked, and who could forge what DNS says?

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use mailbox::Options;
use protocol::email::Domain;
use server::settings::{AnyDomainSettings, DomainSettings};
use server::wildcard::{Exchangers, MailExchangers as _};
use tokio::net::lookup_host;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::Finding;
use super::mailbox::{what_it_offers, with_way_out};
use crate::discover::{Dns, Resolver, system_resolvers};

/// Looks at `[any_domain]`. The named domains are taken for examples: their MX records name the hosts
/// that take mail here.
pub(crate) async fn check(
    any: &AnyDomainSettings,
    named: &[DomainSettings],
    options: &Options,
    resolver: &Resolver,
) -> Vec<Finding> {
    let mut findings = vec![about_mail_server(any, options).await];
    if *resolver == Resolver::Nobody {
        return findings;
    }
    if *resolver == Resolver::System {
        findings.extend(about_resolvers(&system_resolvers()));
    }
    for host in &any.mx {
        findings.push(about_address(host).await);
    }
    let examples = named.iter().take(MOST_EXAMPLES);
    let examples = examples.map(|domain| domain.name.clone()).collect();
    findings.extend(about_use(&any.mx, &hosts_of(examples, resolver).await));
    findings
}

async fn about_mail_server(any: &AnyDomainSettings, options: &Options) -> Finding {
    let url = &any.mailbox;
    let failed = |reason: &str, seen: String| {
        Finding::fail(&format!("mailbox-{reason}"), SECTION, seen)
            .because("nobody of a domain that is not named can sign in")
    };
    let backend = match mailbox::open(url, options) {
        Ok(backend) => backend,
        Err(error) => {
            return failed("misconfigured", error.to_string())
                .mend("correct mailbox of [any_domain] in the settings");
        }
    };
    match backend.probe().await {
        Ok(probe) => {
            let seen = format!("{} {}", backend.describe(), what_it_offers(url, &probe));
            Finding::ok("mailbox-answers", SECTION, seen)
        }
        Err(trouble) => {
            let finding = failed(trouble.reason(), trouble.to_string());
            with_way_out(finding, url, &trouble)
        }
    }
}

/// Says so where DNS comes over a network, in which it can be forged.
fn about_resolvers(resolvers: &[IpAddr]) -> Option<Finding> {
    let far = resolvers.iter().find(|address| !address.is_loopback())?;
    let seen = format!("this machine asks {far} for names, over a network");
    Some(
        Finding::warn("exchanger-resolver", SECTION, seen)
            .because(
                "whoever can forge its answers decides whose mail seems to come to you, and with that \
                 who can sign in as whom",
            )
            .mend(
                "run a resolver on this machine that checks signatures, such as Unbound, with \
                 nameserver 127.0.0.1 in /etc/resolv.conf",
            ),
    )
}

/// Says whether a mail exchanger is there.
async fn about_address(host: &Domain) -> Finding {
    let Ok(found) = timeout(LIMIT, lookup_host((host.as_str(), SMTP))).await else {
        return unknown(
            host.as_str(),
            "its address could not be asked for: no answer in time",
        );
    };
    if let Some(address) = found.ok().and_then(|mut addresses| addresses.next()) {
        let seen = format!("it is at {}", address.ip());
        return Finding::ok("exchanger-resolves", host.as_str(), seen);
    }
    Finding::warn(
        "exchanger-unresolved",
        host.as_str(),
        "this mail exchanger of [any_domain] leads to no address",
    )
    .because("where a domain's MX record names it, no mail comes in")
    .mend("correct its name in mx of [any_domain], or take it out")
}

/// Says which of our exchangers none of the named domains has, where anything is known about them.
fn about_use(ours: &[Domain], examples: &[(Domain, Result<Vec<String>, String>)]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut seen = Vec::new();
    for (domain, hosts) in examples {
        match hosts {
            Ok(hosts) => seen.extend(hosts.iter().map(|host| (domain, host))),
            Err(why) => findings.push(unknown(
                domain.as_str(),
                &format!("its mail exchangers could not be asked for: {why}"),
            )),
        }
    }
    let Some((example, other)) = seen.first() else {
        return findings;
    };
    for host in ours {
        let used = seen.iter().find(|(_, name)| is_same(name, host));
        findings.push(match used {
            Some((domain, _)) => Finding::ok(
                "exchanger-used",
                host.as_str(),
                format!("the mail of {domain} comes to it"),
            ),
            None => Finding::warn(
                "exchanger-unused",
                host.as_str(),
                format!("no [[domain]] of the settings has its mail there; that of {example} goes to {other}"),
            )
            .because("a domain is served if all of its MX records name hosts of [any_domain]")
            .mend("write the names in mx of [any_domain] as the MX records of your domains have them"),
        });
    }
    findings
}

fn unknown(subject: &str, seen: &str) -> Finding {
    Finding::ok("exchanger-unknown", subject, seen)
}

/// Asks for the exchangers of all these domains at once.
async fn hosts_of(
    domains: Vec<Domain>,
    resolver: &Resolver,
) -> Vec<(Domain, Result<Vec<String>, String>)> {
    let dns = Arc::new(Dns::at(resolver.clone()));
    let mut asking = JoinSet::new();
    for domain in domains {
        let dns = Arc::clone(&dns);
        asking.spawn(async move {
            let hosts = match timeout(LIMIT, dns.of(&domain)).await {
                Ok(Ok(Exchangers::These { hosts, .. })) => Ok(hosts),
                Ok(Ok(Exchangers::None)) => Ok(Vec::new()),
                Ok(Err(error)) => Err(error.to_string()),
                Err(_) => Err("no answer in time".to_owned()),
            };
            (domain, hosts)
        });
    }
    let mut found = asking.join_all().await;
    found.sort();
    found
}

fn is_same(written: &str, host: &Domain) -> bool {
    let written = written.strip_suffix('.').unwrap_or(written);
    written.eq_ignore_ascii_case(host.as_str())
}

const SECTION: &str = "[any_domain]";
const SMTP: u16 = 25;
/// How many of the named domains are taken for examples.
const MOST_EXAMPLES: usize = 20;
const LIMIT: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(findings: &[Finding]) -> Vec<(&str, &str)> {
        let each = findings.iter();
        each.map(|finding| (finding.code.as_str(), finding.subject.as_str()))
            .collect()
    }

    fn domain(name: &str) -> Domain {
        name.parse().unwrap()
    }

    #[test]
    fn a_resolver_across_the_network_is_told() {
        let line = |text: &[&str]| {
            let addresses: Vec<IpAddr> = text.iter().map(|one| one.parse().unwrap()).collect();
            about_resolvers(&addresses).map(|finding| finding.seen)
        };

        assert_eq!(line(&["127.0.0.1", "::1", "127.0.0.53"]), None);
        assert_eq!(line(&[]), None);
        let far = "this machine asks 9.9.9.9 for names, over a network";
        assert_eq!(line(&["127.0.0.1", "9.9.9.9"]).as_deref(), Some(far));
    }

    #[test]
    fn an_exchanger_that_no_named_domain_has_is_told() {
        let ours = [domain("mail.ours.test"), domain("mx2.ours.test")];
        let has = |name: &str, hosts: &[&str]| {
            let hosts = hosts.iter().map(|&host| host.to_owned()).collect();
            (domain(name), Ok(hosts))
        };

        let one = [has("a.test", &["MAIL.ours.test."]), has("b.test", &[])];
        assert_eq!(
            codes(&about_use(&ours, &one)),
            [
                ("exchanger-used", "mail.ours.test"),
                ("exchanger-unused", "mx2.ours.test")
            ]
        );
        assert_eq!(codes(&about_use(&ours, &[has("b.test", &[])])), []);
        let silent = [(domain("a.test"), Err("SERVFAIL".to_owned()))];
        assert_eq!(
            codes(&about_use(&ours, &silent)),
            [("exchanger-unknown", "a.test")]
        );
    }
}
