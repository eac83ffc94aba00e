//! Two installations, a site, a browser, and whoever else a test wants.

use anyhow::{Result, ensure};
use e2e::curl::Curl;
use e2e::pages::{Answering, Pages};
use e2e::servers::persona::Persona;
use e2e::servers::web_server::{Door, ServerBlock, WebServer, server_blocks};
use e2e::shop::Shop;
use e2e::wait::until;
use e2e::webdriver::{Browser, ThirdPartyCookies, Window};
use serde_json::Value;
use testkit::smtp::{Encryption, Mailboxes, SmtpServer};

/// What a test stands on. It begins with the site open in the browser's one window.
pub(crate) struct Stage {
    pub(crate) browser: Browser,
    pub(crate) _one: Persona,
    pub(crate) two: Persona,
    /// Asks any of the hosts, over TLS.
    pub(crate) curl: Curl,
    /// The window with the site in it.
    pub(crate) shop: Window,
    /// The servers of the others, in the order in which the test named them, and of the two sites.
    pub(crate) others: Vec<Pages>,
    _nginx: WebServer,
    _mail: SmtpServer,
}

/// What a test wants to be different.
pub(crate) struct Wanted {
    pub(crate) third_party: ThirdPartyCookies,
    /// Further hosts, and who answers there.
    pub(crate) others: Vec<(&'static str, Answering)>,
    /// Lines for the settings of installation one, and of installation two.
    pub(crate) settings: [String; 2],
    /// The base path of installation one.
    pub(crate) base_path: &'static str,
}

impl Default for Wanted {
    fn default() -> Self {
        Self {
            third_party: ThirdPartyCookies::AsDefault,
            others: Vec::new(),
            settings: [String::new(), String::new()],
            base_path: "/",
        }
    }
}

impl Stage {
    /// Starts everything as the test wants it, and opens the site.
    pub(crate) async fn set(wanted: Wanted) -> Result<Self> {
        let mut hosts = HOSTS.to_vec();
        hosts.extend(wanted.others.iter().map(|(host, _)| *host));
        let door = Door::make(&hosts)?;

        let mailboxes = Mailboxes::new(Encryption::None)
            .with(ALICE, ALICE_PASSWORD)
            .with(BOB, BOB_PASSWORD);
        let mail = SmtpServer::honest([127, 0, 0, 1].into(), mailboxes).await?;
        let mailbox = format!("smtp://{}", mail.address());
        let mut blocks = vec![
            ServerBlock::plain(NO_ISSUER),
            ServerBlock::silent(UNREACHABLE),
        ];
        let outbound = door.outbound(&hosts);
        let [one, two] = wanted.settings.map(|lines| lines + &outbound);
        let (one, lines) = installation((ONE, "one.example", wanted.base_path), &mailbox, &one)?;
        blocks.extend(server_blocks(&lines)?);
        let (two, lines) = installation((TWO, "two.test", "/"), &mailbox, &two)?;
        blocks.extend(server_blocks(&lines)?);

        let curl = door.client();
        let mut served = wanted.others;
        for (origin, broker) in [(SHOP, ONE), (BAZAAR, TWO)] {
            let shop = Shop {
                origin: origin.to_owned(),
                broker: broker.to_owned(),
                verifier: curl.clone(),
            };
            served.push((host_of(origin), shop.answering()));
        }
        let mut others = Vec::new();
        for (host, answering) in served {
            let pages = Pages::serve(answering).await?;
            blocks.push(ServerBlock::passing(host, pages.address()));
            others.push(pages);
        }
        let flags = door.browser_flags()?;
        let nginx = door.open(&blocks)?;
        let browser = Browser::start_with(wanted.third_party, &flags).await?;
        browser.open(SHOP).await?;
        Ok(Self {
            shop: browser.window().await?,
            browser,
            _one: one,
            two,
            curl,
            others,
            _nginx: nginx,
            _mail: mail,
        })
    }

    /// Presses the site's button and turns to the dialog.
    pub(crate) async fn open_dialog(&self) -> Result<Window> {
        self.browser.click("#sign-in").await?;
        self.browser.turn_to_popup(&self.shop).await
    }

    /// Says in the dialog who one is.
    pub(crate) async fn name_oneself(&self, address: &str) -> Result<()> {
        self.browser.fill("#ask #email", address).await?;
        self.browser
            .click_and_go("#ask-form button[type=submit]")
            .await
    }

    /// Opens the dialog from the site's button, and says in it who one is.
    pub(crate) async fn begin(&self, address: &str) -> Result<()> {
        self.open_dialog().await?;
        self.name_oneself(address).await
    }

    /// Types the password on the login page of one of our installations.
    pub(crate) async fn give_password(&self, password: &str) -> Result<()> {
        self.browser.fill("#login #password", password).await?;
        self.browser.click_and_go("#submit").await
    }

    /// Waits until the dialog stops at something, and gives the words over it.
    pub(crate) async fn stopped(&self) -> Result<String> {
        let seen = self.browser.see("#stop").await;
        self.or_shown(seen).await?;
        self.browser.text("#stop-title").await
    }

    /// Adds to an error what the window shows.
    pub(crate) async fn or_shown<T>(&self, result: Result<T>) -> Result<T> {
        let Err(error) = result else {
            return result;
        };
        let script = "return `${location.href}: ${document.body.innerText}`";
        let shown = self.browser.run(script, &[]).await?;
        Err(error.context(format!("the window shows {shown}")))
    }

    /// Waits until the dialog is gone and the site says who is signed in, and by whose word.
    pub(crate) async fn arrive(&self, address: &str, issuer: &str) -> Result<()> {
        self.browser.back_in(&self.shop).await?;
        let said = until("the site's verdict", async || {
            let said = self.browser.text("#status").await?;
            Ok((!["Welcome", "Signing in"].contains(&said.as_str())).then_some(said))
        })
        .await?;
        assert_eq!(said, format!("Signed in by {issuer}"));
        assert_eq!(self.browser.text("#who").await?, address);
        Ok(())
    }

    /// Waits until the site says that nobody signed in, and sees that nobody did.
    pub(crate) async fn stay_out(&self) -> Result<()> {
        self.browser.turn_to(&self.shop).await?;
        self.browser.read("#status", "You did not sign in").await?;
        let called = self.called().await?;
        assert!(!called.iter().any(|call| call == "login"), "{called:?}");
        assert_eq!(called.last().map(String::as_str), Some("cancel"));
        Ok(())
    }

    /// Gives the callbacks that the site had so far.
    pub(crate) async fn called(&self) -> Result<Vec<String>> {
        let calls = self.browser.run("return window.calls", &[]).await?;
        let calls = calls.as_array().cloned().unwrap_or_default();
        let text = |call: &Value| call.as_str().map(str::to_owned);
        Ok(calls.iter().filter_map(text).collect())
    }

    /// Waits until the current window shows a page of this origin, at this path.
    pub(crate) async fn reach(&self, page: &str) -> Result<()> {
        let what = format!("the window to be at {page}");
        let there = until(&what, async || {
            let url = self.browser.url().await?;
            Ok(url.starts_with(page).then_some(()))
        });
        self.or_shown(there.await).await
    }
}

/// Sets an installation up, with further settings, and starts it; gives what setup says about nginx.
fn installation(
    (issuer, domain, base_path): (&str, &str, &str),
    mailbox: &str,
    settings: &str,
) -> Result<(Persona, String)> {
    let mut persona = Persona::prepare(issuer)?;
    let set_up = |persona: &Persona| {
        let setup = persona.setup(&[domain], mailbox)?;
        let complaint = String::from_utf8_lossy(&setup.stderr);
        ensure!(setup.status.success(), "persona setup: {complaint}");
        Ok(String::from_utf8(setup.stdout)?)
    };
    set_up(&persona)?;
    persona.move_below(base_path)?;
    let lines = set_up(&persona)?;
    persona.add_settings(settings)?;
    persona.serve()?;
    Ok((persona, lines))
}

/// The installation whose dialog and verifier the site uses. It vouches for `one.example`.
pub(crate) const ONE: &str = "https://id.one.example";
/// The installation of strangers. It vouches for `two.test`.
pub(crate) const TWO: &str = "https://login.two.test";
/// The site.
pub(crate) const SHOP: &str = "https://shop.example";
/// A site that uses the dialog and the verifier of installation two.
pub(crate) const BAZAAR: &str = "https://bazaar.example";
/// A domain that has a web server and no issuer.
pub(crate) const NO_ISSUER: &str = "plain.test";
/// A domain whose web server hangs up.
const UNREACHABLE: &str = "down.test";
/// Somebody at installation one.
pub(crate) const ALICE: &str = "alice@one.example";
pub(crate) const ALICE_PASSWORD: &str = "correct horse";
/// Somebody at installation two.
pub(crate) const BOB: &str = "bob@two.test";
pub(crate) const BOB_PASSWORD: &str = "battery staple";

/// Gives the host of an origin.
fn host_of(origin: &str) -> &str {
    origin.trim_start_matches("https://")
}

const HOSTS: [&str; 8] = [
    "id.one.example",
    "one.example",
    "login.two.test",
    "two.test",
    "shop.example",
    "bazaar.example",
    NO_ISSUER,
    UNREACHABLE,
];
