use serde_json::{Value, json};

use crate::settings::Settings;

/// Says which key is at fault, or nothing.
fn fault(domains: &Value) -> Option<String> {
    let settings = json!({ "issuer": "https://id.example.org", "domain": domains });
    let settings: Settings = serde_json::from_value(settings).unwrap();
    settings.validate().err().map(|error| error.key)
}

fn one(mailbox: &str, ldap: &Value) -> Option<String> {
    fault(&json!([{ "name": "example.org", "mailbox": mailbox, "ldap": ldap }]))
}

#[test]
fn a_directory_has_one_way_to_tell_who_is_who() {
    let pattern = json!({ "dn": "uid={local},dc=example,dc=org" });
    let account = json!({ "bind_dn": "cn=a", "password": "b" });
    for (mailbox, ldap, key) in [
        ("ldaps://h", &pattern, None),
        ("ldaps://h/dc=example", &account, None),
        ("ldaps://h/dc=example", &json!({}), None),
        ("ldaps://h", &json!({}), Some("domain[0].mailbox")),
        ("ldaps://h", &account, Some("domain[0].mailbox")),
        ("ldaps://h/dc=example", &pattern, Some("domain[0].ldap.dn")),
        ("smtps://h", &pattern, Some("domain[0].ldap")),
        (
            "ldaps://h",
            &json!({ "dn": "{address}", "bind_dn": "cn=a", "password": "b" }),
            Some("domain[0].ldap.bind_dn"),
        ),
        (
            "ldaps://h/dc=x",
            &json!({ "bind_dn": "cn=a" }),
            Some("domain[0].ldap.bind_dn"),
        ),
        (
            "ldaps://h/dc=x",
            &json!({ "bind_dn": " ", "password": "b" }),
            Some("domain[0].ldap.bind_dn"),
        ),
        (
            "ldaps://h/dc=x",
            &json!({ "password": "b" }),
            Some("domain[0].ldap.password"),
        ),
    ] {
        assert_eq!(one(mailbox, ldap).as_deref(), key, "{mailbox} {ldap}");
    }
    let local = json!([{
        "name": "example.org", "mailbox": "ldaps://h/dc=x", "login": "local-part"
    }]);
    assert_eq!(fault(&local).as_deref(), Some("domain[0].login"));
}

#[test]
fn the_domain_is_never_dropped_in_a_directory_that_two_share() {
    let pair = |one: (&str, &str), other: (&str, &str)| {
        let domain = |name: &str, (mailbox, dn): (&str, &str)| {
            let ldap = if dn.is_empty() {
                json!({})
            } else {
                json!({ "dn": dn })
            };
            json!({ "name": name, "mailbox": mailbox, "ldap": ldap })
        };
        fault(&json!([
            domain("a.example", one),
            domain("b.example", other)
        ]))
    };
    let host = "ldaps://h";
    for (one, other, apart) in [
        (
            (host, "uid={local},ou=a,dc=x"),
            (host, "uid={local},ou=b,dc=x"),
            true,
        ),
        (
            (host, "uid={local},ou=a,dc=x"),
            (host, "uid={local}, OU=a,dc=x"),
            false,
        ),
        (
            (host, "uid={local},dc=x"),
            (host, "uid={local},ou=b,dc=x"),
            false,
        ),
        (
            (host, "uid={local},dc=x"),
            ("ldaps://other", "uid={local},dc=x"),
            true,
        ),
        ((host, "{address}"), (host, "{address}"), true),
        ((host, "A\\{local}"), (host, "B\\{local}"), false),
        (
            (host, "uid={local},o={domain}"),
            (host, "uid={local},o={domain}"),
            true,
        ),
        (("ldaps://h/dc=x", ""), ("ldaps://h/dc=x", ""), true),
        (
            ("ldaps://h/dc=x???(uid={local})", ""),
            ("ldaps://h/dc=x", ""),
            false,
        ),
        (
            ("ldaps://h/ou=a,dc=x???(uid={local})", ""),
            ("ldaps://h/dc=x", ""),
            false,
        ),
        (
            ("ldaps://h/ou=a,dc=x???(uid={local})", ""),
            ("ldaps://h/ou=b,dc=x", ""),
            true,
        ),
        (
            ("ldaps://h/?mail", ""),
            ("ldaps://h/dc=x???(uid={local})", ""),
            false,
        ),
        (
            ("ldaps://h/ou=a,dc=x???(uid={local})", ""),
            ("ldaps://h/ou=aa,dc=x", ""),
            true,
        ),
        (
            ("ldaps://h/a,dc=x???(uid={local})", ""),
            ("ldaps://h/aa,dc=x", ""),
            true,
        ),
    ] {
        assert_eq!(pair(one, other).is_none(), apart, "{one:?} {other:?}");
    }
}
