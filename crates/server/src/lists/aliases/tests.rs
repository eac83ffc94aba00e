//! Alias files as they are found, and as somebody would write them who wants another's address.

use proptest::prelude::*;

use super::*;

fn domain() -> Domain {
    Domain::parse("example.org").unwrap()
}

/// Reads a file whose last line ends, also where a test leaves that out.
fn read(file: &str) -> Aliases {
    let file = format!("{}\n", file.strip_suffix('\n').unwrap_or(file));
    Aliases::read(file.as_bytes(), &domain())
}

/// What the file says of one name, as a list of local parts; those of users with `\`.
fn listed(file: &str, name: &str) -> Option<Vec<String>> {
    let aliases = read(file);
    let name = EmailAddress::parse(name).unwrap().canonical();
    aliases.targets(&name).map(shown_targets)
}

fn shown_targets(targets: &[Target]) -> Vec<String> {
    let show = |target: &Target| match target {
        Target::Name(address) => (String::new(), address.clone()),
        Target::User(address) => ("\\".to_owned(), address.clone()),
    };
    let shown = targets.iter().map(show);
    shown
        .map(|(before, address)| {
            assert_eq!(address.domain(), &domain());
            format!("{before}{}", address.local())
        })
        .collect()
}

fn remarks(file: &str) -> Vec<String> {
    let aliases = read(file);
    aliases.remarks().iter().map(ToString::to_string).collect()
}

#[test]
fn both_forms_are_read() {
    for (line, targets) in [
        ("info: alice", vec!["alice"]),
        ("info:alice,bob", vec!["alice", "bob"]),
        ("info : alice ,\tbob , ", vec!["alice", "bob"]),
        ("\"info\": \"alice\"", vec!["alice"]),
        ("info@example.org: alice@example.org", vec!["alice"]),
        ("info: \\alice, bob", vec!["\\alice", "bob"]),
        ("info: alice,\n  bob", vec!["alice", "bob"]),
        ("info@example.org alice", vec!["alice"]),
        (
            "info@example.org\talice, bob  carol",
            vec!["alice", "bob", "carol"],
        ),
        ("info alice", vec!["alice"]),
        ("info:", vec![]),
        ("info", vec![]),
    ] {
        assert_eq!(
            listed(line, "info@example.org"),
            Some(targets.into_iter().map(str::to_owned).collect()),
            "{line}"
        );
        assert_eq!(remarks(line), [""; 0], "{line}");
    }
}

#[test]
fn names_are_folded_as_in_all_addresses() {
    let file = "Info@Example.ORG: ALICE\nJo\u{308}rg: alice\n";

    assert_eq!(
        listed(file, "iNFO@example.org"),
        Some(vec!["alice".to_owned()])
    );
    assert_eq!(
        listed(file, "j\u{f6}rg@example.org"),
        Some(vec!["alice".to_owned()])
    );
}

#[test]
fn a_domain_in_unicode_is_the_domain_in_ascii() {
    let domain = Domain::parse("b\u{fc}cher.example").unwrap();
    let file = "info@B\u{dc}CHER.example hans@xn--bcher-kva.example, eva@bucher.example\n";

    let aliases = Aliases::read(file.as_bytes(), &domain);

    let name = EmailAddress::parse("info@xn--bcher-kva.example").unwrap();
    let hans = EmailAddress::parse("hans@b\u{fc}cher.example").unwrap();
    assert_eq!(aliases.targets(&name), Some(&[Target::Name(hans)][..]));
}

#[test]
fn what_is_of_another_domain_says_nothing_here() {
    let file = "info@example.net: alice\n\
                info@sub.example.org alice\n\
                @example.net alice\n\
                example.org anything\n\
                sales: alice@example.net, alice@example.org.evil.example, alice@sub.example.org\n";
    let aliases = read(file);

    assert_eq!(listed(file, "info@example.org"), None);
    assert_eq!(listed(file, "example.org@example.org"), None);
    assert_eq!(listed(file, "sales@example.org"), Some(vec![]));
    assert_eq!(aliases.catch_all(), None);
    assert_eq!((aliases.count(), aliases.is_whole()), (1, true));
    assert_eq!(remarks(file), [""; 0]);
}

#[test]
fn what_is_nobodys_mailbox_is_left_out_and_remarked() {
    let file = "a: :include:/etc/list, alice\n\
                b: \"|/usr/bin/vacation alice, bob\", carol\n\
                c: |/usr/bin/vacation alice, bob\n\
                d: /var/mail/archive, alice\n\
                e: :fail: no such user, bob\n\
                f: alice bob\n";

    for (name, targets) in [
        ("a", vec!["alice"]),
        ("b", vec!["carol"]),
        ("c", vec![]),
        ("d", vec!["alice"]),
        ("e", vec![]),
        ("f", vec![]),
    ] {
        assert_eq!(
            listed(file, &format!("{name}@example.org")),
            Some(targets.into_iter().map(str::to_owned).collect()),
            "{name}"
        );
    }
    insta::assert_snapshot!(remarks(file).join("\n"), @r#"
    line 1: ":include:/etc/list" is nobody's mailbox; it is left out
    line 2: "|/usr/bin/vacation alice, bob" is nobody's mailbox; it is left out
    line 3: "|/usr/bin/vacation alice" is nobody's mailbox; it is left out with all behind it
    line 4: "/var/mail/archive" is nobody's mailbox; it is left out
    line 5: ":fail: no such user" is nobody's mailbox; it is left out with all behind it
    line 6: "alice bob" is no address; it is left out
    "#);
}

#[test]
fn names_with_a_meaning_to_mail_servers_are_nobodys() {
    let file = "*: bob\n*@example.org bob\nall%example.net: bob\ninfo: alice*admin, %, alice\n";

    for name in ["*@example.org", "all%example.net@example.org"] {
        assert_eq!(listed(file, name), None, "{name}");
    }
    assert_eq!(
        listed(file, "info@example.org"),
        Some(vec!["alice".to_owned()])
    );
    let aliases = read(file);
    assert_eq!((aliases.catch_all(), aliases.is_whole()), (None, true));
    assert_eq!(aliases.remarks().len(), 5);
}

#[test]
fn the_first_of_two_lines_counts() {
    let file = "info: alice\nINFO@example.org: bob\n@example.org carol\n@example.org dave\n";

    assert_eq!(
        listed(file, "info@example.org"),
        Some(vec!["alice".to_owned()])
    );
    let aliases = read(file);
    assert_eq!(shown_targets(aliases.catch_all().unwrap()), ["carol"]);
    insta::assert_snapshot!(remarks(file).join("\n"), @r"
    line 2: info@example.org is there already; the first counts
    line 4: there is a catch-all already; the first counts
    ");
}

#[test]
fn a_line_that_cannot_be_understood_gives_nobody_anything() {
    for (line, whole, targets) in [
        ("info: alice, \"bob", true, Some(0)),
        ("\"info: alice", false, None),
        ("info(the desk): alice", false, None),
        ("<info@example.org>: alice", false, None),
        ("info@exa mple.org: alice", false, None),
        ("info desk: alice", false, None),
        ("info alice, :include:/etc/list, |bob", false, None),
        ("in\u{200b}fo: alice", false, None),
        (
            "info: al\0ice, <alice@example.org>, Alice <alice@example.org>",
            true,
            Some(0),
        ),
        (": alice", false, None),
        ("info: alice\u{202e}, @example.org, @", true, Some(0)),
    ] {
        let aliases = read(line);

        assert_eq!(aliases.is_whole(), whole, "{line:?}");
        let found = listed(line, "info@example.org").map(|found| found.len());
        assert_eq!(found, targets, "{line:?}");
        assert!(!aliases.remarks().is_empty(), "{line:?}");
    }
}

#[test]
fn a_file_of_another_kind_has_a_bounded_number_of_remarks() {
    let file = "<<<\n".repeat(10_000);

    assert_eq!(remarks(&file).len(), 100);
}

proptest! {
    #[test]
    fn no_file_makes_it_panic_or_say_more_than_it_has(
        file in "(info|@example\\.org|[a-c\"\\\\:,|/* \t\n@%é\u{200b}]|example\\.(org|net)){0,60}",
    ) {
        let aliases = read(&file);

        let targets: usize = aliases.names.values().map(Vec::len).sum();
        prop_assert!(aliases.count() + targets <= file.len());
        for (name, targets) in &aliases.names {
            prop_assert!(is_suitable(name));
            prop_assert_eq!(name, &name.canonical());
            prop_assert_eq!(name.domain(), &domain());
            shown_targets(targets);
        }
    }

    #[test]
    fn no_octets_make_it_panic(octets in proptest::collection::vec(any::<u8>(), 0..200)) {
        let aliases = Aliases::read(&octets, &domain());
        prop_assert!(aliases.count() <= octets.len());
    }

    #[test]
    fn what_is_written_is_read(
        name in "[a-z0-9][a-z0-9_-]{0,10}",
        targets in proptest::collection::vec("[a-z][a-z0-9=&']{0,10}", 1..5),
    ) {
        let unix = format!("{name}: {}", targets.join(",\n "));
        let postfix = format!("{name}@example.org {}", targets.join(" "));
        let address = format!("{name}@example.org");

        prop_assert_eq!(listed(&unix, &address), Some(targets.clone()));
        prop_assert_eq!(listed(&postfix, &address), Some(targets));
    }
}
