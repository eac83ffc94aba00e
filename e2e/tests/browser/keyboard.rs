//! The whole way without a pointer.

use anyhow::{Result, bail};
use e2e::webdriver::{Browser, keys};

use crate::stage::Stage;

#[tokio::test]
async fn a_sign_in_needs_nothing_but_a_keyboard() -> Result<()> {
    let stage = Stage::set().await?;
    let browser = &stage.browser;
    let (alice, password) = stage.demo.alice()?;

    tab_to(browser, "#sign-in").await?;
    browser.press(keys::ENTER).await?;
    browser.turn_to_popup(&stage.shop).await?;
    browser.see("#ask #email").await?;
    assert!(
        has_focus(browser, "#ask #email").await?,
        "the address is typed at once"
    );
    browser.press(alice).await?;
    browser.press(keys::ENTER).await?;
    browser.see("#login #password").await?;
    assert!(
        has_focus(browser, "#password").await?,
        "the password is typed at once"
    );
    browser.press(password).await?;
    browser.press(keys::ENTER).await?;
    stage.arrive(alice).await?;

    tab_to(browser, "#sign-out button").await?;
    browser.press(keys::ENTER).await?;
    browser.see("#sign-in").await?;
    Ok(())
}

#[tokio::test]
async fn cancelling_needs_nothing_but_a_keyboard() -> Result<()> {
    let stage = Stage::set().await?;
    let browser = &stage.browser;

    stage.open_dialog().await?;
    browser.see("#ask #email").await?;
    tab_to(browser, "#ask [data-cancel]").await?;
    browser.press(keys::ENTER).await?;
    browser.back_in(&stage.shop).await?;

    browser.read("#status", "You did not sign in").await?;
    Ok(())
}

/// Presses the tabulator until the focus is there; what cannot be reached so is a fault.
async fn tab_to(browser: &Browser, css: &str) -> Result<()> {
    browser.see(css).await?;
    for _ in 0..20 {
        if has_focus(browser, css).await? {
            return Ok(());
        }
        browser.press(keys::TAB).await?;
    }
    bail!("{css} cannot be reached with the tabulator")
}

async fn has_focus(browser: &Browser, css: &str) -> Result<bool> {
    let script = "return document.activeElement.matches(arguments[0])";
    let answer = browser.run(script, &[css.into()]).await?;
    Ok(answer == true)
}
