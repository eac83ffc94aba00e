//! Two domains on one machine, each with an issuer of its own (parity 25).

use std::net::Ipv4Addr;

use e2e::servers::accounts::{ALICE, ALICE_PASSWORD};
use e2e::servers::persona::{Persona, form_token};
use e2e::servers::web_server::{Program, ServerBlock, server_blocks};
use serde_json::json;
use testkit::smtp::{Encryption, Mailboxes, SmtpServer};

use crate::stage::{ISSUER, json_of};

const OTHER: &str = "https://id.corp.test";
const DORA: (&str, &str) = ("dora@corp.test", "dora's own password");

async fn mail_server(address: &str, password: &str) -> SmtpServer {
    let mailboxes = Mailboxes::new(Encryption::None).with(address, password);
    let server = SmtpServer::honest(Ipv4Addr::LOCALHOST.into(), mailboxes);
    server.await.unwrap()
}

/// Runs `persona setup` for a web site with a document root of its own, and gives the lines that it
/// prints for nginx.
fn set_up(persona: &Persona, website: &str, mailbox: &str, domains: &[&str]) -> Vec<ServerBlock> {
    let folder = persona.folder.join(website).display().to_string();
    let website = format!("https://{website}");
    let flags = ["--proxy", "nginx", "-w", &website, "-r", &folder];
    let setup = persona.setup_with(domains, mailbox, &flags).unwrap();
    assert!(setup.status.success(), "{setup:?}");
    server_blocks(&String::from_utf8(setup.stdout).unwrap()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn two_domains_of_one_machine_have_everything_of_their_own() {
    let mail = mail_server(ALICE, ALICE_PASSWORD).await;
    let corps_mail = mail_server(DORA.0, DORA.1).await;
    let mut persona = Persona::prepare(ISSUER).unwrap();
    let mailbox = format!("smtp://{}", mail.address());
    let blocks = set_up(&persona, "example.test", &mailbox, &["example.test"]);
    persona
        .folder
        .write("corp.aliases", "sales: dora\n")
        .unwrap();
    let corp = format!(
        "\n[[domain]]\nname = \"corp.test\"\nmailbox = \"smtp://{}\"\nissuer = \"{OTHER}\"\n\
         cookie = \"corp\"\naliases = \"{}\"\n",
        corps_mail.address(),
        persona.folder.join("corp.aliases").display()
    );
    persona.add_settings(&corp).unwrap();
    let with_corp = set_up(&persona, "corp.test", &mailbox, &[]);
    persona.serve().unwrap();
    let own_site = blocks
        .into_iter()
        .filter(|block| block.host == "example.test");
    let others = with_corp
        .into_iter()
        .filter(|block| block.host != "example.test");
    let blocks: Vec<ServerBlock> = own_site.chain(others).collect();
    let web = Program::Nginx.start(&blocks).unwrap();
    let browser = web.client();
    let get = |url: &str| browser.get(url).unwrap();

    let sign_in = |issuer: &str, email: &str, password: &str| {
        let page = get(&format!("{issuer}/persona/login/")).text();
        let token = form_token(&page).unwrap();
        let fields = [("email", email), ("password", password), ("csrf", token)];
        let url = format!("{issuer}/persona/auth/login/");
        browser.post(&url, &fields).unwrap()
    };
    let alice = sign_in(ISSUER, ALICE, ALICE_PASSWORD);
    let dora = sign_in(OTHER, DORA.0, DORA.1);

    for (answer, cookie) in [(&alice, "__Host-persona="), (&dora, "__Host-corp=")] {
        assert_eq!(answer.status, 303, "{answer:?}");
        let mut cookies = answer.all("set-cookie");
        assert!(cookies.any(|line| line.starts_with(cookie)), "{answer:?}");
    }
    let signed_in = |issuer: &str, email: &str| {
        get(&format!("{issuer}/persona/auth/has-session/?email={email}")).status
    };
    assert_eq!(signed_in(ISSUER, ALICE), 200);
    assert_eq!(signed_in(OTHER, DORA.0), 200);
    assert_eq!(signed_in(OTHER, "sales@corp.test"), 200, "dora's alias");
    assert_eq!(signed_in(OTHER, ALICE), 404);
    assert_eq!(signed_in(ISSUER, DORA.0), 404);
    let [one, other] = [ISSUER, OTHER].map(|issuer| {
        let document = get(&format!("{issuer}/.well-known/browserid"));
        json_of(&document)["public-key"].clone()
    });
    assert!(one.is_object() && other.is_object());
    assert_ne!(one, other);
    for (domain, issuer) in [
        ("example.test", "id.example.test"),
        ("corp.test", "id.corp.test"),
    ] {
        let document = get(&format!("https://{domain}/.well-known/browserid"));
        assert_eq!(json_of(&document), json!({ "authority": issuer }));
    }
    // What one domain's people cannot do at the other's issuer, whatever they type.
    assert_eq!(sign_in(ISSUER, DORA.0, DORA.1).status, 400);
    assert_eq!(sign_in(OTHER, ALICE, ALICE_PASSWORD).status, 400);
}
