use axum::http::HeaderValue;
use proptest::prelude::*;

use super::*;

fn client_of(peer: &str, headers: &[(&'static str, &'static str)]) -> String {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        let value = HeaderValue::from_bytes(value.as_bytes());
        map.append(*name, value.unwrap());
    }
    let trusted = [Network::parse("127.0.0.0/8"), Network::parse("10.0.0.0/8")];
    let peer = Peer::Address(peer.parse().unwrap());
    client(peer, &map, &trusted.map(Result::unwrap)).to_string()
}

#[test]
fn a_stranger_cannot_say_where_they_are() {
    let headers = [
        ("x-forwarded-for", "198.51.100.1"),
        ("forwarded", "for=198.51.100.2"),
    ];

    assert_eq!(client_of("203.0.113.7", &headers), "203.0.113.7");
}

#[test]
fn a_trusted_proxy_is_believed_about_its_own_peer_only() {
    for (headers, expected) in [
        (vec![("x-forwarded-for", "198.51.100.1")], "198.51.100.1"),
        (
            vec![("x-forwarded-for", "1.2.3.4, 198.51.100.1")],
            "198.51.100.1",
        ),
        (
            vec![("x-forwarded-for", "1.2.3.4, 198.51.100.1, 10.0.0.3")],
            "198.51.100.1",
        ),
        (
            vec![
                ("x-forwarded-for", "1.2.3.4"),
                ("x-forwarded-for", "198.51.100.1"),
            ],
            "198.51.100.1",
        ),
        (vec![("x-forwarded-for", "1.2.3.4, nonsense")], "127.0.0.1"),
        (
            vec![("x-forwarded-for", "1.2.3.4, nonsense, 10.0.0.3")],
            "10.0.0.3",
        ),
        (
            vec![("x-forwarded-for", "198.51.100.1:4711")],
            "198.51.100.1",
        ),
        (
            vec![(
                "forwarded",
                "for=1.2.3.4, For=\"[2001:db8::1]:4711\";proto=https",
            )],
            "2001:db8::1",
        ),
        (
            vec![
                ("x-forwarded-for", "198.51.100.1"),
                ("forwarded", "for=1.2.3.4"),
            ],
            "127.0.0.1",
        ),
        (vec![], "127.0.0.1"),
    ] {
        assert_eq!(client_of("127.0.0.1", &headers), expected, "{headers:?}");
    }
}

/// What a browser has sent, and a proxy that is trusted has added to.
#[test]
fn a_browser_cannot_speak_in_the_proxys_name() {
    const OWN: &str = "198.51.100.1";
    for line in [
        "unknown, 198.51.100.1",
        "_hidden, 198.51.100.1",
        ", 198.51.100.1",
        ",,, 198.51.100.1",
        "\", 198.51.100.1",
        "\"1.2.3.4, 198.51.100.1",
        "1.2.3.4 198.51.100.2, 198.51.100.1",
        "\u{fffd}\u{20ac}, 198.51.100.1",
        "for=1.2.3.4, 198.51.100.1",
        "1.2.3.4,\t198.51.100.1\t",
        "1.2.3.4, ::ffff:198.51.100.1",
        "1.2.3.4, [::ffff:198.51.100.1]:80, ::ffff:10.0.0.3",
    ] {
        let headers = [("x-forwarded-for", line)];
        assert_eq!(client_of("10.0.0.2", &headers), OWN, "{line}");
        assert_eq!(client_of("::ffff:10.0.0.2", &headers), OWN, "{line}");
    }
    for line in [
        "for=unknown, for=198.51.100.1",
        "for=_hidden, For=198.51.100.1",
        "for=\"1.2.3.4, for=198.51.100.1",
        "for=\"1.2.3.4\\\", for=198.51.100.1",
        "\", for=198.51.100.1",
        ",,for=198.51.100.1",
        "for=198.51.100.1;host=\"a, for=6.6.6.6\"",
        "for=198.51.100.1;host=\"a\\\", for=6.6.6.6\"",
        "host=\"a;for=6.6.6.6\";for=198.51.100.1",
        "host=\"a\\\";for=6.6.6.6\";for=198.51.100.1;proto=https",
        "for=1.2.3.4, proto=https;for=\"198.51.100.1:4711\"",
        "for=\"198.51.100.1:_port\"",
        "for=198.51.100.1 ; by=10.0.0.3;",
        "secret=x;for=198.51.100.1, for=\"[::ffff:a00:3]\"",
    ] {
        assert_eq!(
            client_of("127.0.0.1", &[("forwarded", line)]),
            OWN,
            "{line}"
        );
    }
}

/// What cannot be read says nothing about who is behind it: the client is the nearest that is known.
#[test]
fn what_is_no_address_ends_the_way_back() {
    for (name, line) in [
        ("x-forwarded-for", ""),
        ("x-forwarded-for", "1.2.3.4,"),
        ("x-forwarded-for", "1.2.3.4, unknown"),
        ("x-forwarded-for", "1.2.3.4, unix:"),
        ("x-forwarded-for", "1.2.3.4, _x"),
        ("x-forwarded-for", "1.2.3.4, 198.51.100"),
        ("x-forwarded-for", "1.2.3.4, 198.51.100.01"),
        ("x-forwarded-for", "1.2.3.4, 198.51.100.1:"),
        ("x-forwarded-for", "1.2.3.4, 198.51.100.1:http"),
        ("x-forwarded-for", "1.2.3.4, 198.51.100.1:123456"),
        ("x-forwarded-for", "1.2.3.4, \"198.51.100.1\""),
        ("x-forwarded-for", "1.2.3.4, [198.51.100.1]"),
        ("x-forwarded-for", "1.2.3.4, [2001:db8::1]x"),
        ("x-forwarded-for", "1.2.3.4, [2001:db8::1"),
        ("x-forwarded-for", "1.2.3.4, fe80::1%eth0"),
        ("forwarded", "for=1.2.3.4, for=unknown"),
        ("forwarded", "for=1.2.3.4, proto=https"),
        (
            "forwarded",
            "for=1.2.3.4, for=198.51.100.1;for=198.51.100.2",
        ),
        (
            "forwarded",
            "for=1.2.3.4, for=198.51.100.1;For=198.51.100.1",
        ),
        ("forwarded", "for=1.2.3.4, for=198.51.100.1\""),
        ("forwarded", "for=1.2.3.4, for =198.51.100.1"),
        ("forwarded", "for=1.2.3.4, for=198.51.100.1 proto=https"),
        ("forwarded", "for=1.2.3.4, 198.51.100.1"),
        ("forwarded", "for=1.2.3.4, for=\"198.51.100.1"),
        ("forwarded", "for=1.2.3.4, for=\"_x\""),
        ("forwarded", ""),
    ] {
        assert_eq!(
            client_of("127.0.0.1", &[(name, line)]),
            "127.0.0.1",
            "{line}"
        );
    }
}

#[test]
fn lines_of_a_header_are_one_list() {
    for (name, far, near) in [
        ("x-forwarded-for", "1.2.3.4", "198.51.100.1"),
        ("x-forwarded-for", "1.2.3.4,", "198.51.100.1, 10.0.0.3"),
        ("forwarded", "for=\"1.2.3.4", "for=198.51.100.1"),
        ("forwarded", "for=1.2.3.4;host=\"", "for=198.51.100.1"),
    ] {
        let headers = [(name, far), (name, near)];
        assert_eq!(client_of("127.0.0.1", &headers), "198.51.100.1", "{far}");
    }
}

proptest! {
    #[test]
    fn no_header_makes_a_stranger_anybody_else(
        listed in "\\PC{0,60}",
        forwarded in "\\PC{0,60}",
    ) {
        let mut headers = HeaderMap::new();
        for (name, value) in [("x-forwarded-for", listed), ("forwarded", forwarded)] {
            if let Ok(value) = value.parse() {
                headers.append(name, value);
            }
        }
        let trusted = Network::loopback();
        let stranger = Peer::Address("203.0.113.7".parse().unwrap());
        let proxy = Peer::Address("127.0.0.1".parse().unwrap());

        prop_assert_eq!(client(stranger, &headers, &trusted).to_string(), "203.0.113.7");
        // Whatever a proxy passes on is read without a panic.
        client(proxy, &headers, &trusted);
    }

    #[test]
    fn whatever_a_browser_sends_the_proxys_own_word_counts(sent in "\\PC{0,60}|[\",;=\\\\for ]{0,30}") {
        let mut lists = HeaderMap::new();
        if let Ok(value) = format!("{sent}, 198.51.100.1").parse() {
            lists.append("x-forwarded-for", value);
        }
        let mut elements = HeaderMap::new();
        if let Ok(value) = format!("{sent}, for=198.51.100.1").parse() {
            elements.append("forwarded", value);
        }
        let trusted = Network::loopback();
        let proxy = Peer::Address("127.0.0.1".parse().unwrap());

        for headers in [lists, elements] {
            if !headers.is_empty() {
                prop_assert_eq!(client(proxy, &headers, &trusted).to_string(), "198.51.100.1");
            }
        }
    }

    #[test]
    fn an_address_is_read_in_each_of_its_forms(bits: u128, v4: u32, port: u16) {
        let v6 = Ipv6Addr::from_bits(bits);
        let v4 = Ipv4Addr::from_bits(v4);

        prop_assert_eq!(node(&v6.to_string()), Some(IpAddr::V6(v6).to_canonical()));
        prop_assert_eq!(forwarded_for(&format!("for=\"[{v6}]:{port}\"")), Some(IpAddr::V6(v6).to_canonical()));
        prop_assert_eq!(node(&v4.to_string()), Some(IpAddr::V4(v4)));
        prop_assert_eq!(node(&format!("{v4}:{port}")), Some(IpAddr::V4(v4)));
    }
}
