//! The rules between the settings, each with what it refuses.

use super::*;

#[test]
fn the_default_store_can_be_named() {
    assert_eq!(StorageSettings::default().url.to_string(), DEFAULT_STORE);
}

#[test]
fn a_session_that_cannot_be_ended_from_here_lasts_a_day_unless_somebody_says_otherwise() {
    let lifetime = |url: &str, set: Option<Span>| {
        let mut settings = settings("https://id.example.org", Vec::new());
        settings.storage.url = url.parse().unwrap();
        settings.session.lifetime = set;
        settings.session_lifetime().to_string()
    };

    assert_eq!(lifetime("sqlite:/persona.db", None), "30d");
    assert_eq!(lifetime("memory:", None), "1d");
    for url in ["sqlite:/persona.db", "memory:"] {
        assert_eq!(lifetime(url, Some(Span::seconds(3600))), "1h");
    }
}

#[test]
fn nobody_is_watched_whose_sign_in_cannot_be_ended() {
    let refused = |url: &str, ask: Option<Witness>| {
        let mut domain = domain("a.example", "file:/users", LoginForm::Address);
        domain.liveness = Some(LivenessSettings {
            ask,
            ..LivenessSettings::default()
        });
        let mut settings = settings("https://id.example.org", vec![domain]);
        settings.storage.url = url.parse().unwrap();
        settings.validate().err().map(|error| error.key)
    };

    assert_eq!(refused("sqlite:/persona.db", None), None);
    assert_eq!(refused("memory:", Some(Witness::Nobody)), None);
    assert_eq!(
        refused("memory:", None).as_deref(),
        Some("domain[0].liveness.ask")
    );
}

fn domain(name: &str, mailbox: &str, login: LoginForm) -> DomainSettings {
    DomainSettings {
        login,
        ..DomainSettings::new(name.parse().unwrap(), mailbox.parse().unwrap())
    }
}

fn refused_key(issuer: &str, domain: Vec<DomainSettings>) -> Option<String> {
    refused(|settings| {
        settings.issuer = issuer.parse().unwrap();
        settings.domain = domain;
    })
}

/// Gives the key at fault of settings that are changed so; `None` if nothing is wrong.
pub(super) fn refused(change: impl FnOnce(&mut Settings)) -> Option<String> {
    let mut settings = settings("https://id.example.org", Vec::new());
    change(&mut settings);
    settings.validate().err().map(|error| error.key)
}

fn settings(issuer: &str, domain: Vec<DomainSettings>) -> Settings {
    Settings {
        issuer: issuer.parse().unwrap(),
        base_path: BasePath::default(),
        domains: None,
        listen: ListenSettings::default(),
        storage: StorageSettings::default(),
        keys: KeySettings::default(),
        session: SessionSettings::default(),
        certificate: CertificateSettings::default(),
        broker: BrokerSettings::default(),
        outbound: OutboundSettings::default(),
        domain,
        any_domain: None,
        client: Vec::new(),
        oidc: OidcSettings::default(),
    }
}

#[test]
fn users_of_one_domain_cannot_be_taken_for_those_of_another() {
    use LoginForm::{Address, LocalPart};
    let mail = "smtps://mail.example.org";
    for (one, other, refused) in [
        ((mail, Address), (mail, Address), false),
        (
            (mail, LocalPart),
            ("smtps://mail.example.net", LocalPart),
            false,
        ),
        ((mail, LocalPart), (mail, LocalPart), true),
        ((mail, LocalPart), (mail, Address), true),
        ((mail, Address), (mail, LocalPart), true),
        (
            (mail, LocalPart),
            ("smtp://mail.example.org", Address),
            true,
        ),
        (
            (mail, LocalPart),
            ("smtps://mail.example.org?server_name=x.example", LocalPart),
            true,
        ),
    ] {
        let domains = vec![
            domain("a.example", one.0, one.1),
            domain("b.example", other.0, other.1),
        ];
        let key = refused_key("https://id.example.org", domains);

        assert_eq!(key.is_some(), refused, "{one:?} {other:?}: {key:?}");
    }
}

#[test]
fn a_file_that_two_domains_read_says_whose_its_short_names_are() {
    use LoginForm::Address;
    let refused = |one: &str, other: &str| {
        let domains = vec![
            domain("a.example", one, Address),
            domain("b.example", other, Address),
        ];
        refused_key("https://id.example.org", domains)
    };

    assert_eq!(
        refused("file:/users", "file:/users?domain=b.example").as_deref(),
        Some("domain[0].mailbox")
    );
    assert_eq!(
        refused("file:/users?domain=a.example", "file:/users").as_deref(),
        Some("domain[1].mailbox")
    );
    assert_eq!(
        refused(
            "file:/users?domain=a.example",
            "file:/users?domain=b.example"
        ),
        None
    );
    assert_eq!(refused("file:/users", "file:/others"), None);
}

#[test]
fn an_issuer_has_a_name_and_is_protected() {
    let domains = || {
        vec![domain(
            "a.example",
            "smtps://mail.example",
            LoginForm::Address,
        )]
    };
    for (issuer, refused) in [
        ("https://id.example.org", None),
        ("http://id.localhost:7070", None),
        ("http://id.example.org", Some("issuer")),
        ("http://127.0.0.1:7070", Some("issuer")),
        ("https://[2001:db8::1]", Some("issuer")),
    ] {
        assert_eq!(
            refused_key(issuer, domains()).as_deref(),
            refused,
            "{issuer}"
        );
    }
    assert_eq!(
        refused_key("https://id.example.org", vec![]).as_deref(),
        Some("domain")
    );
}

/// Gives the key that is refused in a `[broker]`.
fn refused_broker(broker: serde_json::Value) -> Option<String> {
    refused(|settings| {
        let mailbox = "smtps://mail.example";
        settings.domain = vec![domain("a.example", mailbox, LoginForm::Address)];
        settings.broker = serde_json::from_value(broker).unwrap();
    })
}

#[test]
fn letters_are_not_handed_to_a_server_for_reading_mail() {
    let relay = serde_json::json!({ "smtp": "imaps://mail.example.org", "from": "a@example.org" });
    let broker = serde_json::json!({ "fallback": relay });

    assert_eq!(
        refused_broker(broker).as_deref(),
        Some("broker.fallback.smtp")
    );
}

#[test]
fn what_is_said_of_brokers_fits_together() {
    let fallback = |more: serde_json::Value| {
        let mut fallback = serde_json::json!({
            "smtp": "smtps://mail.example", "from": "persona@a.example",
        });
        let members = more.as_object().unwrap().clone();
        fallback.as_object_mut().unwrap().extend(members);
        serde_json::json!({ "fallback": fallback })
    };

    for (broker, key) in [
        (serde_json::json!({}), None),
        (
            serde_json::json!({ "trusted": ["https://b.example", "http://b.localhost:1"] }),
            None,
        ),
        (
            serde_json::json!({ "trusted": ["https://b.example", "http://b.example"] }),
            Some("broker.trusted[1]"),
        ),
        (
            serde_json::json!({ "fallback_issuers": ["b.example"], "ds128_issuers": "true" }),
            None,
        ),
        (
            serde_json::json!({ "fallback_issuers": ["id.example.org"] }),
            Some("broker.fallback_issuers[0]"),
        ),
        (
            serde_json::json!({ "fallback_issuers": ["b.example", "a.example"] }),
            Some("broker.fallback_issuers[1]"),
        ),
        (fallback(serde_json::json!({})), None),
        (
            fallback(serde_json::json!({ "user": "a", "password": "b" })),
            None,
        ),
        (
            fallback(serde_json::json!({ "user": "a" })),
            Some("broker.fallback.user"),
        ),
        (
            fallback(serde_json::json!({ "password": { "env": "B" } })),
            Some("broker.fallback.password"),
        ),
        (
            fallback(serde_json::json!({ "user": "", "password": "b" })),
            Some("broker.fallback.password"),
        ),
    ] {
        assert_eq!(refused_broker(broker.clone()).as_deref(), key, "{broker}");
    }
}

#[test]
fn liveness_needs_somebody_who_can_say_and_a_time_that_can_be_kept() {
    let refused = |mailbox: &str, ask: Option<&str>, within: &str| {
        let liveness = LivenessSettings {
            ask: ask.map(|ask| Witness::try_from(ask.to_owned()).unwrap()),
            within: Span::parse(within).unwrap(),
        };
        let domain = DomainSettings {
            liveness: Some(liveness),
            ..domain("example.org", mailbox, LoginForm::Address)
        };
        refused_key("https://id.example.org", vec![domain])
    };
    let (ask, within) = ("domain[0].liveness.ask", "domain[0].liveness.within");
    let mail = "smtps://mail.example.org";
    let lmtp = Some("lmtp:/run/dovecot/lmtp");
    for (mailbox, asked, length, key) in [
        (mail, lmtp, "1h", None),
        (mail, lmtp, "5m", None),
        (mail, lmtp, "7d", None),
        (mail, lmtp, "299s", Some(within)),
        (mail, lmtp, "8d", Some(within)),
        (mail, Some("nobody"), "1h", None),
        (mail, None, "1h", Some(ask)),
        ("file:/etc/persona/users", None, "1h", None),
        ("ldaps://ldap.example.org/dc=example", None, "1h", None),
    ] {
        assert_eq!(
            refused(mailbox, asked, length).as_deref(),
            key,
            "{mailbox} {asked:?} {length}"
        );
    }
    assert!(Witness::try_from(mail.to_owned()).is_err());
}
