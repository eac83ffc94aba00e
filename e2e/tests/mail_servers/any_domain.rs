//! `[any_domain]` with a real DNS server: it says whose mail comes to us.

use std::net::Ipv4Addr;

use e2e::namespace::{self, ELSEWHERE};
use e2e::servers::dnsmasq::Dnsmasq;
use e2e::servers::persona::Persona;
use serde_json::Value;
use testkit::http::Client;
use testkit::smtp::{Encryption, Mailboxes, SmtpServer};

const DORA: (&str, &str) = ("dora@customer.test", "dora's own password");
const RECORDS: &[&str] = &[
    "mx-host=named.test,mail.ours.test,10",
    "mx-host=customer.test,mail.ours.test,10",
    "mx-host=customer.test,MX2.ours.test,20",
    "mx-host=other.test,mail.ours.test,10",
    "mx-host=half.test,mail.ours.test,10",
    "mx-host=half.test,mail.foreign.test,20",
    "mx-host=aliased.test,alias.ours.test,10",
    "cname=alias.ours.test,mail.ours.test",
    "mx-host=null.test,.,0",
];

#[tokio::test(flavor = "multi_thread")]
async fn a_domain_is_served_if_dns_says_that_all_its_mail_comes_to_us() {
    if !namespace::is_entered() {
        return namespace::again(
            "any_domain::a_domain_is_served_if_dns_says_that_all_its_mail_comes_to_us",
        )
        .unwrap();
    }
    let names = start_names();
    let (persona, _mail) = serve().await;
    let status = async |host: &str| {
        let headers = [("host", host), ("accept", "application/json")];
        let url = persona.behind_the_proxy() + "/.well-known/browserid";
        let answer = Client::new().request("GET", &url, &headers, b"").await;
        answer.unwrap().status
    };

    for (domain, expected) in [
        ("named.test", 200),
        ("customer.test", 200),
        ("CUSTOMER.test", 200),
        ("half.test", 404),
        ("aliased.test", 404),
        ("null.test", 404),
        // It has an address, and no such record.
        ("mail.ours.test", 404),
        ("below.customer.test", 404),
        ("nothing.test", 404),
        // The name server refuses to be asked about it: that is not a no.
        ("kunde.de", 503),
    ] {
        assert_eq!(status(domain).await, expected, "{domain}");
    }
    let client = Client::with_cookies();
    let (email, password) = DORA;
    let wrong = persona.sign_in(&client, email, "a guess").await.unwrap();
    assert_eq!(wrong.status, 401, "{}", wrong.text());
    let right = persona.sign_in(&client, email, password).await.unwrap();
    assert_eq!(right.status, 303, "{}", right.text());

    drop(names);
    assert_eq!(status("customer.test").await, 200, "it is remembered");
    assert_eq!(status("half.test").await, 404, "it is remembered");
    assert_eq!(status("other.test").await, 503);
}

#[tokio::test(flavor = "multi_thread")]
async fn check_looks_at_the_exchangers() {
    if !namespace::is_entered() {
        return namespace::again("any_domain::check_looks_at_the_exchangers").unwrap();
    }
    let _names = start_names();
    let (persona, mail) = set_up().await;
    add_section(&persona, &mail, r#""mail.ours.test", "mail.wrong.test""#);

    let report = persona.check_as_json().unwrap();

    let report: Value = serde_json::from_slice(&report.stdout).unwrap();
    let findings = report["findings"].as_array().unwrap().iter();
    let about: Vec<_> = findings
        .filter(|finding| {
            finding["subject"] == "[any_domain]"
                || finding["code"].as_str().unwrap().starts_with("exchanger-")
        })
        .map(|finding| ["code", "outcome", "subject"].map(|key| finding[key].as_str().unwrap()))
        .collect();
    assert_eq!(
        about,
        [
            ["mailbox-answers", "ok", "[any_domain]"],
            ["exchanger-resolves", "ok", "mail.ours.test"],
            ["exchanger-unresolved", "warn", "mail.wrong.test"],
            ["exchanger-used", "ok", "mail.ours.test"],
            ["exchanger-unused", "warn", "mail.wrong.test"],
        ]
    );
}

fn start_names() -> Dnsmasq {
    let address = format!("host-record=mail.ours.test,{ELSEWHERE}");
    Dnsmasq::start(&[RECORDS, &[address.as_str()]].concat()).unwrap()
}

async fn serve() -> (Persona, SmtpServer) {
    let (mut persona, mail) = set_up().await;
    add_section(&persona, &mail, r#""mail.ours.test", "mx2.ours.test""#);
    persona.serve().unwrap();
    (persona, mail)
}

/// An installation that names one domain.
async fn set_up() -> (Persona, SmtpServer) {
    let mailboxes = Mailboxes::new(Encryption::None).with(DORA.0, DORA.1);
    let mail = SmtpServer::honest(Ipv4Addr::LOCALHOST.into(), mailboxes)
        .await
        .unwrap();
    let persona = Persona::prepare("http://localhost:{port}").unwrap();
    let mailbox = format!("smtp://{}", mail.address());
    let setup = persona.setup(&["named.test"], &mailbox).unwrap();
    assert!(setup.status.success(), "{setup:?}");
    (persona, mail)
}

fn add_section(persona: &Persona, mail: &SmtpServer, exchangers: &str) {
    let address = mail.address();
    let lines = format!("\n[any_domain]\nmx = [{exchangers}]\nmailbox = \"smtp://{address}\"\n");
    persona.add_settings(&lines).unwrap();
}
