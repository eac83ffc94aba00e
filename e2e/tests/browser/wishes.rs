//! What a site may say about itself and wish for (`browserid.md` §6.2): honoured as far as it is harmless.

use anyhow::{Context, Result};
use e2e::pages::{Pages, Reply, fixed};
use serde_json::{Value, json};

use crate::stage::Stage;

#[tokio::test]
async fn a_sites_name_picture_and_colour_stand_beside_its_host() -> Result<()> {
    let stage = Stage::set().await?;
    let wishes = json!({
        "rp_api": "get", "siteName": "Shop of Wonders", "siteLogo": PICTURE, "backgroundColor": "e63",
        "termsOfService": "/terms", "privacyPolicy": "/privacy",
    });
    let site = asking(&stage, &wishes).await?;

    stage.open_dialog().await?;
    stage.browser.see("#ask #email").await?;

    let host = site.at("elsewhere.localhost", "");
    assert_eq!(stage.browser.text("#site").await?, host);
    assert_eq!(stage.browser.text("#site-name").await?, "Shop of Wonders");
    let seen = stage.browser.run(LOOKS, &[]).await?;
    assert_eq!(
        seen,
        json!({
            "picture": PICTURE, "shown": true, "colour": "rgb(238, 102, 51)",
            "terms": format!("{host}/terms"), "privacy": format!("{host}/privacy"),
        })
    );
    Ok(())
}

#[tokio::test]
async fn what_a_site_says_of_itself_neither_deceives_nor_calls_elsewhere() -> Result<()> {
    let stage = Stage::set().await?;
    let wishes = json!({
        "rp_api": "get", "siteName": format!("<b>\u{202e}{}\u{7}", "bank ".repeat(20)),
        "siteLogo": "http://other.localhost:PORT/spy.png", "backgroundColor": "red; position: fixed",
        "termsOfService": "javascript:alert(1)", "privacyPolicy": "/privacy",
    });
    let site = asking(&stage, &wishes).await?;

    stage.open_dialog().await?;
    stage.browser.see("#ask #email").await?;

    let name = stage.browser.text("#site-name").await?;
    assert_eq!(name, "<b>bank bank bank bank bank bank bank bank bank ba");
    let seen = stage.browser.run(LOOKS, &[]).await?;
    assert_eq!(
        seen,
        json!({ "picture": null, "shown": false, "colour": null, "terms": null, "privacy": null })
    );
    assert_eq!(site.asked_for("/spy.png"), 0);
    Ok(())
}

#[tokio::test]
async fn a_request_in_an_unknown_language_goes_no_further() -> Result<()> {
    let stage = Stage::set().await?;
    let _site = asking(&stage, &json!({ "rp_api": "anything" })).await?;

    stage.open_dialog().await?;

    let title = stage.browser.text("#stop-title").await?;
    assert_eq!(title, "We do not understand the site");
    assert!(!stage.browser.is_displayed(&field(&stage).await?).await?);
    Ok(())
}

#[tokio::test]
async fn a_site_can_have_the_password_asked_for_again() -> Result<()> {
    let stage = Stage::set().await?;
    let (alice, password) = stage.demo.alice()?;
    stage.sign_in(alice, password).await?;
    let wishes = json!({ "rp_api": "get", "experimental_forceAuthentication": true });
    let _site = asking(&stage, &wishes).await?;

    stage.open_dialog().await?;
    stage
        .browser
        .click_and_go("#people .person-button:enabled")
        .await?;
    stage.give_password(password).await?;
    stage.browser.back_in(&stage.shop).await?;

    let told = stage.browser.run("return window.told", &[]).await?;
    assert_eq!(told["d"]["email"], alice);
    Ok(())
}

/// Turns the site's window to another site, whose button asks for these wishes without `include.js`.
pub(crate) async fn asking(stage: &Stage, wishes: &Value) -> Result<Pages> {
    let issuer = &stage.demo.issuer;
    let page = format!(
        "<!doctype html><button id='sign-in'>Sign in</button>
         <script>document.querySelector('button').onclick = () => {{
           const dialog = open('{issuer}/persona/dialog', '_blank', 'width=700,height=375');
           addEventListener('message', (event) => {{
             const request = {{ a: 'request', d: {{ method: 'get', params: {wishes} }} }};
             const message = JSON.parse(event.data);
             if (message.a !== 'ready') window.told = message;
             else dialog.postMessage(JSON.stringify(request), '{issuer}');
           }});
         }};</script>"
    );
    let pages = Pages::serve_knowing(|port| {
        let page = page.replace("PORT", &port.to_string());
        fixed(vec![("/", Reply::html(page))])
    })
    .await?;
    stage
        .browser
        .open(&pages.at("elsewhere.localhost", "/"))
        .await?;
    Ok(pages)
}

async fn field(stage: &Stage) -> Result<e2e::webdriver::Element> {
    stage.browser.find("#email").await?.context("no field")
}

/// A picture of one pixel.
const PICTURE: &str = "data:image/gif;base64,R0lGODlhAQABAIAAAAUEBAAAACwAAAAAAQABAAACAkQBADs=";

const LOOKS: &str = r##"
const logo = document.querySelector("#site-logo");
const band = document.querySelector("#band");
const link = (id) => document.querySelector(id).checkVisibility() ? document.querySelector(id).href : null;
return {
  picture: logo.getAttribute("src"),
  shown: logo.checkVisibility() && logo.naturalWidth > 0,
  colour: band.checkVisibility() ? getComputedStyle(band).backgroundColor : null,
  terms: link("#terms"),
  privacy: link("#privacy"),
};"##;
