//! The server, a real web server in front of it, and a mail server behind it.

use std::net::Ipv4Addr;

use e2e::curl::Curl;
use e2e::servers::accounts::{ALICE, ALICE_PASSWORD};
use e2e::servers::persona::{Persona, form_token};
use e2e::servers::web_server::{Program, WebServer, server_blocks};
use serde_json::Value;
use testkit::http::Answer;
use testkit::smtp::{Encryption, Mailboxes, SmtpServer};

pub(crate) struct Stage {
    pub(crate) program: Program,
    pub(crate) browser: Curl,
    pub(crate) persona: Persona,
    /// What the web server itself shows to everybody who asks for something at a host.
    pub(crate) web: WebServer,
    _mail: SmtpServer,
}

/// What a test wants of it.
pub(crate) struct Wanted {
    pub(crate) program: Program,
    pub(crate) issuer: &'static str,
    /// Further flags of `persona setup`. A `{}` is a folder of the test.
    pub(crate) flags: Vec<&'static str>,
    /// What each host's own site has below the printed lines. A `{}` is the same folder.
    pub(crate) own: &'static str,
}

impl Wanted {
    /// Two mail domains, and an issuer with a host of its own.
    pub(crate) fn of(program: Program) -> Self {
        Self {
            program,
            issuer: ISSUER,
            flags: Vec::new(),
            own: "",
        }
    }
}

impl Stage {
    /// Sets up, and pastes what was printed into the web server's settings.
    pub(crate) async fn set(wanted: Wanted) -> Self {
        let mailboxes = Mailboxes::new(Encryption::None).with(ALICE, ALICE_PASSWORD);
        let mail = SmtpServer::honest(Ipv4Addr::LOCALHOST.into(), mailboxes);
        let mail = mail.await.unwrap();
        let mut persona = Persona::prepare(wanted.issuer).unwrap();
        let mailbox = format!("smtp://{}", mail.address());
        let folder = persona.folder.join("site").display().to_string();
        let mut flags = vec!["--proxy".to_owned(), wanted.program.name().to_owned()];
        flags.extend(wanted.flags.iter().map(|flag| flag.replace("{}", &folder)));
        let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
        let setup = persona.setup_with(&DOMAINS, &mailbox, &flags).unwrap();
        assert!(setup.status.success(), "{setup:?}");
        persona.serve().unwrap();

        let printed = String::from_utf8(setup.stdout).unwrap();
        let blocks = server_blocks(&printed).unwrap().into_iter();
        let own = wanted.own.replace("{}", &folder);
        let blocks: Vec<_> = blocks.map(|block| block.with(&own)).collect();
        let web = wanted.program.start(&blocks).unwrap();
        Self {
            program: wanted.program,
            browser: web.client(),
            persona,
            web,
            _mail: mail,
        }
    }

    pub(crate) fn get(&self, url: &str) -> Answer {
        self.browser.get(url).unwrap()
    }

    pub(crate) fn issuer(&self, path: &str) -> Answer {
        self.get(&format!("{}{path}", self.persona.issuer))
    }

    pub(crate) fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let url = format!("{}{path}", self.persona.issuer);
        self.browser.post(&url, fields).unwrap()
    }

    /// Fills in the login page and sends it to this path.
    pub(crate) fn sign_in(&self, path: &str) -> Answer {
        let page = self.issuer("/persona/login/").text();
        let fields = [
            ("email", ALICE),
            ("password", ALICE_PASSWORD),
            ("csrf", form_token(&page).unwrap()),
        ];
        self.post(path, &fields)
    }

    /// Asks for something from this address, and gives the line that the server wrote about it.
    pub(crate) fn logged(&self, from: Ipv4Addr, headers: &[&str]) -> String {
        let path = format!("/persona/{from}");
        let browser = self.browser.clone().coming_from(from);
        let answer = browser.get_with(&format!("{}{path}", self.persona.issuer), headers);
        assert_eq!(answer.unwrap().status, 404);
        let folder = &self.persona.folder;
        folder.wait_for_line("persona.output", &[&path]).unwrap()
    }

    /// The answer must be the web server's own "there is nothing here", and not ours.
    pub(crate) fn is_not_found_by_the_web_server(&self, url: &str) {
        let answer = self.get(url);
        let server = answer.header("server").unwrap_or_default().to_lowercase();
        let ours = answer.header("content-security-policy");
        assert_eq!((answer.status, ours), (404, None), "{url}: {answer:?}");
        assert!(server.starts_with(self.program.name()), "{url}: {answer:?}");
    }
}

/// The body of an answer that came at once, without a redirect, and says that it is JSON.
pub(crate) fn json_of(answer: &Answer) -> Value {
    let kind = answer.header("content-type");
    assert_eq!(
        (answer.status, kind),
        (200, Some("application/json")),
        "{answer:?}"
    );
    answer.json().unwrap()
}

pub(crate) const ISSUER: &str = "https://id.example.test";
pub(crate) const DOMAINS: [&str; 2] = ["example.test", "corp.test"];
