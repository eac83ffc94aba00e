//! `persona setup`: what it writes, with which modes, and that it does so once.

use std::process::Command;

use protocol::jose::{base64url, sha256};

use crate::program::{Folder, mode};

/// The name of the group that this test runs with: the only one that anybody can give files to.
pub(crate) fn own_group() -> String {
    let answer = Command::new("id").arg("-gn").output().unwrap();
    String::from_utf8(answer.stdout).unwrap().trim().to_owned()
}

/// Sets up in a folder of the test, with whatever else is asked for.
pub(crate) fn set_up(folder: &Folder, more: &[&str]) -> String {
    let group = own_group();
    let places = ["setup", "-s", "secrets", "--data", "data", "-g", &group];
    let nginx: &[&str] = if more.contains(&"--proxy") {
        &[]
    } else {
        &["--proxy", "nginx"]
    };
    folder.run(&[&places, nginx, more].concat())
}

pub(crate) const TWO_DOMAINS: [&str; 6] = [
    "-d",
    "example.org",
    "-d",
    "example.net",
    "-m",
    "smtps://mail.example.org",
];

#[test]
fn it_lists_every_file_with_its_mode_and_says_what_is_left() {
    let folder = Folder::new();

    insta::assert_snapshot!(set_up(&folder, &TWO_DOMAINS), @r#"
        exit 0
        --- stdout
        wrote  0750  [DIR]/secrets
        wrote  0750  [DIR]/secrets/keys
        wrote  0640  [DIR]/secrets/keys/browserid.pem
        wrote  0750  [DIR]/secrets/keys/oidc
        wrote  0640  [DIR]/secrets/keys/oidc/subject.key
        wrote  0640  [DIR]/secrets/keys/oidc/rs256-[TIME].pem
        wrote  0640  [DIR]/secrets/keys/oidc/es256-[TIME].pem
        wrote  0640  [DIR]/secrets/keys/oidc/eddsa-[TIME].pem
        wrote  0770  [DIR]/data
        wrote  0660  [DIR]/data/persona.db
        wrote  0640  [DIR]/secrets/persona.toml

        Left to do:

        1. In DNS, lead the issuer's name to its web server:

           id.example.org.  A     (the web server's IPv4 address)
           id.example.org.  AAAA  (its IPv6 address, if it has one)

           The same for example.org, example.net, unless there is a web server of that name already.
           No other record is needed.

        2. Hand these paths to the server; the web server keeps all others.
           For nginx, in the server block of https://id.example.org:

           location = /.well-known/browserid {
              proxy_pass http://127.0.0.1:7070;
              proxy_cache off;
              proxy_set_header Host $http_host;
              proxy_set_header X-Forwarded-For $remote_addr;
              proxy_set_header Forwarded "";
           }
           location = /.well-known/openid-configuration {
              proxy_pass http://127.0.0.1:7070;
              proxy_cache off;
              proxy_set_header Host $http_host;
              proxy_set_header X-Forwarded-For $remote_addr;
              proxy_set_header Forwarded "";
           }
           location /persona/ {
              proxy_pass http://127.0.0.1:7070;
              proxy_cache off;
              proxy_set_header Host $http_host;
              proxy_set_header X-Forwarded-For $remote_addr;
              proxy_set_header Forwarded "";
           }
           location ~ ^/(include\.js|include\.d\.ts|verify|v2|sign_in|provisioning_api\.js|authentication_api\.js)$ {
              proxy_pass http://127.0.0.1:7070;
              proxy_cache off;
              proxy_set_header Host $http_host;
              proxy_set_header X-Forwarded-For $remote_addr;
              proxy_set_header Forwarded "";
           }

           and, so that the domain says who speaks for it, in the server block of each of
           https://example.org https://example.net:

           location = /.well-known/browserid {
              proxy_pass http://127.0.0.1:7070;
              proxy_cache off;
              proxy_set_header Host $http_host;
              proxy_set_header X-Forwarded-For $remote_addr;
              proxy_set_header Forwarded "";
           }

           Another web server: persona setup --config [DIR]/secrets/persona.toml --proxy nginx, apache, caddy, traefik or all

        3. Start the server:      persona serve --config [DIR]/secrets/persona.toml
        4. See whether all works: persona check --config [DIR]/secrets/persona.toml ADDRESS
        5. To change anything: edit [DIR]/secrets/persona.toml (`persona reference` explains it), and start the server again
        "#);
}

#[test]
fn the_settings_have_what_had_to_be_said_and_only_the_group_reads_them() {
    let folder = Folder::new();
    set_up(&folder, &TWO_DOMAINS);

    insta::assert_snapshot!(settings_of(&folder), @r#"
        # Settings of persona. `persona reference` explains every key; after a change: persona check

        # The web origin that signs, and where people sign in.
        issuer = "https://id.example.org"

        [storage]
        url = "sqlite:[DIR]/data/persona.db"

        [keys]
        directory = "[DIR]/secrets/keys"

        [[domain]]
        name = "example.org"
        # The mail server that checks the passwords.
        mailbox = "smtps://mail.example.org:465"

        [[domain]]
        name = "example.net"
        # The mail server that checks the passwords.
        mailbox = "smtps://mail.example.org:465"
        "#);
    for (name, expected) in [
        ("secrets", 0o750),
        ("secrets/persona.toml", 0o640),
        ("secrets/keys", 0o750),
        ("data", 0o770),
        ("data/persona.db", 0o660),
    ] {
        assert_eq!(mode(&folder.path(name)), expected, "{name}");
    }
}

#[test]
fn an_issuer_for_trying_on_this_machine_needs_no_web_server() {
    let folder = Folder::new();
    let told = set_up(
        &folder,
        &[&TWO_DOMAINS[..], &["-i", "http://id.localhost:7070"]].concat(),
    );

    let (_, left) = told.split_once("\nLeft to do:").unwrap();
    insta::assert_snapshot!(left.trim_start(), @r"
        1. Start the server:      persona serve --config [DIR]/secrets/persona.toml
        2. See whether all works: persona check --config [DIR]/secrets/persona.toml ADDRESS
        3. Open in a browser here: http://id.localhost:7070/persona/login/
        4. To change anything: edit [DIR]/secrets/persona.toml (`persona reference` explains it), and start the server again
        ");
}

#[test]
fn without_a_terminal_what_is_missing_is_named() {
    let folder = Folder::new();

    insta::assert_snapshot!(set_up(&folder, &[]), @r"
        exit 2
        --- stderr
        error: --domain is missing, and there is no terminal to ask at
        hint: add it, such as --domain example.org
        ");
    let alone = ["-d", "example.org", "--resolver", "none"];
    insta::assert_snapshot!(set_up(&folder, &alone), @r"
        exit 2
        --- stderr
        error: --mailbox is missing, and there is no terminal to ask at
        hint: add it, such as --mailbox smtps://mail.example.org
        ");
    assert!(contents(&folder).is_empty());
}

#[test]
fn what_makes_no_sense_is_refused_before_anything_is_written() {
    let folder = Folder::new();
    let good = ["-d", "example.org", "-m", "smtps://mail.example.org"];

    insta::assert_snapshot!(set_up(
        &folder,
        &["-d", "example.org", "-m", "pop3s://mail.example.org"]
    ), @r"
        exit 2
        --- stderr
        error: --mailbox: mail servers are asked over smtps://, smtp://, imaps:// or imap://, not pop3s://
        ");
    insta::assert_snapshot!(set_up(
        &folder,
        &[&good[..], &["-i", "http://id.example.org"]].concat()
    ), @r#"
        exit 2
        --- stderr
        error: the new settings:4:10: the issuer must be an https origin; plain http is for localhost only
          |
        4 | issuer = "http://id.example.org"
          |          ^^^^^^^^^^^^^^^^^^^^^^^
        hint: issuer = "https://id.example.org"
        "#);
    insta::assert_snapshot!(set_up(
        &folder,
        &[&good[..], &["-d", "EXAMPLE.ORG"]].concat()
    ), @r#"
        exit 2
        --- stderr
        error: the new settings:18:8: the domain example.org is there twice
           |
        18 | name = "example.org"
           |        ^^^^^^^^^^^^^
        hint: the other one is at the new settings:13:8
        hint: keep one of the two [[domain]] sections
        "#);
    insta::assert_snapshot!(set_up(&folder, &[&good[..], &["-d", "no domain"]].concat()), @r"
        exit 2
        --- stderr
        error: invalid value 'no domain' for '--domain <DOMAIN>': not a domain name

        For more information, try '--help'.
        ");
    assert!(contents(&folder).is_empty());
}

#[test]
fn a_group_is_a_group_that_exists() {
    let folder = Folder::new();

    let told = folder.run(
        &[
            &[
                "setup",
                "-s",
                "secrets",
                "--data",
                "data",
                "-g",
                "no-such-group",
            ],
            &TWO_DOMAINS[..],
        ]
        .concat(),
    );

    insta::assert_snapshot!(told, @r#"
        exit 2
        --- stderr
        error: --group: there is no group "no-such-group" on this machine
        hint: make it: groupadd --system no-such-group
        "#);
    assert!(contents(&folder).is_empty());
}

#[test]
fn a_failure_in_the_middle_leaves_nothing_behind() {
    let folder = Folder::new();
    folder.write("data", "this is a file, so no store can be made in it");
    let before = contents(&folder);

    let told = set_up(&folder, &TWO_DOMAINS);

    insta::assert_snapshot!(told, @r"
        exit 3
        --- stderr
        error: [DIR]/data is there, and is no directory
        hint: move it away, or choose another directory
        ");
    assert_eq!(contents(&folder), before);
}

/// Every file below the folder, with a hash of what is in it. The store's own bytes change whenever it
/// is opened; what matters is that it is there.
pub(crate) fn contents(folder: &Folder) -> Vec<String> {
    let root = folder.path("");
    let mut found = Vec::new();
    let mut places = vec![root.clone()];
    while let Some(place) = places.pop() {
        for entry in std::fs::read_dir(place).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                places.push(path);
                continue;
            }
            let name = path.strip_prefix(&root).unwrap().display().to_string();
            let hash = if path.extension().is_some_and(|kind| kind == "db") {
                "the store".to_owned()
            } else {
                base64url::encode(&sha256(&std::fs::read(&path).unwrap()))
            };
            found.push(format!("{name} {hash}"));
        }
    }
    found.sort();
    found
}

fn settings_of(folder: &Folder) -> String {
    let root = folder.path("").display().to_string();
    let root = root.trim_end_matches('/');
    folder.read("secrets/persona.toml").replace(root, "[DIR]")
}
