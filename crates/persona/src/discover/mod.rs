//! Finds a domain's mail server from the domain's name alone, for `persona setup`; and who takes a
//! domain's mail, for `[any_domain]`.
//!
//! In this order: SRV records (RFC 6186, RFC 8314 §5.1), the autoconfig document that mail programs
//! read, and then the MX hosts and the usual names, which are only guessed at. Every candidate is
//! looked at as a login would, up to where a password would be sent: what is proposed answers,
//! shows a valid certificate and takes passwords.
//!
//! **This only ever proposes** (`mail.md` §9 rule 1): the settings name the mail server, and nothing
//! here is asked at a login. Whoever forges DNS could name a host of their own, with a certificate
//! that is valid for it; so [`Proposal::vouched`] says whether the domain itself stands behind the host,
//! and without that an operator must say yes. Called by `setup`; `check` asks which hosts DNS names
//! ([`named()`]) and to whom they belong ([`Provider`]). Deliberately absent: POP3, and memory: whoever
//! asks again, asks again.

mod autoconfig;
mod candidate;
mod exchangers;
mod guess;
mod named;
mod names;
mod provider;
mod service;
#[cfg(test)]
mod tests;

use mailbox::{LoginForm, MailboxUrl};
use protocol::email::Domain;
use server::outbound::Pages;

use candidate::{Candidate, Evidence};
use guess::Ports;
use names::Records;
use service::{SERVICES, Service};

pub(crate) use exchangers::Dns;
pub(crate) use named::named;
pub(crate) use names::{Resolver, system_resolvers};
pub(crate) use provider::{Key, Provider};

/// What was asked about a domain, and what came of it.
#[derive(Debug, Default)]
pub(crate) struct Discovery {
    /// Every step, in order: what was asked, and what it said.
    pub(crate) findings: Vec<String>,
    /// The mail server that answered as it should.
    pub(crate) proposal: Option<Proposal>,
    /// Why there can be none: the mail is with somebody who takes no passwords.
    pub(crate) hopeless: Option<String>,
}

/// A mail server that could be asked.
#[derive(Debug)]
pub(crate) struct Proposal {
    /// Where it is.
    pub(crate) mailbox: MailboxUrl,
    /// What people log in with there.
    pub(crate) login: LoginForm,
    /// How it was found, and what it offers.
    pub(crate) why: String,
    /// Does the domain itself stand behind this host? Otherwise only DNS says so, which can be forged.
    pub(crate) vouched: bool,
}

/// With whom to speak.
#[derive(Debug)]
pub(crate) struct Means<'a> {
    /// Whom to ask for DNS records.
    pub(crate) resolver: &'a Resolver,
    /// Fetches autoconfig documents; `None` if it cannot be had on this machine.
    pub(crate) pages: Option<&'a Pages>,
    /// The name by which we introduce ourselves to mail servers.
    pub(crate) ehlo_name: &'a str,
}

/// Looks for the mail server of a domain. Whatever goes wrong is a finding, and it ends within half a
/// minute: 4 s for DNS, 5 s for each autoconfig document, 5 s for each round of candidates.
pub(crate) async fn discover(domain: &Domain, means: &Means<'_>) -> Discovery {
    let mut search = Search {
        domain,
        ehlo_name: means.ehlo_name,
        found: Discovery::default(),
    };
    search.run(means).await;
    search.found
}

struct Search<'a> {
    domain: &'a Domain,
    ehlo_name: &'a str,
    found: Discovery,
}

impl Search<'_> {
    async fn run(&mut self, means: &Means<'_>) {
        let records = match names::look_up(self.domain, means.resolver).await {
            Ok(records) => records,
            Err(why) => return self.note("DNS", &why),
        };
        if let Some(why) = records.silence() {
            return self.note("DNS", &format!("could not be asked: {why}"));
        }
        let by_srv = self.by_srv(&records);
        if self.settled_by(by_srv).await {
            return;
        }
        let by_autoconfig = self.by_autoconfig(means.pages).await;
        if self.settled_by(by_autoconfig).await {
            return;
        }
        let guesses = self.by_guess(&records, Ports::USUAL);
        self.settled_by(guesses).await;
    }

    fn by_srv(&mut self, records: &Records) -> Vec<Candidate> {
        let mut candidates = Vec::new();
        for service in SERVICES {
            let asked = format!("SRV {}.{}", service.name(), self.domain);
            let found = match records.srv(service) {
                Err(why) => {
                    self.note(&asked, &format!("could not be asked: {why}"));
                    continue;
                }
                Ok([]) => {
                    self.note(&asked, "no such record");
                    continue;
                }
                Ok(found) if service::is_refused(found) => {
                    self.note(&asked, "not offered, says the domain");
                    continue;
                }
                Ok(found) => service::in_order(found),
            };
            for record in found {
                let Ok(host) = Domain::parse(&record.host) else {
                    self.note(&asked, &format!("{:?} is no host name", record.host));
                    continue;
                };
                let by = format!("{asked} -> {host}:{}", record.port);
                let candidate = Candidate::new(service, host, record.port, by, Evidence::Dns);
                candidates.push(candidate);
            }
        }
        candidates
    }

    async fn by_autoconfig(&mut self, pages: Option<&Pages>) -> Vec<Candidate> {
        let Some(pages) = pages else {
            self.note("autoconfig", "this machine has nothing to verify it by");
            return Vec::new();
        };
        for (host, target) in autoconfig::places(self.domain) {
            // What is asked for is told without the address in it, which nobody needs to see.
            let path = target.split('?').next().unwrap_or_default();
            let asked = format!("https://{host}{path}");
            let page = pages.fetch(&host, &target).await;
            let page = page.map_err(|error| error.to_string());
            match page.and_then(|page| autoconfig::read(&page, self.domain)) {
                Err(why) => self.note(&asked, &why),
                Ok(servers) => return self.named_by(&asked, servers),
            }
        }
        Vec::new()
    }

    fn named_by(&mut self, asked: &str, servers: Vec<autoconfig::Entry>) -> Vec<Candidate> {
        let mut candidates = Vec::new();
        if servers.is_empty() {
            self.note(asked, "it names no mail server");
        }
        for entry in servers {
            match entry {
                autoconfig::Entry::PassedOver(why) => self.note(asked, &why),
                autoconfig::Entry::Server(server) => {
                    let by = format!("{asked} -> {}:{}", server.host, server.port);
                    let autoconfig::Server {
                        service,
                        host,
                        port,
                        login,
                    } = server;
                    let candidate = Candidate::new(service, host, port, by, Evidence::Document);
                    candidates.push(candidate.with_login(login));
                }
            }
        }
        candidates
    }

    fn by_guess(&mut self, records: &Records, ports: Ports) -> Vec<Candidate> {
        let asked = format!("MX {}", self.domain);
        let exchangers = match records.mx() {
            Err(why) => {
                self.note(&asked, &format!("could not be asked: {why}"));
                &[]
            }
            Ok([]) => {
                self.note(&asked, "no such record");
                &[]
            }
            Ok(found) => found,
        };
        if let Some(provider) = exchangers.iter().find_map(|host| provider::of(host)) {
            self.give_up(&asked, &provider);
            return Vec::new();
        }
        let hosts = exchangers.iter();
        let hosts: Vec<Domain> = hosts.filter_map(|host| Domain::parse(host).ok()).collect();
        let is_refused = |service: &Service| records.srv(*service).is_ok_and(service::is_refused);
        let refused: Vec<Service> = SERVICES.into_iter().filter(is_refused).collect();
        guess::candidates(self.domain, &hosts, &refused, ports)
    }

    /// Looks at all candidates at once, and proposes the first of them, in their order, that answers as
    /// it should.
    async fn settled_by(&mut self, candidates: Vec<Candidate>) -> bool {
        let mut may_be_asked = Vec::new();
        for candidate in candidates {
            match provider::of(candidate.host().as_str()) {
                Some(provider) => self.give_up(candidate.by(), &provider),
                None => may_be_asked.push(candidate),
            }
        }
        let mut troubles: Vec<(Domain, String)> = Vec::new();
        for (candidate, answer) in candidate::look_at_all(may_be_asked, self.ehlo_name).await {
            let url = candidate.url();
            match answer {
                Err(why) => {
                    // A host that has no address has none on every port: it is told once.
                    let trouble = (candidate.host().clone(), why);
                    if !troubles.contains(&trouble) {
                        self.note(candidate.by(), &format!("{url}: {}", trouble.1));
                        troubles.push(trouble);
                    }
                }
                Ok(answer) => {
                    self.note(candidate.by(), &format!("{url}: {}", answer.offers));
                    self.propose(&candidate, answer);
                }
            }
        }
        self.found.proposal.is_some()
    }

    fn propose(&mut self, candidate: &Candidate, answer: candidate::Answer) {
        self.found.proposal.get_or_insert_with(|| Proposal {
            why: format!("found by {}; {}", candidate.by(), answer.offers),
            vouched: candidate.is_vouched_by(self.domain),
            login: candidate.login(),
            mailbox: answer.mailbox,
        });
    }

    fn give_up(&mut self, asked: &str, provider: &str) {
        self.note(asked, provider);
        self.found.hopeless = Some(provider.to_owned());
    }

    fn note(&mut self, asked: &str, said: &str) {
        let finding = format!("{asked}: {said}");
        if !self.found.findings.contains(&finding) {
            self.found.findings.push(finding);
        }
    }
}
