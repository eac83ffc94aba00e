//! Several issuers in one process: each is asked by its own host, signs for its own domains with its
//! own key, and lends the others nothing.

use std::sync::Arc;

use protocol::jose::Signer;
use server::keyring::Keyring;
use server::settings::Settings;
use store::SqliteStore;
use testkit::http::Answer;
use testkit::world::{ALICE, Browser, Cast, ISSUER, NOW, PASSWORD, World, bundle, payload, user};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const OTHER: &str = "https://id.example.net";
const CAROL: (&str, &str) = ("carol@example.net", "carol's own password");
const SITE: &str = "https://shop.example";

/// The usual cast, of which carol's domain has an issuer of its own.
fn cast() -> Cast {
    Cast::usual().settings(give_example_net_its_own)
}

fn give_example_net_its_own(settings: &mut Settings) {
    let carols = settings
        .domain
        .iter_mut()
        .find(|domain| domain.name.as_str() == "example.net");
    carols.unwrap().issuer = Some(OTHER.parse().unwrap());
}

async fn document(world: &World, host: &str, query: &str) -> Answer {
    let path = format!("/.well-known/browserid{query}");
    world.browser().get_with(&path, &[("host", host)]).await
}

fn key_of(document: &Answer) -> serde_json::Value {
    document.json().unwrap()["public-key"].clone()
}

async fn certificate(browser: &Browser<'_>, address: &str) -> Answer {
    let key = user().public_key().to_browserid();
    browser.certificate(address, &key).await
}

/// The browser's cookies, as a thief has them.
fn loot(browser: &Browser<'_>) -> String {
    let session = browser.session_cookie().unwrap();
    let form = browser.client.cookie("127.0.0.1", "__Host-persona-form");
    format!(
        "__Host-persona={session}; __Secure-persona-frame={session}; __Host-persona-form={}",
        form.unwrap()
    )
}

#[tokio::test]
async fn each_issuer_publishes_its_own_key_at_its_own_host() {
    let world = cast().open().await;

    let main = document(&world, "id.example.org", "").await;
    for host in ["id.example.net", "ID.Example.NET", "id.example.net:443"] {
        let other = document(&world, host, "").await;

        assert_eq!(other.status, 200, "{host}");
        let settings = &world.settings().others()[0];
        let keyring = Keyring::load(&settings.keys.directory).unwrap();
        assert_eq!(
            key_of(&other),
            keyring.public_key().to_browserid(),
            "{host}"
        );
        assert_ne!(key_of(&other), key_of(&main), "{host}");
    }
    assert_eq!(key_of(&main), world.keyring().public_key().to_browserid());
}

#[tokio::test]
async fn each_hosted_domain_names_its_own_issuer() {
    let world = cast().open().await;

    for (host, issuer) in [
        ("example.org", "id.example.org"),
        ("example.net", "id.example.net"),
        ("EXAMPLE.net:8443", "id.example.net"),
    ] {
        for query in ["", &format!("?domain={}", host.split(':').next().unwrap())] {
            let answer = document(&world, host, query).await;

            assert_eq!(
                answer.text(),
                format!(r#"{{"authority":"{issuer}"}}"#),
                "{host}{query}"
            );
        }
    }
}

#[tokio::test]
async fn no_issuer_speaks_for_a_domain_of_another() {
    for with_fallback in [false, true] {
        let world = Cast::usual().settings(move |settings| {
            give_example_net_its_own(settings);
            if with_fallback {
                let fallback = r#"{"smtp":"smtp://127.0.0.1:2525","from":"id@example.org"}"#;
                settings.broker.fallback = serde_json::from_str(fallback).unwrap();
            }
        });
        let world = world.open().await;

        for (host, domain) in [
            ("id.example.org", "example.net"),
            ("id.example.net", "example.org"),
            ("example.org", "example.net"),
            ("example.net", "example.org"),
            ("id.example.net", "id.example.org"),
        ] {
            let answer = document(&world, host, &format!("?domain={domain}")).await;

            assert_eq!(answer.status, 404, "{host} about {domain}: {answer:?}");
        }
    }
}

#[tokio::test]
async fn people_sign_in_at_the_issuer_of_their_domain_alone() {
    let world = cast().open().await;

    let carol = world.browser_at(OTHER);
    assert_eq!(carol.log_in(CAROL.0, CAROL.1).await.status, 303);
    assert!(carol.is_signed_in_as(CAROL.0).await);
    let certified = certificate(&carol, CAROL.0).await;
    assert_eq!(payload(&certified.text())["iss"], "id.example.net");

    for (issuer, address, password) in [(OTHER, ALICE, PASSWORD), (ISSUER, CAROL.0, CAROL.1)] {
        let answer = world.browser_at(issuer).log_in(address, password).await;

        assert_eq!(answer.status, 400, "{address} at {issuer}");
    }
}

#[tokio::test]
async fn the_session_of_one_issuer_opens_nothing_at_another() {
    let world = cast().open().await;
    let cookies = loot(&world.alice().await);
    let key = user().public_key().to_browserid();

    // With the thief's choice of host and origin: only that of the session's own issuer gets further.
    for (host, origin, expected) in [
        ("id.example.org", ISSUER, 200),
        ("id.example.net", OTHER, 401),
        ("id.example.net", ISSUER, 403),
        ("id.example.org", OTHER, 403),
        ("example.net", "https://example.net", 403),
        ("example.net", OTHER, 401),
    ] {
        let headers = [("host", host), ("origin", origin), ("cookie", &cookies)];
        for address in [ALICE, CAROL.0] {
            let body = serde_json::json!({ "email": address, "publicKey": key });
            let url = world.url("/persona/auth/certificate/");
            let answer = world
                .browser()
                .client
                .post_json(&url, &headers, &body)
                .await
                .unwrap();

            let expected = if address == ALICE || expected == 403 {
                expected
            } else {
                401
            };
            assert_eq!(answer.status, expected, "{address} at {host} from {origin}");
        }
        let path = format!("/persona/auth/has-session/?email={ALICE}");
        let answer = world.browser().get_with(&path, &headers[..1]).await;
        assert_eq!(answer.status, 404, "without the cookie at {host}");
    }
    let path = format!("/persona/auth/has-session/?email={ALICE}");
    let there = [("host", "id.example.net"), ("cookie", cookies.as_str())];
    assert_eq!(world.browser().get_with(&path, &there).await.status, 404);
}

#[tokio::test]
async fn a_domain_that_moves_to_an_issuer_of_its_own_takes_no_session_along() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("persona.db").display());
    let before = World::with_store(store::open(&url.parse().unwrap()).unwrap(), |_| {}).await;
    let carol = before.signed_in(CAROL.0, CAROL.1).await;
    let cookies = loot(&carol);
    drop(before);

    let after = World::with_store(
        store::open(&url.parse().unwrap()).unwrap(),
        give_example_net_its_own,
    )
    .await;

    let path = format!("/persona/auth/has-session/?email={}", CAROL.0);
    let answer = after
        .browser()
        .get_with(&path, &[("cookie", &cookies)])
        .await;
    assert_eq!(answer.status, 404);
}

#[tokio::test]
async fn a_forms_token_is_good_for_the_pages_of_one_issuer() {
    let world = cast().open().await;
    let browser = world.browser();
    let csrf = browser.form_token().await;
    let form = browser
        .client
        .cookie("127.0.0.1", "__Host-persona-form")
        .unwrap();
    let cookie = format!("__Host-persona-form={form}");
    let post = async |host: &str, origin: &str| {
        let fields = [("email", CAROL.0), ("password", CAROL.1), ("csrf", &csrf)];
        let headers = [("host", host), ("origin", origin), ("cookie", &cookie)];
        browser
            .post_with("/persona/auth/login/", &headers, &fields)
            .await
    };

    // The token of the main issuer's page, with the cookie that belongs to it.
    let answer = post("id.example.net", OTHER).await;

    assert_eq!(answer.status, 403);
    assert!(
        world.mail.sessions().await.unwrap().is_empty(),
        "nobody was asked"
    );
    // And from the main issuer's page.
    assert_eq!(post("id.example.net", ISSUER).await.status, 403);
}

#[tokio::test]
async fn a_request_that_names_two_hosts_is_for_nobody() {
    let world = cast().open().await;
    let path = "/.well-known/browserid";

    for (head, expected) in [
        (
            format!("GET {path} HTTP/1.1\r\nHost: id.example.org\r\nHost: id.example.net\r\n"),
            "400",
        ),
        (
            format!("GET https://id.example.net{path} HTTP/1.1\r\nHost: id.example.org\r\n"),
            "400",
        ),
        (
            format!("GET {path} HTTP/1.1\r\nHost: id.example.n\u{e9}t\r\n"),
            "400",
        ),
        (
            format!("GET https://id.example.net{path} HTTP/1.1\r\nHost: id.example.net\r\n"),
            "200",
        ),
        // Nobody's name: what the main issuer does not serve.
        (
            format!("GET {path} HTTP/1.1\r\nHost: id.example.net.\r\n"),
            "404",
        ),
        (
            format!("GET {path} HTTP/1.1\r\nHost: alice@id.example.net\r\n"),
            "404",
        ),
        (
            format!("GET {path} HTTP/1.1\r\nHost: id.example.net:8443\r\n"),
            "404",
        ),
        (
            format!("GET {path} HTTP/1.1\r\nHost: evil.example\r\n"),
            "404",
        ),
        (format!("GET {path} HTTP/1.1\r\nHost:\r\n"), "404"),
    ] {
        let mut stream = TcpStream::connect(world.address()).await.unwrap();
        let request = format!("{head}Connection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();

        let status = answer.split(' ').nth(1);
        assert_eq!(status, Some(expected), "{head}{answer}");
    }
}

#[tokio::test]
async fn two_ports_of_one_host_are_two_issuers() {
    let world = Cast::new(ISSUER, &["a.example", "b.example"])
        .with("anna@a.example", "anna's own password")
        .settings(|settings| {
            for (domain, port) in settings.domain.iter_mut().zip([8443, 9443]) {
                domain.issuer = Some(format!("https://id.example.com:{port}").parse().unwrap());
                domain.cookie =
                    Some(serde_json::from_value(format!("persona-{port}").into()).unwrap());
            }
        })
        .open()
        .await;

    let one = document(&world, "id.example.com:8443", "").await;
    let other = document(&world, "id.example.com:9443", "").await;
    assert_ne!(key_of(&one), key_of(&other));
    let named = document(&world, "a.example", "").await;
    assert_eq!(named.text(), r#"{"authority":"id.example.com:8443"}"#);
    let anna = world.browser_at("https://id.example.com:8443");
    assert_eq!(
        anna.log_in("anna@a.example", "anna's own password")
            .await
            .status,
        303
    );
    assert!(
        anna.client
            .cookie("127.0.0.1", "__Host-persona-8443")
            .is_some()
    );
    let certified = certificate(&anna, "anna@a.example").await;
    assert_eq!(payload(&certified.text())["iss"], "id.example.com:8443");
}

#[tokio::test]
async fn issuers_believe_each_other_without_asking_over_the_network() {
    let world = cast().open().await;
    let key = user();
    let carol = world.browser_at(OTHER);
    carol.log_in(CAROL.0, CAROL.1).await;
    let certificate = carol
        .certificate(CAROL.0, &key.public_key().to_browserid())
        .await
        .text();
    let expires = NOW.plus(std::time::Duration::from_secs(60));
    let assertion = bundle(&certificate, &key, SITE, expires);

    for issuer in [ISSUER, OTHER] {
        let site = world.browser_at(issuer);
        let asked = [("assertion", assertion.as_str()), ("audience", SITE)];
        let answer = site.post("/persona/verify", &asked).await.json().unwrap();

        assert_eq!(answer["status"], "okay", "{issuer}: {answer}");
        assert_eq!(answer["issuer"], "id.example.net");
    }
    let dialog = world.browser();
    let path = format!("/persona/auth/address/?email={}", CAROL.0);
    let known = dialog.get(&path).await.json().unwrap();
    assert_eq!(known["kind"], "issuer");
    assert_eq!(known["issuer"]["authority"], "id.example.net");
    assert_eq!(
        known["issuer"]["handoff"],
        "https://id.example.net/persona/handoff/"
    );
}

#[tokio::test]
async fn what_one_issuer_signs_for_a_domain_of_another_is_believed_nowhere() {
    let world = cast().open().await;
    let key = user();
    // The main issuer's key signs for carol, whose domain is the other's: as no journey would.
    let header = r#"{"alg":"RS256"}"#;
    let forge = |iss: &str| {
        let (from, to) = (NOW.as_millis() - 1000, NOW.as_millis() + 3_600_000);
        let claims = serde_json::json!({
            "iss": iss, "iat": from, "exp": to,
            "public-key": key.public_key().to_browserid(),
            "principal": { "email": CAROL.0 },
        });
        let encode = |text: &str| protocol::jose::base64url::encode(text.as_bytes());
        let text = format!("{}.{}", encode(header), encode(&claims.to_string()));
        let signature = world.keyring().signer().sign(text.as_bytes()).unwrap();
        format!("{text}.{}", protocol::jose::base64url::encode(&signature))
    };

    for iss in ["id.example.org", "id.example.net"] {
        let expires = NOW.plus(std::time::Duration::from_secs(60));
        let assertion = bundle(&forge(iss), &key, SITE, expires);
        for issuer in [ISSUER, OTHER] {
            let site = world.browser_at(issuer);
            let asked = [("assertion", assertion.as_str()), ("audience", SITE)];
            let answer = site.post("/persona/verify", &asked).await.json().unwrap();

            assert_eq!(answer["status"], "failure", "{iss} at {issuer}: {answer}");
        }
    }
}

#[tokio::test]
async fn issuers_share_one_store_and_its_limits() {
    let store = Arc::new(SqliteStore::open_in_memory().unwrap());
    let world = cast()
        .store(Arc::clone(&store) as Arc<dyn store::Store>)
        .open()
        .await;
    world.alice().await;
    world.browser_at(OTHER).log_in(CAROL.0, CAROL.1).await;

    let sessions = store::Store::sessions(&*store).await.unwrap();

    let mut people: Vec<String> = sessions
        .iter()
        .map(|session| session.address.to_string())
        .collect();
    people.sort();
    assert_eq!(people, [ALICE, CAROL.0]);
}
