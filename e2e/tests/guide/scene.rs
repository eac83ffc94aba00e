//! A demo's issuer, one of the guide's back ends, and a browser.

use anyhow::{Context, Result};
use e2e::demo::Demo;
use e2e::wait::until;
use e2e::webdriver::{Browser, ThirdPartyCookies, Window};

use crate::back_end::{BackEnd, Language};

/// What a test stands on.
pub(crate) struct Scene {
    pub(crate) browser: Browser,
    pub(crate) back_end: BackEnd,
    pub(crate) demo: Demo,
    window: Window,
}

impl Scene {
    /// Starts everything and opens the site.
    pub(crate) async fn set(language: Language) -> Result<Self> {
        let demo = Demo::start()?;
        let back_end = BackEnd::start(language, &demo.issuer)?;
        let browser = Browser::start(ThirdPartyCookies::AsDefault).await?;
        browser.open(&back_end.site).await?;
        let window = browser.window().await?;
        Ok(Self {
            browser,
            back_end,
            demo,
            window,
        })
    }

    /// Signs in from a button of the page with the first person's password.
    pub(crate) async fn sign_in(&self, button: &str) -> Result<()> {
        let (address, password) = self.demo.alice()?;
        self.browser.click(button).await?;
        self.browser.turn_to_popup(&self.window).await?;
        self.browser.fill("#ask #email", address).await?;
        self.browser.click("#ask-form button[type=submit]").await?;
        self.browser.fill("#login #password", password).await?;
        self.browser.click_and_go("#submit").await?;
        self.browser.back_in(&self.window).await
    }

    /// Gives an assertion for a site that nobody has used yet, as a thief in the page would get it.
    /// Needs that somebody has signed in before.
    pub(crate) async fn fresh_assertion(&self, site: &str, button: &str) -> Result<String> {
        self.browser.open(site).await?;
        self.browser.see(button).await?;
        self.browser.run(STEAL, &[]).await?;
        self.browser.click(button).await?;
        self.browser.turn_to_popup(&self.window).await?;
        let person = "#people .person-button:enabled";
        self.browser.click_and_go(person).await?;
        self.browser.back_in(&self.window).await?;
        let stolen = until("an assertion", async || {
            let stolen = self.browser.run("return window.stolen", &[]).await?;
            Ok(stolen.as_str().map(str::to_owned))
        });
        stolen.await.context(site.to_owned())
    }
}

/// Keeps what the page would send to its back end, by form or by `fetch`.
const STEAL: &str = "
    HTMLFormElement.prototype.submit = function () {
      window.stolen = this.elements.assertion.value;
    };
    window.fetch = (_, { body }) => {
      window.stolen = JSON.parse(body).assertion;
      return new Promise(() => {});
    };";
