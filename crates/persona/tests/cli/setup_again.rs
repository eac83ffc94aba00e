//! `persona setup` once more: it changes what was asked, and nothing that somebody edited.

use std::os::unix::fs::MetadataExt;

use crate::program::{Folder, mode};
use crate::setup::{TWO_DOMAINS, contents, own_group, set_up};

#[test]
fn a_second_run_changes_nothing_that_somebody_edited() {
    let folder = Folder::new();
    set_up(&folder, &TWO_DOMAINS);
    let edited = format!("# mine\n{}", folder.read("secrets/persona.toml"));
    folder.write("secrets/persona.toml", &edited);
    let before = contents(&folder);

    let told = set_up(&folder, &["-d", "example.com"]);

    assert_eq!(contents(&folder), before);
    insta::assert_snapshot!(without_what_is_left(&told), @r"
        exit 0
        --- stdout
        kept   0640  [DIR]/secrets/keys/browserid.pem
        kept   0640  [DIR]/secrets/keys/oidc/subject.key
        kept   0640  [DIR]/secrets/keys/oidc/rs256-[TIME].pem
        kept   0640  [DIR]/secrets/keys/oidc/es256-[TIME].pem
        kept   0640  [DIR]/secrets/keys/oidc/eddsa-[TIME].pem
        kept   0660  [DIR]/data/persona.db
        kept   0640  [DIR]/secrets/persona.toml
        --- stderr
        --domain not done: [DIR]/secrets/persona.toml is there already and stays as it is; edit it, or redo everything with --restart
        ");
}

#[test]
fn a_second_run_names_every_flag_that_it_does_not_follow() {
    let folder = Folder::new();
    set_up(&folder, &TWO_DOMAINS);
    let before = contents(&folder);
    let groups = std::fs::read_to_string("/etc/group").unwrap();
    let mut groups = groups.lines().filter_map(|line| line.split(':').next());
    let other = groups.find(|name| *name != own_group()).unwrap();

    let told = folder.run(&[
        "setup",
        "--config",
        "secrets/persona.toml",
        "--secrets",
        "elsewhere",
        "--data",
        "elsewhere",
        "--group",
        other,
        "--listen",
        "127.0.0.1:7071",
    ]);

    let (_, stderr) = told.split_once("--- stderr\n").unwrap();
    assert_eq!(
        stderr,
        "--secrets, --data, --listen, --group not done: [DIR]/secrets/persona.toml is there already \
         and stays as it is; edit it, or redo everything with --restart\n"
    );
    assert_eq!(contents(&folder), before);
}

#[test]
fn a_second_run_makes_what_is_missing() {
    let folder = Folder::new();
    set_up(&folder, &TWO_DOMAINS);
    std::fs::remove_file(folder.path("data/persona.db")).unwrap();

    let told = set_up(&folder, &[]);

    insta::assert_snapshot!(without_what_is_left(&told), @r"
        exit 0
        --- stdout
        kept   0640  [DIR]/secrets/keys/browserid.pem
        kept   0640  [DIR]/secrets/keys/oidc/subject.key
        kept   0640  [DIR]/secrets/keys/oidc/rs256-[TIME].pem
        kept   0640  [DIR]/secrets/keys/oidc/es256-[TIME].pem
        kept   0640  [DIR]/secrets/keys/oidc/eddsa-[TIME].pem
        wrote  0660  [DIR]/data/persona.db
        kept   0640  [DIR]/secrets/persona.toml
        ");
}

/// Only root's files go to a group that nobody named.
#[test]
fn a_second_run_does_not_say_that_it_gave_anything_away() {
    let folder = Folder::new();
    let again = |more: &[&str]| {
        let places = ["setup", "-s", "secrets", "--data", "data"];
        folder.run(&[&places, more].concat())
    };
    assert!(again(&TWO_DOMAINS).starts_with("exit 0"));

    let told = again(&[]);

    assert!(told.starts_with("exit 0"), "{told}");
    assert!(!told.contains("--- stderr"), "{told}");
}

#[test]
fn a_restart_keeps_what_it_replaces_and_says_so() {
    let folder = Folder::new();
    set_up(&folder, &TWO_DOMAINS);
    let former = folder.read("secrets/persona.toml");

    let told = set_up(&folder, &["--restart", "-i", "https://login.example.org"]);

    insta::assert_snapshot!(without_what_is_left(&told), @r"
        exit 0
        --- stdout
        moved  0750  [DIR]/secrets/keys.replaced-1
        wrote  0750  [DIR]/secrets/keys
        wrote  0640  [DIR]/secrets/keys/browserid.pem
        wrote  0750  [DIR]/secrets/keys/oidc
        kept   0640  [DIR]/secrets/keys/oidc/subject.key
        wrote  0640  [DIR]/secrets/keys/oidc/rs256-[TIME].pem
        wrote  0640  [DIR]/secrets/keys/oidc/es256-[TIME].pem
        wrote  0640  [DIR]/secrets/keys/oidc/eddsa-[TIME].pem
        kept   0660  [DIR]/data/persona.db
        moved  0640  [DIR]/secrets/persona.toml.replaced-1
        wrote  0640  [DIR]/secrets/persona.toml
        --- stderr
        a .well-known/browserid that --docroot wrote earlier may have the former key: give --docroot again to replace it
        ");
    assert_eq!(folder.read("secrets/persona.toml.replaced-1"), former);
    let changed = former.replace("https://id.example.org", "https://login.example.org");
    let now = folder.read("secrets/persona.toml");
    assert_eq!(now.replace(":465\"", "\""), changed.replace(":465\"", "\""));
}

#[test]
fn a_restart_changes_only_what_was_asked() {
    let folder = Folder::new();
    set_up(&folder, &TWO_DOMAINS);
    let root = folder.path("").display().to_string();
    let former = EVERYTHING.replace("[DIR]", root.trim_end_matches('/'));
    folder.write("secrets/persona.toml", &former);
    let restart = |more: &[&str]| {
        let group = own_group();
        let places = [
            "setup",
            "--config",
            "secrets/persona.toml",
            "-g",
            &group,
            "--restart",
        ];
        let told = folder.run(&[&places, more].concat());
        assert!(told.starts_with("exit 0"), "{told}");
        folder.read("secrets/persona.toml")
    };

    assert_eq!(restart(&[]), former);
    let changed = former.replace("https://id.example.org", "https://login.example.org");
    assert_eq!(restart(&["-i", "https://login.example.org"]), changed);
    let changed = changed.replace("unix:/run/persona.sock", "127.0.0.1:7071");
    assert_eq!(restart(&["-l", "127.0.0.1:7071"]), changed);
    let changed = changed.replace("elsewhere/sign-ins.db", "data/persona.db");
    assert_eq!(restart(&["--data", "data"]), changed);
    let changed = changed.replace("elsewhere/keys", "secrets/keys");
    assert_eq!(restart(&["-s", "secrets"]), changed);
    let changed = changed.replace("mail.example.org", "mx.example.org");
    let changed = changed.replace("mail.example.net", "mx.example.org");
    assert_eq!(restart(&["-m", "smtps://mx.example.org"]), changed);
}

#[test]
fn a_restart_asks_for_no_domain_where_all_are_in_the_store() {
    let folder = Folder::new();
    set_up(&folder, &TWO_DOMAINS);
    let settings = folder.read("secrets/persona.toml");
    let (above, _) = settings.split_once("[[domain]]").unwrap();
    folder.write("secrets/persona.toml", above);
    let domain = |arguments: &[&str]| {
        folder.run(&[&["domain", "--config", "secrets/persona.toml"], arguments].concat())
    };
    let told = domain(&["add", "example.net", "-m", "imaps://mail.example.net"]);
    assert!(told.starts_with("exit 0\n"), "{told}");

    let told = set_up(&folder, &["--restart"]);

    assert!(told.starts_with("exit 0\n"), "{told}");
    assert!(!folder.read("secrets/persona.toml").contains("[[domain]]"));
    insta::assert_snapshot!(domain(&["list"]), @r"
        exit 0
        --- stdout
        example.net  imaps://mail.example.net:993  store
        ");
}

#[test]
fn a_restart_leaves_the_files_to_the_group_that_had_them() {
    let folder = Folder::new();
    set_up(&folder, &TWO_DOMAINS);
    let group = |name: &str| std::fs::metadata(folder.path(name)).unwrap().gid();
    let former = group("secrets/persona.toml");

    let told = folder.run(&["setup", "-s", "secrets", "--data", "data", "--restart"]);

    assert!(told.starts_with("exit 0"), "{told}");
    for name in ["secrets/persona.toml", "secrets/keys/browserid.pem"] {
        let path = folder.path(name);
        assert_eq!((mode(&path), group(name)), (0o640, former), "{name}");
    }
}

#[test]
fn a_failed_restart_puts_everything_back() {
    let folder = Folder::new();
    set_up(&folder, &TWO_DOMAINS);
    std::fs::remove_dir_all(folder.path("data")).unwrap();
    folder.write("data", "this is a file, so no store can be made in it");
    let before = contents(&folder);

    let told = set_up(&folder, &["--restart"]);

    assert!(told.starts_with("exit 3"), "{told}");
    assert_eq!(contents(&folder), before);
}

/// Every key, and none as it is by default.
const EVERYTHING: &str = r#"# Settings of persona. `persona reference` explains every key; after a change: persona check

# The web origin that signs, and where people sign in.
issuer = "https://id.example.org"

[listen]
address = "unix:/run/persona.sock"
trusted_proxies = ["10.0.0.7/32"]

[storage]
url = "sqlite:[DIR]/elsewhere/sign-ins.db"

[keys]
directory = "[DIR]/elsewhere/keys"

[session]
lifetime = "12h"
cookie = "persona-example"

[certificate]
lifetime = "1h"
skew = "1m"

[[domain]]
name = "example.org"
# The mail server that checks the passwords.
mailbox = "smtps://mail.example.org:465"
backend_domain = "internal.example.org"

[[domain]]
name = "example.net"
# The mail server that checks the passwords.
mailbox = "smtps://mail.example.net:465"
"#;

/// Leaves out the lines about the web server, which another test looks at.
fn without_what_is_left(told: &str) -> String {
    let (before, after) = told.split_once("\nLeft to do:").unwrap();
    match after.split_once("--- stderr\n") {
        Some((_, stderr)) => format!("{before}--- stderr\n{stderr}"),
        None => before.to_owned(),
    }
}
