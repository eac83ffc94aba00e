//! Addresses and domains.

use super::*;

#[test]
fn good_addresses_are_read_and_their_domain_folded() {
    for (typed, printed) in [
        ("alice@example.org", "alice@example.org"),
        ("Alice@EXAMPLE.Org", "Alice@example.org"),
        ("a.b+c@x.example", "a.b+c@x.example"),
        ("o'neil&co=x_y-z@example.org", "o'neil&co=x_y-z@example.org"),
        ("jörg@bücher.example", "jörg@xn--bcher-kva.example"),
        ("hans@xn--bcher-kva.example", "hans@xn--bcher-kva.example"),
        ("x@faß.example", "x@xn--fa-hia.example"),
        ("me@localhost", "me@localhost"),
    ] {
        assert_eq!(
            EmailAddress::parse(typed).unwrap().to_string(),
            printed,
            "{typed}"
        );
    }
}

#[test]
fn bad_addresses_are_refused() {
    let long_local = format!("{}@example.org", "a".repeat(65));
    let long_composed = format!("{}@example.org", "\u{FB2C}".repeat(20));
    let long_domain = format!("a@{}.org", "a.".repeat(130));
    for typed in [
        "",
        "@",
        "alice",
        "alice@",
        "@example.org",
        "a@b@example.org",
        "a b@example.org",
        " alice@example.org",
        "alice@example.org ",
        "alice@example.org\n",
        "al\0ice@example.org",
        "\"alice\"@example.org",
        ".alice@example.org",
        "alice.@example.org",
        "a..b@example.org",
        "alice@example.org.",
        "alice@-x.org",
        "alice@x-.org",
        "alice@ex ample.org",
        "alice@ex_ample.org",
        "alice@[127.0.0.1]",
        "alice@127.0.0.1",
        "alice@example.org:25",
        "alice@(exam)ple.com",
        "alice(c)@example.org",
        "alice<x>@example.org",
        "a\u{202E}b@x.org",
        "a\u{200B}b@x.org",
        "alice@exa\u{200B}mple..org",
        "alice@.org",
        "a\\b@x.org",
        "a,b@x.org",
        "\u{212A}im@x.org",
        "a\u{37E}b@x.org",
        "a\u{1FEF}b@x.org",
        &long_composed,
        &long_local,
        &long_domain,
    ] {
        assert!(EmailAddress::parse(typed).is_err(), "{typed:?}");
    }
}

#[test]
fn a_plain_domain_is_what_the_full_reader_makes_of_it() {
    let label = |length: usize| "a".repeat(length);
    let name = |last: usize| {
        let long = label(63);
        format!("{long}.{long}.{long}.{}", label(last))
    };
    let lengths = [
        (format!("{}.org", label(63)), true),
        (format!("{}.org", label(64)), false),
        (name(61), true),
        (name(62), false),
    ];
    let spellings = [
        ("example.org", true),
        ("a", true),
        ("localhost", true),
        ("3com.example", true),
        ("a-b.c-1.x9", true),
        ("", false),
        (".", false),
        ("a.", false),
        (".a", false),
        ("a..b", false),
        ("-a.b", false),
        ("a-.b", false),
        ("a.-b", false),
        ("a.b-", false),
        ("xn--bcher-kva.example", false),
        ("a--b.example", false),
        ("A.example", false),
        ("a_b.example", false),
        ("bücher.example", false),
        ("127.0.0.1", false),
        ("a.1", false),
        ("a.0x1", false),
        ("a.b\n", false),
        ("a.b:1", false),
    ];
    let spellings = spellings.map(|(text, plain)| (text.to_owned(), plain));
    for (text, plain) in lengths.into_iter().chain(spellings) {
        assert_eq!(is_plain(&text), plain, "{text:?}");
        assert_eq!(Domain::parse(&text), Domain::parse_any(&text), "{text:?}");
    }
}

#[test]
fn the_canonical_spelling_names_the_account() {
    let typed = EmailAddress::parse("A.Jo\u{308}rg@Example.org").unwrap();

    assert_eq!(typed.canonical().to_string(), "a.jörg@example.org");
}

#[test]
fn there_is_one_canonical_spelling_whatever_was_composed_before() {
    for (typed, canonical) in [
        ("H\u{331}@x.org", "\u{1E96}@x.org"),
        ("\u{1E96}@x.org", "\u{1E96}@x.org"),
        ("A\u{301}@x.org", "\u{C1}@x.org"),
        ("\u{C1}@x.org", "\u{C1}@x.org"),
    ] {
        let address = EmailAddress::parse(typed).unwrap();

        assert_eq!(address.canonical().to_string(), canonical);
        assert_eq!(address.canonical().canonical(), address.canonical());
    }
}

/// Found by `cargo x fuzz address`: whoever put such a name into a URL would have asked the
/// network's address that it is another spelling of.
#[test]
fn a_name_that_url_readers_take_for_an_address_is_no_domain() {
    for text in [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0x7f.0x0.0x0.0x1",
        "0X7F.1",
        "127.0.0.0x1",
        "idp.example.0x",
    ] {
        assert_eq!(Domain::parse(text), Err(DomainError), "{text}");
    }
    for text in ["0x7f.example", "0xfg", "example.0xyz", "1.2.3.4.example"] {
        assert!(Domain::parse(text).is_ok(), "{text}");
    }
}

#[test]
fn a_domain_is_shown_as_people_read_it() {
    assert_eq!(
        Domain::parse("xn--bcher-kva.example").unwrap().to_unicode(),
        "bücher.example"
    );
}

/// Found by `cargo x fuzz address`: the U-label itself begins with `xn--`, and is no name.
#[test]
fn what_is_shown_of_a_domain_is_read_as_that_domain() {
    let text = "xn--xn--erxn--wwwwwa-r-wwwwwa-nnnnnnnnnnnnnnnnnnnnn-vnbrxxnw";

    let domain = Domain::parse(text).unwrap();

    assert_eq!(Domain::parse(&domain.to_unicode()), Ok(domain));
}

#[test]
fn nothing_gives_anybody_an_address_of_another_domain() {
    let address = |text| EmailAddress::parse(text).unwrap();
    let proven = ProvenEmail::the_mailbox_was_opened(&address("alice@example.org"));
    let claimed = |text| ClaimedEmail::the_settings_allow(&proven, &address(text));

    assert_eq!(
        claimed("INFO@Example.org").unwrap().address().to_string(),
        "info@example.org"
    );
    for other in [
        "alice@example.net",
        "alice@sub.example.org",
        "alice@example.org.evil.example",
    ] {
        assert_eq!(claimed(other), None, "{other}");
    }
}
