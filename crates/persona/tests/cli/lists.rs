//! `persona check` looks at the alias and group files.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::check::{Installation, RIGHT};

impl Installation {
    /// Names a file in the settings of the domain, and writes it.
    pub(crate) fn list(&self, keys: &str, name: &str, text: &str) {
        let settings = self.folder.path("secrets/persona.toml");
        let before = fs::read_to_string(&settings).unwrap();
        fs::write(&settings, format!("{before}{keys}\n")).unwrap();
        let file = self.folder.path(name);
        fs::write(&file, text).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    }

    /// What the check says about files of this name and about these addresses.
    fn says_about(&self, words: &[&str], addresses: &[&str]) -> String {
        let command = [&["--password-stdin"], addresses].concat();
        let told = self.check(&format!("{RIGHT}\n").repeat(addresses.len()), &command);
        let about = |line: &&str| words.iter().any(|word| line.contains(word));
        told.lines().filter(about).collect::<Vec<_>>().join("\n")
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_odd_line_of_an_alias_file_is_named() {
    let installation = Installation::new().await;
    installation.list(
        "aliases = \"aliases\"\ncatch_all = true",
        "aliases",
        "info: alice\n*: alice\nhook: |/bin/cat, alice\ninfo: bob\n@example.org alice\n",
    );

    insta::assert_snapshot!(installation.says_about(&["aliases"], &[]), @r#"
    ok    aliases: 2 aliases of example.org
    warn  aliases: line 2: "*" has a character that means something to mail servers; it is left out (a catch-all is written @example.org); what is left out gives nobody anything [aliases-line]
    warn  aliases: line 3: "|/bin/cat" is nobody's mailbox; it is left out with all behind it; what is left out gives nobody anything [aliases-line]
    warn  aliases: line 4: info@example.org is there already; the first counts; what is left out gives nobody anything [aliases-line]
    warn  aliases: a catch-all has every address of example.org that is not listed; its owner can sign in as every mailbox that is not listed here; to mend it: list each mailbox, as in: alice@example.org alice@example.org [aliases-catch-all]
    "#);

    let aliases = installation.folder.path("aliases");
    fs::set_permissions(&aliases, fs::Permissions::from_mode(0o666)).unwrap();
    fs::write(&aliases, "info(desk): alice\n").unwrap();
    insta::assert_snapshot!(installation.says_about(&["aliases"], &[]), @r#"
    ok    aliases: 0 aliases of example.org
    FAIL  aliases: others than its owner may change it; whoever can change it can give themselves the addresses or groups of others; to mend it: chmod go-w aliases [aliases-writable]
    warn  aliases: line 1: "info(desk)" is no address; it is left out; what is left out gives nobody anything [aliases-line]
    warn  aliases: no line begins with @example.org; catch_all = true does nothing without one; to mend it: take catch_all out of the settings [aliases-no-catch-all]
    warn  aliases: the name of a line is not understood; catch_all and plus_tags do nothing while an address may stand in that line; to mend it: correct the line [aliases-not-whole]
    "#);

    fs::remove_file(&aliases).unwrap();
    insta::assert_snapshot!(installation.says_about(&["aliases"], &[]), @"FAIL  aliases: aliases cannot be read: No such file or directory (os error 2); nobody can sign in with an alias, and a wrong password is not called wrong; to mend it: make the file, or take it out of the settings [aliases-unreadable]");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_about_another_domain_is_not_taken_for_good() {
    let installation = Installation::new().await;
    installation.list(
        "aliases = \"aliases\"",
        "aliases",
        "info@example.net alice@example.net\n",
    );

    insta::assert_snapshot!(installation.says_about(&["aliases"], &[]), @r#"warn  aliases: 0 aliases of example.org; nobody can sign in with an alias; to mend it: put the line aliases = "aliases" under the [[domain]] whose aliases it has [aliases-none]"#);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_groups_of_an_address_and_unknown_domains_are_named() {
    let installation = Installation::new().await;
    installation.list(
        "groups = \"groups\"",
        "groups",
        "admins: alice@example.org\nstaff: @example.org\nguests: *@example.net\nodd alice@example.org\n",
    );

    let told = installation.says_about(&["groups", "is in"], &["alice@example.org"]);

    insta::assert_snapshot!(told, @r#"
    ok    groups: 3 groups for example.org
    warn  groups: line 4: it does not begin with the name of a group and a colon; it is left out; what is left out gives nobody anything [groups-line]
    warn  groups: line 3: example.net is no domain of the settings; nobody with such an address can sign in here; to mend it: correct the line, or add a [[domain]] with name = "example.net" [groups-domain]
    ok    alice@example.org: is in admins, staff
    "#);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_alias_goes_the_whole_way_with_its_users_password() {
    let installation = Installation::new().await;
    installation.list("aliases = \"aliases\"", "aliases", "info: alice\n");

    let told = installation.says_about(&["info@"], &["info@example.org"]);

    insta::assert_snapshot!(told, @"ok    info@example.org: the password of alice@example.org opens it, and id.localhost certifies it");
}
