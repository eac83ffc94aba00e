//! What is handed over arrives as it is, and nothing else is.

use std::net::Ipv4Addr;

use e2e::servers::accounts::{ALICE, ALICE_PASSWORD};
use e2e::servers::web_server::{OWN_PAGE, OWN_TEXT, Program};
use protocol::jose::{RsaSigner, Signer as _};
use serde_json::json;
use testkit::http::{Answer, Client};

use crate::stage::{DOMAINS, Stage, Wanted, json_of};

#[tokio::test(flavor = "multi_thread")]
async fn the_support_document_is_at_the_issuers_host() {
    for program in Program::ALL {
        let stage = Stage::set(Wanted::of(program)).await;

        let answer = stage.issuer("/.well-known/browserid");

        let document = json_of(&answer);
        assert_eq!(document["authentication"], "/persona/login/");
        assert_eq!(document["provisioning"], "/persona/provisioning/");
        assert_eq!(document["handoff"], "/persona/handoff/");
        assert!(document["public-key"].is_object(), "{answer:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_delegation_is_at_the_host_of_each_mail_domain() {
    for program in Program::ALL {
        let stage = Stage::set(Wanted::of(program)).await;

        for domain in DOMAINS {
            let answer = stage.get(&format!("https://{domain}/.well-known/browserid"));

            assert_eq!(json_of(&answer), json!({ "authority": "id.example.test" }));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rest_stays_with_the_web_servers_own_site() {
    for program in Program::ALL {
        let stage = Stage::set(Wanted::of(program)).await;

        for host in ["id.example.test", "example.test", "corp.test"] {
            let answer = stage.get(&format!("https://{host}{OWN_PAGE}"));
            assert_eq!((answer.status, answer.text()), (200, OWN_TEXT.to_owned()));
        }
        for theirs in [
            "https://id.example.test/.well-known/openid-configuration.txt",
            "https://example.test/.well-known/openid-configuration",
            "https://id.example.test/.well-known/browserid.txt",
            "https://id.example.test/personal",
            "https://id.example.test/verify/again",
            "https://id.example.test/includexjs",
            "https://example.test/persona/auth/ping",
            "https://example.test/include.js",
        ] {
            stage.is_not_found_by_the_web_server(theirs);
        }
    }
}

/// Sites and pages that were written for login.persona.org look there.
#[tokio::test(flavor = "multi_thread")]
async fn the_old_names_at_the_root_reach_the_server() {
    for program in Program::ALL {
        let stage = Stage::set(Wanted::of(program)).await;

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
}

#[tokio::test(flavor = "multi_thread")]
async fn every_call_works_through_each_web_server_with_and_without_the_last_slash() {
    for program in Program::ALL {
        for slash in ["", "/"] {
            let stage = Stage::set(Wanted::of(program)).await;
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

            assert_eq!(signed_in.status, 303, "{program:?}: {signed_in:?}");
            assert_eq!((asked.status, asked.text()), (200, "OK".to_owned()));
            assert_eq!(certificate.status, 200, "{program:?}: {certificate:?}");
            assert_eq!(certificate.text().split('.').count(), 3, "{certificate:?}");
            assert_eq!((ping.status, ping.text()), (200, "PONG".to_owned()));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn cookies_arrive_as_they_are() {
    for program in Program::ALL {
        let stage = Stage::set(Wanted::of(program)).await;

        let through = stage.sign_in("/persona/auth/login/");
        let direct = Client::with_cookies();
        let direct = stage.persona.sign_in(&direct, ALICE, ALICE_PASSWORD).await;

        let (through, direct) = (without_values(&through), without_values(&direct.unwrap()));
        assert_eq!(through, direct, "{program:?}");
        assert_eq!(through.len(), 2, "{program:?}: {through:?}");
        let session = format!("/persona/auth/has-session/?email={ALICE}");
        assert_eq!(stage.issuer(&session).text(), "OK");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_browsers_own_address_is_in_the_log() {
    for program in Program::ALL {
        let stage = Stage::set(Wanted::of(program)).await;

        let line = stage.logged(Ipv4Addr::new(127, 0, 0, 7), &[]);

        assert!(line.contains("client=127.0.0.7"), "{program:?}: {line}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_a_browser_makes_up_is_not_believed() {
    let listed = "X-Forwarded-For: 198.51.100.66";
    let twice = "X-Forwarded-For: 198.51.100.67, 127.0.0.1";
    let standard = "Forwarded: for=198.51.100.68";
    // A proxy may take a header away that is named here, and must not take its own.
    let not_for_others = "Connection: close, X-Forwarded-For";
    let cases: [&[&str]; 7] = [
        &[listed],
        &[twice],
        &[listed, twice],
        &[standard],
        &[listed, standard],
        &[not_for_others],
        &[not_for_others, listed],
    ];
    for program in Program::ALL {
        let stage = Stage::set(Wanted::of(program)).await;

        for (headers, last) in cases.into_iter().zip(11..) {
            let line = stage.logged(Ipv4Addr::new(127, 0, 0, last), headers);

            let own = format!("client=127.0.0.{last}");
            assert!(line.contains(&own), "{program:?} {headers:?}: {line}");
        }
    }
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
