//! Ways back into the dialog that nobody has earned: whoever opened its window can lead it anywhere, also to
//! where a login page would lead it (`browserid.md` §2.4, §8.1).

use anyhow::Result;
use e2e::pages::{Pages, Reply, fixed};
use serde_json::json;

use crate::shared_computer::KEPT;
use crate::stage::Stage;

#[tokio::test]
async fn a_sign_in_that_was_turned_away_from_is_not_finished_by_an_address() -> Result<()> {
    let stage = Stage::set().await?;
    let browser = &stage.browser;
    let (alice, password) = stage.demo.alice()?;
    stage.open_dialog().await?;
    stage.name_oneself(alice).await?;
    browser.see("#login #password").await?;

    // Later she signs in for something else, in another tab.
    let entered = browser.run(LOG_IN_ELSEWHERE, &[password.into()]).await?;
    assert_eq!(entered, json!(true));
    let forge = "location.assign('/persona/dialog?AUTH_RETURN')";
    browser.run(forge, &[]).await?;

    browser.see("#ask #email").await?;
    browser.turn_to(&stage.shop).await?;
    assert!(browser.find("#who").await?.is_none());
    Ok(())
}

#[tokio::test]
async fn the_signed_in_page_leads_on_by_itself_only_after_a_password() -> Result<()> {
    let stage = Stage::set().await?;
    let browser = &stage.browser;
    let (alice, password) = stage.demo.alice()?;
    stage.open_dialog().await?;
    stage.name_oneself(alice).await?;
    browser.see("#login #password").await?;
    browser.run(LOG_IN_ELSEWHERE, &[password.into()]).await?;

    browser
        .run("location.assign('/persona/login/')", &[])
        .await?;
    browser.see("#logout").await?;
    let offered = browser.text("#onward:enabled").await?;
    assert!(offered.starts_with("Go on to "), "{offered}");

    browser.click_and_go("#onward").await?;
    stage.arrive(alice).await
}

#[tokio::test]
async fn a_hand_off_that_ends_like_a_classic_page_is_not_begun_again_by_itself() -> Result<()> {
    let stage = Stage::set().await?;
    let browser = &stage.browser;
    stage.open_dialog().await?;
    browser.see("#ask #email").await?;

    let site = stage.demo.site.as_str();
    browser
        .run(COME_BACK_FROM_A_HAND_OFF, &[site.into()])
        .await?;

    let title = browser.text("#stop-title").await?;
    assert_eq!(title, "elsewhere.example has not signed you in");
    assert!(browser.find("#again:not([hidden])").await?.is_some());
    Ok(())
}

#[tokio::test]
async fn a_page_without_a_referrer_is_no_broker_and_signing_out_forgets_the_keys() -> Result<()> {
    let stage = Stage::set().await?;
    let browser = &stage.browser;
    let (alice, password) = stage.demo.alice()?;
    stage.sign_in(alice, password).await?;
    let page = format!(
        "<!doctype html><meta name='referrer' content='no-referrer'><button id='sign-in'>Open</button>
         <script>document.querySelector('button').onclick = () => open('{}/persona/login/', 'popup');</script>",
        stage.demo.issuer
    );
    let pages = Pages::serve(fixed(vec![("/", Reply::html(page))])).await?;
    browser.open(&pages.at("elsewhere.localhost", "/")).await?;

    stage.open_dialog().await?;
    browser.see("#logout").await?;
    assert_eq!(browser.run(KEPT, &[]).await?["people"], 1);
    browser.click("#logout [type=submit]").await?;

    // The login page's own script runs as well.
    browser.see("#login #reveal").await?;
    assert_eq!(browser.run(KEPT, &[]).await?["people"], 0);
    Ok(())
}

/// Sends the login form without leaving the page; says whether the password was right.
const LOG_IN_ELSEWHERE: &str = r##"
const form = document.querySelector("#login");
const body = new URLSearchParams(new FormData(form));
body.set("password", arguments[0]);
return fetch(form.action, { method: "POST", body })
  .then((answer) => answer.text())
  .then((text) => text.includes('id="logout"'));"##;

/// Makes the dialog believe that an issuer's page has the window for a hand-off, and has it come back
/// as from a classic sign-in page.
const COME_BACK_FROM_A_HAND_OFF: &str = r#"
const flow = { origin: arguments[0], email: "alice@elsewhere.example", at: "hand-off", state: "s" };
sessionStorage.setItem("persona.flow", JSON.stringify({ ...flow, since: Date.now() }));
location.assign("/persona/dialog?AUTH_RETURN");"#;
