//! A site written by others, a visitor who follows our pages, and the real program between them.

use std::fmt::Write as _;

use e2e::servers::MailServer as _;
use e2e::servers::accounts::{ALICE, ALICE_PASSWORD};
use e2e::servers::dovecot::Failures;
use e2e::servers::persona::Persona;
use e2e::servers::ports::Entrance;
use e2e::servers::postfix::Postfix;
use serde_json::{Value, json};
use testkit::http::{Answer, Client, form};

use super::peer::Peer;

/// A site that is registered at a running server, and the browser of its visitor.
pub(crate) struct RelyingParty {
    persona: Persona,
    browser: Client,
    peer: Peer,
    client: Value,
    _mail: Postfix,
}

impl RelyingParty {
    /// Registers the site by a section of the settings, and starts the server. `client` is what the site
    /// knows about itself: its name, perhaps its secret, and how it shows that it has that.
    pub(crate) fn with(peer: Peer, client: Value, more: &str) -> Self {
        let mail = Postfix::start(Failures::Quick).unwrap();
        let mut persona = Persona::prepare(ISSUER).unwrap();
        let mailbox = mail.url("smtp", Entrance::Submission);
        let output = persona.setup(&["example.test"], &mailbox).unwrap();
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{complaint}");
        let mut section = format!(
            "\n[[client]]\nid = {}\nname = \"The notice board\"\nredirect_uris = [\"{CALLBACK}\"]\n",
            client["id"]
        );
        if let Some(secret) = client.get("secret") {
            writeln!(section, "secret = {secret}").unwrap();
        }
        persona.add_settings(&(section + more)).unwrap();
        persona.serve().unwrap();
        Self {
            persona,
            browser: Client::with_cookies(),
            peer,
            client,
            _mail: mail,
        }
    }

    /// Has the site make a request, and gives the address to which it sends its visitor.
    pub(crate) fn begin(&mut self, request: &Value) -> String {
        let begun = self.peer.ask(&json!({
            "do": "begin", "here": self.persona.behind_the_proxy(), "issuer": ISSUER,
            "client": self.client, "callback": CALLBACK, "request": request,
        }));
        let url = begun["url"].as_str();
        url.unwrap_or_else(|| panic!("{begun}")).to_owned()
    }

    /// Follows our pages as alice, who signs in where she is asked to and presses this button of the
    /// question. Gives what the site is told, as the address or form that her browser brings there.
    pub(crate) async fn visit(&self, url: &str, button: &str) -> Value {
        let mut page = self.open(url).await;
        for _ in 0..6 {
            let text = page.text();
            let onward = page.header("location").or_else(|| {
                let refresh = page.header("refresh")?;
                refresh.strip_prefix("0;url=")
            });
            page = if let Some(to) = onward {
                if to.starts_with(CALLBACK) {
                    return json!({ "do": "finish", "callback": to });
                }
                self.open(to).await
            } else if text.contains("id=\"post\"") {
                let fields = hidden(&text);
                return json!({ "do": "finish", "callback": CALLBACK, "form": encoded(&fields) });
            } else if text.contains("id=\"consent\"") {
                let decision = ("decision", button);
                self.send("/persona/oidc/consent/", &text, &[decision])
                    .await
            } else {
                let typed = [("email", ALICE), ("password", ALICE_PASSWORD)];
                self.send("/persona/auth/login/", &text, &typed).await
            };
        }
        panic!("it leads nowhere: {page:?}");
    }

    /// Goes the whole way with a visitor who agrees, and gives what the site has learnt.
    pub(crate) async fn sign_in(&mut self, request: &Value) -> Value {
        let url = self.begin(request);
        let order = self.visit(&url, "allow").await;
        self.ask(&order)
    }

    /// Gives the site an order.
    pub(crate) fn ask(&mut self, order: &Value) -> Value {
        self.peer.ask(order)
    }

    async fn open(&self, url: &str) -> Answer {
        let path = url.strip_prefix(ISSUER).unwrap_or(url);
        assert!(path.starts_with('/'), "{url}");
        self.persona.get(&self.browser, path).await.unwrap()
    }

    /// Sends a page's form, with what was typed or pressed.
    async fn send(&self, path: &str, page: &str, typed: &[(&str, &str)]) -> Answer {
        let hidden = hidden(page);
        let fields = hidden.iter().map(|(name, value)| (*name, value.as_str()));
        let fields: Vec<(&str, &str)> = fields.chain(typed.iter().copied()).collect();
        let sent = self.persona.post(&self.browser, path, &fields).await;
        sent.unwrap()
    }
}

/// The hidden fields of a page's first form.
fn hidden(page: &str) -> Vec<(&str, String)> {
    let (form, _) = page.split_once("</form>").expect("a page with a form");
    let inputs = form.split("<input type=\"hidden\" name=\"").skip(1);
    inputs
        .map(|rest| {
            let (name, rest) = rest.split_once("\" value=\"").unwrap();
            let (value, _) = rest.split_once('"').unwrap();
            (name, value.replace("&#38;", "&"))
        })
        .collect()
}

fn encoded(fields: &[(&str, String)]) -> String {
    let fields: Vec<(&str, &str)> = fields
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    form(&fields)
}

pub(crate) const ISSUER: &str = "https://id.example.test";
pub(crate) const CALLBACK: &str = "https://board.example.org/callback";
