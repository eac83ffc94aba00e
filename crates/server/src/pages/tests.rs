use std::{fs, path::Path};

use super::*;
use crate::settings::BasePath;

const EVIL: &str = "\"><script>alert('x')</script>&";

#[test]
fn every_value_on_every_page_is_escaped() {
    let assets = Assets::new(&BasePath::default());
    let (assets, domain, email) = (&assets, EVIL, EVIL);
    let mut pages = vec![
        SignedInPage {
            assets,
            domain,
            email,
            csrf: EVIL,
            brokers: EVIL,
        }
        .render()
        .unwrap(),
        dialog(assets, domain, EVIL),
        handoff(assets, domain, EVIL),
        sign_out(assets, domain, EVIL),
        account(assets, domain, EVIL),
        ErrorPage {
            assets,
            domain,
            title: EVIL,
            sentence: EVIL,
            hint: EVIL,
            reference: Some(EVIL),
        }
        .render()
        .unwrap(),
    ];
    for state in mailed_states(EVIL) {
        let page = MailedPage {
            assets,
            domain,
            state,
        };
        pages.push(page.render().unwrap());
    }
    for problem in problems(EVIL) {
        for locked in [true, false] {
            let page = LoginPage {
                assets,
                domain,
                domains: &[EVIL.to_owned()],
                example: Some(EVIL.to_owned()),
                shared: Some(EVIL),
                email,
                locked,
                csrf: EVIL,
                onward: None,
                problem,
                brokers: EVIL,
            };
            pages.push(page.render().unwrap());
        }
    }

    for page in pages {
        assert!(
            page.contains("&#60;script&#62;alert(&#39;x&#39;)"),
            "{page}"
        );
        assert!(!page.contains("<script>"), "{page}");
        assert!(!page.contains("\"\">"), "{page}");
        assert!(!page.contains("alert('x')"), "{page}");
    }
}

#[test]
fn the_operators_domain_is_in_the_heading() {
    let assets = Assets::new(&BasePath::default());

    assert!(heading(&login(&assets, None)).contains("example.org"));
    let page = SignedInPage {
        assets: &assets,
        domain: "example.org",
        email: "alice@example.org",
        csrf: "c",
        brokers: "",
    };
    assert!(heading(&page.render().unwrap()).contains("example.org"));
}

#[test]
fn a_locked_address_cannot_be_edited_and_can_be_left() {
    let assets = Assets::new(&BasePath::default());
    let page = LoginPage {
        assets: &assets,
        domain: "example.org",
        domains: &["example.org".to_owned()],
        example: None,
        shared: None,
        email: "alice@example.org",
        locked: true,
        csrf: "token",
        onward: None,
        problem: None,
        brokers: "",
    };

    let text = page.render().unwrap();
    let field = tag(&text, "id=\"email\"");
    assert!(field.contains("value=\"alice@example.org\"") && field.contains(" readonly"));
    assert!(text.contains("name=\"locked\" value=\"yes\""));
    assert!(text.contains("href=\"/persona/login/\""));
    assert!(text.contains("href=\"/persona/dialog?AUTH_RETURN_CANCEL\""));
    assert!(tag(&text, "id=\"password\"").contains(" autofocus"));
}

#[test]
fn an_open_address_can_be_edited() {
    let assets = Assets::new(&BasePath::default());
    let text = login(&assets, None);

    assert!(!tag(&text, "id=\"email\"").contains("readonly"));
    assert!(!text.contains("name=\"locked\""));
}

#[test]
fn a_password_is_never_written_into_a_page() {
    let assets = Assets::new(&BasePath::default());

    for problem in problems("x") {
        assert!(!tag(&login(&assets, problem), "id=\"password\"").contains("value="));
    }
}

#[test]
fn a_wrong_password_and_an_unreachable_mail_server_share_nothing() {
    let assets = Assets::new(&BasePath::default());
    let refused = login(&assets, Some(Problem::Refused));
    let unreachable = login(
        &assets,
        Some(Problem::Unreachable {
            reference: "k7wq2m",
        }),
    );

    assert!(refused.contains("class=\"problem refused\""));
    assert!(tag(&refused, "id=\"password\"").contains("aria-invalid=\"true\""));
    assert!(unreachable.contains("class=\"problem unreachable\""));
    assert!(unreachable.contains("k7wq2m"));
    assert!(unreachable.contains("Your password was not checked."));
    assert!(!tag(&unreachable, "id=\"password\"").contains("aria-invalid"));
    assert_ne!(
        between(&refused, "<h2>", "</h2>"),
        between(&unreachable, "<h2>", "</h2>")
    );
    assert_ne!(
        between(&refused, "class=\"icon\"", "</svg>"),
        between(&unreachable, "class=\"icon\"", "</svg>")
    );
}

#[test]
fn every_problem_is_named_at_the_field_that_it_concerns() {
    let assets = Assets::new(&BasePath::default());

    for problem in problems("x").into_iter().flatten() {
        let text = login(&assets, Some(problem));
        let at_address = matches!(
            problem,
            Problem::NotAnAddress | Problem::NotOurs { .. } | Problem::NameUnusable { .. }
        );
        let field = if at_address {
            "id=\"email\""
        } else {
            "id=\"password\""
        };
        assert!(
            tag(&text, field).contains("aria-describedby=\"problem\""),
            "{problem:?}"
        );
        assert!(tag(&text, field).contains("autofocus"), "{problem:?}");
        assert_eq!(text.matches("autofocus").count(), 1, "{problem:?}");
        assert!(text.contains("<title>Not signed in yet"), "{problem:?}");
    }
}

#[test]
fn a_wait_is_told_in_the_unit_that_it_is_felt_in() {
    let assets = Assets::new(&BasePath::default());

    for (seconds, told) in [
        (1, "Please wait a second"),
        (2, "Please wait 2 seconds"),
        (59, "Please wait 59 seconds"),
        (60, "Please wait a minute"),
        (61, "Please wait 2 minutes"),
        (720, "Please wait 12 minutes"),
    ] {
        let page = login(&assets, Some(Problem::TooMany { seconds }));
        assert_eq!(between(&page, "<h2>", "</h2>"), told);
    }
}

#[test]
fn an_error_page_leaves_out_what_it_was_not_given() {
    let assets = Assets::new(&BasePath::default());
    let page = ErrorPage {
        assets: &assets,
        domain: "example.org",
        title: "There is no such page",
        sentence: "The address may have been mistyped.",
        hint: "",
        reference: None,
    };

    let text = page.render().unwrap();
    assert!(!text.contains("Reference") && !text.contains("<p></p>"));
}

#[test]
fn templates_hold_no_inline_script_style_or_handler() {
    for (name, text) in templates() {
        assert!(!text.contains("<style"), "{name}");
        for piece in text.split('<').skip(1) {
            let tag = piece.split('>').next().unwrap();
            assert!(!tag.contains(" style="), "{name}: {tag}");
            assert!(!tag.contains("javascript:"), "{name}: {tag}");
            let handler = tag
                .split_whitespace()
                .any(|word| word.starts_with("on") && word.contains('='));
            assert!(!handler, "{name}: {tag}");
            if tag.starts_with("script") {
                assert!(tag.contains(" src=\"{{ assets.url("), "{name}: {tag}");
                assert!(piece.ends_with('>'), "{name}: {piece}");
            }
        }
    }
}

#[test]
fn templates_turn_no_escaping_off_and_name_only_assets_that_exist() {
    let assets = Assets::new(&BasePath::default());
    let mut named = 0;

    for (name, text) in templates() {
        assert!(
            !text.contains("|safe") && !text.contains("| safe"),
            "{name}"
        );
        for piece in text.split("assets.url(\"").skip(1) {
            let asset = piece.split('"').next().unwrap();
            assert!(!assets.url(asset).is_empty(), "{name} names {asset}");
            named += 1;
        }
        assert!(
            !text.contains("src=\"http") && !text.contains("src=\"//"),
            "{name}"
        );
    }
    assert_ne!(named, 0, "the scan saw nothing");
}

#[test]
fn every_page_says_its_language_and_title_and_loads_nothing_from_elsewhere() {
    let assets = Assets::new(&BasePath::default());
    let pages = [
        login(&assets, None),
        ProvisioningPage {
            assets: &assets,
            brokers: "",
        }
        .render()
        .unwrap(),
        dialog(&assets, "id.example.org", ""),
        handoff(&assets, "id.example.org", ""),
    ];

    for page in pages {
        assert!(
            page.starts_with("<!doctype html>\n<html lang=\"en\">"),
            "{page}"
        );
        assert!(!between(&page, "<title>", "</title>").is_empty());
        assert!(!page.contains("://"), "{page}");
    }
}

#[test]
fn every_label_belongs_to_a_field() {
    let assets = Assets::new(&BasePath::default());
    let dialog = dialog(&assets, "id.example.org", "");

    for page in [login(&assets, None), dialog] {
        for piece in page.split("<label for=\"").skip(1) {
            let id = piece.split('"').next().unwrap();
            assert!(page.contains(&format!("<input id=\"{id}\"")), "{id}");
        }
        for piece in page.split("<input id=\"").skip(1) {
            let id = piece.split('"').next().unwrap();
            assert!(page.contains(&format!("<label for=\"{id}\"")), "{id}");
        }
    }
}

fn login(assets: &Assets, problem: Option<Problem<'_>>) -> String {
    let page = LoginPage {
        assets,
        domain: "example.org",
        domains: &["example.org".to_owned()],
        example: None,
        shared: None,
        email: "alice@example.org",
        locked: false,
        csrf: "token",
        onward: None,
        problem,
        brokers: "",
    };
    page.render().unwrap()
}

fn dialog(assets: &Assets, domain: &str, text: &str) -> String {
    let redirect = Some(RedirectRequest {
        audience: text,
        request: text,
        state: text,
    });
    let page = DialogPage {
        assets,
        domain,
        redirect,
    };
    page.render().unwrap()
}

fn sign_out(assets: &Assets, domain: &str, text: &str) -> String {
    let asked = Some(SignOutQuestion {
        email: text,
        site: Some(text),
        csrf: text,
        query: text,
    });
    let page = SignOutPage {
        assets,
        domain,
        asked,
    };
    page.render().unwrap()
}

fn account(assets: &Assets, domain: &str, text: &str) -> String {
    let site = AgreedSite {
        client: text,
        name: text,
        told: text.to_owned(),
    };
    let page = AccountPage {
        assets,
        domain,
        email: text,
        csrf: text,
        sites: &[site],
    };
    page.render().unwrap()
}

fn handoff(assets: &Assets, domain: &str, text: &str) -> String {
    let request = Some(HandoffRequest {
        broker: text,
        dialog: "/persona/dialog",
        trusted: false,
        email: text,
        public_key: text,
        duration_seconds: 21_600,
        state: text,
        shared: true,
    });
    let page = HandoffPage {
        assets,
        domain,
        request,
        brokers: text,
    };
    page.render().unwrap()
}

fn mailed_states(text: &str) -> [MailedState<'_>; 5] {
    [
        MailedState::Confirm {
            email: Some(text),
            csrf: text,
            token: text,
        },
        MailedState::OtherBrowser,
        MailedState::OtherLetter,
        MailedState::Done,
        MailedState::Gone,
    ]
}

fn problems(text: &str) -> [Option<Problem<'_>>; 10] {
    [
        None,
        Some(Problem::Refused),
        Some(Problem::TooMany { seconds: 720 }),
        Some(Problem::Unreachable { reference: text }),
        Some(Problem::Undecided { reference: text }),
        Some(Problem::NotAnAddress),
        Some(Problem::NotOurs { domain: text }),
        Some(Problem::NameUnusable { why: text }),
        Some(Problem::FormExpired),
        Some(Problem::PasswordUnusable { why: text }),
    ]
}

fn heading(page: &str) -> &str {
    between(page, "<h1>", "</h1>")
}

fn between<'a>(text: &'a str, start: &str, end: &str) -> &'a str {
    text.split_once(start).unwrap().1.split_once(end).unwrap().0
}

/// Finds the tag that holds an attribute.
fn tag<'a>(page: &'a str, attribute: &str) -> &'a str {
    page.split('<')
        .find(|piece| piece.contains(attribute))
        .unwrap()
        .split('>')
        .next()
        .unwrap()
}

fn templates() -> Vec<(String, String)> {
    let mut all = Vec::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("pages");
    for folder in [folder.join("icon"), folder] {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                all.push((
                    path.display().to_string(),
                    fs::read_to_string(&path).unwrap(),
                ));
            }
        }
    }
    all
}
