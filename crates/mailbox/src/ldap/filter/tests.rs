use proptest::prelude::*;

use super::*;
use crate::login::{Login, LoginForm};

fn login(address: &str) -> Login {
    let address = protocol::email::EmailAddress::parse(address).unwrap();
    Login::for_address(&address, LoginForm::Address, None).unwrap()
}

fn octets(filter: &Filter, address: &str) -> Vec<u8> {
    let login = login(address);
    let mut writer = Writer::with_room(64);
    filter.write(Names::of(&login).unwrap(), &mut writer);
    writer.finish().to_vec()
}

fn read(text: &str) -> Filter {
    Filter::parse(text, &Filter::of_attributes("mail").unwrap()).unwrap()
}

#[test]
fn filters_are_printed_as_they_were_written() {
    for text in [
        "(mail={address})",
        "(|(mail={address})(mailAlternateAddress={address}))",
        "(&(objectClass=person)(uid={local})(!(locked=TRUE)))",
        "(&(mail={address})(!(userAccountControl:1.2.840.113556.1.4.803:=2)))",
        "(&(memberOf:1.2.840.113556.1.4.1941:=CN=Mail,DC=example)(mail={address}))",
        "(proxyAddresses=smtp:{address})",
        "(&(uid={local})(ou:dn:=people)(:dn:2.4.6.8:=x))",
        "(&(uid={local})(cn=*)(cn=a*)(cn=*b)(cn=a*b*c)(cn;lang-de=x))",
        "(&(uid={local}x)(n>=1)(n<=2)(n~=3)(e=)(q=\\2a\\28\\29\\5c\\00\\c3\\a4\\7b))",
    ] {
        assert_eq!(read(text).to_string(), text);
    }
}

#[test]
fn filters_travel_as_trees() {
    for (text, expected) in [
        (
            "(mail={address})",
            &b"\xa3\x11\x04\x04mail\x04\x09al@ex.org"[..],
        ),
        (
            "(|(m={local})(n={domain}))",
            b"\xa1\x16\xa3\x07\x04\x01m\x04\x02al\xa3\x0b\x04\x01n\x04\x06ex.org",
        ),
        ("(uid={local}*)", b"\xa4\x0b\x04\x03uid\x30\x04\x80\x02al"),
        (
            "(&(!(a=*))(uid={local})(b=*1*2*3))",
            b"\xa0\x20\xa2\x03\x87\x01a\xa3\x09\x04\x03uid\x04\x02al\
              \xa4\x0e\x04\x01b\x30\x09\x81\x011\x81\x012\x82\x013",
        ),
        (
            "(a:dn:2.4:={local})",
            b"\xa9\x0f\x81\x032.4\x82\x01a\x83\x02al\x84\x01\xff",
        ),
        ("(n>={local})", b"\xa5\x07\x04\x01n\x04\x02al"),
    ] {
        let filter = Filter(parse::whole(text).unwrap());
        assert_eq!(octets(&filter, "al@ex.org"), expected, "{text}");
    }
}

#[test]
fn a_filter_without_a_placeholder_narrows_the_search_by_attribute() {
    let attributes = Filter::of_attributes("mail,mailAlternateAddress").unwrap();

    let filter = Filter::parse("(objectClass=person)", &attributes).unwrap();

    assert_eq!(
        filter.to_string(),
        "(&(objectClass=person)(|(mail={address})(mailAlternateAddress={address})))"
    );
}

#[test]
fn what_is_no_filter_is_refused() {
    let attributes = Filter::of_attributes("mail").unwrap();
    let deep = format!("{}(a=b){}", "(!".repeat(16), ")".repeat(16));
    let long = format!("(a={})", "x".repeat(4000));
    for text in [
        "",
        "mail={address}",
        "(mail={address}",
        "(mail={address}))",
        "()",
        "(&)",
        "(mail)",
        "(=x)",
        "(a b=x)",
        "(a=\\2)",
        "(a=\\zz)",
        "(a=(b)",
        "(a={user})",
        "(a=})",
        "(a=**)",
        "(a=b**c)",
        "(a>=x*)",
        "(:=x)",
        "(a:b:c:d:=x)",
        "(a=b)(c=d)",
        "(ou={domain})",
        "(!(mail={address}))",
        "(a=\0)",
        &deep,
        &long,
    ] {
        assert!(Filter::parse(text, &attributes).is_err(), "{text:?}");
    }
    for list in ["", "mail,", "mail cn", "(mail", "ca=FILE"] {
        assert!(Filter::of_attributes(list).is_err(), "{list:?}");
    }
}

#[test]
fn the_domain_is_looked_for() {
    assert!(read("(mail={address})").tells_domains_apart());
    assert!(read("(&(uid={local})(ou={domain}))").tells_domains_apart());
    assert!(!read("(uid={local})").tells_domains_apart());
}

/// The attack: alice of another domain fits the part that does not name the domain.
#[test]
fn a_part_that_drops_the_domain_is_no_less_dropped_for_another_beside_it() {
    for text in [
        "(|(mail={address})(uid={local}))",
        "(&(objectClass=person)(|(uid={local})(mail={address})))",
        "(|(&(uid={local})(ou={domain}))(|(mail={address})(uid={local})))",
        "(&(uid={local})(mail>={address}))",
        "(&(uid={local})(mail=*{address}))",
    ] {
        assert!(!read(text).tells_domains_apart(), "{text}");
    }
    for text in [
        "(|(mail={address})(alias={address}))",
        "(&(|(uid={local})(cn={local}))(ou:dn:={domain}))",
        "(&(uid={local})(mail=*@{domain}))",
    ] {
        assert!(read(text).tells_domains_apart(), "{text}");
    }
}

/// The attack: whoever types an address that nobody has gets the entry that everybody fits, and proves
/// the address by its password.
#[test]
fn a_filter_that_others_fit_as_well_is_refused() {
    let attributes = Filter::of_attributes("mail").unwrap();
    for text in [
        "(|(uid=mallory)(mail={address}))",
        "(|(mail={address})(objectClass=person))",
        "(|(mail={address})(ou={domain}))",
        "(&(objectClass=person)(|(mail={address})(!(locked=TRUE))))",
        "(mail={local}*)",
        "(mail=*{address})",
        "(mail=a*{local}*b)",
        "(uid>={local})",
        "(uid<={local})",
        "(uid~={local})",
    ] {
        let error = Filter::parse(text, &attributes).unwrap_err();
        assert_eq!(error, FilterError::Wide(text.to_owned()));
    }
    for text in [
        "(mail={local}@*)",
        "(proxyAddresses=*:{address})",
        "(&(uid={local})(cn~={local}))",
        "(mail:caseIgnoreMatch:={address})",
    ] {
        assert_eq!(read(text).to_string(), text);
    }
}

fn tree() -> impl Strategy<Value = Node> {
    let value = || {
        let piece = prop_oneof![
            prop::collection::vec(any::<u8>(), 1..9).prop_map(Piece::Octets),
            Just(Piece::Address),
            Just(Piece::Local),
            Just(Piece::Domain),
        ];
        prop::collection::vec(piece, 1..4).prop_map(|pieces| {
            // Two plain pieces side by side are one when they are read.
            let mut joined: Vec<Piece> = Vec::new();
            for piece in pieces {
                match (joined.last_mut(), piece) {
                    (Some(Piece::Octets(before)), Piece::Octets(more)) => before.extend(more),
                    (_, piece) => joined.push(piece),
                }
            }
            Value(joined)
        })
    };
    let name = "[a-zA-Z][a-zA-Z0-9;.-]{0,6}";
    let comparison = prop_oneof![
        Just(Comparison::Equal),
        Just(Comparison::AtLeast),
        Just(Comparison::AtMost),
        Just(Comparison::Approximate),
    ];
    let leaf = prop_oneof![
        (name, comparison, value()).prop_map(|(a, c, v)| Node::Compare(a, c, v)),
        name.prop_map(Node::Present),
        (
            name,
            value(),
            prop::collection::vec(value(), 0..3),
            prop::option::of(value())
        )
            .prop_map(|(attribute, initial, between, last)| Node::Parts {
                attribute,
                initial: Some(initial),
                between,
                last
            }),
        (
            name,
            any::<bool>(),
            prop::option::of("[0-9][0-9.]{0,5}"),
            value()
        )
            .prop_map(|(attribute, of_name, rule, value)| Node::Rule {
                attribute: Some(attribute),
                of_name,
                rule,
                value
            }),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..4).prop_map(Node::All),
            prop::collection::vec(inner.clone(), 1..4).prop_map(Node::Any),
            inner.prop_map(|node| {
                if node.has(Piece::is_placeholder) {
                    node
                } else {
                    Node::Not(Box::new(node))
                }
            }),
        ]
    })
}

proptest! {
    #[test]
    fn a_printed_filter_is_read_as_the_same(node in tree()) {
        let text = node.to_string();

        prop_assert_eq!(parse::whole(&text), Ok(node), "{}", text);
    }

    #[test]
    fn no_text_makes_reading_panic(text in "[(&|!)a=*\\\\0-9{}:<>~é\0]{0,60}") {
        drop(parse::whole(&text));
    }

    #[test]
    fn no_address_changes_the_question(local in "[a-z0-9'&=+_.*()\\\\-]{1,20}") {
        // Also what `Login` never lets through.
        let address = format!("{local}@ex.org");
        let names = Names::of_text(&address).unwrap();
        let mut writer = Writer::with_room(64);
        read("(mail={address})").write(names, &mut writer);

        let mut expected = Writer::with_room(64);
        expected.put_all(0xa3, |w| {
            w.put(4, b"mail");
            w.put(4, address.as_bytes());
        });
        prop_assert_eq!(writer.finish().to_vec(), expected.finish().to_vec());
    }
}
