//! The issuer's own pages where scripts are switched off.

use anyhow::Result;

use crate::stage::Stage;

#[tokio::test]
async fn the_login_page_needs_no_script() -> Result<()> {
    let stage = Stage::set().await?;
    let browser = &stage.browser;
    let (alice, password) = stage.demo.alice()?;
    browser.switch_scripts_off().await?;

    browser
        .open(&format!("{}/persona/login/", stage.demo.issuer))
        .await?;
    browser.fill("#email", alice).await?;
    stage.give_password("not-my-password").await?;
    let problem = browser.text("#problem h2").await?;
    stage.give_password(password).await?;
    let person = browser.text("strong#email").await?;
    browser.click("#logout button").await?;
    browser.see("#login #password").await?;

    assert_eq!(problem, "This password did not open the mailbox");
    assert_eq!(person, alice);
    Ok(())
}
