//! The order of the steps, with real mail servers on loopback and records made by hand.

use std::net::{IpAddr, Ipv4Addr};

use testkit::smtp::{Encryption, Mailboxes, SmtpServer};

use super::service::Record;
use super::*;

const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

fn domain() -> Domain {
    Domain::parse("example.org").unwrap()
}

fn search(domain: &Domain) -> Search<'_> {
    Search {
        domain,
        ehlo_name: "id.example.org",
        found: Discovery::default(),
    }
}

fn records(srv: Vec<(Service, Result<Vec<Record>, String>)>, mx: &[&str]) -> Records {
    Records {
        srv,
        mx: Ok(mx.iter().map(|&host| host.to_owned()).collect()),
    }
}

fn record(host: &str, port: u16) -> Record {
    Record {
        priority: 0,
        weight: 0,
        port,
        host: host.to_owned(),
    }
}

async fn mail_server(mechanisms: &'static str) -> SmtpServer {
    let mailboxes = Mailboxes::new(Encryption::None).with("alice@example.org", "wonderland");
    SmtpServer::honest(LOOPBACK, mailboxes.offering(mechanisms))
        .await
        .unwrap()
}

#[tokio::test]
async fn the_first_that_answers_as_it_should_is_proposed_and_all_are_told() {
    let cram_only = mail_server("CRAM-MD5").await;
    let good = mail_server("PLAIN").await;
    let better_late = mail_server("PLAIN LOGIN").await;
    let ports = [&cram_only, &good, &better_late].map(|server| server.address().port());
    let found = ports.map(|port| record("mail.localhost", port));
    let domain = domain();
    let mut search = search(&domain);

    let candidates = search.by_srv(&records(
        vec![(Service::Submission, Ok(found.to_vec()))],
        &[],
    ));
    let is_settled = search.settled_by(candidates).await;

    assert!(is_settled);
    let proposal = search.found.proposal.unwrap();
    let asked = "SRV _submission._tcp.example.org -> mail.localhost";
    let offers = "in clear text, on this machine";
    assert_eq!(
        proposal.mailbox.to_string(),
        format!("smtp://mail.localhost:{}", ports[1])
    );
    assert_eq!(
        proposal.why,
        format!("found by {asked}:{}; it offers PLAIN {offers}", ports[1])
    );
    assert!(!proposal.vouched, "nobody but DNS names this machine");
    let looks = search
        .found
        .findings
        .iter()
        .filter(|one| one.starts_with(asked));
    let looks: Vec<&String> = looks.collect();
    assert_eq!(looks.len(), 3, "{looks:?}");
    assert!(looks[0].contains("CRAM-MD5"), "{looks:?}");
    assert!(
        looks[2].ends_with(&format!("it offers PLAIN, LOGIN {offers}")),
        "{looks:?}"
    );
}

#[tokio::test]
async fn hosts_that_take_the_mail_are_guessed_at() {
    let server = mail_server("PLAIN LOGIN").await;
    let port = server.address().port();
    let ports = Ports {
        submission: port,
        submissions: port,
        imaps: port,
        imap: port,
    };
    let domain = Domain::parse("example.localhost").unwrap();
    let mut search = search(&domain);

    let guesses = search.by_guess(&records(Vec::new(), &["mx.example.localhost"]), ports);
    let is_settled = search.settled_by(guesses).await;

    assert!(is_settled);
    assert_eq!(
        search.found.proposal.unwrap().why,
        "found by MX example.localhost -> mx.example.localhost; \
         it offers PLAIN, LOGIN in clear text, on this machine"
    );
}

#[test]
fn what_dns_says_about_each_service_is_told() {
    let domain = domain();
    let mut search = search(&domain);

    let candidates = search.by_srv(&records(
        vec![
            (Service::Submissions, Ok(vec![record(".", 0)])),
            (Service::Submission, Err("request timed out".to_owned())),
            (Service::Imaps, Ok(vec![record("imap.example.org", 993)])),
        ],
        &[],
    ));

    let urls: Vec<String> = candidates.iter().map(Candidate::url).collect();
    assert_eq!(urls, ["imaps://imap.example.org:993"]);
    assert_eq!(
        search.found.findings,
        [
            "SRV _submissions._tcp.example.org: not offered, says the domain",
            "SRV _submission._tcp.example.org: could not be asked: request timed out",
            "SRV _imap._tcp.example.org: no such record",
        ]
    );
}

/// A label of DNS may hold any octet, and a mailbox URL has settings behind its host.
#[test]
fn a_target_that_is_no_host_name_adds_nothing_to_the_url() {
    let domain = domain();
    for host in [
        "mail.example.org?server_name=evil.example&x=",
        "evil.example/",
        "alice@evil.example",
        "mail example.org",
        "mail.example.org\u{1b}[2J",
        "..",
    ] {
        let mut search = search(&domain);
        let found = Ok(vec![record(host, 465)]);

        let candidates = search.by_srv(&records(vec![(Service::Submissions, found)], &[]));

        assert!(candidates.is_empty(), "{host}");
        assert!(
            search.found.findings[0].ends_with("is no host name"),
            "{host}"
        );
    }
}

#[test]
fn only_the_domain_itself_vouches_for_a_host() {
    let domain = domain();
    for (host, evidence, expected) in [
        ("mail.example.org", Evidence::Dns, true),
        ("example.org", Evidence::Dns, true),
        ("mail.localhost", Evidence::Dns, false),
        ("mail.hoster.example", Evidence::Dns, false),
        ("mail.notexample.org", Evidence::Dns, false),
        ("example.org.evil.example", Evidence::Dns, false),
        ("mail.hoster.example", Evidence::Document, true),
    ] {
        let name = Domain::parse(host).unwrap();
        let by = String::new();
        let candidate = Candidate::new(Service::Submissions, name, 465, by, evidence);
        assert_eq!(candidate.is_vouched_by(&domain), expected, "{host}");
    }
}

#[tokio::test]
async fn mail_at_a_provider_that_takes_no_passwords_is_said_and_nobody_is_asked() {
    let domain = domain();
    let mut by_mx = search(&domain);
    let mut by_srv = search(&domain);
    let mut by_name = search(&domain);

    let guesses = by_mx.by_guess(&records(Vec::new(), &["aspmx.l.google.com"]), Ports::USUAL);
    let found = Ok(vec![record("smtp.gmail.com", 465)]);
    let named = by_srv.by_srv(&records(vec![(Service::Submissions, found)], &[]));
    let is_settled = by_srv.settled_by(named).await;

    let twice = ["smtp.gmail.com"; 2].map(|host| record(host, 465));
    let named = by_name.by_srv(&records(
        vec![(Service::Submissions, Ok(twice.to_vec()))],
        &[],
    ));
    by_name.settled_by(named).await;
    let told = by_name.found.findings.iter();

    assert!(guesses.is_empty());
    assert!(!is_settled);
    assert_eq!(
        told.filter(|one| one.contains("Google")).count(),
        1,
        "it is told once"
    );
    for hopeless in [by_mx.found.hopeless, by_srv.found.hopeless] {
        assert!(hopeless.unwrap().contains("Google"));
    }
}
