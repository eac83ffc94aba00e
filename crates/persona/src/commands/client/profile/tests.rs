use std::collections::BTreeSet;

use super::*;

#[test]
fn an_application_is_at_an_address_that_nothing_misreads() {
    for (text, base) in [
        ("https://cloud.example.org", "https://cloud.example.org"),
        ("https://cloud.example.org/", "https://cloud.example.org"),
        (
            "https://example.org:8443/cloud//",
            "https://example.org:8443/cloud",
        ),
        ("http://localhost:3000", "http://localhost:3000"),
    ] {
        assert_eq!(Base::parse(text).unwrap().as_str(), base);
    }
    for text in [
        "",
        "cloud.example.org",
        "http://cloud.example.org",
        "https://cloud.example.org/?a=b",
        "https://cloud.example.org/#a",
        "https://user@cloud.example.org",
        "https://cloud.example.org/$(id)",
        "https://cloud.example.org/';id;'",
        "https://cloud.example.org/a b",
        "https://cloud.example.org/\"",
        "https://cloud.example.org/`id`",
        "https://cloud.example.org/{secret}",
        "https://cloud.example.org/\n",
        "https://[::1]/",
        "app.immich:///oauth-callback",
        "javascript:alert(1)",
    ] {
        assert!(Base::parse(text).is_err(), "{text:?}");
    }
}

#[test]
fn a_redirect_address_is_taken_as_it_is() {
    for text in [
        "https://wiki.example.org/login/5e0c/callback",
        "https://a.example/?x=1&y=2",
        "app.immich:///oauth-callback",
        "http://localhost:8085/auth/callback",
    ] {
        assert_eq!(Base::parse_redirect(text).unwrap().as_str(), text);
    }
    for text in [
        "https://a.example/'",
        "https://a.example/$HOME",
        "http://a.example/",
        "data:x",
    ] {
        assert!(Base::parse_redirect(text).is_err(), "{text:?}");
    }
}

#[test]
fn only_known_names_are_filled_in_and_once() {
    let values = Values::new(vec![("id", "{secret}".into()), ("secret", "s".into())]);

    for (template, text) in [
        ("{id}", "{secret}"),
        ("a {secret} b {secret}", "a s b s"),
        (
            "{{ user.name }} {other} {secret",
            "{{ user.name }} {other} {secret",
        ),
        ("{\"a\":{\"b\":\"{secret}\"}}", "{\"a\":{\"b\":\"s\"}}"),
        ("{é}{secret}", "{é}s"),
    ] {
        assert_eq!(values.fill(template), text);
    }
}

#[test]
fn every_file_is_a_profile_and_says_what_it_was_made_for() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("profiles");
    let files = std::fs::read_dir(folder).unwrap();
    let files: BTreeSet<String> = files
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    let profiles = all().unwrap();

    let listed: BTreeSet<String> = profiles
        .iter()
        .map(|p| format!("{}.toml", p.name))
        .collect();
    assert_eq!(files, listed);
    assert!(profiles.len() > 15);
    for profile in profiles {
        assert!(profile.documentation.starts_with("https://"), "{profile:?}");
        assert!(!profile.version.is_empty(), "{profile:?}");
        assert!(
            profile.scopes.iter().any(|scope| scope == "openid"),
            "{profile:?}"
        );
        for step in &profile.steps {
            assert!(step.text.is_some() == step.fields.is_empty(), "{step:?}");
        }
    }
}

#[test]
fn whoever_mistypes_a_name_is_told_the_nearest() {
    let failure = find("nextclod").unwrap_err();

    assert_eq!(failure.hints()[0], "did you mean nextcloud?");
}

#[test]
fn the_guide_lists_every_profile_as_it_is() {
    let guide = include_str!("../../../../../../docs/guide/clients.md");
    let rows: Vec<&str> = guide
        .lines()
        .filter(|line| line.starts_with("| `"))
        .collect();

    let expected = all().unwrap().into_iter().map(|profile| {
        let Profile {
            name,
            title,
            version,
            documentation,
            ..
        } = profile;
        format!("| `{name}` | [{title}]({documentation}) | {version} |")
    });
    assert_eq!(rows, expected.collect::<Vec<_>>());
}
