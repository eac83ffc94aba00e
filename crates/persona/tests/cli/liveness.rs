//! Can whoever is asked tell mailboxes that are gone from those that are there?

use std::fs;
use std::net::Ipv4Addr;

use serde_json::Value;
use testkit::smtp::{Encryption, Mailboxes, Mood, SmtpServer, hear, say};

use crate::check::{Installation, RIGHT};

/// Names `witness` in the settings, runs the check, and gives the codes of what it finds about mailboxes
/// that are gone, each with what it is about.
fn found(installation: &Installation, witness: &SmtpServer, people: &[&str]) -> Vec<String> {
    let path = installation.folder.path("secrets/persona.toml");
    let settings = fs::read_to_string(&path).unwrap();
    let (settings, _) = settings
        .split_once("\n[domain.liveness]")
        .unwrap_or((&settings, ""));
    let ask = format!("smtp://{}", witness.address());
    let settings = format!("{settings}\n[domain.liveness]\nask = \"{ask}\"\n");
    fs::write(&path, settings).unwrap();
    let passwords = format!("{RIGHT}\n").repeat(people.len());
    let mut arguments = vec!["--json"];
    if !people.is_empty() {
        arguments.push("--password-stdin");
    }
    let told = installation.check(&passwords, &[&arguments, people].concat());
    let report = told.lines().find(|line| line.starts_with('{')).unwrap();
    let report: Value = serde_json::from_str(report).unwrap();
    let findings = report["findings"].as_array().unwrap().iter();
    findings
        .map(|finding| format!("{} {}", text(&finding["code"]), text(&finding["subject"])))
        .filter(|line| line.starts_with("liveness-"))
        .collect()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

async fn honest(mailboxes: Mailboxes) -> SmtpServer {
    SmtpServer::honest(Ipv4Addr::LOCALHOST.into(), mailboxes)
        .await
        .unwrap()
}

/// A server that knows one mailbox.
async fn knowing(address: &str) -> SmtpServer {
    let mailboxes = Mailboxes::new(Encryption::None).with(address, RIGHT);
    honest(mailboxes.delivering()).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_is_asked_is_tried_with_a_mailbox_that_nobody_has() {
    let installation = Installation::new().await;
    let knows = knowing("alice@example.org").await;
    let takes_all = honest(Mailboxes::new(Encryption::None)).await;

    assert_eq!(
        found(&installation, &knows, &[]),
        ["liveness-tells example.org"]
    );
    assert_eq!(
        found(&installation, &takes_all, &[]),
        ["liveness-everybody example.org"]
    );
    knows.feel(Mood::Forgetful);
    assert_eq!(
        found(&installation, &knows, &["alice@example.org"]),
        ["liveness-not-asked example.org"]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_alias_is_not_taken_for_a_mailbox_that_is_gone() {
    let installation = Installation::new().await;
    installation.list(
        "aliases = \"aliases\"",
        "aliases",
        "info: alice\nalice: alice, bob\n",
    );
    let knows = knowing("alice@example.org").await;

    assert_eq!(
        found(
            &installation,
            &knows,
            &["info@example.org", "alice@example.org"]
        ),
        [
            "liveness-tells example.org",
            "liveness-there alice@example.org"
        ]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusal_that_may_be_about_us_is_said_to_decide_nothing() {
    let installation = Installation::new().await;
    let mut acts = vec![say("220 mail ready\r\n")];
    for answer in ["250 mail\r\n", "250 ok\r\n", "550 5.7.1 Access denied\r\n"] {
        acts.extend([hear(), say(answer)]);
    }
    let witness = SmtpServer::scripted(acts, None).await.unwrap();

    assert_eq!(
        found(&installation, &witness, &[]),
        ["liveness-undecided example.org"]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn somebody_who_would_be_signed_out_by_mistake_is_named() {
    let installation = Installation::new().await;
    let (knows, other) = (
        knowing("alice@example.org").await,
        knowing("bob@example.org").await,
    );
    let alice = ["alice@example.org"];

    assert_eq!(
        found(&installation, &knows, &alice),
        [
            "liveness-tells example.org",
            "liveness-there alice@example.org"
        ]
    );
    assert_eq!(
        found(&installation, &other, &alice),
        [
            "liveness-tells example.org",
            "liveness-gone alice@example.org"
        ]
    );
}
