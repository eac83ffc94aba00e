//! Domains in a directory of files: they count as if they stood in the settings file, and what is
//! wrong with one names the file, the line and the remedy.

use std::os::unix::fs::PermissionsExt;

use crate::program::Folder;

const FILE: &str = "issuer = \"https://id.example.org\"\ndomains = \"domains\"\n";

fn with_files(files: &[(&str, &str)]) -> Folder {
    let folder = Folder::new();
    folder.write("persona.toml", FILE);
    std::fs::create_dir(folder.path("domains")).unwrap();
    for (name, text) in files {
        folder.write(&format!("domains/{name}"), text);
    }
    folder
}

fn served(folder: &Folder) -> String {
    folder.run(&["serve", "--config", "persona.toml"])
}

/// Serves with files that cannot be served with.
fn refused(files: &[(&str, &str)]) -> String {
    served(&with_files(files))
}

fn set_mode(folder: &Folder, name: &str, mode: u32) {
    let mode = std::fs::Permissions::from_mode(mode);
    std::fs::set_permissions(folder.path(name), mode).unwrap();
}

fn domain(name: &str) -> String {
    format!("[[domain]]\nname = \"{name}\"\nmailbox = \"smtps://mail.example.org\"\n")
}

#[test]
fn a_mistake_in_a_file_names_the_file_its_line_and_the_nearest_key() {
    let wrong = domain("example.net").replace("mailbox", "mailbx");

    insta::assert_snapshot!(
        refused(&[("a.toml", &domain("example.org")), ("b.toml", &wrong)]), @r#"
        exit 2
        --- stderr
        error: domains/b.toml:3:1: unknown key `mailbx` in [[domain]]
          |
        3 | mailbx = "smtps://mail.example.org"
          | ^^^^^^
        hint: did you mean `mailbox`?
        "#);
}

#[test]
fn a_value_that_is_wrong_names_its_file() {
    let two = format!("{}{}", domain("example.net"), domain("example..com"));

    insta::assert_snapshot!(
        refused(&[("a.toml", &domain("example.org")), ("b.toml", &two)]), @r#"
        exit 2
        --- stderr
        error: domains/b.toml:5:8: `name`: not a domain name
          |
        5 | name = "example..com"
          |        ^^^^^^^^^^^^^^
        "#);
}

#[test]
fn a_file_that_is_no_toml_names_its_line() {
    insta::assert_snapshot!(refused(&[("a.toml", "[[domain]]\nname = \n")]), @r"
        exit 2
        --- stderr
        error: domains/a.toml:2:8: string values must be quoted, expected literal string
          |
        2 | name = 
          |        ^
        ");
}

#[test]
fn a_missing_key_names_the_section_of_its_file() {
    insta::assert_snapshot!(refused(&[("a.toml", "\n[[domain]]\nname = \"example.org\"\n")]), @r#"
        exit 2
        --- stderr
        error: domains/a.toml:2:1: `mailbox` is missing in [[domain]]
          |
        2 | [[domain]]
          | ^^^^^^^^^^
        hint: add a line such as: mailbox = "smtps://mail.example.org"
        "#);
}

#[test]
fn a_file_has_domains_and_nothing_else() {
    insta::assert_snapshot!(refused(&[("a.toml", "issuer = \"https://id.example.net\"\n")]), @r#"
        exit 2
        --- stderr
        error: domains/a.toml:1:1: `issuer` does not belong here: this file has [[domain]] sections
          |
        1 | issuer = "https://id.example.net"
          | ^^^^^^
        hint: what is not about one domain stands in persona.toml
        "#);
    insta::assert_snapshot!(refused(&[("a.toml", "[domain]\nname = \"example.org\"\n")]), @r"
        exit 2
        --- stderr
        error: domains/a.toml:1:2: `domain` is a list of sections
          |
        1 | [domain]
          |  ^^^^^^
        hint: begin each with [[domain]], in two brackets
        ");
}

#[test]
fn a_domain_of_two_files_names_both_places() {
    insta::assert_snapshot!(
        refused(&[("a.toml", &domain("example.org")), ("b.toml", &domain("EXAMPLE.org"))]), @r#"
        exit 2
        --- stderr
        error: domains/b.toml:2:8: the domain example.org is there twice
          |
        2 | name = "EXAMPLE.org"
          |        ^^^^^^^^^^^^^
        hint: the other one is at domains/a.toml:2:8
        hint: keep one of the two [[domain]] sections
        "#);
}

#[test]
fn users_of_two_files_are_not_taken_for_each_other() {
    let by_local_part = format!("{}login = \"local-part\"\n", domain("example.net"));

    insta::assert_snapshot!(
        refused(&[("a.toml", &domain("example.org")), ("b.toml", &by_local_part)]), @r#"
        exit 2
        --- stderr
        error: domains/b.toml:4:9: example.net is asked by local part alone at mail.example.org, where another domain is asked too, so the users of one could be taken for those of the other
          |
        4 | login = "local-part"
          |         ^^^^^^^^^^^^
        hint: the other one is at domains/a.toml:3:11
        hint: use login = "address", or a mail server for this domain alone
        "#);
}

#[test]
fn a_directory_that_is_not_there_is_an_error_with_a_remedy() {
    let folder = Folder::new();
    folder.write("persona.toml", FILE);

    insta::assert_snapshot!(served(&folder), @r#"
        exit 2
        --- stderr
        error: persona.toml:2:11: there is no directory domains
          |
        2 | domains = "domains"
          |           ^^^^^^^^^
        hint: make it, mkdir 'domains', or leave out `domains`
        "#);
}

#[test]
fn an_empty_directory_and_no_domain_elsewhere_is_nobody_to_vouch_for() {
    insta::assert_snapshot!(refused(&[]), @r#"
        exit 2
        --- stderr
        error: persona.toml: no mail domain is configured, so there is nobody to vouch for
        hint: add a [[domain]] with name = "example.org" and mailbox = "smtps://mail.example.org"
        "#);
}

#[test]
fn a_pipe_a_directory_and_a_dead_link_are_no_files() {
    let folder = with_files(&[]);
    let pipe = folder.path("domains/a.toml");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    insta::assert_snapshot!(served(&folder), @r"
        exit 2
        --- stderr
        error: domains/a.toml: it is no file
        hint: give it a name that does not end in .toml, or take it away
        ");

    std::fs::remove_file(&pipe).unwrap();
    std::fs::create_dir(&pipe).unwrap();
    insta::assert_snapshot!(served(&folder), @r"
        exit 2
        --- stderr
        error: domains/a.toml: it is no file
        hint: give it a name that does not end in .toml, or take it away
        ");

    std::fs::remove_dir(&pipe).unwrap();
    std::os::unix::fs::symlink("nowhere", &pipe).unwrap();
    insta::assert_snapshot!(served(&folder), @r"
        exit 2
        --- stderr
        error: domains/a.toml: it cannot be read: No such file or directory (os error 2)
        hint: mend it, or give it a name that does not end in .toml
        ");
}

#[test]
fn a_file_of_more_than_64_kib_is_refused() {
    let text = format!("{}# {}\n", domain("example.org"), "x".repeat(65_536));

    insta::assert_snapshot!(refused(&[("a.toml", &text)]), @r"
        exit 2
        --- stderr
        error: domains/a.toml: it has more than 65536 bytes
        hint: spread its [[domain]] sections over several files
        ");
}

#[test]
fn a_secret_of_a_file_is_looked_for_when_the_server_starts() {
    let text = "[[domain]]\nname = \"example.org\"\n\
                mailbox = \"ldaps://ldap.example.org/dc=example,dc=org\"\n\
                ldap = { bind_dn = \"cn=persona\", password = { file = \"nowhere\" } }\n";

    insta::assert_snapshot!(refused(&[("a.toml", text)]), @r"
        exit 2
        --- stderr
        error: ldap.password of example.org: nowhere: No such file or directory (os error 2)
        ");
}

#[test]
fn what_editors_leave_behind_does_not_count() {
    let broken = "this is no TOML";
    let folder = with_files(&[
        ("b.toml", &domain("b.example")),
        ("a.toml", &domain("a.example")),
        (".a.toml", broken),
        (".a.toml.swp", broken),
        ("a.toml~", broken),
        ("#a.toml#", broken),
        ("a.toml.dpkg-old", broken),
        ("README", broken),
    ]);

    let told = folder.run(&["check", "--json", "--config", "persona.toml"]);

    assert!(
        told.contains("https://id.example.org vouches for a.example, b.example"),
        "{told}"
    );
}

#[test]
fn a_file_that_others_may_change_is_a_finding_as_the_settings_are() {
    let folder = with_files(&[("a.toml", &domain("example.org"))]);
    let check = || {
        let told = folder.run(&["check", "--resolver", "none", "--config", "persona.toml"]);
        let of_files = told
            .lines()
            .filter(|line| line.contains("others than its owner"));
        of_files.collect::<Vec<_>>().join("\n")
    };
    set_mode(&folder, "persona.toml", 0o640);
    set_mode(&folder, "domains", 0o750);
    set_mode(&folder, "domains/a.toml", 0o640);
    assert_eq!(check(), "");

    set_mode(&folder, "domains/a.toml", 0o660);
    set_mode(&folder, "domains", 0o777);

    insta::assert_snapshot!(check(), @r"
        FAIL  domains: others than its owner may change it; whoever can change the settings can sign in as anybody; to mend it: chmod go-w domains [settings-writable]
        FAIL  domains/a.toml: others than its owner may change it; whoever can change the settings can sign in as anybody; to mend it: chmod go-w domains/a.toml [settings-writable]
        ");
}

#[test]
fn a_domain_of_a_flag_stands_in_place_of_all_files() {
    let folder = with_files(&[("a.toml", "this is no TOML")]);
    let flags = [
        "--domain",
        "example.org",
        "--mailbox",
        "smtps://mail.example.org",
    ];
    let keys = ["--keys", "nowhere"];

    let told = folder.run(&[&["serve", "--config", "persona.toml"], &flags[..], &keys].concat());

    assert!(told.starts_with("exit 3\n"), "{told}");
    assert!(told.contains("nowhere"), "{told}");
}
