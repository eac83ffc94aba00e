//! `persona alias`: aliases in the store, beside those of the files.

use store::AliasRow;

use crate::check::{Installation, RIGHT};
use crate::program::Folder;
use crate::setup::set_up;

fn installed() -> Folder {
    let folder = Folder::new();
    let mail = ["-m", "smtps://mail.example.org"];
    let domains = ["-d", "example.org", "-d", "example.net"];
    set_up(&folder, &[&domains[..], &mail].concat());
    folder
}

fn alias(folder: &Folder, arguments: &[&str]) -> String {
    folder.run(&[&["alias", "--config", "secrets/persona.toml"], arguments].concat())
}

/// Writes a row past the command, as somebody may who has the file of the database.
async fn write_by_hand(folder: &Folder, alias: &str, target: &str) {
    let url = format!("sqlite:{}", folder.path("data/persona.db").display());
    let store = store::open(&url.parse().unwrap()).unwrap();
    let row = AliasRow {
        alias: alias.to_owned(),
        target: target.to_owned(),
    };
    store.add_aliases(&[row]).await.unwrap();
}

#[test]
fn aliases_are_added_listed_and_removed() {
    let folder = installed();

    insta::assert_snapshot!(
        alias(&folder, &["add", "Info@example.org", "zoe@EXAMPLE.org", "alice@example.org"]), @r"
        exit 0
        --- stdout
        info@example.org leads to zoe@example.org
        info@example.org leads to alice@example.org
        ");
    insta::assert_snapshot!(
        alias(&folder, &["add", "d@example.net", "dora@example.net"]), @r"
        exit 0
        --- stdout
        d@example.net leads to dora@example.net
        ");
    insta::assert_snapshot!(alias(&folder, &["list"]), @r"
        exit 0
        --- stdout
        d@example.net     dora@example.net
        info@example.org  zoe@example.org, alice@example.org
        ");
    insta::assert_snapshot!(alias(&folder, &["list", "--json"]), @r#"
        exit 0
        --- stdout
        [{"alias":"d@example.net","targets":["dora@example.net"]},{"alias":"info@example.org","targets":["zoe@example.org","alice@example.org"]}]
        "#);
    insta::assert_snapshot!(alias(&folder, &["remove", "info@example.org", "Zoe@example.org"]), @r"
        exit 0
        --- stdout
        info@example.org no longer leads to zoe@example.org
        ");
    insta::assert_snapshot!(alias(&folder, &["remove", "INFO@example.org"]), @r"
        exit 0
        --- stdout
        info@example.org no longer leads to alice@example.org
        ");
    insta::assert_snapshot!(alias(&folder, &["list"]), @r"
        exit 0
        --- stdout
        d@example.net  dora@example.net
        ");
}

#[test]
fn what_is_there_already_is_not_changed_and_said() {
    let folder = installed();
    alias(&folder, &["add", "info@example.org", "alice@example.org"]);

    insta::assert_snapshot!(
        alias(&folder, &["add", "info@example.org", "ALICE@example.org", "bob@example.org"]), @r"
        exit 0
        --- stdout
        info@example.org leads to bob@example.org
        --- stderr
        info@example.org leads to alice@example.org already
        ");
    insta::assert_snapshot!(
        alias(&folder, &["add", "info@example.org", "alice@example.org"]), @r"
        exit 0
        --- stderr
        info@example.org leads to alice@example.org already
        ");
}

#[test]
fn what_the_server_would_not_believe_is_not_written() {
    let folder = installed();

    insta::assert_snapshot!(
        alias(&folder, &["add", "info@example.org", "alice@example.org", "dora@example.net"]), @r"
        exit 2
        --- stderr
        error: dora@example.net has no address of example.org: it is of another domain
        ");
    insta::assert_snapshot!(
        alias(&folder, &["add", "info@example.com", "alice@example.com"]), @r"
        exit 2
        --- stderr
        error: example.com is no domain of the settings, so it has no aliases
        hint: `persona domain list` prints all domains
        ");
    insta::assert_snapshot!(
        alias(&folder, &["add", "*@example.org", "alice@example.org"]), @r#"
        exit 2
        --- stderr
        error: "*@example.org" has a character that means something to mail servers
        "#);
    insta::assert_snapshot!(
        alias(&folder, &["add", "info@example.org", "alice*admin@example.org"]), @r#"
        exit 2
        --- stderr
        error: "alice*admin@example.org" has a character that means something to mail servers
        "#);
    insta::assert_snapshot!(alias(&folder, &["add", "info", "alice@example.org"]), @r"
        exit 2
        --- stderr
        error: invalid value 'info' for '<ALIAS>': an address has one @ between a name and a domain

        For more information, try '--help'.
        ");
    insta::assert_snapshot!(alias(&folder, &["add", "info@example.org"]), @r"
        exit 2
        --- stderr
        error: the following required arguments were not provided:
          <TARGET>...

        Usage: persona alias add <ALIAS> <TARGET>...

        For more information, try '--help'.
        ");
    insta::assert_snapshot!(alias(&folder, &["list"]), @r"exit 0");
}

#[test]
fn what_is_not_there_cannot_be_removed() {
    let folder = installed();
    alias(&folder, &["add", "info@example.org", "alice@example.org"]);

    insta::assert_snapshot!(alias(&folder, &["remove", "sales@example.org"]), @r"
        exit 1
        --- stderr
        sales@example.org is not in the store
        ");
    insta::assert_snapshot!(
        alias(&folder, &["remove", "info@example.org", "bob@example.org", "alice@example.org"]), @r"
        exit 1
        --- stdout
        info@example.org no longer leads to alice@example.org
        --- stderr
        info@example.org does not lead to bob@example.org in the store
        ");
    insta::assert_snapshot!(alias(&folder, &["list"]), @r"exit 0");
}

#[tokio::test]
async fn rows_that_somebody_else_wrote_are_listed_harmlessly_and_can_be_removed() {
    let folder = installed();
    write_by_hand(&folder, "Info@Example.org", "alice\n\u{1b}[2J").await;

    insta::assert_snapshot!(alias(&folder, &["list"]), @r"
        exit 0
        --- stdout
        Info@Example.org  alice\n\u{1b}[2J
        ");
    insta::assert_snapshot!(alias(&folder, &["remove", "Info@Example.org"]), @r"
        exit 0
        --- stdout
        Info@Example.org no longer leads to alice\n\u{1b}[2J
        ");
    insta::assert_snapshot!(alias(&folder, &["list", "--json"]), @r"
        exit 0
        --- stdout
        []
        ");
}

#[tokio::test]
async fn a_row_in_an_odd_spelling_goes_without_the_one_that_is_spelled_well() {
    let folder = installed();
    alias(&folder, &["add", "desk@example.org", "alice@example.org"]);
    write_by_hand(&folder, "Desk@example.org", "alice@example.org").await;

    insta::assert_snapshot!(
        alias(&folder, &["remove", "Desk@example.org", "alice@example.org"]), @r"
        exit 0
        --- stdout
        Desk@example.org no longer leads to alice@example.org
        ");
    insta::assert_snapshot!(alias(&folder, &["list"]), @r"
        exit 0
        --- stdout
        desk@example.org  alice@example.org
        ");
}

/// The attack: a row that does something else, for root to paste into a shell.
#[tokio::test]
async fn the_check_prints_no_command_with_what_would_be_another_one() {
    let folder = installed();
    for alias in ["x'; reboot; '", "--config=evil", "x\n reboot", "a\\"] {
        write_by_hand(&folder, alias, "alice@example.org").await;
    }

    let told = folder.run(&[
        "check",
        "--config",
        "secrets/persona.toml",
        "--resolver",
        "none",
    ]);

    let rows: Vec<&str> = told
        .lines()
        .filter(|line| line.contains("the row gives"))
        .collect();
    assert_eq!(rows.len(), 4, "{told}");
    for row in rows {
        assert!(
            row.ends_with("; to look: persona alias list --json [aliases-row]"),
            "{row}"
        );
    }
}

#[test]
fn nothing_is_kept_where_nothing_is_stored() {
    let folder = installed();
    let settings = folder.read("secrets/persona.toml");
    let store = format!("sqlite:{}", folder.path("data/persona.db").display());
    folder.write("secrets/persona.toml", &settings.replace(&store, "memory:"));

    for arguments in [
        &["list"][..],
        &["add", "info@example.org", "alice@example.org"],
        &["remove", "info@example.org"],
    ] {
        insta::allow_duplicates! {
            insta::assert_snapshot!(alias(&folder, arguments), @r#"
                exit 2
                --- stderr
                error: storage.url is memory:, so nothing is kept: aliases cannot be, either
                hint: a file keeps them: aliases = "/etc/persona/aliases" under the [[domain]]
                "#);
        }
    }
}

#[test]
fn a_store_that_is_not_there_is_not_made() {
    let folder = installed();
    std::fs::remove_dir_all(folder.path("data")).unwrap();

    insta::assert_snapshot!(alias(&folder, &["list"]), @r"
        exit 3
        --- stderr
        error: the store sqlite:[DIR]/data/persona.db is not there
        hint: storage.url in the settings names it; `persona setup` makes it
        ");
    assert!(!folder.path("data").exists());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_check_signs_in_by_an_alias_and_names_each_odd_row() {
    let installation = Installation::new().await;
    let folder = &installation.folder;
    let told = alias(folder, &["add", "info@example.org", "alice@example.org"]);
    assert!(told.starts_with("exit 0\n"), "{told}");
    for (name, target) in [
        ("info@example.org", "dora@example.net"),
        ("info@example.com", "alice@example.com"),
        ("Desk@example.org", "alice@example.org"),
        ("*@example.org", "alice@example.org"),
        ("desk", "alice@example.org"),
    ] {
        write_by_hand(folder, name, target).await;
    }

    let told = installation.check(
        &format!("{RIGHT}\n"),
        &["--password-stdin", "info@example.org"],
    );

    let about = |line: &&str| line.contains("persona.db") || line.contains("info@example.org: ");
    let lines: Vec<&str> = told.lines().filter(about).collect();
    insta::assert_snapshot!(lines.join("\n"), @r#"
        ok    sqlite:[DIR]/data/persona.db: it opens; 0 sign-ins are kept
        ok    sqlite:[DIR]/data/persona.db: 5 aliases are kept in the store
        warn  sqlite:[DIR]/data/persona.db: *@example.org alice@example.org: "*@example.org" has a character that means something to mail servers; the row gives nobody anything; to mend it: persona alias remove '*@example.org' 'alice@example.org' [aliases-row]
        warn  sqlite:[DIR]/data/persona.db: Desk@example.org alice@example.org: it is not spelled desk@example.org; the row gives nobody anything; to mend it: persona alias remove 'Desk@example.org' 'alice@example.org' [aliases-row]
        warn  sqlite:[DIR]/data/persona.db: desk alice@example.org: "desk" is no address; the row gives nobody anything; to mend it: persona alias remove 'desk' 'alice@example.org' [aliases-row]
        warn  sqlite:[DIR]/data/persona.db: info@example.com alice@example.com: example.com is no domain of the settings; the row gives nobody anything; to mend it: persona alias remove 'info@example.com' 'alice@example.com' [aliases-row]
        warn  sqlite:[DIR]/data/persona.db: info@example.org dora@example.net: dora@example.net has no address of example.org: it is of another domain; the row gives nobody anything; to mend it: persona alias remove 'info@example.org' 'dora@example.net' [aliases-row]
        ok    info@example.org: the password of alice@example.org opens it, and id.localhost certifies it
        "#);
}
