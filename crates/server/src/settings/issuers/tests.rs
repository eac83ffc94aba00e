use serde_json::{Value, json};

use super::*;

/// Settings with an issuer for everybody and these domains, each with what it says of its own.
fn settings(main: &str, domains: &[(&str, Value)]) -> Settings {
    let domains = domains.iter().map(|(name, own)| {
        let mut domain = json!({ "name": name, "mailbox": "smtps://mail.example.org" });
        let members = own.as_object().unwrap().clone();
        domain.as_object_mut().unwrap().extend(members);
        domain
    });
    let domains: Vec<Value> = domains.collect();
    serde_json::from_value(json!({ "issuer": main, "domain": domains })).unwrap()
}

fn refused_key(domains: &[(&str, Value)]) -> Option<String> {
    let settings = settings("https://id.example.org", domains);
    settings.validate().err().map(|error| error.key)
}

#[test]
fn each_issuer_has_its_own_domains_keys_and_cookie() {
    let net = "https://id.example.net";
    let port = "https://id.example.net:8443";
    let settings = settings(
        "https://id.example.org",
        &[
            ("a.example", json!({})),
            ("b.example", json!({ "issuer": net })),
            ("c.example", json!({ "issuer": "https://id.example.org" })),
            (
                "d.example",
                json!({ "issuer": port, "cookie": "other", "keys": "/k" }),
            ),
            ("e.example", json!({ "issuer": net })),
        ],
    );
    assert_eq!(settings.validate(), Ok(()));

    let seen: Vec<String> = settings
        .issuers()
        .iter()
        .map(|own| {
            let domains: Vec<&str> = own
                .domain
                .iter()
                .map(|domain| domain.name.as_str())
                .collect();
            let (keys, cookie) = (own.keys.directory.display(), own.session.cookie.as_str());
            format!("{} {keys} {cookie} {}", own.issuer, domains.join(" "))
        })
        .collect();

    assert_eq!(
        seen,
        [
            "https://id.example.org /etc/persona/keys persona a.example c.example",
            "https://id.example.net /etc/persona/keys/id.example.net persona b.example e.example",
            "https://id.example.net:8443 /k other d.example",
        ]
    );
    // What is one issuer's already stays so.
    for own in settings.issuers() {
        assert_eq!(own.main().domain.len(), own.domain.len());
    }
}

#[test]
fn domains_of_one_issuer_agree_about_it() {
    let net = "https://id.example.net";
    let of_net = |more: Value| {
        let mut own = json!({ "issuer": net });
        own.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        own
    };
    for (one, other, refused) in [
        (
            of_net(json!({ "keys": "/k" })),
            of_net(json!({ "keys": "/k" })),
            None,
        ),
        (of_net(json!({ "keys": "/k" })), of_net(json!({})), None),
        (
            of_net(json!({ "keys": "/k" })),
            of_net(json!({ "keys": "/l" })),
            Some("domain[1].keys"),
        ),
        (
            of_net(json!({ "cookie": "a" })),
            of_net(json!({ "cookie": "b" })),
            Some("domain[1].cookie"),
        ),
        // Of the main issuer's, the sections [keys] and [session] speak.
        (
            json!({ "keys": "/etc/persona/keys" }),
            json!({ "cookie": "persona" }),
            None,
        ),
        (json!({ "keys": "/k" }), json!({}), Some("domain[0].keys")),
        (
            json!({}),
            json!({ "cookie": "b" }),
            Some("domain[1].cookie"),
        ),
    ] {
        let domains = [("a.example", one), ("b.example", other)];

        assert_eq!(refused_key(&domains).as_deref(), refused, "{domains:?}");
    }
}

#[test]
fn issuers_that_others_cannot_tell_apart_are_refused() {
    for (one, other, refused) in [
        ("https://id.example.net", "https://id.example.com", false),
        ("https://id.localhost", "http://id.localhost", true),
        ("http://id.example.net", "https://id.example.com", true),
        ("https://192.0.2.1", "https://id.example.com", true),
        // Browsers send both the same cookie.
        (
            "https://id.example.net:8443",
            "https://id.example.net:9443",
            true,
        ),
        (
            "https://id.example.org:8443",
            "https://id.example.com",
            true,
        ),
    ] {
        let domains = [
            ("a.example", json!({ "issuer": one })),
            ("b.example", json!({ "issuer": other })),
        ];

        assert_eq!(refused_key(&domains).is_some(), refused, "{one} {other}");
    }
    let ports = [
        (
            "a.example",
            json!({ "issuer": "https://id.example.net:8443", "cookie": "a" }),
        ),
        (
            "b.example",
            json!({ "issuer": "https://id.example.net:9443", "cookie": "b" }),
        ),
    ];
    assert_eq!(refused_key(&ports), None);
}

#[test]
fn a_host_that_signs_cannot_name_another_issuer() {
    for (issuer, refused) in [
        ("https://a.example", false),
        ("https://a.example:8443", true),
        ("https://id.example.net", true),
    ] {
        // The host of the first domain is the second one's issuer.
        let domains = [
            ("a.example", json!({ "issuer": issuer, "cookie": "a" })),
            ("b.example", json!({ "issuer": "https://a.example" })),
        ];

        assert_eq!(refused_key(&domains).is_some(), refused, "{issuer}");
    }
}

#[test]
fn no_issuer_of_the_process_is_a_fallback_of_somebody_else() {
    let mut settings = settings(
        "https://id.example.org",
        &[("a.example", json!({ "issuer": "https://id.example.net" }))],
    );
    settings.broker.fallback_issuers = vec!["id.example.net".parse().unwrap()];

    let refused = settings.validate().unwrap_err();

    assert_eq!(refused.key, "broker.fallback_issuers[0]");
}
