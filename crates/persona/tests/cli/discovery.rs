//! `persona setup` without a mail server: what it says when there is nobody to ask about one. With real DNS
//! it is tried in `e2e`.

use std::net::UdpSocket;

use crate::program::Folder;
use crate::setup::set_up;

#[test]
fn without_a_network_the_mail_server_has_to_be_named() {
    let silent = UdpSocket::bind("127.0.0.1:0").unwrap();
    let resolver = silent.local_addr().unwrap().to_string();
    let folder = Folder::new();

    let told = set_up(&folder, &["-d", "example.org", "--resolver", &resolver]);

    insta::assert_snapshot!(told, @r"
    exit 2
    --- stderr
    looking for the mail server of example.org
      DNS: could not be asked: no answer in time
    error: --mailbox is missing, and there is no terminal to ask at
    hint: add it, such as --mailbox smtps://mail.example.org
    ");
    assert!(!folder.path("secrets").exists());
}

#[test]
fn a_resolver_is_an_address() {
    let folder = Folder::new();

    let told = set_up(&folder, &["-d", "example.org", "--resolver", "dns.example"]);

    insta::assert_snapshot!(told, @r"
    exit 2
    --- stderr
    error: invalid value 'dns.example' for '--resolver <ADDRESS:PORT>': expected ADDRESS:PORT, such as 192.0.2.53:53, or none

    For more information, try '--help'.
    ");
}

#[test]
fn who_names_the_mail_server_asks_nobody_for_it() {
    let resolver = UdpSocket::bind("127.0.0.1:0").unwrap();
    resolver.set_nonblocking(true).unwrap();
    let address = resolver.local_addr().unwrap().to_string();
    let folder = Folder::new();
    let named = ["-d", "example.org", "-m", "smtps://mail.example.org"];

    let told = set_up(&folder, &[&named[..], &["--resolver", &address]].concat());

    assert!(told.starts_with("exit 0\n"), "{told}");
    assert!(!told.contains("--- stderr"), "{told}");
    assert!(resolver.recv(&mut [0; 512]).is_err(), "somebody asked");
}

/// Whoever names such a host is told, and obeyed.
#[test]
fn a_provider_that_cannot_be_asked_is_named_also_when_somebody_named_its_host() {
    let folder = Folder::new();

    let told = set_up(
        &folder,
        &["-d", "example.org", "-m", "imaps://imap.gmail.com"],
    );

    assert!(told.starts_with("exit 0\n"), "{told}");
    assert!(
        told.contains(
            "\nexample.org: imap.gmail.com is a mail server of Google, which takes no account passwords from \
             mail programs, only OAuth and app passwords\n"
        ),
        "{told}"
    );
}

/// The mail server has a name that nobody may have; the resolver for the records never answers.
#[test]
fn a_resolver_that_says_nothing_is_no_failure() {
    let silent = UdpSocket::bind("127.0.0.1:0").unwrap();
    let resolver = silent.local_addr().unwrap().to_string();
    let folder = Folder::new();
    let told = set_up(
        &folder,
        &["-d", "example.org", "-m", "smtps://mail.example.invalid"],
    );
    assert!(told.starts_with("exit 0\n"), "{told}");

    let check = ["check", "--config", "secrets/persona.toml"];
    let told = folder.run(&[&check[..], &["--resolver", &resolver]].concat());

    assert!(
        told.contains(
            "\nok    example.org: whether DNS names the same mail server could not be asked: no answer in time\n"
        ),
        "{told}"
    );
}
