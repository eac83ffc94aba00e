//! Guesses at mail servers that nothing names: the MX hosts, and the names that everybody uses.
//!
//! Pure. No guess is worth anything before it was looked at: see `candidate`.

use protocol::email::Domain;

use super::candidate::{Candidate, Evidence};
use super::service::{SERVICES, Service};

/// The ports of the services, the usual ones outside of tests.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ports {
    pub(super) submissions: u16,
    pub(super) submission: u16,
    pub(super) imaps: u16,
    pub(super) imap: u16,
}

impl Ports {
    /// RFC 8314 §7.3, RFC 6409 §3.1, RFC 9051 §2.1.
    pub(super) const USUAL: Self = Self {
        submissions: 465,
        submission: 587,
        imaps: 993,
        imap: 143,
    };

    const fn of(self, service: Service) -> u16 {
        match service {
            Service::Submissions => self.submissions,
            Service::Submission => self.submission,
            Service::Imaps => self.imaps,
            Service::Imap => self.imap,
        }
    }
}

/// Lists what may be the mail server, the likeliest first and a dozen at most: the first MX host,
/// then `mail`, `smtp` and `imap` of the domain, then the second MX host. Hosts of the domain's own
/// come before those of others, for which nobody but DNS speaks. `refused` is what the domain says
/// that it does not offer.
pub(super) fn candidates(
    domain: &Domain,
    exchangers: &[Domain],
    refused: &[Service],
    ports: Ports,
) -> Vec<Candidate> {
    let by_mx = |host: &Domain| (format!("MX {domain} -> {host}"), host.clone(), &BOTH[..]);
    let usual = |label: &str, services| {
        let host = Domain::parse(&format!("{label}.{domain}")).ok()?;
        Some(("the usual name".to_owned(), host, services))
    };
    let mut hosts: Vec<_> = exchangers.first().map(by_mx).into_iter().collect();
    hosts.extend(usual("mail", &BOTH[..]));
    hosts.extend(usual("smtp", &SMTP[..]));
    hosts.extend(usual("imap", &IMAP[..]));
    hosts.extend(exchangers.get(1).map(by_mx));
    let mut candidates: Vec<Candidate> = Vec::new();
    for (by, host, services) in hosts {
        if candidates.iter().any(|known| *known.host() == host) {
            continue;
        }
        for service in services.iter().filter(|one| !refused.contains(one)) {
            let port = ports.of(*service);
            let candidate = Candidate::new(*service, host.clone(), port, by.clone(), Evidence::Dns);
            candidates.push(candidate);
        }
    }
    candidates.truncate(MOST_CANDIDATES);
    candidates.sort_by_key(|candidate| !candidate.is_vouched_by(domain));
    candidates
}

const SMTP: [Service; 2] = [Service::Submissions, Service::Submission];
const IMAP: [Service; 2] = [Service::Imaps, Service::Imap];
const BOTH: [Service; 4] = SERVICES;
const MOST_CANDIDATES: usize = 12;

#[cfg(test)]
mod tests {
    use super::*;

    fn guessed(exchangers: &[&str], refused: &[Service]) -> Vec<String> {
        let domain = Domain::parse("example.org").unwrap();
        let exchangers = exchangers.iter().map(|host| Domain::parse(host).unwrap());
        let exchangers: Vec<Domain> = exchangers.collect();
        candidates(&domain, &exchangers, refused, Ports::USUAL)
            .iter()
            .map(Candidate::url)
            .collect()
    }

    #[test]
    fn the_first_exchanger_comes_first_and_no_more_than_a_dozen_are_asked() {
        assert_eq!(
            guessed(&["mx1.example.org", "mx2.example.org"], &[]),
            [
                "smtps://mx1.example.org:465",
                "smtp://mx1.example.org:587",
                "imaps://mx1.example.org:993",
                "imap://mx1.example.org:143",
                "smtps://mail.example.org:465",
                "smtp://mail.example.org:587",
                "imaps://mail.example.org:993",
                "imap://mail.example.org:143",
                "smtps://smtp.example.org:465",
                "smtp://smtp.example.org:587",
                "imaps://imap.example.org:993",
                "imap://imap.example.org:143",
            ]
        );
    }

    #[test]
    fn the_domains_own_hosts_come_before_those_of_others() {
        let guessed = guessed(&["mx.hoster.example"], &[]);

        assert_eq!(guessed.first().unwrap(), "smtps://mail.example.org:465");
        assert_eq!(guessed.last().unwrap(), "imap://mx.hoster.example:143");
    }

    #[test]
    fn no_host_is_asked_twice_and_nothing_that_the_domain_does_not_offer() {
        let refused = [Service::Submission, Service::Imaps, Service::Imap];

        assert_eq!(
            guessed(&["mail.example.org", "mail.example.org"], &refused),
            [
                "smtps://mail.example.org:465",
                "smtps://smtp.example.org:465"
            ]
        );
    }
}
