//! Whose a name is, by files as somebody would write them who wants another's address.

use proptest::prelude::*;
use protocol::email::Domain;
use store::AliasRow;

use super::*;

const BOTH: (bool, bool) = (true, true);
const NEITHER: (bool, bool) = (false, false);

fn book(file: &str, (plus_tags, catch_all): (bool, bool)) -> Book {
    let domain = Domain::parse("example.org").unwrap();
    let aliases = Aliases::read(file.as_bytes(), &domain);
    Book::new(Some(Arc::new(aliases)), plus_tags, catch_all)
}

/// The same with rows of the table.
fn book_with(file: &str, rows: &[(&str, &str)], rules: (bool, bool)) -> Book {
    let here = |name: &str| format!("{name}@example.org");
    let row = |(alias, target): &(&str, &str)| AliasRow {
        alias: here(alias),
        target: here(target),
    };
    let rows: Vec<AliasRow> = rows.iter().map(row).collect();
    let table = KeptAliases::read(&rows, &Domain::parse("example.org").unwrap());
    Book {
        table,
        ..book(file, rules)
    }
}

/// Whose a name is, besides its own mailbox's.
fn users(file: &str, rules: (bool, bool), name: &str) -> Vec<String> {
    users_of(&book(file, rules), name)
}

fn users_of(book: &Book, name: &str) -> Vec<String> {
    let name = EmailAddress::parse(&format!("{name}@example.org")).unwrap();
    let users = book.users(&name).or_else(|| book.all_others());
    let users = users.unwrap_or_default();
    users.iter().map(|user| user.local().to_owned()).collect()
}

#[test]
fn an_alias_leads_to_its_users_over_other_names() {
    let file = "info: desk, carol\n\
                desk: alice, bob, \\sales\n\
                sales: dave\n\
                alice: alice, archive\n\
                archive: carol\n";

    assert_eq!(
        users(file, NEITHER, "info"),
        ["sales", "carol", "alice", "bob"]
    );
    assert_eq!(users(file, NEITHER, "alice"), ["alice", "carol"]);
    assert_eq!(users(file, NEITHER, "sales"), ["dave"]);
    assert_eq!(users(file, NEITHER, "nobody"), [""; 0]);
}

#[test]
fn a_loop_leads_to_nobody_and_ends() {
    for file in [
        "a: b\nb: a\n",
        "a: b\nb: c\nc: d\nd: b, c\n",
        "a: b\nb: a, b@example.net\n",
    ] {
        assert_eq!(users(file, BOTH, "a"), [""; 0], "{file}");
    }
    assert_eq!(users("a: b\nb: a, carol\n", BOTH, "a"), ["carol"]);
    assert_eq!(users("a: a\n", BOTH, "a"), ["a"]);
}

/// The attack: bob asks again and again, and the file is being written just then. Where it ends with a
/// line, nobody can see that there is more to come.
#[test]
fn a_file_that_ends_within_a_line_gives_nobody_more_than_the_whole_one() {
    let file = "@example.org bob\n\
                alice@example.org alice\n\
                carol@example.org carolina\n\
                bob+shop: dave\n\
                desk: bobby,\n \\alice\n";
    for cut in 1..file.len() {
        let begun = file.get(..cut).unwrap();
        if begun.ends_with('\n') {
            continue;
        }
        for name in ["alice", "carol", "desk", "zoe", "bob+shop"] {
            let whole = users(file, BOTH, name);
            for user in users(begun, BOTH, name) {
                assert!(whole.contains(&user), "{name} is {user}'s in {begun:?}");
            }
        }
    }
}

#[test]
fn a_name_is_not_its_namesakes_of_another_domain() {
    let file = "info: alice@example.net\n\
                sales@example.net: alice\n\
                desk: sales@example.net\n\
                root: alice@example.org.\n";

    for name in ["info", "sales", "desk", "root"] {
        assert_eq!(users(file, BOTH, name), [""; 0], "{name}");
    }
}

#[test]
fn a_tag_is_its_owners_where_that_is_switched_on() {
    let file = "info: alice\nbob+home: carol\n";
    let tags = (true, false);

    assert_eq!(users(file, tags, "alice+x"), ["alice"]);
    assert_eq!(users(file, tags, "alice+x+y"), ["alice"]);
    assert_eq!(users(file, tags, "info+x"), ["alice"]);
    assert_eq!(users(file, tags, "bob+home"), ["carol"]);
    assert_eq!(users(file, tags, "bob+HOME"), ["bob"]); // folded before it is asked about
    assert_eq!(users(file, tags, "+x"), [""; 0]);
    assert_eq!(users(file, tags, "alice-x"), [""; 0]);
    for name in ["alice+x", "info+x"] {
        assert_eq!(users(file, NEITHER, name), [""; 0], "{name}");
    }
    assert_eq!(users("desk: alice+work\n", tags, "desk"), ["alice"]);
    assert_eq!(users("desk: alice+work\n", NEITHER, "desk"), ["alice+work"]);
}

#[test]
fn a_catch_all_has_what_nobody_else_has() {
    let file = "@example.org bob\nalice@example.org alice@example.org\n\
                info@example.org alice\nempty:\nelsewhere: x@example.net\nloop: loop2\nloop2: loop\n";
    let all = (false, true);

    assert_eq!(users(file, all, "whatever"), ["bob"]);
    assert_eq!(users(file, all, "alice"), ["alice"]);
    assert_eq!(users(file, all, "info"), ["alice"]);
    for name in ["empty", "elsewhere", "loop"] {
        assert_eq!(users(file, all, name), [""; 0], "{name}");
    }
    assert_eq!(users(file, NEITHER, "whatever"), [""; 0]);
    // A tag is its owner's, not the catch-all's.
    assert_eq!(users(file, BOTH, "carol+x"), ["carol"]);
}

#[test]
fn a_line_that_is_not_understood_widens_nothing() {
    let rules = "@example.org bob\n";
    for line in [
        "alice(boss): alice\n",
        "\"alice: alice\n",
        "alice\u{200b}: alice\n",
    ] {
        let file = format!("{rules}{line}");

        assert_eq!(users(&file, BOTH, "alice"), [""; 0], "{line}");
        assert_eq!(users(&file, BOTH, "alice+x"), [""; 0], "{line}");
    }
    assert_eq!(
        users(&format!("{rules}alice: \"alice\n"), BOTH, "alice"),
        [""; 0]
    );
}

#[test]
fn a_name_that_is_in_file_and_table_leads_where_both_say() {
    let file = "info: alice\nsales: desk\n";
    let rows = [("info", "bob"), ("desk", "carol"), ("team", "sales")];
    let book = book_with(file, &rows, NEITHER);

    assert_eq!(users_of(&book, "info"), ["alice", "bob"]);
    for name in ["sales", "desk", "team"] {
        assert_eq!(users_of(&book, name), ["carol"], "{name}");
    }
}

#[test]
fn a_circle_through_file_and_table_leads_to_nobody() {
    let book = book_with("a: b\nc: d\n", &[("b", "c"), ("d", "a"), ("e", "e")], BOTH);

    for name in ["a", "b", "c", "d"] {
        assert_eq!(users_of(&book, name), [""; 0], "{name}");
    }
    assert_eq!(users_of(&book, "e"), ["e"]);
}

#[test]
fn what_is_in_the_table_is_nobody_elses_by_tag_or_catch_all() {
    let file = "@example.org bob\n";
    let book = book_with(file, &[("alice", "alice"), ("bob+desk", "carol")], BOTH);

    assert_eq!(users_of(&book, "alice"), ["alice"]);
    assert_eq!(users_of(&book, "bob+desk"), ["carol"]);
    assert_eq!(users_of(&book, "whatever"), ["bob"]);
}

/// The table is asked name by name: all that may be said on the way must be among them.
#[test]
fn the_names_to_ask_about_are_all_that_are_met() {
    let file = "info: desk, \\carol\n@example.org boss\nboss: chief\n";
    let book = book_with(file, &[("desk", "alice+work")], BOTH);
    let names_from = |name: &str| {
        let name = EmailAddress::parse(&format!("{name}@example.org")).unwrap();
        let names = book.names_from(&name);
        let mut names: Vec<_> = names.iter().map(|name| name.local().to_owned()).collect();
        names.sort_unstable();
        names
    };

    assert_eq!(names_from("info"), ["alice", "alice+work", "desk", "info"]);
    assert_eq!(names_from("nobody"), ["boss", "chief", "nobody"]);
}

#[test]
fn a_file_that_is_made_to_cost_much_costs_little_and_gives_nothing_more() {
    let chain = all(100, |n| format!("a{n}: a{}\n", n + 1));
    assert_eq!(users(&chain, NEITHER, "a0"), [""; 0]);
    assert_eq!(users(&chain, NEITHER, "a90"), ["a100"]);

    // Each name leads to all others: as many ways as there are orders of them.
    let names = all(60, |n| format!("n{n}, "));
    let mesh = all(60, |n| format!("n{n}: {names}user-{n}\n"));
    assert_eq!(users(&mesh, NEITHER, "n0").len(), 60 + 60);

    let many = all(2000, |n| format!("u{n}, \\v{n}, "));
    let file = format!("all: {many}\n");
    assert_eq!(users(&file, NEITHER, "all").len(), MOST_NAMES);
}

fn all(count: usize, write: impl Fn(usize) -> String) -> String {
    let texts: Vec<String> = (0..count).map(write).collect();
    texts.concat()
}

proptest! {
    #[test]
    fn nobody_gets_what_no_line_says(
        lines in proptest::collection::vec(("[a-e]", proptest::collection::vec("[a-e]", 0..4)), 0..8),
        name in "[a-e]",
        other in "[f-j]",
    ) {
        let write = |n: usize| lines.get(n).map_or_else(String::new, |(name, targets)| {
            format!("{name}: {}\n", targets.join(","))
        });
        let file = all(lines.len(), write);

        let found = users(&file, NEITHER, &name);

        // The first line of a name counts; whoever is found is a target of some line that counts.
        let targets: HashSet<_> = lines.iter().flat_map(|(_, targets)| targets).collect();
        prop_assert!(found.iter().all(|user| targets.contains(user)), "{file}: {found:?}");
        prop_assert_eq!(users(&file, NEITHER, &other), [""; 0]);
    }
}
