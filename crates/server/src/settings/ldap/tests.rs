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

/// Are two domains kept apart that are asked for in these ways: mailbox and pattern?
fn apart(one: (&str, &str), other: (&str, &str)) -> bool {
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
    .is_none()
}

#[test]
fn the_domain_is_never_dropped_in_names_of_one_directory() {
    for (one, other, expected) in [
        ("uid={local},ou=a,dc=x", "uid={local},ou=b,dc=x", true),
        ("uid={local},ou=a,dc=x", "uid={local}, OU=a,dc=x", false),
        ("uid={local},dc=x", "uid={local},ou=b,dc=x", false),
        ("{address}", "{address}", true),
        ("A\\{local}", "B\\{local}", false),
        ("uid={local},o={domain}", "uid={local},o={domain}", true),
    ] {
        let found = apart(("ldaps://h", one), ("ldaps://h", other));
        assert_eq!(found, expected, "{one} {other}");
    }
    let pattern = "uid={local},dc=x";
    assert!(apart(("ldaps://h", pattern), ("ldaps://other", pattern)));
}

#[test]
fn the_domain_is_never_dropped_in_a_search_of_one_directory() {
    for (one, other, expected) in [
        ("dc=x", "dc=x", true),
        ("dc=x???(uid={local})", "dc=x", false),
        ("ou=a,dc=x???(uid={local})", "dc=x", false),
        ("ou=a,dc=x???(uid={local})", "ou=b,dc=x", true),
        ("?mail", "dc=x???(uid={local})", false),
        ("ou=a,dc=x???(uid={local})", "ou=aa,dc=x", true),
        ("a,dc=x???(uid={local})", "aa,dc=x", true),
    ] {
        let [one, other] = [one, other].map(|behind| format!("ldaps://h/{behind}"));
        assert_eq!(apart((&one, ""), (&other, "")), expected, "{one} {other}");
    }
}
