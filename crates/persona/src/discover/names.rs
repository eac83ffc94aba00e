//! Asks DNS for the records that say where a domain's mail server is.
//!
//! RFC 6186 §3 (SRV), RFC 5321 §5.1 (MX). "There is none" and "nobody could say" are two answers.
//! The hosts' addresses are not looked up here: that is the system's business, as at a login, so that
//! what is proposed is what will be reached. Deliberately absent: DNSSEC, which says nothing about the
//! last mile between the resolver and this machine; certificates do.

use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;
use std::time::Duration;

use hickory_resolver::TokioResolver;
use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolveHosts, ResolverConfig};
use hickory_resolver::lookup::Lookup;
use hickory_resolver::net::NetError;
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::proto::rr::{RData, RecordType};
use hickory_resolver::system_conf;
use protocol::email::Domain;
use tokio::time::timeout;

use super::service::{Record, SERVICES, Service};

/// Whom to ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Resolver {
    /// Whom the system asks (`/etc/resolv.conf`).
    System,
    /// This one.
    At(SocketAddr),
    /// Nobody: the network is left alone.
    Nobody,
}

impl FromStr for Resolver {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "none" => return Ok(Self::Nobody),
            "system" => return Ok(Self::System),
            _ => {}
        }
        let address = || text.parse::<IpAddr>().map(|ip| (ip, DNS).into());
        text.parse()
            .or_else(|_| address())
            .map(Self::At)
            .map_err(|_| "expected ADDRESS:PORT, such as 192.0.2.53:53, or none")
    }
}

/// What DNS says about a domain's mail, or why nobody could say.
#[derive(Debug)]
pub(super) struct Records {
    pub(super) srv: Vec<(Service, Result<Vec<Record>, String>)>,
    pub(super) mx: Result<Vec<String>, String>,
}

impl Records {
    /// Gives the records of one service.
    pub(super) fn srv(&self, service: Service) -> Result<&[Record], &str> {
        match self.srv.iter().find(|(asked, _)| *asked == service) {
            Some((_, Ok(records))) => Ok(records),
            Some((_, Err(why))) => Err(why),
            None => Ok(&[]),
        }
    }

    /// Gives the hosts that take the domain's mail, the most wanted first. A lone `.` says that the
    /// domain has no mail (RFC 7505).
    pub(super) fn mx(&self) -> Result<&[String], &str> {
        self.mx.as_deref().map_err(String::as_str)
    }

    /// Says why nothing is known, if not one question was answered.
    pub(super) fn silence(&self) -> Option<&str> {
        let answered = self.srv.iter().any(|(_, records)| records.is_ok());
        if answered { None } else { self.mx().err() }
    }
}

/// Asks for all records of a domain at once. An error says why nobody can be asked at all.
pub(super) async fn look_up(domain: &Domain, resolver: &Resolver) -> Result<Records, String> {
    let resolver = open(resolver)?;
    let srv = async |service: Service| {
        let name = format!("{}.{domain}.", service.name());
        let found = ask(&resolver, &name, RecordType::SRV).await;
        (service, found.map(|data| read_srv(&data)))
    };
    let [first, second, third, fourth] = SERVICES;
    let name = format!("{domain}.");
    let (first, second, third, fourth, mx) = tokio::join!(
        srv(first),
        srv(second),
        srv(third),
        srv(fourth),
        ask(&resolver, &name, RecordType::MX),
    );
    Ok(Records {
        srv: vec![first, second, third, fourth],
        mx: mx.map(|data| read_mx(&data)),
    })
}

/// Asks for the hosts that take a domain's mail, and for nothing else: their names as they are written,
/// and for how many seconds they may be remembered. `None` if there is no such record.
pub(super) async fn exchangers(
    domain: &Domain,
    resolver: &Resolver,
) -> Result<Option<(Vec<String>, u32)>, String> {
    let found = look(&open(resolver)?, &format!("{domain}."), RecordType::MX).await?;
    let Some(found) = found else { return Ok(None) };
    let mut hosts = Vec::new();
    let mut lifetime = u32::MAX;
    for record in found.answers() {
        // An alias on the way may change as well.
        lifetime = lifetime.min(record.ttl);
        if let RData::MX(mx) = &record.data {
            hosts.push(mx.exchange.to_ascii());
        }
    }
    Ok((!hosts.is_empty()).then_some((hosts, lifetime)))
}

/// Names whom the system asks: nobody, if it does not say.
pub(crate) fn system_resolvers() -> Vec<IpAddr> {
    let servers = system_conf::read_system_conf().map(|(config, _)| config);
    let servers = servers.as_ref().map(ResolverConfig::name_servers);
    let servers = servers.unwrap_or_default().iter();
    servers.map(|server| server.ip).collect()
}

fn open(resolver: &Resolver) -> Result<TokioResolver, String> {
    let runtime = TokioRuntimeProvider::default();
    let mut builder = match resolver {
        Resolver::Nobody => return Err("nobody is asked, as --resolver says".to_owned()),
        Resolver::System => TokioResolver::builder(runtime)
            .map_err(|error| format!("the system does not say whom to ask: {error}"))?,
        Resolver::At(place) => {
            let ways = [ConnectionConfig::udp(), ConnectionConfig::tcp()].map(|mut way| {
                way.port = place.port();
                way
            });
            let server = NameServerConfig::new(place.ip(), true, ways.into());
            let config = ResolverConfig::from_parts(None, Vec::new(), vec![server]);
            TokioResolver::builder_with_config(config, runtime)
        }
    };
    let options = builder.options_mut();
    options.timeout = PATIENCE;
    options.attempts = 1;
    options.use_hosts_file = ResolveHosts::Never;
    builder.build().map_err(|error| error.to_string())
}

/// Asks one question. No records is an empty answer; not to know is an error.
async fn ask(resolver: &TokioResolver, name: &str, what: RecordType) -> Result<Vec<RData>, String> {
    let found = look(resolver, name, what).await?;
    let records = found.iter().flat_map(Lookup::answers);
    let data = records.map(|record| record.data.clone());
    Ok(data.take(MOST_RECORDS).collect())
}

/// Asks one question. `None` is that there is no such record.
async fn look(
    resolver: &TokioResolver,
    name: &str,
    what: RecordType,
) -> Result<Option<Lookup>, String> {
    let answer = timeout(LIMIT, resolver.lookup(name, what)).await;
    match answer.unwrap_or(Err(NetError::Timeout)) {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.is_no_records_found() => Ok(None),
        Err(NetError::Timeout) => Err("no answer in time".to_owned()),
        Err(error) => Err(error.to_string().escape_default().take(LONGEST).collect()),
    }
}

fn read_srv(data: &[RData]) -> Vec<Record> {
    let mut records = Vec::new();
    for one in data {
        if let RData::SRV(srv) = one {
            records.push(Record {
                priority: srv.priority,
                weight: srv.weight,
                port: srv.port,
                host: without_root(&srv.target.to_ascii()),
            });
        }
    }
    records
}

fn read_mx(data: &[RData]) -> Vec<String> {
    let mut exchangers = Vec::new();
    for one in data {
        if let RData::MX(mx) = one {
            exchangers.push((mx.preference, without_root(&mx.exchange.to_ascii())));
        }
    }
    exchangers.sort();
    exchangers.into_iter().map(|(_, host)| host).collect()
}

/// Writes a name as settings have it: without the dot of the root, which alone stays what it is.
fn without_root(name: &str) -> String {
    match name.strip_suffix('.') {
        Some(host) if !host.is_empty() => host.to_ascii_lowercase(),
        Some(_) | None => name.to_ascii_lowercase(),
    }
}

const DNS: u16 = 53;
/// How long one server is waited for, and how long an answer from any of them.
const PATIENCE: Duration = Duration::from_secs(2);
const LIMIT: Duration = Duration::from_secs(4);
/// How many records of one answer are looked at.
const MOST_RECORDS: usize = 32;
/// How much of an error is told, in characters.
const LONGEST: usize = 200;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resolver_is_an_address_with_or_without_a_port_or_nobody() {
        let read = |text: &str| text.parse::<Resolver>();
        let at = |text: &str| Ok(Resolver::At(text.parse().unwrap()));

        assert_eq!(read("127.0.0.1:5353"), at("127.0.0.1:5353"));
        assert_eq!(read("192.0.2.53"), at("192.0.2.53:53"));
        assert_eq!(read("2001:db8::53"), at("[2001:db8::53]:53"));
        assert_eq!(read("[2001:db8::53]:5353"), at("[2001:db8::53]:5353"));
        assert_eq!(read("none"), Ok(Resolver::Nobody));
        assert_eq!(read("system"), Ok(Resolver::System));
        for wrong in ["", "dns.example", "127.0.0.1:", "127.0.0.1:x", "None"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_name_loses_the_dot_of_the_root_and_the_root_keeps_it() {
        assert_eq!(without_root("Mail.Example.org."), "mail.example.org");
        assert_eq!(without_root("."), ".");
    }
}
