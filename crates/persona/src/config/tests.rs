//! The list of keys against the types that read them. Whole errors are snapshots of the binary, in
//! `tests/settings.rs`.

use std::fmt::Write as _;

use std::io;

use super::*;

#[test]
fn every_key_is_in_the_list_and_the_list_has_no_others() {
    let mut sections: Vec<&str> = all_keys().map(|key| key.section).collect();
    sections.dedup();
    for section in sections {
        let header = match section {
            "" => String::new(),
            "domain" | "client" => format!("[[{section}]]\n"),
            name if name.starts_with("domain.") => format!("[[domain]]\n[{name}]\n"),
            name => format!("[{name}]\n"),
        };
        let text = format!("{header}not-a-key = 1\n");
        let failure = read_text(&text).unwrap_err();
        let known = failure.hints()[0].strip_prefix("known here: ").unwrap();
        let mut known: Vec<&str> = known.split(", ").collect();
        let listed = all_keys().filter(|key| key.section == section);
        let mut listed: Vec<&str> = listed.map(|key| key.name).collect();
        listed.extend(all_keys().filter_map(|key| under(section, key.section)));
        known.sort_unstable();
        listed.sort_unstable();
        listed.dedup();

        assert_eq!(known, listed, "[{section}]");
    }
}

#[test]
fn every_example_is_understood() {
    read_text(&all(|key| key.example)).unwrap();
}

#[test]
fn every_variable_of_the_page_means_its_key() {
    let keys = || all_keys().filter(|key| !stands_alone(key));
    let pairs = keys().map(|key| {
        let example = key.example.trim_matches('"');
        (key.variable().into(), example.into())
    });
    let environment = Environment::from_pairs(pairs);
    let overlays = Overlay::from_environment(&environment).unwrap();

    let said = read(Path::new("persona.toml"), "", &overlays).unwrap();

    let written = read_text(&all(|key| key.example)).unwrap();
    assert_eq!(format!("{said:?}"), format!("{written:?}"));
}

#[test]
fn every_default_is_the_default() {
    let said = read_text(&all(|key| {
        if key.required() {
            key.example
        } else {
            key.default
        }
    }));
    let unsaid = read_text(
        "issuer = \"https://id.example.org\"\n\
         [[domain]]\nname = \"example.org\"\nmailbox = \"smtps://mail.example.org\"\n",
    );

    assert_eq!(
        format!("{:?}", said.unwrap()),
        format!("{:?}", unsaid.unwrap())
    );
}

#[test]
fn the_environment_wins_over_the_file_and_a_flag_over_both() {
    let environment = Environment::from_pairs([
        ("PERSONA_SESSION__LIFETIME".into(), "1h".into()),
        ("PERSONA_CERTIFICATE__LIFETIME".into(), "2h".into()),
        ("PERSONA_LISTEN__TRUSTED_PROXIES".into(), "[\"::2\"]".into()),
        ("PERSONA_DOMAIN__1__NAME".into(), "example.net".into()),
        (
            "PERSONA_DOMAIN__1__MAILBOX".into(),
            "smtps://b.example".into(),
        ),
        // Set by Kubernetes and Docker for a service of this name: no settings of ours.
        ("PERSONA_SERVICE_HOST".into(), "10.0.0.1".into()),
        ("PERSONA_PORT_7070_TCP".into(), "tcp://10.0.0.1".into()),
    ]);
    let mut overlays = Overlay::from_environment(&environment).unwrap();
    overlays.push(Overlay::from_flag(
        "--lifetime",
        "certificate.lifetime",
        "3h".into(),
    ));
    let file = all(|key| key.example);

    let settings = read(Path::new("persona.toml"), &file, &overlays).unwrap();

    assert_eq!(settings.session_lifetime().to_string(), "1h");
    assert_eq!(settings.certificate.lifetime.to_string(), "3h");
    assert_eq!(settings.listen.trusted_proxies.len(), 1);
    let names: Vec<&str> = settings.domain.iter().map(|d| d.name.as_str()).collect();
    assert_eq!(names, ["example.org", "example.net"]);
}

#[test]
fn a_dozen_domains_can_come_from_the_environment() {
    let pairs = (0..12).flat_map(|number| {
        let name = format!("PERSONA_DOMAIN__{number}__NAME");
        let mailbox = format!("PERSONA_DOMAIN__{number}__MAILBOX");
        [
            (name.into(), format!("d{number}.example").into()),
            (mailbox.into(), "smtps://mail.example".into()),
        ]
    });
    let environment = Environment::from_pairs(pairs);
    let overlays = Overlay::from_environment(&environment).unwrap();
    let file = "issuer = \"https://id.example.org\"\n";

    let settings = read(Path::new("persona.toml"), file, &overlays).unwrap();

    let names: Vec<&str> = settings.domain.iter().map(|d| d.name.as_str()).collect();
    let expected: Vec<String> = (0..12).map(|number| format!("d{number}.example")).collect();
    assert_eq!(names, expected);
}

#[test]
fn settings_that_we_may_not_read_are_said_to_be_somebody_elses() {
    let hints = |kind: io::ErrorKind| {
        let failure = draft::cannot_read(Path::new("/etc/persona/persona.toml"), &kind.into());
        failure.hints().to_vec()
    };

    assert_eq!(
        hints(io::ErrorKind::PermissionDenied),
        [
            "the user who runs the server reads it by its group: ls -l '/etc/persona/persona.toml' shows which; as a rule: chgrp persona '/etc/persona/persona.toml'; chmod 640 '/etc/persona/persona.toml'"
        ]
    );
    assert!(hints(io::ErrorKind::IsADirectory).is_empty());
}

/// Gives what the section `inner` is called in the section `outer`, if it is right under it.
fn under(outer: &str, inner: &'static str) -> Option<&'static str> {
    let name = match outer {
        "" => inner,
        outer => inner.strip_prefix(outer)?.strip_prefix('.')?,
    };
    (!name.is_empty() && !name.contains('.')).then_some(name)
}

#[test]
fn a_secret_is_read_from_its_place() {
    let folder = tempfile::TempDir::new().unwrap();
    let file = folder.path().join("password");
    std::fs::write(&file, "hunter2\n").unwrap();
    let environment = Environment::from_pairs([("RELAY_PASSWORD".into(), "hunter2".into())]);
    let password = |value: &str| {
        let fallback = format!(
            "issuer = \"https://id.example.org\"\n\
             [broker.fallback]\nsmtp = \"smtps://a.example\"\nfrom = \"a@a.example\"\n\
             user = \"a\"\npassword = {value}\n\
             [[domain]]\nname = \"example.org\"\nmailbox = \"smtps://mail.example.org\"\n"
        );
        let mut settings = read_text(&fallback).unwrap();
        read_secrets(&mut settings, &environment)?;
        let password = settings.broker.fallback.unwrap().password.unwrap();
        Ok::<_, Failure>(password.text().unwrap().expose().clone())
    };

    for value in [
        "\"hunter2\"".to_owned(),
        format!("{{ file = \"{}\" }}", file.display()),
        "{ env = \"RELAY_PASSWORD\" }".to_owned(),
    ] {
        assert_eq!(password(&value).unwrap(), "hunter2", "{value}");
    }
    for value in ["{ file = \"/no/such/file\" }", "{ env = \"NO_SUCH\" }"] {
        assert!(password(value).is_err(), "{value}");
    }
}

fn read_text(text: &str) -> Result<Settings, Failure> {
    read(Path::new("persona.toml"), text, &[])
}

#[test]
fn every_key_of_a_directory_is_understood() {
    let domain = |mailbox: &str, names: &[&str]| {
        let keys =
            all_keys().filter(|key| key.section == "domain.ldap" && names.contains(&key.name));
        let lines: Vec<String> = keys.map(Key::line).collect();
        format!(
            "issuer = \"https://id.example.org\"\n[[domain]]\nname = \"example.org\"\n\
             mailbox = \"{mailbox}\"\n[domain.ldap]\n{}\n",
            lines.join("\n")
        )
    };

    read_text(&domain("ldaps://ldap.example.org", &["dn"])).unwrap();
    let searched = "ldaps://ldap.example.org/dc=example,dc=org";
    read_text(&domain(searched, &["bind_dn", "password"])).unwrap();
}

/// Does it not go with the others of its section?
fn stands_alone(key: &Key) -> bool {
    key.section == "domain.ldap" || (key.section, key.name) == ("client", "jwks")
}

/// Writes a settings file with every key that goes with the others: a domain is asked in one way.
fn all(value: impl Fn(&Key) -> &'static str) -> String {
    let mut text = String::new();
    let mut section = "";
    for key in all_keys().filter(|key| !stands_alone(key)) {
        if key.section != section {
            section = key.section;
            // A section that nobody needs is left out whole.
            let mut keys = all_keys().filter(|key| key.section == section);
            if keys.all(|key| value(key).is_empty()) {
                continue;
            }
            let header = match section {
                "domain" | "client" => format!("[[{section}]]"),
                name => format!("[{name}]"),
            };
            let _ = writeln!(text, "{header}");
        }
        if !value(key).is_empty() {
            let _ = writeln!(text, "{} = {}", key.name, value(key));
        }
    }
    text
}
