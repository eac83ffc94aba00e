use std::path::Path;

use protocol::oidc::RedirectUri;

use super::*;

const URL: &str = "https://app.example.org/sub";

fn new(profile: &Profile) -> NewClient {
    NewClient {
        profile: profile.name.clone(),
        url: Some(URL.to_owned()),
        id: Some("the-id".to_owned()),
        name: Some("Name with \"marks\"".to_owned()),
        allow: vec!["example.org".to_owned(), "@admins".to_owned()],
        redirect_uri: Vec::new(),
        public: profile.public,
        trusted: false,
        issuer: None,
        replace: false,
        json: false,
    }
}

fn settings() -> Settings {
    let text = "issuer = \"https://id.example.org\"\nbase_path = \"/sso\"\n\
                [[domain]]\nname = \"example.org\"\nmailbox = \"smtps://mail.example.org\"\n";
    crate::config::read(Path::new("persona.toml"), text, &[]).unwrap()
}

/// What is kept of a profile's client, what is printed of it, and its secret.
fn both_halves(profile: &Profile) -> (ClientRow, String, Option<String>) {
    let new = new(profile);
    let base = base(&new, profile).unwrap();
    let secret = secret(&new, profile).unwrap();
    let section = section(&new, profile, ("the-id", base.as_str()), secret.as_ref()).unwrap();
    let row = ClientRow {
        id: "the-id".to_owned(),
        section,
        added: Clock::system().now().to_seconds(),
    };
    let client = read_row(&row).unwrap_or_else(|error| panic!("{}: {error}", profile.name));
    let settings = settings();
    let told = Told {
        values: values(&settings, &client, &base, secret.as_ref()),
        issuer: &settings,
        client: &client,
        profile,
        secret: secret.as_ref(),
        kept: true,
    };
    let secret = secret.as_ref().map(|secret| secret.expose().clone());
    (row, told.text(), secret)
}

#[test]
fn every_profile_gives_a_client_and_tells_the_application_of_it() {
    for profile in profile::all().unwrap() {
        let name = &profile.name;
        let (row, text, secret) = both_halves(&profile);
        let (here, there) = text.split_once("== There").unwrap();

        assert!(row.section.contains("id = \"the-id\""), "{name}");
        assert!(here.contains("id = \"the-id\""), "{name}");
        assert_eq!(profile.needs_url(), row.section.contains(URL), "{name}");
        for line in there
            .lines()
            .filter(|line| line.starts_with("Redirect URI"))
        {
            let uri = line.split_whitespace().last().unwrap();
            RedirectUri::parse(uri).unwrap();
        }
        let steps = there.split_once("\n-- ").map_or("", |(_, steps)| steps);
        let has_steps = !steps.is_empty();
        assert_eq!(has_steps, name != "generic");
        assert_eq!(steps.contains("the-id"), has_steps, "{name}");
        assert_eq!(
            steps.contains("https://id.example.org"),
            has_steps,
            "{name}"
        );
        assert!(there.contains("https://id.example.org/.well-known/openid-configuration"));
        assert_eq!(secret.is_none(), profile.public, "{name}");
        if let Some(secret) = secret {
            assert!(there.contains(&secret), "{name}");
            assert_eq!(steps.contains(&secret), has_steps, "{name}");
            assert!(!here.contains(&secret), "{name}");
            assert!(!row.section.contains(&secret), "{name}");
            assert!(row.section.contains("secret = \"sha256:"), "{name}");
        }
    }
}

#[test]
fn nothing_stays_to_be_filled_in() {
    // WordPress has placeholders of its own.
    let own = ["{email}", "{name}"];
    for profile in profile::all().unwrap() {
        let (_, text, _) = both_halves(&profile);

        let rest = own.iter().fold(text, |text, own| text.replace(own, ""));
        for piece in rest.split('{').skip(1) {
            let word = piece.split('}').next().unwrap();
            let is_name = !word.is_empty()
                && word.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
                && piece.contains('}');
            assert!(!is_name, "{}: {{{word}}}", profile.name);
        }
    }
}

#[test]
fn endpoints_stand_below_the_base_path() {
    let grafana = profile::find("grafana").unwrap();

    let (_, text, _) = both_halves(&grafana);

    assert!(text.contains("auth_url = https://id.example.org/sso/persona/oidc/authorize\n"));
}

#[test]
fn a_secret_is_made_of_characters_that_nobody_encodes() {
    let generic = profile::find("generic").unwrap();
    for _ in 0..50 {
        let secret = secret(&new(&generic), &generic).unwrap().unwrap();

        let secret = secret.expose();
        assert_eq!(secret.len(), 43);
        assert!(secret.bytes().all(is_plain), "{secret}");
    }
}

#[test]
fn an_application_that_keeps_a_secret_is_not_set_up_without_one() {
    let grafana = profile::find("grafana").unwrap();
    let public = NewClient {
        public: true,
        ..new(&grafana)
    };

    assert!(secret(&public, &grafana).is_err());
    let generic = profile::find("generic").unwrap();
    assert!(secret(&public, &generic).unwrap().is_none());
}
