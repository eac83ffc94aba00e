//! `persona setup --dry-run`: it says what it would write, and writes nothing.

use crate::program::Folder;
use crate::setup::{TWO_DOMAINS, contents, set_up};

#[test]
fn a_dry_run_shows_everything_and_writes_nothing() {
    let folder = Folder::new();
    let flags = [&TWO_DOMAINS[..], &["-n", "-r", "site"]].concat();

    let told = set_up(&folder, &flags);

    assert!(std::fs::read_dir(folder.path("")).unwrap().next().is_none());
    let (before, left) = told.split_once("\nLeft to do:").unwrap();
    insta::assert_snapshot!(before, @r#"
        exit 0
        --- stdout
        would write  0750  [DIR]/secrets
        would write  0750  [DIR]/secrets/keys
        would write  0640  [DIR]/secrets/keys/browserid.pem
        would write  0750  [DIR]/secrets/keys/oidc
        would write  0640  [DIR]/secrets/keys/oidc/subject.key
        would write  0640  [DIR]/secrets/keys/oidc/rs256-[TIME].pem
        would write  0640  [DIR]/secrets/keys/oidc/es256-[TIME].pem
        would write  0640  [DIR]/secrets/keys/oidc/eddsa-[TIME].pem
        would write  0770  [DIR]/data
        would write  0660  [DIR]/data/persona.db
        would write  0755  [DIR]/site
        would write  0755  [DIR]/site/.well-known
        would write  0644  [DIR]/site/.well-known/browserid
        would write  0640  [DIR]/secrets/persona.toml

        [DIR]/secrets/persona.toml:

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

        [DIR]/site/.well-known/browserid:

           {"authority":"id.example.org"}
        "#);
    let earnest = [&TWO_DOMAINS[..], &["-r", "site"]].concat();
    let told = set_up(&folder, &earnest);
    assert_eq!(told.split_once("\nLeft to do:").unwrap().1, left);
}

/// Each line of a dry run is a line of the run in earnest.
#[test]
fn a_dry_run_lists_what_the_run_in_earnest_writes() {
    let folder = Folder::new();
    let listed = |told: &str| -> Vec<String> {
        let lines = told.lines().filter(|line| line.contains("  0"));
        lines
            .map(|line| line.rsplit("  ").take(2).collect::<Vec<_>>().join(" "))
            .collect()
    };
    let restart = ["--restart", "-i", "https://example.org", "-r", "site"];
    for flags in [&TWO_DOMAINS[..], &restart[..], &["-r", "elsewhere"]] {
        let before = contents(&folder);

        let rehearsal = set_up(&folder, &[flags, &["-n"]].concat());
        assert_eq!(contents(&folder), before);
        let earnest = set_up(&folder, flags);

        assert!(rehearsal.starts_with("exit 0"), "{rehearsal}");
        assert!(!listed(&earnest).is_empty(), "{earnest}");
        assert_eq!(listed(&rehearsal), listed(&earnest));
    }
}

#[test]
fn a_dry_run_fails_where_the_run_in_earnest_would() {
    let folder = Folder::new();
    folder.write("data", "this is a file, so no store can be made in it");

    let rehearsal = set_up(&folder, &[&TWO_DOMAINS[..], &["--dry-run"]].concat());

    assert_eq!(rehearsal, set_up(&folder, &TWO_DOMAINS));
    assert!(rehearsal.starts_with("exit 3"), "{rehearsal}");
}
