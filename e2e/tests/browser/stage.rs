//! A running demo and a browser that looks at its site.

use anyhow::Result;
use e2e::demo::Demo;
use e2e::webdriver::{Browser, ThirdPartyCookies, Window};

/// What a test stands on.
pub(crate) struct Stage {
    pub(crate) browser: Browser,
    pub(crate) demo: Demo,
    /// The window with the site in it.
    pub(crate) shop: Window,
}

impl Stage {
    /// Starts everything and opens the site.
    pub(crate) async fn set() -> Result<Self> {
        Self::set_with(ThirdPartyCookies::AsDefault).await
    }

    /// Starts everything, with a browser that treats third-party cookies so.
    pub(crate) async fn set_with(third_party: ThirdPartyCookies) -> Result<Self> {
        let demo = Demo::start()?;
        let browser = Browser::start(third_party).await?;
        browser.open(&demo.site).await?;
        let shop = browser.window().await?;
        Ok(Self {
            browser,
            demo,
            shop,
        })
    }

    /// Presses the site's button and turns to the dialog.
    pub(crate) async fn open_dialog(&self) -> Result<()> {
        self.browser.click("#sign-in").await?;
        self.browser.turn_to_popup(&self.shop).await?;
        Ok(())
    }

    /// Says in the dialog who one is, which leads to the login page.
    pub(crate) async fn name_oneself(&self, address: &str) -> Result<()> {
        self.browser.fill("#ask #email", address).await?;
        self.browser.click("#ask-form button[type=submit]").await
    }

    /// Types the password on the login page.
    pub(crate) async fn give_password(&self, password: &str) -> Result<()> {
        self.browser.fill("#login #password", password).await?;
        self.browser.click_and_go("#submit").await
    }

    /// Signs in from the site's button to the site's "signed in as".
    pub(crate) async fn sign_in(&self, address: &str, password: &str) -> Result<()> {
        self.open_dialog().await?;
        self.name_oneself(address).await?;
        self.give_password(password).await?;
        self.arrive(address).await
    }

    /// Waits until the dialog is gone and the site shows who is signed in.
    pub(crate) async fn arrive(&self, address: &str) -> Result<()> {
        self.browser.back_in(&self.shop).await?;
        assert_eq!(self.browser.text("#who").await?, address);
        Ok(())
    }
}
