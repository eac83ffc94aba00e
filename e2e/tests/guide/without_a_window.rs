//! The guide's page under the guide's content security policy, with a window and without one.

use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use e2e::demo::Demo;
use e2e::pages::{Pages, Reply};
use e2e::wait::until;
use e2e::webdriver::{Browser, ThirdPartyCookies};

use crate::book::{Book, Names};

#[tokio::test]
async fn the_guides_page_works_under_the_guides_policy() -> Result<()> {
    let site = Site::open("", "").await?;
    let window = site.browser.window().await?;

    site.browser.click("#sign-in button").await?;
    site.browser.turn_to_popup(&window).await?;
    site.prove_oneself().await?;
    site.browser.back_in(&window).await?;

    site.assert_delivered().await
}

#[tokio::test]
async fn a_page_that_is_cut_off_from_its_windows_signs_in_without_one() -> Result<()> {
    let redirect = "navigator.id.request({ siteName: \"Shop\" });";
    let site = Site::open(redirect, "same-origin").await?;

    site.browser.click("#sign-in button").await?;
    site.prove_oneself().await?;

    assert_eq!(site.browser.windows().await?.len(), 1);
    site.assert_delivered().await
}

/// A site of fixed pages, which takes an assertion and believes nothing.
struct Site {
    browser: Browser,
    demo: Demo,
    pages: Pages,
}

impl Site {
    /// Opens the guide's page, its script in a file of its own. Where `plain` stands in it, the
    /// guide's words for the way without a window are put.
    async fn open(plain: &str, opener: &'static str) -> Result<Self> {
        let demo = Demo::start()?;
        let book = Book::open()?;
        let names = Names {
            issuer: &demo.issuer,
            site: "http://shop2.localhost",
            port: 0,
        };
        let mut page = names.put_into(&book.file("sign-in.html")?);
        if !plain.is_empty() {
            ensure!(page.contains(plain), "the page has no {plain}");
            page = page.replace(plain, &book.file("redirect")?);
        }
        let (before, rest) = page.split_once("<script>").context("no script")?;
        let (script, after) = rest.split_once("</script>").context("no end of it")?;
        let html = format!("{before}<script src=\"/page.js\"></script>{after}");
        let html = html.replace("{token}", "its-token");
        let script = script.to_owned();
        let policy = names.put_into(&book.file("policy")?);
        let (field, policy) = policy.trim().split_once(": ").context("no field")?;
        let (field, policy) = (field.to_owned(), policy.to_owned());
        let pages = Pages::serve(Arc::new(move |request| match request.path.as_str() {
            "/page.js" => Reply::of("text/javascript", script.clone()),
            "/sign-in" => Reply::html("<p id=\"done\">done</p>"),
            "/favicon.ico" => Reply::not_found(),
            _ if opener.is_empty() => Reply::html(html.clone()).with(&field, &policy),
            _ => Reply::html(html.clone())
                .with(&field, &policy)
                .with("Cross-Origin-Opener-Policy", opener),
        }))
        .await?;
        let browser = Browser::start(ThirdPartyCookies::AsDefault).await?;
        let port = pages.address().port();
        browser
            .open(&format!("http://shop2.localhost:{port}/"))
            .await?;
        Ok(Self {
            browser,
            demo,
            pages,
        })
    }

    /// Says who one is, and proves it.
    async fn prove_oneself(&self) -> Result<()> {
        let (address, password) = self.demo.alice()?;
        let browser = &self.browser;
        browser.fill("#ask #email", address).await?;
        browser.click("#ask-form button[type=submit]").await?;
        browser.fill("#login #password", password).await?;
        browser.click_and_go("#submit").await
    }

    /// The back end got an assertion with the page's token, and the browser found nothing forbidden.
    async fn assert_delivered(&self) -> Result<()> {
        let posted = until("an assertion at the back end", async || {
            let requests = self.pages.requests();
            Ok(requests.into_iter().find(|one| one.path == "/sign-in"))
        });
        let posted = posted.await?;
        self.browser.see("#done").await?;

        assert_eq!(posted.method, "POST");
        assert_eq!(posted.field("token"), "its-token");
        assert!(posted.field("assertion").contains('~'));
        let complaints = self.browser.complaints().await?;
        let forbidden = complaints
            .iter()
            .find(|one| one.contains("Content Security Policy"));
        assert_eq!(forbidden, None);
        Ok(())
    }
}
