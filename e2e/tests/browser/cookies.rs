//! Third-party cookies: this browser blocks them by default, and nothing of ours needs them.

use anyhow::Result;
use e2e::pages::{Pages, Reply, fixed};
use e2e::wait::until;
use e2e::webdriver::{Browser, ThirdPartyCookies};

use crate::stage::Stage;

#[tokio::test]
async fn this_browser_blocks_third_party_cookies_by_default() -> Result<()> {
    assert_eq!(
        cookie_in_frame(ThirdPartyCookies::AsDefault).await?,
        Cookie::Withheld
    );
    Ok(())
}

#[tokio::test]
async fn a_preference_allows_third_party_cookies() -> Result<()> {
    assert_eq!(
        cookie_in_frame(ThirdPartyCookies::Allowed).await?,
        Cookie::Sent
    );
    Ok(())
}

#[tokio::test]
async fn signing_in_works_with_third_party_cookies_allowed_as_well() -> Result<()> {
    let stage = Stage::set_with(ThirdPartyCookies::Allowed).await?;
    let (alice, password) = stage.demo.alice()?;
    stage.sign_in(alice, password).await?;
    stage.browser.click("#sign-out button").await?;

    stage.open_dialog().await?;
    stage
        .browser
        .click_and_go("#people .person-button:enabled")
        .await?;

    stage.arrive(alice).await
}

#[tokio::test]
async fn where_no_page_can_keep_anything_the_dialog_says_what_to_allow() -> Result<()> {
    let stage = Stage::set_with(ThirdPartyCookies::AsAllOthers).await?;

    stage.open_dialog().await?;
    let title = stage.browser.read("#stop-title", "keeps").await?;
    let words = stage.browser.text("#stop-words").await?;

    assert_eq!(title, "This browser keeps nothing for this page");
    let host = stage.demo.issuer.trim_start_matches("http://");
    assert_eq!(
        words,
        format!(
            "Signing in needs cookies and site data. Please allow them for {host} and start again \
             at the site."
        )
    );
    Ok(())
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cookie {
    Sent,
    Withheld,
}

/// Sets a cookie at one site, frames that site in another, and sees whether the cookie came along.
async fn cookie_in_frame(third_party: ThirdPartyCookies) -> Result<Cookie> {
    let set = "probe=1; Secure; SameSite=None; Path=/";
    let pages = Pages::serve_knowing(|port| {
        let framed = format!("http://inner.localhost:{port}/framed");
        fixed(vec![
            ("/set", Reply::html("").with("Set-Cookie", set)),
            ("/alone", Reply::html("")),
            ("/framed", Reply::html("")),
            (
                "/outer",
                Reply::html(format!("<iframe src='{framed}'></iframe>")),
            ),
        ])
    })
    .await?;
    let cookie = |path: &str| {
        let requests = pages.requests();
        let request = requests.iter().find(|request| request.path == path)?;
        Some(match request.cookie("probe") {
            Some(_) => Cookie::Sent,
            None => Cookie::Withheld,
        })
    };
    let browser = Browser::start(third_party).await?;

    browser.open(&pages.at("inner.localhost", "/set")).await?;
    browser.open(&pages.at("inner.localhost", "/alone")).await?;
    assert_eq!(
        cookie("/alone"),
        Some(Cookie::Sent),
        "the cookie was never kept"
    );
    browser.open(&pages.at("outer.localhost", "/outer")).await?;
    until("the frame to be asked for", async || Ok(cookie("/framed"))).await
}
