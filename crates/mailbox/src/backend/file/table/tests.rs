use proptest::prelude::*;

use super::*;

/// The MD5 digests of `a`, `b` and `c`, as Perl's `b64digest` gives them.
const A: &str = "DMF1ucDxtqgxw5niaXcmYQ";
const B: &str = "kutf/uauL+w61xx3dTFXjw";
const C: &str = "SooI8J03tzeVZJA4QItfMw";

fn table(text: &str, domain: Option<&str>) -> Table {
    let domain = domain.map(|domain| Domain::parse(domain).unwrap());
    Table::read(text.as_bytes(), domain.as_ref())
}

/// Which of the passwords `a`, `b` and `c` opens; `-` for none, `?` for "cannot tell".
fn opener(table: &Table, login: &str) -> &'static str {
    match table.user(login).map(|user| &user.entry) {
        None | Some(Entry::Locked) => "-",
        Some(Entry::Unusable(_) | Entry::Ambiguous) => "?",
        Some(Entry::Hash(hash)) => ["a", "b", "c"]
            .into_iter()
            .find(|password| hash.matches(password.as_bytes()) == Ok(true))
            .unwrap_or("other"),
    }
}

fn seen(table: &Table) -> Vec<String> {
    let remarks = table.remarks(Path::new("users")).into_iter();
    remarks.map(|remark| remark.seen).collect()
}

#[test]
fn short_names_are_of_the_domain_and_other_domains_lines_are_nothing() {
    let text = format!(
        "# the table of 2012\n\n   \nalice:MD5:{A}\nbob@example.org:MD5:{B}\r\ncarol@EXAMPLE.ORG:MD5:{C}\n\
         alice@other.test:MD5:{B}\nhans@bücher.example:MD5:{A}"
    );
    let of_example = table(&text, Some("example.org"));
    let of_anybody = table(&text, None);

    for (login, of_one, of_any) in [
        ("alice@example.org", "a", "a"),
        ("bob@example.org", "b", "b"),
        ("carol@example.org", "c", "c"),
        // Where nobody is named, alice is a name of whichever domain asks, and so stands there twice.
        ("alice@other.test", "-", "b"),
        ("bob@other.test", "-", "-"),
        ("alice", "a", "a"),
        ("bob", "b", "-"),
        ("hans@xn--bcher-kva.example", "-", "a"),
        ("nobody@example.org", "-", "-"),
        ("", "-", "-"),
        ("@example.org", "-", "-"),
        ("# the table of 2012", "-", "-"),
    ] {
        assert_eq!(opener(&of_example, login), of_one, "{login}");
        assert_eq!(opener(&of_anybody, login), of_any, "{login}");
    }
}

#[test]
fn of_two_lines_the_tables_last_and_htpasswds_first_counts_and_there_is_a_warning() {
    let (one, other) = (
        "$1$saltsalt$4px9i58NU2Z2/vZOUlGjq.", // x
        "{SHA}hvfkN/qlp/zhXR3cuerq6jd2Z7g=",  // a
    );
    for (text, domain, opens) in [
        (format!("u:MD5:{A}\nu:MD5:{B}\n"), None, "b"),
        (
            format!("u:MD5:{A}\nu@d.test:MD5:{B}\n"),
            Some("d.test"),
            "b",
        ),
        (
            format!("u@d.test:MD5:{A}\nu:MD5:{B}\n"),
            Some("d.test"),
            "b",
        ),
        (format!("u@d.test:MD5:{A}\nu:MD5:{B}\n"), None, "b"),
        (format!("u:{other}\nu:{one}\n"), None, "a"),
        (format!("u@d.test:{other}\nu:{one}\n"), None, "a"),
        (format!("u:{one}\nu:MD5:{C}\n"), None, "c"),
        (format!("u:MD5:{C}\nu:{one}\n"), None, "c"),
    ] {
        let table = table(&text, domain);

        assert_eq!(opener(&table, "u@d.test"), opens, "{text}");
    }
    let twice = table(&format!("u:MD5:{A}\n\nu@d.test:MD5:{B}\n"), Some("d.test"));
    assert_eq!(
        seen(&twice)[0],
        "users: line 3 is for the same user as line 1; the first of htpasswd's lines counts, the last \
         of a table's"
    );
}

#[test]
fn names_that_differ_in_capitals_alone_open_nothing() {
    for text in [
        format!("Alice:MD5:{A}\nalice:MD5:{B}\n"),
        format!("alice:MD5:{A}\nAlice:MD5:{B}\nalice:MD5:{C}\n"),
        format!("alice:$1$saltsalt$4px9i58NU2Z2/vZOUlGjq.\nALICE:MD5:{B}\n"),
    ] {
        let table = table(&text, None);

        assert_eq!(opener(&table, "alice@example.org"), "?", "{text}");
        assert!(seen(&table)[0].contains("but for capital letters"));
    }
    let alone = table(&format!("Alice@Example.ORG:MD5:{A}\n"), None);
    assert_eq!(opener(&alone, "alice@example.org"), "a");
}

#[test]
fn a_line_that_cannot_be_used_keeps_its_user_from_being_called_wrong() {
    let table = table(
        &format!(
            "des:L9i/b4Tok7ldo\nplain:hunter2\ncut:$2y$04$mXQslT\nssha:{{SSHA}}abc=\nodd:CRC32:AAAA\n\
             empty:\nlocked:!$6$x$y\nlocked2:*\nnologin:!:19000:0\nshadow:{{SHA}}hvfkN/qlp/zhXR3cuerq6jd2Z7g=:19000:0:99999\n\
             good:MD5:{A}:and more\n"
        ),
        None,
    );

    for (login, opens) in [
        ("des", "?"),
        ("plain", "?"),
        ("cut", "?"),
        ("ssha", "?"),
        ("odd", "?"),
        ("empty", "?"),
        ("locked", "-"),
        ("locked2", "-"),
        ("nologin", "-"),
        ("shadow", "a"),
        ("good", "a"),
    ] {
        assert_eq!(opener(&table, login), opens, "{login}");
    }
    insta::assert_snapshot!(seen(&table).join("\n"), @r#"
    users: line 1 is traditional DES crypt or plain text, and neither is read: set this password again, for instance with htpasswd -B
    users: line 2 is traditional DES crypt or plain text, and neither is read: set this password again, for instance with htpasswd -B
    users: line 3 is damaged or cut off: set this password again
    users: line 4 is hashed in a form that is not read here: known are bcrypt, apr1, {SHA}, $1$, $5$, $6$, argon2id and argon2i
    users: line 5 names a digest that is not read here: known are MD5, SHA-1, SHA-224, SHA-256, SHA-384 and SHA-512
    users: line 6 is traditional DES crypt or plain text, and neither is read: set this password again, for instance with htpasswd -B
    users: passwords are quickly guessed once the file is lost, by the way they are hashed: 2
    "#);
}

#[test]
fn lines_that_are_none_are_left_out_with_a_warning() {
    let long = "x".repeat(3000);
    let mut text =
        format!("no colon\nsp ace:MD5:{A}\n:MD5:{A}\njörg:MD5:{A}\na@:MD5:{A}\n{long}:MD5:{A}\n")
            .into_bytes();
    text.extend_from_slice(b"\xff\xfe:MD5:x\nnul\0:MD5:x\nalice:MD5:");
    text.extend_from_slice(A.as_bytes());

    let table = Table::read(&text, None);

    assert_eq!(opener(&table, "alice@example.org"), "a");
    insta::assert_snapshot!(seen(&table).join("\n"), @r#"
    users: line 1 is left out: it has no colon behind a user name
    users: line 2 is left out: its user name can be no part of an address
    users: line 3 is left out: its user name can be no part of an address
    users: line 4 is left out: its user name can be no part of an address
    users: line 5 is left out: its user name can be no part of an address
    users: line 6 is left out: it is longer than 2000 characters
    users: line 7 is left out: it is not text
    users: line 8 is left out: its user name can be no part of an address
    users: passwords are quickly guessed once the file is lost, by the way they are hashed: 1
    "#);
}

#[test]
fn nothing_of_a_hash_gets_into_a_warning() {
    let secrets = ["L9i/b4Tok7ldo", "hunter2", "mXQslT", "geheim"];
    let text = "geheim\ndes:L9i/b4Tok7ldo\nhunter2\nplain:hunter2\ncut:$2y$04$mXQslT\nodd:geheim:AAAA\nx:{SHA}geheim\n";

    let shown = format!("{:?}", table(text, None).remarks(Path::new("users")));

    for secret in secrets {
        assert!(!shown.contains(secret), "{shown}");
    }
}

#[test]
fn the_commonest_kind_is_what_a_stranger_costs() {
    let md5_crypt = "$1$saltsalt$4px9i58NU2Z2/vZOUlGjq.";
    let text = format!("a:MD5:{A}\nb:{md5_crypt}\nc:{md5_crypt}\nd:MD5:{A}\ne:{md5_crypt}\n");

    let table = table(&text, None);

    assert_eq!(table.typical().unwrap().kind().name, "md5-crypt");
    assert_eq!(table.kinds(), ["MD5 (2)", "md5-crypt (3)"]);
}

#[test]
fn a_million_lines_are_read_and_the_odd_ones_counted() {
    use std::fmt::Write as _;
    let mut text = String::new();
    for number in 0..100_000 {
        writeln!(
            text,
            "u{number}:MD5:{A}\n\nodd {number}\nodd\n\u{7f}:x\n:\n\n\n#"
        )
        .unwrap();
    }

    let table = table(&text, None);

    assert_eq!(opener(&table, "u99999@example.org"), "a");
    assert_eq!(table.users.len(), 100_000);
    assert_eq!(seen(&table)[20], "users: 399980 more lines are odd");
    assert_eq!(seen(&table).len(), 22);
}

proptest! {
    #[test]
    fn no_file_is_too_odd(text: Vec<u8>) {
        let table = Table::read(&text, None);

        let _found = table.user("alice@example.org");
        prop_assert!(seen(&table).len() <= 22);
    }

    #[test]
    fn no_line_is_too_odd(line in "[a-z@:$!*{}.0-9,=]{0,60}") {
        let table = table(&line, Some("example.org"));

        prop_assert!(table.users.len() <= 1);
    }
}
