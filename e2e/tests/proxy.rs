//! The documented way to run the server: behind nginx, with the lines that `persona setup` printed.

#![cfg(test)]

use std::net::Ipv4Addr;

use e2e::curl::Curl;
use e2e::servers::accounts::{ALICE, ALICE_PASSWORD};
use e2e::servers::nginx::{Nginx, OWN_PAGE, OWN_TEXT, server_blocks};
use e2e::servers::persona::{Persona, form_token};
use protocol::jose::{RsaSigner, Signer as _};
use serde_json::{Value, json};
use testkit::http::{Answer, Client};
use testkit::smtp::{Encryption, Mailboxes, SmtpServer};

#[tokio::test(flavor = "multi_thread")]
async fn the_support_document_is_at_the_issuers_host() {
    let stage = Stage::set().await;

    let answer = stage.issuer("/.well-known/browserid");

    let document = json_of(&answer);
    assert_eq!(document["authentication"], "/persona/login/");
    assert_eq!(document["provisioning"], "/persona/provisioning/");
    assert_eq!(document["handoff"], "/persona/handoff/");
    assert!(document["public-key"].is_object(), "{answer:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_delegation_is_at_the_host_of_each_mail_domain() {
    let stage = Stage::set().await;

    for domain in DOMAINS {
        let answer = stage.get(&format!("https://{domain}/.well-known/browserid"));

        assert_eq!(json_of(&answer), json!({ "authority": "id.example.test" }));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rest_stays_with_the_web_servers_own_site() {
    let stage = Stage::set().await;

    for host in ["id.example.test", "example.test", "corp.test"] {
        let answer = stage.get(&format!("https://{host}{OWN_PAGE}"));
        assert_eq!((answer.status, answer.text()), (200, OWN_TEXT.to_owned()));
    }
    for theirs in [
        "https://id.example.test/.well-known/openid-configuration",
        "https://id.example.test/verify/again",
        "https://id.example.test/includexjs",
        "https://example.test/persona/auth/ping",
        "https://example.test/include.js",
    ] {
        let answer = stage.get(theirs);
        let server = answer.header("server").unwrap_or_default();
        assert!(
            answer.text().contains("<center>nginx"),
            "{theirs}: {answer:?}"
        );
        assert_eq!((answer.status, server.starts_with("nginx")), (404, true));
    }
}

/// Sites and pages that were written for login.persona.org look there.
#[tokio::test(flavor = "multi_thread")]
async fn the_old_names_at_the_root_reach_the_server() {
    let stage = Stage::set().await;

    for script in [
        "/include.js",
        "/provisioning_api.js",
        "/authentication_api.js",
    ] {
        let answer = stage.issuer(script);
        assert_eq!(answer.status, 200, "{script}: {answer:?}");
        assert_eq!(
            answer.header("content-type"),
            Some("text/javascript; charset=utf-8")
        );
    }
    let question = [("assertion", "none"), ("audience", "https://shop.example")];
    let answer = stage.post("/verify", &question);
    assert_eq!(json_of(&answer)["status"], "failure");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_call_works_through_nginx_with_and_without_the_last_slash() {
    for slash in ["", "/"] {
        let stage = Stage::set().await;
        let session = format!("/persona/auth/has-session{slash}?email={ALICE}");
        let (user, _) = RsaSigner::generate().unwrap();
        let key = user.public_key().to_browserid().to_string();
        assert_eq!(stage.issuer(&session).status, 404);

        let signed_in = stage.sign_in(&format!("/persona/auth/login{slash}"));
        let asked = stage.issuer(&session);
        let certificate = stage.post(
            &format!("/persona/auth/certificate{slash}"),
            &[("email", ALICE), ("publicKey", &key)],
        );
        let ping = stage.issuer(&format!("/persona/auth/ping{slash}"));

        assert_eq!(signed_in.status, 303, "{signed_in:?}");
        assert_eq!((asked.status, asked.text()), (200, "OK".to_owned()));
        assert_eq!(certificate.status, 200, "{certificate:?}");
        assert_eq!(certificate.text().split('.').count(), 3, "{certificate:?}");
        assert_eq!((ping.status, ping.text()), (200, "PONG".to_owned()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn cookies_arrive_as_they_are() {
    let stage = Stage::set().await;

    let through = stage.sign_in("/persona/auth/login/");
    let direct = Client::with_cookies();
    let direct = stage.persona.sign_in(&direct, ALICE, ALICE_PASSWORD).await;

    let (through, direct) = (without_values(&through), without_values(&direct.unwrap()));
    assert_eq!(through, direct);
    assert_eq!(through.len(), 2, "{through:?}");
    let session = format!("/persona/auth/has-session/?email={ALICE}");
    assert_eq!(stage.issuer(&session).text(), "OK");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_browsers_own_address_is_in_the_log() {
    let stage = Stage::set().await;

    let line = stage.logged(Ipv4Addr::new(127, 0, 0, 7), &[]);

    assert!(line.contains("client=127.0.0.7"), "{line}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_a_browser_makes_up_is_not_believed() {
    let stage = Stage::set().await;
    let listed = "X-Forwarded-For: 198.51.100.66";
    let twice = "X-Forwarded-For: 198.51.100.67, 127.0.0.1";
    let standard = "Forwarded: for=198.51.100.68";
    let cases: [&[&str]; 5] = [
        &[listed],
        &[twice],
        &[listed, twice],
        &[standard],
        &[listed, standard],
    ];

    for (headers, last) in cases.into_iter().zip(11..) {
        let line = stage.logged(Ipv4Addr::new(127, 0, 0, last), headers);

        let own = format!("client=127.0.0.{last}");
        assert!(line.contains(&own), "{headers:?}: {line}");
    }
}

/// The server, nginx in front of it, and a mail server behind it.
struct Stage {
    browser: Curl,
    _nginx: Nginx,
    persona: Persona,
    _mail: SmtpServer,
}

impl Stage {
    async fn set() -> Self {
        let mailboxes = Mailboxes::new(Encryption::None).with(ALICE, ALICE_PASSWORD);
        let mail = SmtpServer::honest(Ipv4Addr::LOCALHOST.into(), mailboxes);
        let mail = mail.await.unwrap();
        let mut persona = Persona::prepare(ISSUER).unwrap();
        let mailbox = format!("smtp://{}", mail.address());
        let setup = persona.setup(&DOMAINS, &mailbox).unwrap();
        assert!(setup.status.success(), "{setup:?}");
        persona.serve().unwrap();
        let printed = String::from_utf8(setup.stdout).unwrap();
        let nginx = Nginx::start(&server_blocks(&printed).unwrap()).unwrap();
        Self {
            browser: nginx.client(),
            _nginx: nginx,
            persona,
            _mail: mail,
        }
    }

    fn get(&self, url: &str) -> Answer {
        self.browser.get(url).unwrap()
    }

    fn issuer(&self, path: &str) -> Answer {
        self.get(&format!("{ISSUER}{path}"))
    }

    fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.browser
            .post(&format!("{ISSUER}{path}"), fields)
            .unwrap()
    }

    /// Fills in the login page and sends it to this path.
    fn sign_in(&self, path: &str) -> Answer {
        let page = self.issuer("/persona/login/").text();
        let fields = [
            ("email", ALICE),
            ("password", ALICE_PASSWORD),
            ("csrf", form_token(&page).unwrap()),
        ];
        self.post(path, &fields)
    }

    /// Asks for something from this address, and gives the line that the server wrote about it.
    fn logged(&self, from: Ipv4Addr, headers: &[&str]) -> String {
        let path = format!("/persona/{from}");
        let browser = self.browser.clone().coming_from(from);
        let answer = browser.get_with(&format!("{ISSUER}{path}"), headers);
        assert_eq!(answer.unwrap().status, 404);
        let folder = &self.persona.folder;
        folder.wait_for_line("persona.output", &[&path]).unwrap()
    }
}

/// The body of an answer that came at once, without a redirect, and says that it is JSON.
fn json_of(answer: &Answer) -> Value {
    let kind = answer.header("content-type");
    assert_eq!(
        (answer.status, kind),
        (200, Some("application/json")),
        "{answer:?}"
    );
    answer.json().unwrap()
}

/// The cookies that an answer sets: names and attributes.
fn without_values(answer: &Answer) -> Vec<String> {
    let cookies = answer.all("set-cookie");
    cookies
        .map(|cookie| {
            let (name, rest) = cookie.split_once('=').unwrap();
            let (_, attributes) = rest.split_once(';').unwrap();
            format!("{name};{attributes}")
        })
        .collect()
}

const ISSUER: &str = "https://id.example.test";
const DOMAINS: [&str; 2] = ["example.test", "corp.test"];
