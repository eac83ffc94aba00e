//! An installation on a machine that no network reaches: nothing is downloaded, all scripts are shipped.

#![cfg(test)]

use std::collections::BTreeMap;
use std::process::{Command, Output, Stdio};

use e2e::namespace;
use e2e::servers::folder::Folder;
use e2e::servers::packages;
use e2e::servers::persona::Persona;
use testkit::http::Client;
use url::Url;

#[tokio::test(flavor = "multi_thread")]
async fn an_installation_needs_no_network_and_serves_every_script_itself() {
    if !namespace::is_entered() {
        let here = "an_installation_needs_no_network_and_serves_every_script_itself";
        return namespace::again(here).unwrap();
    }
    let mut persona = Persona::prepare("http://id.localhost:{port}").unwrap();

    let setup = persona
        .setup(&["example.test"], "smtps://mail.example.test")
        .unwrap();
    assert!(setup.status.success(), "{}", words(&setup));
    persona.serve().unwrap();

    let loaded = everything_that_is_loaded(&persona).await;
    let scripts = loaded
        .iter()
        .filter(|(_, kind)| kind.contains("javascript"));
    assert!(scripts.count() > 10, "{loaded:#?}");
    assert!(loaded.values().any(|kind| kind.contains("css")));
}

#[test]
fn a_mail_server_that_cannot_be_looked_for_is_said_within_seconds_and_nothing_is_written() {
    if !namespace::is_entered() {
        let here =
            "a_mail_server_that_cannot_be_looked_for_is_said_within_seconds_and_nothing_is_written";
        return namespace::again(here).unwrap();
    }
    let folder = Folder::make().unwrap();
    let place = folder.join("persona");

    let setup = Command::new("timeout")
        .arg("30")
        .arg(packages::persona().unwrap())
        .args(["setup", "--domain", "example.test", "--secrets"])
        .arg(&place)
        .arg("--data")
        .arg(&place)
        .stdin(Stdio::null())
        .output()
        .unwrap();

    let told = words(&setup);
    assert_eq!(setup.status.code(), Some(2), "{told}");
    assert!(told.contains("--mailbox smtps://"), "{told}");
    assert!(!place.exists(), "{told}");
}

/// Loads the pages, and whatever they name, and what that names, until there is nothing new: each is
/// ours, there, and not empty. Gives the types.
async fn everything_that_is_loaded(persona: &Persona) -> BTreeMap<String, String> {
    let client = Client::new();
    let own = Url::parse(&persona.issuer).unwrap();
    let mut loaded = BTreeMap::new();
    let mut waiting: Vec<Url> = PAGES.iter().map(|page| own.join(page).unwrap()).collect();
    while let Some(url) = waiting.pop() {
        assert_eq!(url.origin(), own.origin(), "{url} is somebody else's");
        if loaded.contains_key(url.path()) {
            continue;
        }
        let answer = persona.get(&client, url.path()).await.unwrap();
        assert_eq!(answer.status, 200, "{url}");
        assert!(!answer.body.is_empty(), "{url}");
        let kind = answer.header("content-type").unwrap().to_owned();
        let named = named_in(&answer.text(), &kind);
        waiting.extend(named.iter().map(|name| url.join(name).unwrap()));
        loaded.insert(url.path().to_owned(), kind);
    }
    loaded
}

/// Gives the addresses that a browser would load because of this text.
fn named_in(text: &str, kind: &str) -> Vec<String> {
    let marks: &[(&str, char)] = if kind.contains("html") {
        &[
            ("<script src=\"", '"'),
            (" src=\"", '"'),
            ("<link rel=\"stylesheet\" href=\"", '"'),
        ]
    } else if kind.contains("javascript") {
        &[(" from \"", '"'), ("import \"", '"'), ("import(\"", '"')]
    } else if kind.contains("css") {
        &[("url(", ')'), ("@import \"", '"')]
    } else {
        &[]
    };
    let mut named = Vec::new();
    for (mark, end) in marks {
        let places = text.split(mark).skip(1);
        let names = places.filter_map(|rest| rest.split(*end).next());
        named.extend(names.map(|name| name.trim_matches(['"', '\'']).to_owned()));
    }
    named.retain(|name| !name.starts_with("data:"));
    named
}

fn words(output: &Output) -> String {
    let said = String::from_utf8_lossy(&output.stdout);
    let complaint = String::from_utf8_lossy(&output.stderr);
    format!("{said}\n{complaint}")
}

const PAGES: [&str; 7] = [
    "/persona/login/",
    "/persona/dialog",
    "/persona/provisioning/",
    "/persona/include.js",
    "/include.js",
    "/provisioning_api.js",
    "/authentication_api.js",
];
