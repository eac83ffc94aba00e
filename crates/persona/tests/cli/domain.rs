//! `persona domain`: domains in the store, beside those of the settings.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;

use protocol::time::UnixSeconds;
use store::DomainRow;
use testkit::http::Client;

use crate::check::Installation;
use crate::program::Folder;
use crate::serve::{ANY_PORT, address_in, log_in};
use crate::setup::set_up;

const SECTION: &str = "\n[[domain]]\nname = \"example.org\"\n";

/// An installation whose only domain is in its settings file.
fn installed() -> Folder {
    let folder = Folder::new();
    set_up(
        &folder,
        &["-d", "example.org", "-m", "smtps://mail.example.org"],
    );
    folder
}

fn domain(folder: &Folder, arguments: &[&str]) -> String {
    folder.run(&[&["domain", "--config", "secrets/persona.toml"], arguments].concat())
}

fn add(folder: &Folder, arguments: &[&str]) -> String {
    domain(folder, &[&["add"], arguments].concat())
}

fn names(folder: &Folder) -> Vec<String> {
    let told = domain(folder, &["list"]);
    let lines = told.lines().skip(2);
    let names = lines.filter_map(|line| line.split_whitespace().next());
    names.map(str::to_owned).collect()
}

#[test]
fn domains_of_all_three_places_are_listed_with_where_they_are_written() {
    let folder = installed();
    let settings = folder.read("secrets/persona.toml");
    folder.write(
        "secrets/persona.toml",
        &format!("domains = \"domains\"\n{settings}"),
    );
    std::fs::create_dir(folder.path("domains")).unwrap();
    folder.write(
        "domains/customer.toml",
        "\n[[domain]]\nname = \"customer.example\"\nmailbox = \"imaps://mail.example.org\"\n",
    );

    insta::assert_snapshot!(
        add(&folder, &["example.net", "--mailbox", "imaps://mail.example.net"]), @r"
        exit 0
        --- stdout
        example.net is in the store
        --- stderr
        to make it count: systemctl reload persona
        ");
    insta::assert_snapshot!(domain(&folder, &["list"]), @r"
        exit 0
        --- stdout
        example.org       smtps://mail.example.org:465  secrets/persona.toml:13
        customer.example  imaps://mail.example.org:993  domains/customer.toml:2
        example.net       imaps://mail.example.net:993  store
        ");
    insta::assert_snapshot!(domain(&folder, &["list", "--json"]), @r#"
        exit 0
        --- stdout
        [{"from":{"file":"secrets/persona.toml","line":13},"mailbox":"smtps://mail.example.org:465","name":"example.org"},{"from":{"file":"domains/customer.toml","line":2},"mailbox":"imaps://mail.example.org:993","name":"customer.example"},{"from":"store","mailbox":"imaps://mail.example.net:993","name":"example.net"}]
        "#);
}

#[test]
fn a_domain_is_shown_as_it_could_stand_in_a_file() {
    let folder = installed();
    let more = [
        "--aliases",
        "aliases",
        "--plus-tags",
        "--login",
        "local-part",
    ];
    let told = add(
        &folder,
        &[
            &["example.net", "-m", "imaps://mail.example.net"],
            &more[..],
        ]
        .concat(),
    );
    assert!(told.starts_with("exit 0\n"), "{told}");

    insta::assert_snapshot!(domain(&folder, &["show", "example.net"]), @r#"
        exit 0
        --- stdout
        # store
        [[domain]]
        name = "example.net"
        # The mail server that checks the passwords.
        mailbox = "imaps://mail.example.net:993"
        login = "local-part"
        aliases = "[DIR]/aliases"
        plus_tags = true
        "#);
    insta::assert_snapshot!(domain(&folder, &["show", "EXAMPLE.net", "--json"]), @r#"
        exit 0
        --- stdout
        {"aliases":"[DIR]/aliases","from":"store","login":"local-part","mailbox":"imaps://mail.example.net:993","name":"example.net","plus_tags":true}
        "#);
    insta::assert_snapshot!(domain(&folder, &["show", "example.org"]), @r#"
        exit 0
        --- stdout
        # secrets/persona.toml:12
        [[domain]]
        name = "example.org"
        # The mail server that checks the passwords.
        mailbox = "smtps://mail.example.org:465"
        "#);
    insta::assert_snapshot!(domain(&folder, &["show", "example.com"]), @r"
        exit 1
        --- stderr
        there is no domain example.com
        ");
}

#[test]
fn a_password_in_the_settings_is_not_shown() {
    let folder = installed();
    let settings = folder.read("secrets/persona.toml");
    let text = "[[domain]]\nname = \"example.net\"\n\
                mailbox = \"ldaps://ldap.example.net/dc=example,dc=net\"\n\
                ldap = { bind_dn = \"cn=persona\", password = \"hunter2\" }\n";
    folder.write("secrets/persona.toml", &format!("{settings}{text}"));

    insta::assert_snapshot!(domain(&folder, &["show", "example.net"]), @r#"
        exit 0
        --- stdout
        # secrets/persona.toml:16
        [[domain]]
        name = "example.net"
        # The mail server that checks the passwords.
        mailbox = "ldaps://ldap.example.net:636/dc=example,dc=net??sub"
        ldap = { bind_dn = "cn=persona" }
        --- stderr
        the password of the account that searches is not shown
        "#);
}

#[test]
fn what_does_not_go_together_with_the_others_is_not_written() {
    let folder = installed();
    let before = names(&folder);

    insta::assert_snapshot!(add(&folder, &["example.org", "-m", "smtps://a.example"]), @r#"
        exit 2
        --- stderr
        error: store:example.org:2:8: the domain example.org is there twice
          |
        2 | name = "example.org"
          |        ^^^^^^^^^^^^^
        hint: the other one is at secrets/persona.toml:13:8
        hint: keep one of the two [[domain]] sections
        "#);
    insta::assert_snapshot!(
        add(&folder, &["example.net", "-m", "smtps://mail.example.org", "--login", "local-part"]),
        @r#"
        exit 2
        --- stderr
        error: store:example.net:4:9: example.net is asked by local part alone at mail.example.org, where another domain is asked too, so the users of one could be taken for those of the other
          |
        4 | login = "local-part"
          |         ^^^^^^^^^^^^
        hint: the other one is at secrets/persona.toml:15:11
        hint: use login = "address", or a mail server for this domain alone
        "#);
    insta::assert_snapshot!(add(&folder, &["example.net", "-m", "gopher://mail.example.org"]), @r#"
        exit 2
        --- stderr
        error: store:example.net:3:11: `mailbox`: mail servers are asked over smtps://, smtp://, imaps:// or imap://, not gopher://
          |
        3 | mailbox = "gopher://mail.example.org"
          |           ^^^^^^^^^^^^^^^^^^^^^^^^^^^
        "#);
    insta::assert_snapshot!(add(&folder, &["example.net"]), @r"
        exit 2
        --- stderr
        error: the following required arguments were not provided:
          --mailbox <URL>

        Usage: persona domain add --mailbox <URL> <DOMAIN>

        For more information, try '--help'.
        ");
    assert_eq!(names(&folder), before);
}

#[test]
fn a_section_is_of_the_domain_and_has_no_password_in_it() {
    let folder = installed();
    let ldap = |name: &str, password: &str| {
        format!(
            "[[domain]]\nname = \"{name}\"\n\
             mailbox = \"ldaps://ldap.example.net/dc=example,dc=net\"\n\
             ldap = {{ bind_dn = \"cn=persona\", password = {password} }}\n"
        )
    };
    let elsewhere = "{ file = \"/etc/persona/ldap.password\" }";
    let add_section = |text: &str| {
        let command = ["domain", "--config", "secrets/persona.toml", "add"];
        let arguments = ["example.net", "--section", "-"];
        folder.run_fed(text, &[&command[..], &arguments].concat())
    };

    insta::assert_snapshot!(add_section(&ldap("example.net", "\"hunter2\"")), @r#"
        exit 2
        --- stderr
        error: store:example.net: the store keeps no passwords, and no places of them
        hint: write this domain into a file: domains = "/etc/persona/domains"
        "#);
    insta::assert_snapshot!(add_section(&ldap("example.net", elsewhere)), @r#"
        exit 2
        --- stderr
        error: store:example.net: the store keeps no passwords, and no places of them
        hint: write this domain into a file: domains = "/etc/persona/domains"
        "#);
    insta::assert_snapshot!(add_section(&ldap("example.com", elsewhere)), @r#"
        exit 2
        --- stderr
        error: store:example.net: the text is not one [[domain]] section with name = "example.net"
        hint: each domain is kept by its name, in a section of its own
        "#);
    insta::assert_snapshot!(add_section(""), @r#"
        exit 2
        --- stderr
        error: store:example.net: the text is not one [[domain]] section with name = "example.net"
        hint: each domain is kept by its name, in a section of its own
        "#);
    let two = format!(
        "{}{}",
        ldap("example.net", elsewhere),
        ldap("example.com", elsewhere)
    );
    insta::assert_snapshot!(add_section(&two), @r#"
        exit 2
        --- stderr
        error: store:example.net: the text is not one [[domain]] section with name = "example.net"
        hint: each domain is kept by its name, in a section of its own
        "#);
    insta::assert_snapshot!(add_section("issuer = \"https://id.example.net\"\n"), @r#"
        exit 2
        --- stderr
        error: store:example.net:1:1: `issuer` does not belong here: this file has [[domain]] sections
          |
        1 | issuer = "https://id.example.net"
          | ^^^^^^
        hint: what is not about one domain stands in persona.toml
        "#);
    assert_eq!(names(&folder), ["example.org"]);

    let anonymous = ldap("example.net", elsewhere).replace(
        "bind_dn = \"cn=persona\", password = { file = \"/etc/persona/ldap.password\" }",
        "",
    );
    let told = add_section(&anonymous);

    assert!(told.starts_with("exit 0\n"), "{told}");
    assert_eq!(names(&folder), ["example.org", "example.net"]);
}

#[test]
fn the_store_keeps_no_programs_and_no_places_of_keys() {
    let folder = installed();

    insta::assert_snapshot!(add(&folder, &["example.net", "--mailbox", "command:/bin/true"]), @r#"
        exit 2
        --- stderr
        error: store:example.net: the store keeps no programs
        hint: write this domain into a file: domains = "/etc/persona/domains"
        "#);
    folder.write(
        "section.toml",
        "[[domain]]\nname = \"example.net\"\nmailbox = \"smtps://m\"\nkeys = \"/etc/ssh\"\n",
    );
    let told = add(&folder, &["example.net", "--section", "section.toml"]);
    assert!(told.starts_with("exit 2\n"), "{told}");
}

/// The attack: the server's user writes a program into the store, for root to run.
#[tokio::test]
async fn a_program_that_somebody_wrote_into_the_store_is_not_run() {
    let folder = installed();
    let (program, ran) = (folder.path("program"), folder.path("ran"));
    std::fs::write(&program, format!("#!/bin/sh\ntouch '{}'\n", ran.display())).unwrap();
    std::fs::set_permissions(&program, Permissions::from_mode(0o755)).unwrap();
    let url = format!("sqlite:{}", folder.path("data/persona.db").display());
    let store = store::open(&url.parse().unwrap()).unwrap();
    let section = format!(
        "[[domain]]\nname = \"example.net\"\nmailbox = \"command:{}\"\n",
        program.display()
    );
    let row = DomainRow {
        name: "example.net".parse().unwrap(),
        section,
        added: UnixSeconds::from_seconds(0),
    };
    store.put_domain(&row).await.unwrap();

    let check = ["check", "--config", "secrets/persona.toml"];
    let people = ["--password-stdin", "alice@example.net"];
    let told = folder.run_fed("secret\n", &[&check[..], &people].concat());

    assert!(!ran.exists(), "{told}");
    assert!(told.contains("the store keeps no programs"), "{told}");
    let removed = domain(&folder, &["remove", "example.net"]);
    assert!(removed.starts_with("exit 0\n"), "{removed}");
}

#[test]
fn a_domain_in_the_store_may_have_an_issuer_of_its_own() {
    let folder = installed();
    let mailbox = ["-m", "imaps://mail.example.net"];
    let issuer = ["--issuer", "https://id.example.net", "--cookie", "other"];

    let told = add(&folder, &[&["example.net"], &mailbox[..], &issuer].concat());

    assert!(told.starts_with("exit 0\n"), "{told}");
    let shown = domain(&folder, &["show", "example.net"]);
    assert!(
        shown.contains("\nissuer = \"https://id.example.net\"\ncookie = \"other\"\n"),
        "{shown}"
    );
}

#[test]
fn a_domain_is_replaced_only_when_asked() {
    let folder = installed();
    add(&folder, &["example.net", "-m", "imaps://old.example.net"]);

    insta::assert_snapshot!(add(&folder, &["example.net", "-m", "imaps://new.example.net"]), @r"
        exit 2
        --- stderr
        error: example.net is in the store already
        hint: persona domain show example.net prints it; --replace takes its place
        ");
    let told = add(
        &folder,
        &["example.net", "-m", "imaps://new.example.net", "--replace"],
    );

    assert!(told.starts_with("exit 0\n"), "{told}");
    let shown = domain(&folder, &["show", "example.net"]);
    assert!(shown.contains("imaps://new.example.net"), "{shown}");
}

#[test]
fn only_what_is_in_the_store_is_removed_from_it() {
    let folder = installed();
    add(&folder, &["example.net", "-m", "imaps://mail.example.net"]);

    insta::assert_snapshot!(domain(&folder, &["remove", "example.org"]), @r"
        exit 1
        --- stderr
        example.org is not in the store
        it is written at secrets/persona.toml:12: take it out there
        ");
    insta::assert_snapshot!(domain(&folder, &["remove", "example.com"]), @r"
        exit 1
        --- stderr
        example.com is not in the store
        ");
    insta::assert_snapshot!(domain(&folder, &["remove", "example.net"]), @r"
        exit 0
        --- stdout
        example.net is no longer in the store; nobody was signed in
        --- stderr
        to make it count: systemctl reload persona
        ");
    assert_eq!(names(&folder), ["example.org"]);
}

#[test]
fn all_domains_may_be_in_the_store() {
    let folder = installed();
    let settings = folder.read("secrets/persona.toml");
    let (without, _) = settings.split_once(SECTION).unwrap();
    folder.write("secrets/persona.toml", without);

    insta::assert_snapshot!(domain(&folder, &["list"]), @r#"
        exit 2
        --- stderr
        error: secrets/persona.toml: no mail domain is configured, so there is nobody to vouch for
        hint: add a [[domain]] with name = "example.org" and mailbox = "smtps://mail.example.org"
        "#);
    let told = add(&folder, &["example.net", "-m", "imaps://mail.example.net"]);
    assert!(told.starts_with("exit 0\n"), "{told}");
    assert_eq!(names(&folder), ["example.net"]);
    insta::assert_snapshot!(domain(&folder, &["remove", "example.net"]), @r#"
        exit 0
        --- stdout
        example.net is no longer in the store; nobody was signed in
        --- stderr
        to make it count: systemctl reload persona
        a server would not start with what is left:
        error: secrets/persona.toml: no mail domain is configured, so there is nobody to vouch for
        hint: add a [[domain]] with name = "example.org" and mailbox = "smtps://mail.example.org"
        "#);
}

#[test]
fn a_store_that_is_not_there_is_not_made() {
    let folder = installed();
    std::fs::remove_dir_all(folder.path("data")).unwrap();

    insta::assert_snapshot!(add(&folder, &["example.net", "-m", "imaps://a.example"]), @r"
        exit 3
        --- stderr
        error: the store sqlite:[DIR]/data/persona.db is not there
        hint: storage.url in the settings names it; `persona setup` makes it
        ");
    assert_eq!(names(&folder), ["example.org"]);
    assert!(!folder.path("data").exists());
}

#[test]
fn nothing_is_kept_where_nothing_is_stored() {
    let folder = installed();
    let settings = folder.read("secrets/persona.toml");
    let store = format!("sqlite:{}", folder.path("data/persona.db").display());
    folder.write("secrets/persona.toml", &settings.replace(&store, "memory:"));

    insta::assert_snapshot!(add(&folder, &["example.net", "-m", "imaps://a.example"]), @r#"
        exit 2
        --- stderr
        error: storage.url is memory:, so nothing is kept: domains cannot be, either
        hint: a directory of files keeps them: domains = "/etc/persona/domains"
        "#);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_domain_that_is_removed_loses_its_sign_ins_at_once() {
    let installation = Installation::new().await;
    let folder = &installation.folder;
    let settings = folder.read("secrets/persona.toml");
    let (without, _) = settings.split_once(SECTION).unwrap();
    folder.write("secrets/persona.toml", without);
    let mailbox = format!("smtp://{}", installation.mail.address());
    assert!(add(folder, &["example.org", "-m", &mailbox]).starts_with("exit 0\n"));
    let server = folder.serve(&ANY_PORT);
    let origin = format!("http://{}", address_in(&server.log));
    let (answer, _) = log_in(&origin).await;
    let cookies: Vec<&str> = answer
        .all("set-cookie")
        .filter_map(|cookie| cookie.split(';').next())
        .collect();
    let cookies = cookies.join("; ");
    let has_session = async || {
        let url = format!("{origin}/persona/auth/has-session/?email=alice@example.org");
        let headers = [("host", "id.localhost"), ("cookie", cookies.as_str())];
        let answer = Client::new().request("GET", &url, &headers, b"").await;
        answer.unwrap().status
    };
    assert_eq!(has_session().await, 200);

    let told = domain(folder, &["remove", "example.org"]);

    assert!(told.contains("1 sign-in ended"), "{told}");
    assert_eq!(has_session().await, 404);
}
